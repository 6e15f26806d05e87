"""Fit any rule by name, calibrated before and after as the samples ask for."""

from ripieno.pooling.choice import choose_pool
from ripieno.pooling.comparison import best_calibrations, compare
from ripieno.pooling.pool import Pool
from ripieno.pooling.recipes import Kitchen, Recipe, check_rule, recipes_of
from ripieno.types import FloatArray, IntArray


def fit_pool(
    rule: str,
    proba: FloatArray,
    labels: IntArray,
    scale_temperatures: bool = True,
    *,
    objective: str = "log_loss",
    seed: int = 0,
) -> Pool:
    """Fit a rule, the members' temperatures scaled before it and the pool's after it.

    Each scaling is used where the cross-fitted cost is lower with it: calibrated members do not
    make a calibrated pool. Whatever is chosen, `linear_pool` is never worse on validation than the
    best member or the plain mean of the members as they are. `choose_pool` hands out what was
    compared as well.

    Args:
        rule: A key of `RULES`.
        proba: Validation probabilities of shape (n_members, n_samples, n_classes).
        labels: Validation labels of shape (n_samples,).
        scale_temperatures: Whether temperatures other than 1 may be used.
        objective: A key of `OBJECTIVES`: what the rule minimises, where it can.
        seed: Of the folds.

    Returns:
        The pool, temperatures included: it takes the members' probabilities as they are.

    Raises:
        ConfigurationError: If the rule is unknown or cannot minimise the objective.
        ValueError: If the input is not probabilities and labels.
    """
    check_rule(rule, objective)
    if len(labels) < 2 or not (scale_temperatures or rule == "auto"):  # nothing to compare
        return Kitchen(proba, labels, objective).fit(Recipe(rule))
    if rule == "auto":
        return choose_pool(
            rule, proba, labels, scale_temperatures, objective=objective, seed=seed
        ).pool
    comparison = compare(recipes_of(rule), proba, labels, objective=objective, seed=seed)
    return best_calibrations(comparison.candidates)[0].pool
