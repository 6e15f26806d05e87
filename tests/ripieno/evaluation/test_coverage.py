"""Do 95 % intervals hold the truth? Simulated classifiers whose true scores are known."""

from dataclasses import dataclass
from functools import cache

import numpy as np
import pytest

from ripieno.evaluation.intervals import CLOSED_INTERVALS
from ripieno.evaluation.metrics import METRICS
from ripieno.evaluation.reliability_interval import calibration_error_interval
from ripieno.evaluation.significance import SAMPLE_SCORES, gain_interval

N_CLASSES = 10
SHARED = 0.7  # of the variance of two classifiers' noise: they mostly fail on the same samples


@dataclass(frozen=True, eq=False)
class Population:
    """Predictions of two classifiers, (2, n_samples, n_classes), of which data sets are drawn."""

    proba: np.ndarray
    labels: np.ndarray

    def draw(self, n_samples, rng):
        drawn = rng.integers(0, len(self.labels), n_samples)
        return self.proba[:, drawn], self.labels[drawn]


@cache
def population(accuracy, sharpness, tail=None, n_samples=40_000):
    """Softmax classifiers, the second with 15 % more errors than the first.

    Args:
        accuracy: Of the first.
        sharpness: 1 gives the posterior of normal noise: calibrated; less is timid, as after label
            smoothing; more is overconfident.
        tail: Degrees of freedom of the noise; normal if None. Few make some errors very sure.
        n_samples: All there are: data sets are drawn with replacement, so the truth is exact.
    """
    rng = np.random.default_rng(0)
    shape = (n_samples, N_CLASSES)
    scale = 1.0 if tail is None else np.sqrt(tail / rng.chisquare(tail, (n_samples, 1)))
    shared = rng.standard_normal(shape)
    labels = rng.integers(0, N_CLASSES, n_samples)
    rows, proba = np.arange(n_samples), []
    for share_right in (accuracy, 1.0 - 1.15 * (1.0 - accuracy)):
        own = rng.standard_normal(shape)
        logits = (np.sqrt(SHARED) * shared + np.sqrt(1.0 - SHARED) * own) * scale
        true_class = logits[rows, labels]
        logits[rows, labels] = -np.inf
        # What the true class needs to win, in all but the share of errors.
        signal = np.quantile(logits.max(axis=1) - true_class, share_right)
        logits[rows, labels] = true_class + signal
        logits *= sharpness * signal
        odds = np.exp(logits - logits.max(axis=1, keepdims=True))
        proba.append(odds / odds.sum(axis=1, keepdims=True))
    return Population(np.stack(proba), labels)


def covered(intervals, truth):
    return np.mean([interval.low <= truth <= interval.high for interval in intervals])


SETTINGS = pytest.mark.parametrize(
    ("n_samples", "accuracy", "sharpness", "tail"),
    [(100, 0.98, 1.0, 10), (360, 0.95, 2.0, None), (500, 0.8, 0.6, None)],
    ids=["heavy-tailed", "overconfident", "timid"],
)


@SETTINGS
def test_scores_lie_in_their_intervals(n_samples, accuracy, sharpness, tail):
    simulated = population(accuracy, sharpness, tail)
    rng = np.random.default_rng(1)
    drawn = [simulated.draw(n_samples, rng) for _ in range(500)]
    for metric, interval in CLOSED_INTERVALS.items():
        intervals = [interval(proba[0], labels, 0.95) for proba, labels in drawn]
        truth = METRICS[metric](simulated.proba[0], simulated.labels)
        assert covered(intervals, truth) >= 0.92, metric


@SETTINGS
def test_the_calibration_error_lies_in_its_interval(n_samples, accuracy, sharpness, tail):
    simulated = population(accuracy, sharpness, tail)
    rng = np.random.default_rng(2)
    drawn = (simulated.draw(n_samples, rng) for _ in range(300))
    intervals = [
        calibration_error_interval(proba[0], labels, n_draws=200) for proba, labels in drawn
    ]
    truth = METRICS["ece"](simulated.proba[0], simulated.labels)
    assert covered(intervals, truth) >= 0.92


@SETTINGS
def test_gains_lie_in_their_intervals(n_samples, accuracy, sharpness, tail):
    simulated = population(accuracy, sharpness, tail)
    rng = np.random.default_rng(4)
    drawn = [simulated.draw(n_samples, rng) for _ in range(300)]
    for metric, (_, sign) in SAMPLE_SCORES.items():
        first, second = (METRICS[metric](proba, simulated.labels) for proba in simulated.proba)
        intervals = [
            gain_interval(metric, *proba, labels, n_resamples=400) for proba, labels in drawn
        ]
        assert covered(intervals, sign * (first - second)) >= 0.92, metric
