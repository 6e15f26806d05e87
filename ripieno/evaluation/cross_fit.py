"""What a fitted combination scores on samples it was not fitted on.

The score of weights on the samples that chose them is optimistic, by about
(n_members - 1) / n_samples nats for a linear pool. Cross-fitting fits on all folds but one,
predicts that one, and scores every sample once.
"""

from collections.abc import Callable
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from ripieno.evaluation.metrics import METRICS, check_proba
from ripieno.types import FloatArray, IntArray

N_FOLDS = 5


class Combination(Protocol):
    """Anything that turns the members' probabilities into one: a pool."""

    def predict_proba(self, proba: FloatArray) -> FloatArray:
        """Combine (n_members, n_samples, n_classes) into (n_samples, n_classes)."""
        ...


Fit = Callable[[FloatArray, IntArray], Combination]


def cross_fitted_scores(
    fit: Fit, proba: FloatArray, labels: IntArray, *, n_folds: int = N_FOLDS, seed: int = 0
) -> dict[str, float]:
    """Every metric of `METRICS` on cross-fitted predictions.

    Args:
        fit: From probabilities (n_members, n_samples, n_classes) and labels (n_samples,) to a
            combination, such as `partial(fit_pool, "linear_pool")`.
        proba: Validation probabilities of shape (n_members, n_samples, n_classes).
        labels: Validation labels of shape (n_samples,).
        n_folds: Folds, 2 or more; no more than there are samples are used.
        seed: Of the folds.

    Returns:
        One score a metric.

    Raises:
        ValueError: If the input is not probabilities and labels, or there is only one sample.
    """
    combined = cross_fitted_proba(fit, proba, labels, n_folds=n_folds, seed=seed)
    return {name: metric(combined, labels) for name, metric in METRICS.items()}


def cross_fitted_proba(
    fit: Fit, proba: FloatArray, labels: IntArray, *, n_folds: int = N_FOLDS, seed: int = 0
) -> NDArray[np.float64]:
    """Predictions for each sample by a combination fitted on the other folds.

    Args: as for `cross_fitted_scores`.

    Returns:
        Class probabilities of shape (n_samples, n_classes).
    """
    check_proba(proba, labels)
    folds = stratified_folds(labels, n_folds, seed)
    combined = np.empty(proba.shape[1:])
    for fold in range(int(folds.max()) + 1):
        held_out = folds == fold
        combination = fit(proba[:, ~held_out], labels[~held_out])
        combined[held_out] = combination.predict_proba(proba[:, held_out])
    return combined


def stratified_folds(labels: IntArray, n_folds: int, seed: int) -> NDArray[np.int64]:
    """The fold of each sample: every class is spread evenly, and so are the folds' sizes.

    Args:
        labels: True classes of shape (n_samples,).
        n_folds: Folds, 2 or more; no more than there are samples are used.
        seed: Of the shuffle within a class.

    Returns:
        Folds in [0, min(n_folds, n_samples)), of shape (n_samples,).

    Raises:
        ValueError: If there are fewer than two samples or two folds.
    """
    n_samples = len(labels)
    if n_samples < 2 or n_folds < 2:
        raise ValueError(
            "Cross-fitting expected two samples and two folds at least, "
            f"received {n_samples} and {n_folds}."
        )
    shuffled = np.random.default_rng(seed).permutation(n_samples)
    by_class = shuffled[np.argsort(labels[shuffled], kind="stable")]
    folds = np.empty(n_samples, dtype=np.int64)
    folds[by_class] = np.arange(n_samples) % min(n_folds, n_samples)
    return folds
