"""Is a confidence of 80 % right in 80 % of the cases?"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ripieno.evaluation.sample_scores import sample_accuracy
from ripieno.types import FloatArray, IntArray

N_CALIBRATION_BINS = 15
"""Bins of the expected calibration error unless told otherwise."""


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

    @property
    def error(self) -> float:
        """The expected calibration error: mean distance of confidence and accuracy, in [0, 1]."""
        return float(np.average(np.abs(self.confidence - self.accuracy), weights=self.count))

    def to_dict(self) -> dict[str, Any]:
        """The diagram as `summary.json` stores it; the number of bins is that of the counts."""
        return {
            "confidence": self.confidence.tolist(),
            "accuracy": self.accuracy.tolist(),
            "count": self.count.tolist(),
            "ece": self.error,
        }


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
    confidence, right, starts = binned(proba, labels, n_bins)
    count = np.diff(np.append(starts, len(labels)))
    return CalibrationBins(
        confidence=np.add.reduceat(confidence, starts) / count,
        accuracy=np.add.reduceat(right, starts) / count,
        count=count,
    )


def binned(
    proba: FloatArray, labels: IntArray, n_bins: int
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.int64]]:
    """The samples behind `calibration_bins`, in ascending order of confidence.

    Args: as for `calibration_bins`.

    Returns:
        Confidence and 1 where right, both of shape (n_samples,), and the first sample of each bin.
    """
    if n_bins < 1:
        raise ValueError(f"n_bins: expected an integer >= 1, received {n_bins}.")
    right = sample_accuracy(proba, labels)
    confidence = proba.max(axis=1).astype(np.float64)
    order = np.argsort(confidence, kind="stable")
    confidence = confidence[order]
    nominal = np.arange(n_bins) * len(labels) // n_bins
    starts = np.unique(np.searchsorted(confidence, confidence[nominal], side="left"))
    return confidence, right[order], starts


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
    return calibration_bins(proba, labels, n_bins).error
