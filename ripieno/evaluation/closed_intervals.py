"""Intervals of shares and of mean losses, in closed form.

A sample with few errors says little of how many there may be, and a bootstrap, which knows only
what it has seen, takes the little for certain. Imaginary samples keep these intervals honest; they
weigh nothing against thousands of real ones.
"""

import math

import numpy as np

from ripieno.evaluation.interval import (
    CONFIDENCE,
    Interval,
    check_confidence,
    normal_quantile,
)
from ripieno.types import FloatArray


def proportion_interval(hits: FloatArray, *, confidence: float = CONFIDENCE) -> Interval:
    """Interval of the share of hits: 3.84 imaginary samples (at 95 %), half of them hits.

    It has the centre of Wilson's interval and holds it. Hits alone are no certainty: 100 of 100
    leave [0.956, 1], one of one leaves [0.168, 1].

    Args:
        hits: 1 or 0 a sample, of shape (n_samples,).
        confidence: Nominal coverage in (0, 1).

    Returns:
        The share and its interval, within [0, 1].

    Raises:
        ValueError: If there are no samples or the confidence is out of range.

    References:
        Agresti & Coull (1998), Approximate Is Better than "Exact" for Interval Estimation of
        Binomial Proportions. Brown, Cai & DasGupta (2001), Interval Estimation for a Binomial
        Proportion.
    """
    _check_values(hits)
    imaginary = normal_quantile(confidence) ** 2
    n_samples = len(hits) + imaginary
    centre = (float(np.sum(hits)) + imaginary / 2.0) / n_samples
    half = math.sqrt(imaginary * centre * (1.0 - centre) / n_samples)
    return Interval(max(0.0, centre - half), float(np.mean(hits)), min(1.0, centre + half))


def loss_interval(
    losses: FloatArray,
    unit: float,
    *,
    highest: float = math.inf,
    confidence: float = CONFIDENCE,
) -> Interval:
    """Interval of the mean of losses that are small but for a few.

    A score interval whose variance counts an imaginary loss. The quantile is Student's, with two
    degrees of freedom more than the effective number of losses, sum(losses)^2 / sum(losses^2): a
    few high losses say little of how high the next may be.

    Args:
        losses: One loss a sample, of shape (n_samples,), 0 or more.
        unit: The imaginary loss, above 0.
        highest: The highest loss that is possible.
        confidence: Nominal coverage in (0, 1).

    Returns:
        The mean and its interval, within [0, highest]; equal losses and a single one have an
        interval too, that of the imaginary one.

    Raises:
        ValueError: If there are no losses, one is not finite, or the confidence is out of range.
    """
    from scipy.special import stdtrit

    _check_values(losses)
    check_confidence(confidence)
    effective = (np.sum(losses) + unit) ** 2 / (np.sum(losses**2) + unit**2)
    quantile = float(stdtrit(effective + 2.0, 0.5 + confidence / 2.0))
    squares = float(np.sum((losses - np.mean(losses)) ** 2))
    return score_interval(losses, squares + unit**2, unit, quantile, highest=highest)


def score_interval(
    losses: FloatArray, squares: float, unit: float, quantile: float, *, highest: float = math.inf
) -> Interval:
    """Means from which the mean of the losses is at most so many standard errors away.

    Those are taken at the mean in question, as in Wilson's interval, for a variance in proportion
    to the mean: that of errors of given costs that become more frequent.

    Args:
        losses: One loss a sample, of shape (n_samples,), 0 or more.
        squares: Sum of squared deviations of the losses and the imaginary one.
        unit: The imaginary loss, above 0.
        quantile: How many standard errors.
        highest: The highest loss that is possible.

    Returns:
        The mean of the losses and the interval, within [0, highest].

    References:
        Wilson (1927), Probable Inference, the Law of Succession, and Statistical Inference.
    """
    mean = float(np.mean(losses))
    factor = squares / (float(np.sum(losses)) + unit)  # variance / mean
    # (mean - m)^2 = quantile^2 factor m / n has the roots mean + shift -+ half.
    shift = quantile**2 * factor / (2.0 * len(losses))
    half = math.sqrt(shift * (2.0 * mean + shift))
    low = mean**2 / (mean + shift + half)  # the product of the roots is mean^2: no cancellation
    return Interval(low, mean, max(mean, min(highest, mean + shift + half)))


def _check_values(values: FloatArray) -> None:
    if values.ndim != 1 or len(values) == 0 or not np.all(np.isfinite(values)):
        raise ValueError(f"values: expected finite values (n_samples,), received {values.shape}.")
