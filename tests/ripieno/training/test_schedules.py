import numpy as np
import pytest

from ripieno.training.schedules import learning_rates


@pytest.mark.parametrize("schedule", ["constant", "cosine", "one_cycle"])
def test_warm_up_rises_from_a_25th_to_the_peak(schedule):
    rates = learning_rates(schedule, 0.5, 100, 0.2)

    assert rates.shape == (100,)
    assert rates[0] == pytest.approx(0.5 / 25)
    assert np.all(np.diff(rates[:21]) > 0)
    assert rates[20] == pytest.approx(0.5)
    assert rates.max() == pytest.approx(0.5)


@pytest.mark.parametrize("schedule", ["cosine", "one_cycle"])
def test_falling_schedules_end_next_to_zero_but_above(schedule):
    rates = learning_rates(schedule, 1.0, 1000, 0.1)

    assert 0 < rates[-1] < 0.002
    assert np.all(np.diff(rates[100:]) < 0)


def test_constant_without_warm_up_is_constant():
    assert learning_rates("constant", 0.1, 3, 0.0).tolist() == [0.1, 0.1, 0.1]


def test_one_cycle_falls_linearly():
    np.testing.assert_allclose(learning_rates("one_cycle", 1.0, 4, 0.0), [1, 0.75, 0.5, 0.25])


def test_cosine_is_half_way_in_the_middle():
    assert learning_rates("cosine", 2.0, 10, 0.0)[5] == pytest.approx(1.0)


def test_one_step_has_a_rate():
    assert learning_rates("one_cycle", 0.3, 1, 0.2).tolist() == [0.3]
