from itertools import combinations

import numpy as np
import pytest

from ripieno.errors import ConfigurationError
from ripieno.evaluation.metrics import log_loss
from ripieno.pooling import RULES, choose_pool, fit_pool
from ripieno.pooling.limits import choose_within_limits, expand, fit_within_limits, frontier

COST = [4.0, 1.0, 2.0, 8.0, 1.0]


def test_no_limits_leave_the_pool_as_it_is(validation):
    assert (
        fit_within_limits("linear_pool", *validation).to_dict()
        == fit_pool("linear_pool", *validation).to_dict()
    )


@pytest.mark.parametrize("max_members", [1, 2, 3])
def test_members_are_the_best_of_all_subsets_of_that_size(max_members, simulate):
    proba, labels = simulate(5, 3000)
    pool = fit_within_limits("linear_pool", proba, labels, max_members=max_members)
    subsets = [list(members) for members in combinations(range(5), max_members)]
    best = min(
        log_loss(fit_pool("linear_pool", proba[of], labels).predict_proba(proba[of]), labels)
        for of in subsets
    )
    # A member has to earn what its weight costs in optimism.
    assert log_loss(pool.predict_proba(proba), labels) <= best + max_members / 3000
    assert np.count_nonzero(pool.weights) <= max_members


def test_inference_time_is_kept_within(validation):
    pool = fit_within_limits("linear_pool", *validation, COST, max_inference_ms=3.0)
    assert sum(COST[m] for m in np.flatnonzero(pool.weights)) <= 3.0
    assert pool.weights[0] == 0.0


def test_both_limits_hold_together(validation):
    pool = fit_within_limits("linear_pool", *validation, COST, max_members=2, max_inference_ms=6.0)
    used = np.flatnonzero(pool.weights)
    assert len(used) <= 2
    assert sum(COST[m] for m in used) <= 6.0


@pytest.mark.parametrize("rule", RULES)
def test_any_rule_is_fitted_to_the_members_that_are_left(rule, validation):
    proba, labels = validation
    pool = fit_within_limits(rule, proba, labels, max_members=2)
    assert 1 <= np.count_nonzero(pool.weights) <= 2
    hidden = proba.copy()
    hidden[pool.weights == 0.0] = np.nan
    np.testing.assert_array_equal(pool.predict_proba(hidden), pool.predict_proba(proba))


def test_choice_without_limits_is_the_choice(validation):
    choice = choose_within_limits("linear_pool", *validation)
    expected = choose_pool("linear_pool", *validation)
    assert choice.pool.to_dict() == expected.pool.to_dict()
    assert choice.rules_compared() == expected.rules_compared()
    np.testing.assert_array_equal(choice.cross_fitted_proba, expected.cross_fitted_proba)


@pytest.mark.parametrize("rule", ["auto", "uniform"])
def test_choice_within_limits_compares_pools_of_the_members_that_are_left(rule, validation):
    proba, labels = validation
    choice = choose_within_limits(rule, proba, labels, COST, max_members=2)
    fitted = fit_within_limits(rule, proba, labels, COST, max_members=2)
    assert choice.pool.to_dict() == fitted.to_dict()
    (unused,) = {
        tuple(c.pool.weights == 0.0) for c in choice.candidates if c.recipe.rule == "uniform"
    }
    hidden = proba.copy()
    hidden[list(unused)] = np.nan
    for candidate in choice.candidates:
        for pool in (candidate.pool, *candidate.fold_pools):
            assert np.all(np.isfinite(pool.predict_proba(hidden)))
    assert log_loss(choice.cross_fitted_proba, labels) == pytest.approx(choice.chosen.cost, rel=0.1)


def test_many_members_are_searched_too(simulate):
    proba, labels = simulate(14, 300)
    pool = fit_within_limits("linear_pool", proba, labels, max_members=3)
    assert np.count_nonzero(pool.weights) == 3


def test_frontier_falls_as_time_rises(simulate):
    proba, labels = simulate(5, 2000)
    points = frontier(proba, labels, COST)
    assert [p.inference_ms for p in points] == sorted({p.inference_ms for p in points})
    assert [p.log_loss for p in points] == sorted({p.log_loss for p in points}, reverse=True)
    assert points[0].inference_ms == 1.0
    for point in points:
        assert point.inference_ms == sum(COST[m] for m in point.members)


def test_frontier_of_one_member_is_a_point(simulate):
    (point,) = frontier(*simulate(1, 100), [3.0])
    assert (point.members, point.inference_ms) == ((0,), 3.0)


@pytest.mark.parametrize("rule", ["linear_pool", "stacking"])
def test_expanded_pool_predicts_the_same(rule, validation):
    proba, labels = validation
    pool = fit_pool(rule, proba[[1, 3]], labels)
    whole = expand(pool, [1, 3], 5)
    np.testing.assert_array_equal(whole.predict_proba(proba), pool.predict_proba(proba[[1, 3]]))


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"max_members": 0}, "max_members: expected an integer >= 1, received 0"),
        ({"max_inference_ms": 0.5}, "expected at least 1, the time of the fastest member"),
    ],
)
def test_limits_that_leave_nothing_are_refused(settings, message, validation):
    with pytest.raises(ConfigurationError, match=message):
        fit_within_limits("linear_pool", *validation, COST, **settings)


def test_a_time_limit_needs_times(validation):
    with pytest.raises(ConfigurationError, match="expected the members' inference times"):
        fit_within_limits("linear_pool", *validation, max_inference_ms=3.0)
