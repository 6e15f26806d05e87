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


SETTINGS = [  # samples of a data set, and its population
    (100, (0.98, 1.0, 10)),  # some errors very sure
    (360, (0.95, 2.0)),  # overconfident
    (500, (0.8, 0.6)),  # timid
]


def coverages(interval_of, truth_of, n_data_sets):
    """The share of data sets whose interval holds the truth, for each setting."""
    shares = []
    for n_samples, setting in SETTINGS:
        simulated = population(*setting)
        rng = np.random.default_rng(1)
        drawn = (simulated.draw(n_samples, rng) for _ in range(n_data_sets))
        intervals = [interval_of(proba, labels) for proba, labels in drawn]
        truth = truth_of(simulated.proba, simulated.labels)
        shares.append(np.mean([each.low <= truth <= each.high for each in intervals]))
    return shares


def assert_covered(shares):
    assert np.mean(shares) >= 0.92
    assert min(shares) >= 0.90  # 300 data sets place a share to within 0.025


@pytest.mark.parametrize("metric", CLOSED_INTERVALS)
def test_scores_lie_in_their_intervals(metric):
    assert_covered(
        coverages(
            lambda proba, labels: CLOSED_INTERVALS[metric](proba[0], labels, 0.95),
            lambda proba, labels: METRICS[metric](proba[0], labels),
            n_data_sets=500,
        )
    )


def test_the_calibration_error_lies_in_its_interval():
    assert_covered(
        coverages(
            lambda proba, labels: calibration_error_interval(proba[0], labels, n_draws=200),
            lambda proba, labels: METRICS["ece"](proba[0], labels),
            n_data_sets=300,
        )
    )


@pytest.mark.parametrize("metric", SAMPLE_SCORES)
def test_gains_lie_in_their_intervals(metric):
    score, sign = METRICS[metric], SAMPLE_SCORES[metric][1]
    assert_covered(
        coverages(
            lambda proba, labels: gain_interval(metric, *proba, labels, n_resamples=400),
            lambda proba, labels: sign * (score(proba[0], labels) - score(proba[1], labels)),
            n_data_sets=300,
        )
    )
