"""How good predicted class probabilities are.

Every metric takes probabilities of shape (n_samples, n_classes) and labels of shape (n_samples,).
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ripieno.types import FloatArray, IntArray

PROBABILITY_FLOOR = float(np.finfo(np.float64).eps)
"""Smaller probabilities count as this one (2.2e-16), as in scikit-learn: log-loss stays finite."""
N_CALIBRATION_BINS = 15
"""Bins of the expected calibration error unless told otherwise."""


def accuracy(proba: FloatArray, labels: IntArray) -> float:
    """Share of samples whose most probable class is the true one; ties go to the lower class.

    Args:
        proba: Class probabilities of shape (n_samples, n_classes).
        labels: True classes of shape (n_samples,).

    Returns:
        A value in [0, 1].

    Raises:
        ValueError: If shapes or values are not those of probabilities and labels, or empty.
    """
    return float(np.mean(sample_accuracy(proba, labels)))


def log_loss(proba: FloatArray, labels: IntArray) -> float:
    """Mean negative logarithm of the probability of the true class, in nats.

    Args:
        proba: Class probabilities of shape (n_samples, n_classes).
        labels: True classes of shape (n_samples,).

    Returns:
        A value in [0, 36.05]: probabilities below `PROBABILITY_FLOOR` count as the floor.

    Raises:
        ValueError: If shapes or values are not those of probabilities and labels, or empty.
    """
    return float(np.mean(sample_log_loss(proba, labels)))


def brier_score(proba: FloatArray, labels: IntArray) -> float:
    """Mean squared distance between the probabilities and the one-hot true class.

    Summed over the classes and never halved, so that a sure and wrong prediction costs 2, also
    where there are only two classes.

    Args:
        proba: Class probabilities of shape (n_samples, n_classes).
        labels: True classes of shape (n_samples,).

    Returns:
        A value in [0, 2].

    Raises:
        ValueError: If shapes or values are not those of probabilities and labels, or empty.

    References:
        Brier (1950), Verification of forecasts expressed in terms of probability.
    """
    return float(np.mean(sample_brier_score(proba, labels)))


def sample_accuracy(proba: FloatArray, labels: IntArray) -> NDArray[np.float64]:
    """1 where the most probable class is the true one, else 0, of shape (n_samples,)."""
    check_proba(proba, labels)
    return np.asarray(np.argmax(proba, axis=1) == labels, dtype=np.float64)


def sample_log_loss(proba: FloatArray, labels: IntArray) -> NDArray[np.float64]:
    """Negative logarithm of each sample's true-class probability, of shape (n_samples,)."""
    check_proba(proba, labels)
    true_class = proba[np.arange(len(labels)), labels].astype(np.float64)
    # Adding 0 turns the -0.0 of a sure and right prediction into 0.
    return -np.log(np.clip(true_class, PROBABILITY_FLOOR, 1.0)) + 0.0


def sample_brier_score(proba: FloatArray, labels: IntArray) -> NDArray[np.float64]:
    """Squared distance of each sample's probabilities to the one-hot label, (n_samples,)."""
    check_proba(proba, labels)
    distances = proba.astype(np.float64)
    distances[np.arange(len(labels)), labels] -= 1.0
    return np.asarray(np.einsum("ic,ic->i", distances, distances))


@dataclass(frozen=True)
class CalibrationBins:
    """A reliability diagram: samples grouped by confidence, the probability of the top class.

    Attributes:
        confidence: Mean confidence of each bin, ascending, of shape (n_bins,).
        accuracy: Share of each bin that is right, of shape (n_bins,).
        count: Samples in each bin, of shape (n_bins,).
    """

    confidence: NDArray[np.float64]
    accuracy: NDArray[np.float64]
    count: NDArray[np.int64]

    @property
    def n_bins(self) -> int:
        """The number of bins in use: fewer than asked for where confidences are equal."""
        return len(self.count)


