import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ripieno.errors import ConfigurationError
from ripieno.evaluation.cross_fit import cross_fitted_scores
from ripieno.evaluation.metrics import METRICS, log_loss
from ripieno.pooling.auto import SIMPLEST_FIRST, auto, choose
from ripieno.pooling.best_member import best_member
from ripieno.pooling.comparison import Candidate, compare_rules
from ripieno.pooling.recipes import Recipe


def candidate(rule, costs, sound=True):
    return Candidate(Recipe(rule), None, 0.0, np.asarray(costs, dtype=float), sound)


def test_the_lowest_wins():
    alone = candidate("best_member", [1.0, 1.1, 0.9, 1.0])
    pool = candidate("linear_pool", [0.5, 0.6, 0.4, 0.5])
    assert choose([alone, pool]) is pool


def test_a_simpler_one_within_one_standard_error_wins():
    alone = candidate("best_member", [2.0, 2.0, 2.0, 2.0])
    mean = candidate("uniform", [1.0, 1.0, 1.0, 1.2])
    # 0.05 lower on average; the differences 0, 0, 0, 0.2 have a standard error of 0.043 ...
    pool = candidate("linear_pool", [1.0, 1.0, 1.0, 1.0])
    assert choose([alone, mean, pool]) is pool
    # ... and 0.1, -0.1, 0, 0.2 have one of 0.056
    pool = candidate("linear_pool", [0.9, 1.1, 1.0, 1.0])
    assert choose([alone, mean, pool]) is mean


def test_a_pool_above_the_best_member_is_never_chosen():
    alone = candidate("best_member", [1.0, 1.0, 1.0])
    assert choose([alone, candidate("uniform", [0.9, 1.0, 1.2])]) is alone


def test_one_that_is_worse_on_validation_than_the_mean_is_passed_over():
    alone = candidate("best_member", [1.0, 1.0], sound=False)
    mean = candidate("uniform", [0.999, 1.0])
    assert choose([alone, mean]) is mean


def test_the_best_member_is_left_when_nothing_else_will_do():
    alone = candidate("best_member", [1.0, 1.0], sound=False)
    assert choose([alone, candidate("uniform", [1.5, 1.0])]) is alone


def test_candidates_cost_what_cross_fitting_says(validation):
    proba, labels = validation
    (only,) = compare_rules(["linear_pool"], proba, labels, scale_temperatures=False, seed=3)
    from ripieno.pooling.linear_pool import linear_pool

    assert only.cost == pytest.approx(
        cross_fitted_scores(linear_pool, proba, labels, seed=3)["log_loss"]
    )
    assert only.fitted_cost == pytest.approx(log_loss(only.pool.predict_proba(proba), labels))


def test_noise_is_left_to_the_best_member(simulate):
    proba, labels = simulate(2, 300, seed=1)
    proba[1] = np.random.default_rng(0).dirichlet(np.ones(4), size=300)
    assert auto(proba, labels).rule == "best_member"


def test_equal_members_of_independent_errors_are_averaged():
    rng = np.random.default_rng(1)
    labels = rng.integers(0, 3, size=3000)
    powers = np.exp(1.5 * np.eye(3)[labels] + rng.normal(size=(4, 3000, 3)))
    proba = powers / powers.sum(axis=2, keepdims=True)
    assert auto(proba, labels, scale_temperatures=False).rule in ("uniform", "log_pool")
    assert log_loss(auto(proba, labels).predict_proba(proba), labels) < 0.8 * min(
        log_loss(member, labels) for member in proba
    )


def test_unequal_members_are_weighted(simulate):
    proba, labels = simulate(4, 5000)
    assert auto(proba, labels).rule in ("linear_pool", "log_pool")


def test_one_sample_leaves_nothing_to_compare(simulate):
    assert auto(*simulate(3, 1)).rule == "linear_pool"


@pytest.mark.parametrize("objective", ["accuracy", "brier"])
def test_another_objective_is_compared_by_name(objective, simulate):
    proba, labels = simulate(4, 500)
    pooled = METRICS[objective](
        auto(proba, labels, objective=objective).predict_proba(proba), labels
    )
    alone = METRICS[objective](best_member(proba, labels).predict_proba(proba), labels)
    assert pooled >= alone if objective == "accuracy" else pooled <= alone


def test_unknown_objective_is_refused(validation):
    with pytest.raises(ConfigurationError, match="Unknown objective 'f1'"):
        auto(*validation, objective="f1")


def test_every_rule_takes_part():
    from ripieno.pooling import RULES

    assert {*SIMPLEST_FIRST, "auto"} == set(RULES)


@settings(max_examples=15)
@given(st.integers(1, 4), st.integers(2, 80), st.floats(0.1, 3.0), st.integers(0, 1000))
def test_never_worse_on_validation_than_the_best_member_or_the_mean(m, n, spread, seed):
    rng = np.random.default_rng(seed)
    proba = rng.dirichlet(np.full(3, spread), size=(m, n))
    labels = rng.integers(0, 3, size=n)
    candidates = compare_rules(SIMPLEST_FIRST[:-1], proba, labels)
    chosen = choose(candidates)
    alone = candidates[0]
    assert chosen.cost <= alone.cost
    if chosen.sound:
        pooled = log_loss(chosen.pool.predict_proba(proba), labels)
        assert pooled <= min(log_loss(member, labels) for member in proba) + 1e-9
        assert pooled <= log_loss(proba.mean(axis=0), labels) + 1e-9
    else:
        assert chosen is alone
