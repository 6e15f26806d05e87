from functools import partial

import numpy as np
import pytest
from scipy import stats

from ripieno.evaluation.metrics import METRICS
from ripieno.evaluation.significance import (
    SAMPLE_SCORES,
    Interval,
    McNemar,
    gain_interval,
    mcnemar_exact,
)


def one_hot(right, n_classes=2):
    """Predictions of class 0, with probability 0.9, where right, else of class 1."""
    proba = np.full((len(right), n_classes), 0.1)
    proba[np.arange(len(right)), np.where(right, 0, 1)] = 0.9
    return proba


@pytest.mark.parametrize("metric", SAMPLE_SCORES)
def test_gain_is_the_improvement_of_the_metric(metric):
    rng = np.random.default_rng(4)
    proba, reference = rng.dirichlet(np.ones(3), size=(2, 200))
    labels = rng.integers(0, 3, size=200)
    difference = METRICS[metric](proba, labels) - METRICS[metric](reference, labels)
    gain = gain_interval(metric, proba, reference, labels)
    assert gain.mid == pytest.approx(difference if metric == "accuracy" else -difference)


@pytest.mark.parametrize("metric", SAMPLE_SCORES)
def test_gain_over_itself_is_zero(metric):
    proba = np.random.default_rng(5).dirichlet(np.ones(3), size=50)
    labels = np.zeros(50, dtype=int)
    assert gain_interval(metric, proba, proba, labels) == Interval(0.0, 0.0, 0.0)


@pytest.mark.parametrize("metric", SAMPLE_SCORES)
def test_gain_of_many_samples_agrees_with_scipys_plain_bootstrap(metric):
    rng = np.random.default_rng(6)
    labels = rng.integers(0, 10, size=10_000)
    logits = rng.normal(size=(2, 10_000, 10)) + 0.8 * rng.normal(size=(10_000, 10))
    logits[:, np.arange(10_000), labels] += 4.0
    proba, reference = (np.exp(each) / np.exp(each).sum(1, keepdims=True) for each in logits)
    score, sign = SAMPLE_SCORES[metric]
    differences = sign * (score(proba, labels) - score(reference, labels))
    theirs = stats.bootstrap(
        (differences,), np.mean, n_resamples=2_000, method="percentile", batch=50, rng=7
    ).confidence_interval
    ours = gain_interval(metric, proba, reference, labels, n_resamples=2_000)
    spread = theirs.high - theirs.low
    assert ours.low == pytest.approx(theirs.low, abs=0.06 * spread)
    assert ours.high == pytest.approx(theirs.high, abs=0.06 * spread)


def test_no_discordant_sample_is_no_certainty_of_equal_accuracy():
    right = np.ones(300, dtype=bool)
    labels = np.zeros(300, dtype=int)
    surer = np.tile([0.95, 0.05], (300, 1))
    gain = gain_interval("accuracy", surer, one_hot(right), labels)
    # The rule of three: an event that 300 samples do not show may have a probability of 1 %.
    assert gain.as_list() == pytest.approx([-0.01, 0.0, 0.01], abs=1e-4)


def test_one_sample_proves_nothing():
    gain = gain_interval("accuracy", one_hot([True]), one_hot([False]), np.array([0]))
    assert gain.low < 0.0 < gain.mid == gain.high == 1.0


def test_gain_that_every_sample_shares_is_certain_enough():
    labels = np.zeros(500, dtype=int)
    gain = gain_interval(
        "log_loss", np.tile([0.8, 0.2], (500, 1)), np.tile([0.4, 0.6], (500, 1)), labels
    )
    assert gain.mid == pytest.approx(np.log(2))
    assert gain.excludes_zero
    assert gain.high - gain.low < 0.05


def test_gain_refuses_an_unknown_metric():
    proba = np.array([[1.0, 0.0]])
    with pytest.raises(ValueError, match="expected one of accuracy, log_loss, brier, received f2"):
        gain_interval("f2", proba, proba, np.array([0]))


@pytest.mark.parametrize(
    ("only_first", "only_second", "p_value"),
    [
        (6, 0, 2 / 64),  # all six one way, either way
        (8, 2, 2 * (1 + 10 + 45) / 1024),
        (2, 8, 2 * (1 + 10 + 45) / 1024),
        (5, 5, 1.0),
        (0, 0, 1.0),
        (1, 0, 1.0),
    ],
)
def test_mcnemar_by_hand(only_first, only_second, p_value):
    first = np.array([True] * only_first + [False] * only_second + [True] * 7 + [False] * 3)
    second = np.array([False] * only_first + [True] * only_second + [True] * 7 + [False] * 3)
    test = mcnemar_exact(one_hot(first), one_hot(second), np.zeros(len(first), dtype=int))
    assert test == McNemar(only_first, only_second, pytest.approx(p_value))


@pytest.mark.parametrize("compare", [mcnemar_exact, partial(gain_interval, "log_loss")])
def test_predictions_of_other_samples_are_refused(compare):
    proba, labels = np.full((3, 2), 0.5), np.zeros(3, dtype=int)
    with pytest.raises(ValueError, match="proba and labels"):
        compare(proba, proba[:2], labels)