def calibration_bins(
    proba: FloatArray, labels: IntArray, n_bins: int = N_CALIBRATION_BINS
) -> CalibrationBins:
    """Group the samples into bins of equal mass by confidence.

    Samples of equal confidence are never torn apart: a boundary that falls among them moves down
    to the first, so the bins do not depend on the order of the samples, and there may be fewer
    than `n_bins`.

    Args:
        proba: Class probabilities of shape (n_samples, n_classes).
        labels: True classes of shape (n_samples,).
        n_bins: Bins at most, 1 or more.

    Returns:
        The bins, none of them empty.

    Raises:
        ValueError: If the input is not probabilities and labels, or `n_bins` is below 1.
    """
    if n_bins < 1:
        raise ValueError(f"n_bins: expected an integer >= 1, received {n_bins}.")
    right = sample_accuracy(proba, labels)
    confidence = proba.max(axis=1).astype(np.float64)
    order = np.argsort(confidence, kind="stable")
    confidence, right = confidence[order], right[order]
    nominal = np.arange(n_bins) * len(labels) // n_bins
    starts = np.unique(np.searchsorted(confidence, confidence[nominal], side="left"))
    count = np.diff(np.append(starts, len(labels)))
    return CalibrationBins(
        confidence=np.add.reduceat(confidence, starts) / count,
        accuracy=np.add.reduceat(right, starts) / count,
        count=count,
    )


def expected_calibration_error(
    proba: FloatArray, labels: IntArray, n_bins: int = N_CALIBRATION_BINS
) -> float:
    """Mean distance between confidence and accuracy over bins of equal mass.

    Args:
        proba: Class probabilities of shape (n_samples, n_classes).
        labels: True classes of shape (n_samples,).
        n_bins: Bins at most; `calibration_bins` says how many are in use.

    Returns:
        A value in [0, 1]; 0 where confidence equals accuracy in every bin.

    Raises:
        ValueError: If the input is not probabilities and labels, or `n_bins` is below 1.

    References:
        Nixon et al. (2019), Measuring Calibration in Deep Learning (equal-mass bins).
    """
    bins = calibration_bins(proba, labels, n_bins)
    return float(np.average(np.abs(bins.confidence - bins.accuracy), weights=bins.count))


def check_proba(proba: FloatArray, labels: IntArray) -> None:
    """Refuse what no metric can score.

    Args:
        proba: Class probabilities whose last two axes are (n_samples, n_classes).
        labels: True classes of shape (n_samples,).

    Raises:
        ValueError: If a length differs, nothing is there, a label is outside the classes, or a
            value is NaN, infinite or outside [0, 1].
    """
    n_samples, n_classes = proba.shape[-2:] if proba.ndim >= 2 else (0, 0)
    if labels.shape != (n_samples,) or proba.size == 0:
        raise ValueError(
            "proba and labels: expected shapes (..., n_samples, n_classes) and (n_samples,), "
            f"none of them empty, received {proba.shape} and {labels.shape}."
        )
    if not np.issubdtype(labels.dtype, np.integer):
        raise ValueError(f"labels: expected integers, received {labels.dtype}.")
    if labels.min() < 0 or labels.max() >= n_classes:
        raise ValueError(
            f"labels: expected classes in [0, {n_classes}), "
            f"received [{labels.min()}, {labels.max()}]."
        )
    lowest, highest = proba.min(), proba.max()
    # Written so that NaN fails; float32 softmax rows exceed 1 by rounding.
    if not (lowest >= 0.0 and highest <= 1.0 + 1e-4):
        raise ValueError(f"proba: expected values in [0, 1], received [{lowest}, {highest}].")


Metric = Callable[[FloatArray, IntArray], float]

METRICS: dict[str, Metric] = {
    "accuracy": accuracy,
    "log_loss": log_loss,
    "brier": brier_score,
    "ece": expected_calibration_error,
}
