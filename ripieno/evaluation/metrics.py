"""How good predicted class probabilities are.

Every metric takes probabilities of shape (n_samples, n_classes) and labels of shape (n_samples,).
"""

from collections.abc import Callable

import numpy as np

from ripieno.evaluation.classification import balanced_accuracy
from ripieno.evaluation.reliability import (
    N_CALIBRATION_BINS,
    CalibrationBins,
    calibration_bins,
    expected_calibration_error,
)
from ripieno.evaluation.sample_scores import (
    PROBABILITY_FLOOR,
    balanced_weights,
    check_proba,
    sample_accuracy,
    sample_brier_score,
    sample_log_loss,
)
from ripieno.types import FloatArray, IntArray

__all__ = [
    "METRICS",
    "N_CALIBRATION_BINS",
    "PROBABILITY_FLOOR",
    "CalibrationBins",
    "Metric",
    "accuracy",
    "balanced_accuracy",
    "balanced_log_loss",
    "brier_score",
    "calibration_bins",
    "check_proba",
    "expected_calibration_error",
    "log_loss",
    "sample_accuracy",
    "sample_brier_score",
    "sample_log_loss",
]


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


def balanced_log_loss(proba: FloatArray, labels: IntArray) -> float:
    """Mean over the classes of the log-loss of their samples, in nats.

    Classes without a sample are left out, as in `balanced_accuracy`.

    Args:
        proba: Class probabilities of shape (n_samples, n_classes).
        labels: True classes of shape (n_samples,).

    Returns:
        A value in [0, 36.05], as `log_loss`.

    Raises:
        ValueError: If shapes or values are not those of probabilities and labels, or empty.
    """
    losses = sample_log_loss(proba, labels)
    return float(np.mean(balanced_weights(labels) * losses))


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


Metric = Callable[[FloatArray, IntArray], float]

METRICS: dict[str, Metric] = {
    "accuracy": accuracy,
    "balanced_accuracy": balanced_accuracy,
    "log_loss": log_loss,
    "balanced_log_loss": balanced_log_loss,
    "brier": brier_score,
    "ece": expected_calibration_error,
}
