"""Every headline figure with its 95 % interval.

What a figure is decides how chance moves it: shares of samples have Agresti and Coull's interval,
mean losses a score interval with one imaginary error, the calibration error a parametric bootstrap
of its bins. Intervals of differences are in `significance`.
"""

import math
from collections.abc import Callable

import numpy as np

from ripieno.evaluation.classification import balanced_accuracy, sample_top_k
from ripieno.evaluation.closed_intervals import (
    loss_interval,
    proportion_interval,
    score_interval,
)
from ripieno.evaluation.interval import CONFIDENCE, Interval, normal_quantile
from ripieno.evaluation.reliability_interval import calibration_error_interval
from ripieno.evaluation.sample_scores import (
    PROBABILITY_FLOOR,
    balanced_weights,
    sample_accuracy,
    sample_brier_score,
    sample_log_loss,
)
from ripieno.types import FloatArray, IntArray

TOP_K = 5
"""k of the top-k accuracy, a headline figure where there are more than 2 k classes."""

IMAGINARY_LOG_LOSS = -math.log(0.01)
"""The imaginary error gives the true class a probability of 1 %."""
IMAGINARY_BRIER = 1.0
HIGHEST_LOG_LOSS = -math.log(PROBABILITY_FLOOR)
HIGHEST_BRIER = 2.0


def score_intervals(
    proba: FloatArray, labels: IntArray, *, seed: int = 0, confidence: float = CONFIDENCE
) -> dict[str, Interval]:
    """Every metric of `METRICS`, and top-5 accuracy from 11 classes up, with an interval.

    Args:
        proba: Class probabilities of shape (n_samples, n_classes).
        labels: True classes of shape (n_samples,).
        seed: Of the draws for the calibration error; the other intervals need none.
        confidence: Nominal coverage in (0, 1).

    Returns:
        For each metric its score and interval, in the unit of the metric; no interval has no
        width, be it of one sample or of thousands that are all right.

    Raises:
        ValueError: If the input is not probabilities and labels, or the confidence is out of range.
    """
    intervals = {
        name: interval(proba, labels, confidence) for name, interval in CLOSED_INTERVALS.items()
    }
    intervals["ece"] = calibration_error_interval(proba, labels, seed=seed, confidence=confidence)
    if proba.shape[1] > 2 * TOP_K:
        hits = sample_top_k(proba, labels, TOP_K)
        intervals[f"top_{TOP_K}_accuracy"] = proportion_interval(hits, confidence=confidence)
    return intervals


def _accuracy(proba: FloatArray, labels: IntArray, confidence: float) -> Interval:
    return proportion_interval(sample_accuracy(proba, labels), confidence=confidence)


def _balanced_accuracy(proba: FloatArray, labels: IntArray, confidence: float) -> Interval:
    """The mean loss is 1 less the score, where an error costs more in rarer classes.

    The imaginary error is one of the rarest class. Deviations are from the mean of the class: how
    many samples a class has moves the score little.
    """
    errors = 1.0 - sample_accuracy(proba, labels)
    counts, costs = np.bincount(labels), balanced_weights(labels)
    error_rates = np.bincount(labels, weights=errors)[labels] / counts[labels]
    unit = float(costs.max())
    squares = float(np.sum((costs * (errors - error_rates)) ** 2)) + unit**2
    quantile = normal_quantile(confidence)
    loss = score_interval(costs * errors, squares, unit, quantile, highest=1.0)
    score = balanced_accuracy(proba, labels)
    return Interval(min(score, 1.0 - loss.high), score, max(score, 1.0 - loss.low))


def _log_loss(proba: FloatArray, labels: IntArray, confidence: float) -> Interval:
    losses = sample_log_loss(proba, labels)
    return loss_interval(
        losses, IMAGINARY_LOG_LOSS, highest=HIGHEST_LOG_LOSS, confidence=confidence
    )


def _balanced_log_loss(proba: FloatArray, labels: IntArray, confidence: float) -> Interval:
    """A loss counts more in rarer classes; the imaginary error is one of the rarest."""
    weights = balanced_weights(labels)
    unit = IMAGINARY_LOG_LOSS * float(weights.max())
    losses = weights * sample_log_loss(proba, labels)
    return loss_interval(losses, unit, highest=HIGHEST_LOG_LOSS, confidence=confidence)


def _brier(proba: FloatArray, labels: IntArray, confidence: float) -> Interval:
    losses = sample_brier_score(proba, labels)
    return loss_interval(losses, IMAGINARY_BRIER, highest=HIGHEST_BRIER, confidence=confidence)


ScoreInterval = Callable[[FloatArray, IntArray, float], Interval]

CLOSED_INTERVALS: dict[str, ScoreInterval] = {
    "accuracy": _accuracy,
    "balanced_accuracy": _balanced_accuracy,
    "log_loss": _log_loss,
    "balanced_log_loss": _balanced_log_loss,
    "brier": _brier,
}
