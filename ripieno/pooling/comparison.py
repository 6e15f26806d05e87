"""Candidates compared on samples they were not fitted on."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ripieno.evaluation.cross_fit import N_FOLDS, stratified_folds
from ripieno.evaluation.metrics import check_proba
from ripieno.pooling.objectives import OBJECTIVES
from ripieno.pooling.pool import Pool
from ripieno.pooling.recipes import Kitchen, Recipe, recipes_of
from ripieno.types import FloatArray, IntArray

_TOLERANCE = 1e-9  # what a certificate promises


@dataclass(frozen=True, eq=False)
class Candidate:
    """A pool and what it costs.

    Attributes:
        recipe: How it is made.
        pool: Fitted on all validation samples.
        fitted_cost: Mean cost of the pool on the samples it was fitted on.
        sample_costs: Cross-fitted cost of each sample, of shape (n_samples,).
        sound: Whether on validation it is no worse than the best member and the plain mean.
    """

    recipe: Recipe
    pool: Pool
    fitted_cost: float
    sample_costs: NDArray[np.float64]
    sound: bool

    @property
    def cost(self) -> float:
        """Mean cross-fitted cost: log-loss in nats, Brier score or share of errors."""
        return float(np.mean(self.sample_costs))


def compare_rules(
    rules: Sequence[str],
    proba: FloatArray,
    labels: IntArray,
    *,
    scale_temperatures: bool = True,
    objective: str = "log_loss",
    n_folds: int = N_FOLDS,
    seed: int = 0,
) -> list[Candidate]:
    """The best calibration of every rule by its cross-fitted cost.

    Only where none is sound is one chosen that is not: `linear_pool` always has a sound one.

    Args:
        rules: Keys of `RULES`.
        proba: Validation probabilities of shape (n_members, n_samples, n_classes).
        labels: Validation labels of shape (n_samples,), two or more.
        scale_temperatures: Whether temperatures other than 1 are compared.
        objective: A key of `OBJECTIVES`: what is compared, and minimised by the rules that can.
        n_folds: Folds, 2 or more.
        seed: Of the folds.

    Returns:
        A candidate for each rule, in the order of the rules.

    Raises:
        ValueError: If the input is not probabilities and labels, or there is only one sample.
    """
    check_proba(proba, labels)
    kitchen = Kitchen(proba, labels, objective)
    recipes = [recipe for rule in rules for recipe in recipes_of(rule, scale_temperatures)]
    costs = _cross_fitted_costs(recipes, proba, labels, objective, n_folds, seed)
    bound = _baseline(kitchen) + _TOLERANCE
    candidates = []
    for recipe in recipes:
        pool = kitchen.fit(recipe)
        fitted = _fitted_cost(pool, kitchen)
        candidates.append(Candidate(recipe, pool, fitted, costs[recipe], fitted <= bound))
    of_rule = [[c for c in candidates if c.recipe.rule == rule] for rule in rules]
    # The first of equals: the fewest numbers to explain.
    return [min(variants, key=lambda c: (not c.sound, c.cost)) for variants in of_rule]


def _cross_fitted_costs(
    recipes: Sequence[Recipe],
    proba: FloatArray,
    labels: IntArray,
    objective: str,
    n_folds: int,
    seed: int,
) -> dict[Recipe, NDArray[np.float64]]:
    """Each recipe's cost of every sample, fitted on the other folds."""
    folds = stratified_folds(labels, n_folds, seed)
    costs = {recipe: np.empty(len(labels)) for recipe in recipes}
    for fold in range(int(folds.max()) + 1):
        held_out = folds == fold
        kitchen = Kitchen(proba[:, ~held_out], labels[~held_out], objective)
        unseen = proba[:, held_out]
        for recipe in recipes:
            predicted = kitchen.fit(recipe).predict_proba(unseen)
            costs[recipe][held_out] = OBJECTIVES[objective](predicted, labels[held_out])
    return costs


def _baseline(kitchen: Kitchen) -> float:
    """The lower cost on validation of the best member and the plain mean, as they are."""
    recipes = (Recipe("best_member"), Recipe("uniform"))
    return min(_fitted_cost(kitchen.fit(recipe), kitchen) for recipe in recipes)


def _fitted_cost(pool: Pool, kitchen: Kitchen) -> float:
    cost = OBJECTIVES[kitchen.objective]
    return float(np.mean(cost(pool.predict_proba(kitchen.proba), kitchen.labels)))
