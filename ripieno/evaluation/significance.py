"""Is one set of predictions better than another, or was it chance?

The unit is the test sample: both predictions are scored on the same samples, and the bootstrap
resamples the differences, which is far sharper than comparing two intervals.

A plain bootstrap takes what it has not seen for impossible: where the test set holds a handful of
errors its intervals are too short, and of no width where no sample tells the predictions apart.
So an imaginary pair of samples joins every resample, one that speaks for the predictions and one
that speaks against them; for accuracy it is that of Bonett and Price. Coverage of the nominal 95 %
interval, the lowest of accuracy, log-loss and Brier score over 20 simulated pairs of classifiers
(accuracy 0.80, 0.90, 0.95, 0.98, 0.995; timid, calibrated, overconfident, heavy-tailed: those of
`tests/ripieno/evaluation/test_coverage.py`), 1,000 data sets each, formulas simulated:

| samples | imaginary pair | percentile | BCa | studentised |
| --- | --- | --- | --- | --- |
| 100 | 94 % | 32 % | 31 % | 44 % |
| 360 | 93 % | 70 % | 66 % | 66 % |
| 1,000 | 94 % | 91 % | 83 % | 85 % |

At 10,000 samples the ends lie within 4 % of the width from those of a percentile bootstrap; 10,000
resamples take 0.4 s on one core (AVX-512), a few milliseconds for accuracy.

References:
    Bonett & Price (2012), Adjusted Wald Confidence Interval for a Difference of Binomial
    Proportions Based on Paired Data.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ripieno.evaluation.bootstrap import N_RESAMPLES, bootstrap_mean
from ripieno.evaluation.interval import CONFIDENCE, Interval
from ripieno.evaluation.sample_scores import (
    sample_accuracy,
    sample_brier_score,
    sample_log_loss,
)
from ripieno.types import FloatArray, IntArray

__all__ = [
    "SAMPLE_SCORES",
    "Interval",
    "McNemar",
    "bootstrap_mean",
    "gain_interval",
    "mcnemar_exact",
]


def gain_interval(
    metric: str,
    proba: FloatArray,
    reference: FloatArray,
    labels: IntArray,
    *,
    seed: int = 0,
    n_resamples: int = N_RESAMPLES,
    confidence: float = CONFIDENCE,
) -> Interval:
    """By how much predictions beat reference predictions, with a 95 % interval or another.

    Equal probabilities gain exactly 0. Where they differ but no sample is right in one and wrong
    in the other, n_samples of them bound the gain in accuracy by about 3 / n_samples either way,
    which is the rule of three; a single sample leaves everything open.

    Args:
        metric: A key of `SAMPLE_SCORES`: accuracy, log_loss or brier.
        proba: Class probabilities of shape (n_samples, n_classes).
        reference: Those they are compared with, of the same shape.
        labels: True classes of shape (n_samples,).
        seed: Of the resampling.
        n_resamples: Bootstrap resamples, 1 or more.
        confidence: Nominal coverage in (0, 1).

    Returns:
        The gain in the unit of the metric, positive where `proba` is better, whichever way the
        metric points.

    Raises:
        ValueError: If the metric is unknown or the input is not probabilities and labels.
    """
    if metric not in SAMPLE_SCORES:
        raise ValueError(f"metric: expected one of {', '.join(SAMPLE_SCORES)}, received {metric}.")
    score, sign = SAMPLE_SCORES[metric]
    differences = sign * (score(proba, labels) - score(reference, labels))
    if np.array_equal(proba, reference):
        return Interval(0.0, 0.0, 0.0)
    pair = (IMAGINARY_GAINS[metric], -IMAGINARY_GAINS[metric])
    return bootstrap_mean(
        differences,
        seed=seed,
        n_resamples=n_resamples,
        confidence=confidence,
        imaginary=pair,
    )


@dataclass(frozen=True)
class McNemar:
    """Which of two predictions the discordant samples speak for.

    Attributes:
        only_first_right: Samples that the first gets right and the second wrong.
        only_second_right: Samples the other way round.
        p_value: Probability of a split at least as uneven if neither were better, two-sided.
    """

    only_first_right: int
    only_second_right: int
    p_value: float


def mcnemar_exact(proba: FloatArray, reference: FloatArray, labels: IntArray) -> McNemar:
    """McNemar's exact test that two predictions are right equally often.

    Samples that both get right, or both wrong, say nothing; of the others half would go each way.

    Args:
        proba: Class probabilities of shape (n_samples, n_classes).
        reference: Those they are compared with, of the same shape.
        labels: True classes of shape (n_samples,).

    Returns:
        The counts and p, which is 1 where no sample is discordant.

    Raises:
        ValueError: If either input is not probabilities and labels.

    References:
        McNemar (1947), Note on the Sampling Error of the Difference Between Correlated
        Proportions or Percentages.
    """
    from scipy.stats import binomtest

    difference = sample_accuracy(proba, labels) - sample_accuracy(reference, labels)
    first, second = int(np.sum(difference > 0)), int(np.sum(difference < 0))
    discordant = first + second
    p_value = float(binomtest(first, discordant, 0.5).pvalue) if discordant else 1.0
    return McNemar(first, second, p_value)


SampleScore = Callable[[FloatArray, IntArray], NDArray[np.float64]]

SAMPLE_SCORES: dict[str, tuple[SampleScore, float]] = {
    # The sign that makes a difference positive where the first is better.
    "accuracy": (sample_accuracy, 1.0),
    "log_loss": (sample_log_loss, -1.0),
    "brier": (sample_brier_score, -1.0),
}

IMAGINARY_GAINS: dict[str, float] = {
    "accuracy": 1.0,
    "log_loss": math.log(20.0),  # the true class is given twenty times the probability
    "brier": 1.0,
}
"""What an imaginary sample says for the predictions, and another against them."""
