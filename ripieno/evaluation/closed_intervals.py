"""Intervals of shares and of mean losses, in closed form.

A sample with few errors says little of how many there may be, and a bootstrap, which knows only
what it has seen, takes the little for certain. Imaginary samples keep these intervals honest; they
weigh nothing against thousands of real ones.
"""

import math

import numpy as np

from ripieno.evaluation.interval import CONFIDENCE, Interval, normal_quantile
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
    squares: float | None = None,
    confidence: float = CONFIDENCE,
) -> Interval:
    """Interval of the mean of losses that are small but for the errors.

    A score interval, as Wilson's is: it holds every mean from which the observed one lies within
    1.96 standard errors (at 95 %), if the variance grows in proportion to the mean, as it does
    where errors of a given cost become more frequent. The factor is estimated from the losses and
    one imaginary error.

    Args:
        losses: One loss a sample, of shape (n_samples,), 0 or more.
        unit: Loss of the imaginary error, above 0.
        highest: The highest loss that is possible.
        squares: Sum of squared deviations; from the mean unless told otherwise.
        confidence: Nominal coverage in (0, 1).

    Returns:
        The mean and its interval, within [0, highest]; equal losses and a single one have an
        interval too, that of the imaginary error.

    Raises:
        ValueError: If there are no losses, one is not finite, or the confidence is out of range.

    References:
        Wilson (1927), Probable Inference, the Law of Succession, and Statistical Inference.
    """
    _check_values(losses)
    mean, total = float(np.mean(losses)), float(np.sum(losses))
    if squares is None:
        squares = float(np.sum((losses - mean) ** 2))
    factor = (squares + unit**2) / (total + unit)  # variance / mean
    shift = normal_quantile(confidence) ** 2 * factor / (2.0 * len(losses))
    half = math.sqrt(shift * (2.0 * mean + shift))
    # (mean + shift)^2 - half^2 = mean^2: this form does not cancel.
    low = mean**2 / (mean + shift + half)
    return Interval(low, mean, max(mean, min(highest, mean + shift + half)))


def _check_values(values: FloatArray) -> None:
    if values.ndim != 1 or len(values) == 0 or not np.all(np.isfinite(values)):
        raise ValueError(f"values: expected finite values (n_samples,), received {values.shape}.")
