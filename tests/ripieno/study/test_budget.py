import pytest
from hypothesis import given
from hypothesis import strategies as st

from ripieno.study.budget import EpochCost, epoch_cost, mean_budget, pilot_epochs

SECONDS = st.floats(0.01, 1e5)


def test_two_pilots_tell_the_fixed_part_from_the_epochs():
    cost = epoch_cost(3.0, 12.0, n_long=10)
    assert cost == EpochCost(fixed=pytest.approx(2.0), per_epoch=pytest.approx(1.0))


def test_a_cheaper_longer_pilot_counts_as_all_epochs():
    assert epoch_cost(5.0, 4.0, n_long=8) == EpochCost(0.0, 0.5)


def test_a_fixed_part_is_never_negative():
    assert epoch_cost(1.0, 12.0, n_long=4) == EpochCost(0.0, 3.0)


@given(SECONDS, SECONDS, st.integers(2, 200))
def test_the_cost_at_the_longer_pilot_is_what_it_took(short, long, n_long):
    assert epoch_cost(short, long, n_long).seconds(n_long) == pytest.approx(long)


@given(st.floats(0.0, 10.0), st.floats(0.01, 10.0), st.floats(0.0, 1e3))
def test_no_other_number_of_epochs_comes_nearer_to_the_budget(fixed, per_epoch, budget):
    cost = EpochCost(fixed, per_epoch)
    n_epochs = cost.epochs_within(budget)

    def distance(n):
        return abs(cost.seconds(n) - budget)

    assert n_epochs >= 1
    assert distance(n_epochs) <= distance(n_epochs + 1) + 1e-9
    if n_epochs > 1:
        assert distance(n_epochs) <= distance(n_epochs - 1) + 1e-9


def test_a_budget_below_one_epoch_still_allows_one():
    assert EpochCost(fixed=5.0, per_epoch=1.0).epochs_within(1.0) == 1


def test_the_budget_is_the_mean_of_the_configured_members():
    costs = {"a": EpochCost(1.0, 2.0), "b": EpochCost(0.0, 0.5)}
    assert mean_budget(costs, {"a": 10, "b": 6}) == (21.0 + 3.0) / 2


@pytest.mark.parametrize(
    ("n_train", "n_configured", "n_epochs"),
    [(60_000, 20, 2), (10_000, 20, 4), (1_000, 20, 20), (1_000, 100, 31), (1_000, 1, 2)],
    ids=["large data", "middling data", "as configured", "small data", "one epoch configured"],
)
def test_a_pilot_is_longer_where_epochs_are_short(n_train, n_configured, n_epochs):
    assert pilot_epochs(n_train, n_configured) == n_epochs
