"""The rule that the data ask for, and none more complicated."""

import logging
from collections.abc import Sequence

import numpy as np

from ripieno.pooling.comparison import Candidate, compare_rules
from ripieno.pooling.linear_pool import linear_pool
from ripieno.pooling.objectives import OBJECTIVES, check_objective
from ripieno.pooling.pool import Pool
from ripieno.pooling.true_class import true_class_proba
from ripieno.types import FloatArray, IntArray

SIMPLEST_FIRST = (
    "best_member",
    "uniform",
    "greedy_selection",
    "linear_pool",
    "log_pool",
    "stacking",
)

logger = logging.getLogger(__name__)


def auto(
    proba: FloatArray,
    labels: IntArray,
    *,
    scale_temperatures: bool = True,
    objective: str = "log_loss",
    seed: int = 0,
) -> Pool:
    """Compare all rules by cross-fitted cost and fit the one that wins.

    The lowest wins unless a simpler one is within one standard error of it; see `choose`. Stacking
    takes part where there are at least as many samples as coefficients.

    Args:
        proba: Validation probabilities of shape (n_members, n_samples, n_classes).
        labels: Validation labels of shape (n_samples,).
        scale_temperatures: Whether temperatures of the members and the pool are compared too.
        objective: A key of `OBJECTIVES`: what is compared, and minimised by the rules that can.
        seed: Of the folds.

    Returns:
        The pool of the rule that was chosen, under that rule's name.

    Raises:
        ConfigurationError: If the objective is unknown.
        ValueError: If the input is not probabilities and labels.
    """
    check_objective("auto", objective, tuple(OBJECTIVES))
    n_members, n_samples = true_class_proba(proba, labels).shape
    if n_samples < 2:  # nothing to compare on
        return linear_pool(proba, labels)
    few = n_samples < n_members * proba.shape[2] ** 2
    rules = [rule for rule in SIMPLEST_FIRST if not (few and rule == "stacking")]
    candidates = compare_rules(
        rules,
        proba,
        labels,
        scale_temperatures=scale_temperatures,
        objective=objective,
        seed=seed,
    )
    chosen = choose(candidates)
    for candidate in candidates:
        mark = "*" if candidate is chosen else " "
        logger.debug("auto: %s %s %.6f", mark, candidate.recipe, candidate.cost)
    return chosen.pool


def choose(candidates: Sequence[Candidate]) -> Candidate:
    """The simplest candidate within one standard error of the lowest cross-fitted cost.

    The standard error is that of the mean difference between the two on the same samples, which is
    far smaller than that of either. A pool that costs more than the best member, cross-fitted, is
    never chosen, nor, where there is a choice, one that on validation is worse than the best member
    or the plain mean.

    Args:
        candidates: The simplest first, `best_member` among them.

    Returns:
        One of them.
    """
    alone = next(c for c in candidates if c.recipe.rule == "best_member")
    eligible = [c for c in candidates if c.sound and c.cost <= alone.cost] or [alone]
    lowest = min(eligible, key=lambda c: c.cost)
    return next(c for c in eligible if _within_one_standard_error(c, lowest))


def _within_one_standard_error(candidate: Candidate, lowest: Candidate) -> bool:
    differences = candidate.sample_costs - lowest.sample_costs
    error = float(np.std(differences)) / np.sqrt(len(differences))
    return bool(np.mean(differences) <= error)
