import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ripieno.drift.stability import stability_index, stability_of
from ripieno.drift.tally import Tally

COUNTS = st.lists(st.integers(0, 500), min_size=3, max_size=3)


def tallied(reference, values):
    tally = Tally(np.asarray(reference, float))
    tally.add(np.asarray(values, float))
    return tally


def test_the_index_is_the_sum_by_hand():
    # Shares (10.5, 30.5) / 41 and (20.5, 20.5) / 41 with half a sample in every bin.
    p, q = np.array([10.5, 30.5]) / 41, np.array([0.5, 0.5])
    expected = (p[0] - q[0]) * np.log(p[0] / q[0]) + (p[1] - q[1]) * np.log(p[1] / q[1])
    found = stability_index(np.array([10, 30]), np.array([20, 20]))
    assert found == pytest.approx(expected)


@given(a=COUNTS, b=COUNTS)
def test_it_is_symmetric_and_never_negative(a, b):
    index = stability_index(np.array(a), np.array(b))
    assert index >= 0.0
    assert index == pytest.approx(stability_index(np.array(b), np.array(a)))


def test_equal_samples_are_stable():
    values = np.random.default_rng(0).normal(size=500)
    assert stability_of(tallied(values, values), 500) == pytest.approx(0.0, abs=1e-12)


def test_deciles_are_the_bins():
    # All ten values in the lowest of ten bins of ten.
    p, q = np.array([10.5] + [0.5] * 9) / 15, np.array([10.5] * 10) / 105
    expected = np.sum((p - q) * np.log(p / q))
    assert stability_of(tallied(np.arange(100), np.zeros(10)), 100) == pytest.approx(expected)


def test_a_shift_off_a_constant_is_seen_in_both_directions():
    for elsewhere in (0.0, 2.0):
        assert stability_of(tallied(np.ones(100), np.full(100, elsewhere)), 100) > 1.0


def test_a_shift_off_a_frequent_value_is_seen_in_both_directions():
    reference = np.r_[np.zeros(10), np.ones(80), np.full(10, 2.0)]
    for elsewhere in (0.0, 2.0):
        values = np.r_[np.full(50, elsewhere), np.ones(50)]
        assert stability_of(tallied(reference, values), 100) > 0.2
