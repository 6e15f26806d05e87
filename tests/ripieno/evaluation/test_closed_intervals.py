import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from ripieno.evaluation.closed_intervals import (
    loss_interval,
    proportion_interval,
    score_interval,
)

Z = stats.norm.ppf(0.975)


def hits(n_hits, n_samples):
    return np.repeat([1.0, 0.0], [n_hits, n_samples - n_hits])


def test_proportion_by_hand():
    interval = proportion_interval(hits(90, 100))
    centre = (90 + Z**2 / 2) / (100 + Z**2)
    half = Z * math.sqrt(centre * (1 - centre) / (100 + Z**2))
    assert interval.as_list() == pytest.approx([centre - half, 0.9, centre + half])


@pytest.mark.parametrize(("n_hits", "low", "high"), [(100, 0.956, 1.0), (0, 0.0, 0.044)])
def test_hits_alone_or_misses_alone_are_no_certainty(n_hits, low, high):
    interval = proportion_interval(hits(n_hits, 100))
    assert interval.low == pytest.approx(low, abs=5e-4)
    assert interval.high == pytest.approx(high, abs=5e-4)


@given(st.integers(1, 2000), st.data(), st.sampled_from([0.8, 0.95, 0.99]))
def test_proportion_holds_wilsons_interval_with_its_centre(n_samples, data, confidence):
    n_hits = data.draw(st.integers(0, n_samples))
    ours = proportion_interval(hits(n_hits, n_samples), confidence=confidence)
    theirs = stats.binomtest(n_hits, n_samples).proportion_ci(confidence, method="wilson")
    assert ours.low <= theirs.low + 1e-12
    assert ours.high >= theirs.high - 1e-12
    if ours.low > 0.0 and ours.high < 1.0:
        assert ours.low + ours.high == pytest.approx(theirs.low + theirs.high)


def test_the_ends_of_a_score_interval_lie_that_many_standard_errors_from_the_mean():
    losses = np.random.default_rng(0).gamma(0.3, size=200)
    interval = score_interval(losses, 30.0, 2.0, 1.5)
    factor = 30.0 / (losses.sum() + 2.0)
    for end in (interval.low, interval.high):
        assert abs(losses.mean() - end) / math.sqrt(factor * end / 200) == pytest.approx(1.5)


@pytest.mark.parametrize("n_errors", [1, 2, 3, 5, 10, 30])
def test_errors_of_one_cost_have_nearly_the_poisson_interval(n_errors):
    losses = 4.0 * hits(n_errors, 100_000)
    interval = score_interval(losses, float(np.sum(losses**2)) + 16.0, 4.0, Z)
    # Garwood's exact interval of a Poisson mean.
    exact = stats.chi2.ppf([0.025, 0.975], [2 * n_errors, 2 * n_errors + 2]) / 2
    assert interval.high * 25_000 == pytest.approx(exact[1], rel=0.03)
    assert exact[0] < interval.low * 25_000 < n_errors


def test_a_loss_interval_by_hand():
    # Two losses of 3 and the imaginary one: three effective losses, five degrees of freedom.
    interval = loss_interval(3.0 * hits(2, 100), 3.0)
    variance_by_mean = (2 * 3.0**2 - 100 * 0.06**2 + 3.0**2) / (6.0 + 3.0)
    shift = stats.t.ppf(0.975, 5) ** 2 * variance_by_mean / 200
    half = math.sqrt(shift**2 + 2 * shift * 0.06)
    assert interval.as_list() == pytest.approx([0.06 + shift - half, 0.06, 0.06 + shift + half])


def test_a_few_high_losses_say_less_than_many_small_ones():
    few, many = loss_interval(10.0 * hits(2, 100), 1.0), loss_interval(0.2 * hits(100, 100), 1.0)
    assert few.mid == pytest.approx(many.mid)
    assert few.high > 2 * many.high


def test_interval_of_many_losses_is_the_normal_one():
    losses = np.random.default_rng(1).gamma(0.5, size=10_000)
    interval = loss_interval(losses, 4.6)
    half = Z * losses.std() / 100
    assert interval.low == pytest.approx(losses.mean() - half, abs=0.05 * half)
    assert interval.high == pytest.approx(losses.mean() + half, abs=0.05 * half)


def test_no_loss_so_far_is_no_certainty():
    interval = loss_interval(np.zeros(100), 2.0)
    quantile = stats.t.ppf(0.975, 3)  # of one effective loss, the imaginary one
    assert interval.as_list() == pytest.approx([0.0, 0.0, 2.0 * quantile**2 / 100])


def test_a_loss_interval_stays_below_what_is_possible():
    assert loss_interval(np.array([1.9]), 1.0, highest=2.0).high == 2.0


@given(
    st.lists(st.floats(0.0, 40.0), min_size=1, max_size=50),
    st.floats(0.1, 10.0),
    st.sampled_from([0.5, 0.95, 0.999]),
)
def test_the_mean_lies_within_its_interval(losses, unit, confidence):
    interval = loss_interval(np.array(losses), unit, confidence=confidence)
    assert 0.0 <= interval.low <= interval.mid < interval.high


@pytest.mark.parametrize("interval", [proportion_interval, lambda values: loss_interval(values, 1)])
@pytest.mark.parametrize("values", [np.empty(0), np.array([1.0, np.inf]), np.ones((2, 2))])
def test_what_has_no_mean_is_refused(interval, values):
    with pytest.raises(ValueError, match="expected finite values"):
        interval(values)
