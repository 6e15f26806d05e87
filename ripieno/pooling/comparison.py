"""Candidates compared on samples they were not fitted on."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from ripieno.evaluation.cross_fit import N_FOLDS, stratified_folds
from ripieno.evaluation.metrics import check_proba, sample_log_loss
from ripieno.pooling.calibration import runners_up
from ripieno.pooling.objectives import OBJECTIVES, mean_cost, sample_weights
from ripieno.pooling.pool import Pool
from ripieno.pooling.recipes import Kitchen, Recipe
from ripieno.types import FloatArray, IntArray

_TOLERANCE = 1e-9  # what a certificate promises


@dataclass(frozen=True, eq=False)
class Candidate:
    """A pool and what it costs.

    Attributes:
        recipe: How it is made.
        pool: Fitted on all validation samples.
        sample_costs: Cross-fitted cost of each sample, of shape (n_samples,).
        wrong_costs: What each sample would cost if it belonged to the most probable of the other
            classes, of shape (n_samples,).
        log_loss: Mean cross-fitted log-loss in nats, whatever the cost is.
        sound: Whether on validation it is no worse than the best member and the plain mean, and
            the samples hold its scale. A log pool always is: its prior holds it, and as it does
            not take labels for certain, a surer pool may fit them better.
        fold_pools: The pools that were fitted on all samples but those of a fold, for every fold.
    """

    recipe: Recipe
    pool: Pool
    sample_costs: NDArray[np.float64]
    wrong_costs: NDArray[np.float64]
    log_loss: float
    sound: bool
    fold_pools: tuple[Pool, ...] = ()

    @property
    def cost(self) -> float:
        """Mean cross-fitted cost: log-loss in nats, Brier score or share of errors."""
        return float(np.mean(self.sample_costs))

    def on(self, samples: NDArray[np.bool_]) -> "Candidate":
        """The candidate as it does on some of the samples, a mask of shape (n_samples,)."""
        return replace(
            self,
            sample_costs=self.sample_costs[samples],
            wrong_costs=self.wrong_costs[samples],
        )


@dataclass(frozen=True, eq=False)
class Comparison:
    """Candidates, and the folds they were compared on.

    Attributes:
        candidates: One a recipe, in their order.
        folds: The fold of each sample, of shape (n_samples,).
    """

    candidates: tuple[Candidate, ...]
    folds: NDArray[np.int64]

    @property
    def n_folds(self) -> int:
        """Folds in use."""
        return int(self.folds.max()) + 1


def compare(
    recipes: Sequence[Recipe],
    proba: FloatArray,
    labels: IntArray,
    *,
    objective: str = "log_loss",
    n_folds: int = N_FOLDS,
    seed: int = 0,
) -> Comparison:
    """Fit every recipe to all samples, and to all but each fold's.

    Args:
        recipes: What is compared.
        proba: Validation probabilities of shape (n_members, n_samples, n_classes).
        labels: Validation labels of shape (n_samples,), two or more.
        objective: A key of `OBJECTIVES`: what is compared, and minimised by the rules that can.
        n_folds: Folds, 2 or more; no more than there are samples are used.
        seed: Of the folds.

    Returns:
        A candidate for each recipe, in their order.

    Raises:
        ValueError: If the input is not probabilities and labels, or there is only one sample.
    """
    check_proba(proba, labels)
    folds = stratified_folds(labels, n_folds, seed)
    scores = {recipe: _Scores(len(labels)) for recipe in recipes}
    for fold in range(int(folds.max()) + 1):
        held_out = folds == fold
        kitchen = Kitchen(proba[:, ~held_out], labels[~held_out], objective)
        unseen = proba[:, held_out]
        for recipe in recipes:
            pool = kitchen.fit(recipe)
            scores[recipe].add(pool, unseen, labels, held_out, objective)
    kitchen = Kitchen(proba, labels, objective)
    bound = _baseline(kitchen) + _TOLERANCE
    candidates = [
        Candidate(
            recipe,
            kitchen.fit(recipe),
            scores[recipe].costs,
            scores[recipe].wrong_costs,
            float(np.mean(scores[recipe].log_losses)),
            _is_sound(kitchen.fit(recipe), kitchen, bound),
            tuple(scores[recipe].pools),
        )
        for recipe in recipes
    ]
    return Comparison(tuple(candidates), folds)


def best_calibrations(candidates: Sequence[Candidate]) -> list[Candidate]:
    """Of every rule the calibration of lowest cross-fitted cost, in the order of the rules.

    Only where none is sound is one chosen that is not: `linear_pool` always has a sound one.
    """
    rules = dict.fromkeys(candidate.recipe.rule for candidate in candidates)
    of_rule = [[c for c in candidates if c.recipe.rule == rule] for rule in rules]
    # The first of equals: the fewest numbers to explain.
    return [min(variants, key=lambda c: (not c.sound, c.cost)) for variants in of_rule]


class _Scores:
    """What a recipe's pools cost on the samples they have not seen."""

    def __init__(self, n_samples: int) -> None:
        self.pools: list[Pool] = []
        self.costs = np.empty(n_samples)
        self.wrong_costs = np.empty(n_samples)
        self.log_losses = np.empty(n_samples)

    def add(
        self,
        pool: Pool,
        unseen: FloatArray,
        labels: IntArray,
        held_out: NDArray[np.bool_],
        objective: str,
    ) -> None:
        """Score the pool of a fold on that fold."""
        predicted = pool.predict_proba(unseen)
        self.pools.append(pool)
        known, cost = labels[held_out], OBJECTIVES[objective]
        counts = sample_weights(objective, labels)[held_out]
        self.costs[held_out] = counts * cost(predicted, known)
        self.wrong_costs[held_out] = counts * cost(predicted, runners_up(predicted, known))
        self.log_losses[held_out] = sample_log_loss(predicted, known)


def _baseline(kitchen: Kitchen) -> float:
    """The lower cost on validation of the best member and the plain mean, as they are."""
    recipes = (Recipe("best_member"), Recipe("uniform"))
    return min(_fitted_cost(kitchen.fit(recipe), kitchen) for recipe in recipes)


def _is_sound(pool: Pool, kitchen: Kitchen, bound: float) -> bool:
    if pool.rule == "log_pool":
        return True
    return _fitted_cost(pool, kitchen) <= bound and _has_minimum(pool, kitchen)


def _has_minimum(pool: Pool, kitchen: Kitchen) -> bool:
    """Whether the samples hold the scale of a pool's logits.

    Where all of them are right, larger coefficients of a regression always seem better, whatever
    its penalty: then only a temperature after it makes it sensible.
    """
    if pool.combination != "regression" or pool.temperature != 1.0:
        return True
    predicted = pool.predict_proba(kitchen.proba).argmax(axis=1)
    return bool(np.any(predicted != kitchen.labels))


def _fitted_cost(pool: Pool, kitchen: Kitchen) -> float:
    return mean_cost(kitchen.objective, pool.predict_proba(kitchen.proba), kitchen.labels)
