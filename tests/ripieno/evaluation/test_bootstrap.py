import numpy as np
import pytest
from scipy import stats

from ripieno.evaluation.bootstrap import bootstrap_mean
from ripieno.evaluation.interval import Interval


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


def test_imaginary_values_widen_the_interval_and_leave_the_mean():
    interval = bootstrap_mean(np.zeros(98), imaginary=(1.0, -1.0))
    # Of 100 draws each of the pair comes up about once: a difference of Poisson variables.
    assert interval.as_list() == pytest.approx([-0.03, 0.0, 0.03])
    assert stats.skellam.cdf(-3, 1, 1) > 0.025 > stats.skellam.cdf(-4, 1, 1)


@pytest.mark.parametrize("values", [np.empty(0), np.array([1.0, np.nan]), np.ones((2, 2))])
def test_bootstrap_refuses_what_has_no_mean(values):
    with pytest.raises(ValueError, match="expected finite values"):
        bootstrap_mean(values)


@pytest.mark.parametrize("settings", [{"n_resamples": 0}, {"confidence": 1.0}])
def test_bootstrap_refuses_settings_out_of_range(settings):
    with pytest.raises(ValueError, match=next(iter(settings))):
        bootstrap_mean(np.ones(3), **settings)
