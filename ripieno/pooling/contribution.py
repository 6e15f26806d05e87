"""What each member is worth to the ensemble: its leave-one-out gain.

The rule is fitted again without the member, on the same validation samples, and both pools predict
the test samples. That is what would be lost if it had not been trained, and not the same as its
weight: a member of large weight is worth nothing where another can take its place.

20 members, 10,000 validation and 10,000 test samples of 10 classes take 6 to 11 s of processor time
with `fit_recipe` (linear pool, log pool, plain mean), most of it for the intervals, and 30 s with
`fit_pool`, which compares calibrations anew without every member.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ripieno.evaluation.significance import Interval, gain_interval
from ripieno.pooling.pool import Pool
from ripieno.pooling.recipes import Kitchen, Recipe
from ripieno.types import FloatArray, IntArray

Fit = Callable[[FloatArray, IntArray], Pool]

_SAME = 1e-6  # two fits of one optimum predict the same to about 1e-10, relative


@dataclass(frozen=True)
class Contribution:
    """The paired gain on test of the ensemble with a member over that without it.

    Attributes:
        log_loss: In nats, positive where the member helps.
        accuracy: As a share of the samples, positive where the member helps.
    """

    log_loss: Interval
    accuracy: Interval

    def to_dict(self) -> dict[str, list[float]]:
        """`[low, mid, high]` by metric, as `summary.json` stores them."""
        return {"log_loss": self.log_loss.as_list(), "accuracy": self.accuracy.as_list()}


def leave_one_out(
    fit: Fit,
    validation: FloatArray,
    labels: IntArray,
    test: FloatArray,
    test_labels: IntArray,
    *,
    seed: int = 0,
) -> list[Contribution]:
    """Fit without each member in turn, and compare on test.

    Where the two pools predict alike, but for the rounding of their fits, the gain is exactly 0. So
    it is for every member of weight 0, whose pool is one of the others already, unless `fit` makes
    another choice without it: to `fit_pool` a useless member can turn the choice of a calibration,
    or for `auto` of the rule, and its gain is what that costs. `fit_recipe` chooses nothing. The
    prior of a log pool is the plain mean of all members, and another one without a useless member.

    Costs n_members + 1 fits.

    Args:
        fit: From probabilities (n_members, n_samples, n_classes) and labels (n_samples,) to a pool,
            such as `partial(fit_recipe, choice.chosen.recipe)` or
            `partial(fit_pool, "linear_pool")`.
        validation: Validation probabilities of shape (n_members, n_samples, n_classes).
        labels: Validation labels of shape (n_samples,).
        test: Test probabilities of shape (n_members, n_test_samples, n_classes), or with a first
            axis of folds, see `Pool.predict_proba`.
        test_labels: Test labels of shape (n_test_samples,).
        seed: Of the resampling, the same for every member.

    Returns:
        One contribution a member, in their order; none where there is only one member.

    Raises:
        ValueError: If the input is not probabilities and labels.
    """
    n_members = len(validation)
    if n_members < 2:
        return []
    pooled = fit(validation, labels).predict_proba(test)
    contributions = []
    for member in range(n_members):
        others = np.delete(np.arange(n_members), member)
        without = fit(validation[others], labels).predict_proba(np.take(test, others, axis=-3))
        contributions.append(_contribution(pooled, without, test_labels, seed))
    return contributions


def fit_recipe(
    recipe: Recipe, proba: FloatArray, labels: IntArray, *, objective: str = "log_loss"
) -> Pool:
    """Fit a rule and the calibration that was chosen for it, without choosing again.

    Args:
        recipe: The rule, and which temperatures are scaled.
        proba: Validation probabilities of shape (n_members, n_samples, n_classes).
        labels: Validation labels of shape (n_samples,).
        objective: A key of `OBJECTIVES`: what the rule minimises, where it can.

    Returns:
        The pool, temperatures included.

    Raises:
        ValueError: If the input is not probabilities and labels.
    """
    return Kitchen(proba, labels, objective).fit(recipe)


def _contribution(
    pooled: NDArray[np.float64], without: NDArray[np.float64], labels: IntArray, seed: int
) -> Contribution:
    if np.allclose(pooled, without, rtol=_SAME, atol=0.0):
        without = pooled
    return Contribution(
        log_loss=gain_interval("log_loss", pooled, without, labels, seed=seed),
        accuracy=gain_interval("accuracy", pooled, without, labels, seed=seed),
    )
