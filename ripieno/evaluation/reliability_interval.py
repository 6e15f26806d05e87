"""How far chance may have moved the expected calibration error.

Chance alone makes it: bins of a perfectly calibrated classifier never match their confidence
exactly, the distances are all counted as positive, and resampling the samples adds them once more.
A plain percentile bootstrap of such a classifier's error never holds the true value, 0.
"""

import numpy as np

from ripieno.evaluation.interval import CONFIDENCE, Interval, check_confidence
from ripieno.evaluation.reliability import N_CALIBRATION_BINS, binned
from ripieno.types import FloatArray, IntArray

N_DRAWS = 10_000


def calibration_error_interval(
    proba: FloatArray,
    labels: IntArray,
    n_bins: int = N_CALIBRATION_BINS,
    *,
    seed: int = 0,
    n_draws: int = N_DRAWS,
    confidence: float = CONFIDENCE,
) -> Interval:
    """Parametric bootstrap interval of the expected calibration error.

    Each bin's gap between confidence and accuracy is drawn from its normal distribution, whose
    variance counts one imaginary error over all bins: bins without an error prove little. The upper
    end is the percentile of the drawn errors; the lower end is its mirror image, which takes the
    noise out again, or 0 where perfect calibration could give the error observed.

    Args:
        proba: Class probabilities of shape (n_samples, n_classes).
        labels: True classes of shape (n_samples,).
        n_bins: Bins at most.
        seed: Of the draws.
        n_draws: Draws, 1 or more.
        confidence: Nominal coverage in (0, 1).

    Returns:
        `expected_calibration_error` and its interval, within [0, 1].

    Raises:
        ValueError: If the input is not probabilities and labels, or a setting is out of range.

    References:
        Efron & Tibshirani (1993), An Introduction to the Bootstrap, chapter 6.
    """
    if n_draws < 1:
        raise ValueError(f"n_draws: expected an integer >= 1, received {n_draws}.")
    check_confidence(confidence)
    confidences, right, starts = binned(proba, labels, n_bins)
    gaps, spread = _gaps(confidences - right, starts)
    noise = np.random.default_rng(seed).standard_normal((n_draws, len(starts))) * spread
    mid = float(np.abs(gaps).sum())
    drawn = np.abs(gaps + noise).sum(axis=1)
    upper = 0.5 + confidence / 2.0
    high = max(mid, float(np.quantile(drawn, upper)))
    calibrated = mid <= np.quantile(np.abs(noise).sum(axis=1), upper)
    low = 0.0 if calibrated else max(0.0, 2.0 * mid - high)
    return Interval(low, mid, min(1.0, high))


def _gaps(differences: FloatArray, starts: IntArray) -> tuple[FloatArray, FloatArray]:
    """Each bin's share of the error, signed, and its standard deviation, both (n_bins,).

    Args:
        differences: Confidence less 1 where right, of shape (n_samples,), by bin.
        starts: The first sample of each bin, of shape (n_bins,).
    """
    n_samples, n_bins = len(differences), len(starts)
    counts = np.diff(np.append(starts, n_samples))
    sums = np.add.reduceat(differences, starts)
    deviations = differences - np.repeat(sums / counts, counts)
    squares = np.add.reduceat(deviations**2, starts)
    return sums / n_samples, np.sqrt(squares + 1.0 / n_bins) / n_samples
