"""Is one set of predictions better than another, or was it chance?

The unit is the test sample: both predictions are scored on the same samples, and the bootstrap
resamples the differences, which is far sharper than comparing two intervals.

10,000 resamples of 10,000 samples take 0.4 s on one core (AVX-512), a millisecond for accuracy.
"""

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import repeat

import numpy as np
from numpy.typing import NDArray

from ripieno.evaluation.metrics import sample_accuracy, sample_brier_score, sample_log_loss
from ripieno.types import FloatArray, IntArray

N_RESAMPLES = 10_000
_BLOCK_VALUES = 100_000  # resampled values in memory at a time: they stay in the cache
_PARTS = 32  # of the resamples, spread over the cores
_FEW_VALUES = 64  # up to here, counting the distinct values is the faster way to resample


@dataclass(frozen=True)
class Interval:
    """An estimate with its confidence interval, all three in the unit of the estimate."""

    low: float
    mid: float
    high: float

    @property
    def excludes_zero(self) -> bool:
        """Whether the estimate is distinguishable from no difference."""
        return self.low > 0.0 or self.high < 0.0

    def as_list(self) -> list[float]:
        """`[low, mid, high]`, as `summary.json` stores it."""
        return [self.low, self.mid, self.high]


def gain_interval(
    metric: str,
    proba: FloatArray,
    reference: FloatArray,
    labels: IntArray,
    *,
    seed: int = 0,
    n_resamples: int = N_RESAMPLES,
) -> Interval:
    """By how much predictions beat reference predictions, with a 95 % interval.

    Args:
        metric: A key of `SAMPLE_SCORES`: accuracy, log_loss or brier.
        proba: Class probabilities of shape (n_samples, n_classes).
        reference: Those they are compared with, of the same shape.
        labels: True classes of shape (n_samples,).
        seed: Of the resampling.
        n_resamples: Bootstrap resamples, 1 or more.

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
    return bootstrap_mean(differences, seed=seed, n_resamples=n_resamples)


def bootstrap_mean(
    values: FloatArray, *, seed: int = 0, n_resamples: int = N_RESAMPLES, confidence: float = 0.95
) -> Interval:
    """Percentile bootstrap interval of the mean of independent values.

    Args:
        values: One value a sample, of shape (n_samples,), finite.
        seed: Of the resampling: equal seeds give equal intervals.
        n_resamples: Bootstrap resamples, 1 or more.
        confidence: Nominal coverage in (0, 1).

    Returns:
        The mean and its interval; of no width where all values are equal.

    Raises:
        ValueError: If there are no values, one is not finite, or a setting is out of range.

    References:
        Efron & Tibshirani (1993), An Introduction to the Bootstrap, chapter 13.
    """
    if values.ndim != 1 or len(values) == 0 or not np.all(np.isfinite(values)):
        raise ValueError(f"values: expected finite values (n_samples,), received {values.shape}.")
    if n_resamples < 1 or not 0.0 < confidence < 1.0:
        raise ValueError(
            "n_resamples and confidence: expected >= 1 and within (0, 1), "
            f"received {n_resamples} and {confidence}."
        )
    means = _resampled_means(values, n_resamples, np.random.default_rng(seed))
    tail = (1.0 - confidence) / 2.0
    low, high = np.quantile(means, [tail, 1.0 - tail])
    mid = float(np.mean(values))
    # The mean of equal values differs from a resampled mean by rounding.
    return Interval(low=min(float(low), mid), mid=mid, high=max(float(high), mid))


def _resampled_means(
    values: FloatArray, n_resamples: int, rng: np.random.Generator
) -> NDArray[np.float64]:
    """Means of `n_resamples` draws of n_samples values with replacement, (n_resamples,)."""
    n_samples = len(values)
    distinct, counts = np.unique(values, return_counts=True)
    if len(distinct) <= _FEW_VALUES:  # hits and misses: how often each is drawn is multinomial
        drawn = rng.multinomial(n_samples, counts / n_samples, size=n_resamples)
        return np.asarray(drawn @ distinct / n_samples)
    # One generator a part: the parts may run on any core in any order.
    parts = np.array_split(np.arange(n_resamples), max(1, min(_PARTS, n_resamples)))
    generators = rng.spawn(len(parts))
    with ThreadPoolExecutor(_usable_cores()) as executor:
        sizes = (len(part) for part in parts)
        return np.concatenate(list(executor.map(_draw, repeat(values), sizes, generators)))


def _draw(values: FloatArray, n_resamples: int, rng: np.random.Generator) -> NDArray[np.float64]:
    """Means of draws with replacement, a few at a time, (n_resamples,)."""
    n_samples = len(values)
    means = np.empty(n_resamples)
    rows = max(1, _BLOCK_VALUES // n_samples)
    for start in range(0, n_resamples, rows):
        stop = min(start + rows, n_resamples)
        drawn = rng.integers(0, n_samples, size=(stop - start, n_samples), dtype=np.uint32)
        np.mean(values.take(drawn), axis=1, out=means[start:stop])
    return means


def _usable_cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


SampleScore = Callable[[FloatArray, IntArray], NDArray[np.float64]]

SAMPLE_SCORES: dict[str, tuple[SampleScore, float]] = {
    # The sign that makes a difference positive where the first is better.
    "accuracy": (sample_accuracy, 1.0),
    "log_loss": (sample_log_loss, -1.0),
    "brier": (sample_brier_score, -1.0),
}
