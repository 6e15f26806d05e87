import numpy as np
import pytest
from scipy import stats

from ripieno.evaluation.metrics import METRICS
from ripieno.evaluation.significance import (
    SAMPLE_SCORES,
    Interval,
    bootstrap_mean,
    gain_interval,
)


def test_interval_of_equal_values_has_no_width():
    assert bootstrap_mean(np.full(50, 0.1)).as_list() == pytest.approx([0.1, 0.1, 0.1], abs=1e-15)


def test_one_value_is_its_own_interval():
    assert bootstrap_mean(np.array([3.0])) == Interval(3.0, 3.0, 3.0)


def test_equal_seeds_give_equal_intervals():
    values = np.random.default_rng(0).normal(size=300)
    assert bootstrap_mean(values, seed=5) == bootstrap_mean(values, seed=5)
    assert bootstrap_mean(values, seed=5) != bootstrap_mean(values, seed=6)


@pytest.mark.parametrize("few_values", [False, True])
def test_interval_agrees_with_scipys_bootstrap(few_values):
    values = np.random.default_rng(1).gamma(1.0, size=400)
    if few_values:
        values = np.sign(values - 1.0)
    theirs = stats.bootstrap(
        (values,), np.mean, n_resamples=20_000, method="percentile", rng=2
    ).confidence_interval
    ours = bootstrap_mean(values, n_resamples=20_000)
    spread = theirs.high - theirs.low
    assert ours.low == pytest.approx(theirs.low, abs=0.03 * spread)
    assert ours.high == pytest.approx(theirs.high, abs=0.03 * spread)
    assert ours.mid == pytest.approx(values.mean())


def test_interval_of_many_normal_values_is_the_normal_one():
    values = np.random.default_rng(2).normal(size=10_000)
    ours = bootstrap_mean(values)
    half = 1.959964 * values.std() / 100
    assert ours.low == pytest.approx(values.mean() - half, abs=0.05 * half)
    assert ours.high == pytest.approx(values.mean() + half, abs=0.05 * half)


def test_wider_confidence_gives_a_wider_interval():
    values = np.random.default_rng(3).normal(size=100)
    narrow, wide = bootstrap_mean(values, confidence=0.8), bootstrap_mean(values, confidence=0.99)
    assert wide.low < narrow.low < narrow.mid < narrow.high < wide.high


@pytest.mark.parametrize(
    ("interval", "excludes_zero"),
    [((0.1, 0.2, 0.3), True), ((-0.3, -0.2, -0.1), True), ((0.0, 0.1, 0.2), False)],
)
def test_interval_says_whether_it_excludes_zero(interval, excludes_zero):
    assert Interval(*interval).excludes_zero is excludes_zero


@pytest.mark.parametrize("metric", SAMPLE_SCORES)
def test_gain_is_the_improvement_of_the_metric(metric):
    rng = np.random.default_rng(4)
    proba, reference = rng.dirichlet(np.ones(3), size=(2, 200))
    labels = rng.integers(0, 3, size=200)
    difference = METRICS[metric](proba, labels) - METRICS[metric](reference, labels)
    gain = gain_interval(metric, proba, reference, labels)
    assert gain.mid == pytest.approx(difference if metric == "accuracy" else -difference)


def test_gain_over_itself_is_zero():
    proba = np.random.default_rng(5).dirichlet(np.ones(3), size=50)
    labels = np.zeros(50, dtype=int)
    assert gain_interval("log_loss", proba, proba, labels) == Interval(0.0, 0.0, 0.0)


def test_gain_refuses_an_unknown_metric():
    proba = np.array([[1.0, 0.0]])
    with pytest.raises(ValueError, match="expected one of accuracy, log_loss, brier, received f2"):
        gain_interval("f2", proba, proba, np.array([0]))


@pytest.mark.parametrize("values", [np.empty(0), np.array([1.0, np.nan]), np.ones((2, 2))])
def test_bootstrap_refuses_what_has_no_mean(values):
    with pytest.raises(ValueError, match="expected finite values"):
        bootstrap_mean(values)


@pytest.mark.parametrize("settings", [{"n_resamples": 0}, {"confidence": 1.0}])
def test_bootstrap_refuses_settings_out_of_range(settings):
    with pytest.raises(ValueError, match="n_resamples and confidence"):
        bootstrap_mean(np.ones(3), **settings)
