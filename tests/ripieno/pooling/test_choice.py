import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ripieno.errors import ConfigurationError
from ripieno.evaluation.cross_fit import cross_fitted_proba, stratified_folds
from ripieno.evaluation.metrics import log_loss
from ripieno.pooling import RULES, choose_pool, fit_pool
from ripieno.pooling.choice import (
    CLEARLY,
    SIMPLEST_FIRST,
    default_unless_beaten,
    is_clearly_better,
    standard_error,
)
from ripieno.pooling.comparison import Candidate, best_calibrations, compare
from ripieno.pooling.recipes import Recipe, recipes_of


def candidate(rule, costs, sound=True, wrong=0.0):
    costs = np.asarray(costs, dtype=float)
    wrong_costs = np.full(len(costs), wrong)
    return Candidate(Recipe(rule), None, costs, wrong_costs, float(np.mean(costs)), sound)


def test_the_log_pool_is_chosen_unless_another_is_clearly_better():
    default = candidate("log_pool", [1.0, 1.1, 0.9, 1.0])
    clearly = candidate("stacking", [0.5, 0.6, 0.4, 0.6])
    hardly = candidate("linear_pool", [0.4, 2.0, 0.4, 0.4])
    assert default_unless_beaten([hardly, default]) is default
    assert default_unless_beaten([hardly, default, clearly]) is clearly


def test_the_lowest_of_those_that_are_clearly_better_is_chosen():
    default = candidate("log_pool", [1.0, 1.1, 0.9, 1.0])
    first = candidate("linear_pool", [0.5, 0.6, 0.4, 0.6])
    second = candidate("stacking", [0.4, 0.6, 0.4, 0.6])
    assert default_unless_beaten([first, default, second]) is second


def test_clearly_better_by_hand():
    # Differences 0.1, 0.3: mean 0.2, standard error sqrt(0.02) / 2 = 0.0707, and no error unseen.
    assert CLEARLY * 0.0707 < 0.2
    worse, better = candidate("log_pool", [1.1, 1.3]), candidate("a", [1.0, 1.0])
    assert is_clearly_better(better, worse)
    # With one that costs 1 on average: sqrt(1.02) / 2 = 0.505.
    assert CLEARLY * 0.505 > 0.2
    worse, better = candidate("a", [1.1, 1.3], wrong=0.5), candidate("a", [1.0, 1.0], wrong=1.5)
    assert not is_clearly_better(better, worse)


def test_a_standard_error_of_zero_is_not_believed():
    # Surer on every sample by as much, and all of them right.
    default = candidate("log_pool", np.full(100, 0.020), wrong=4.8)
    surer = candidate("best_member", np.full(100, 0.010), wrong=5.6)
    assert standard_error(surer, default) == pytest.approx(5.2 / 100)
    assert default_unless_beaten([surer, default]) is default


def test_one_that_is_worse_on_validation_than_the_mean_is_passed_over():
    unsound = candidate("stacking", [0.5, 0.5], sound=False)
    default = candidate("log_pool", [1.0, 1.0])
    assert default_unless_beaten([default, unsound]) is default


def test_the_best_member_is_chosen_where_the_log_pool_is_clearly_worse():
    alone, default = candidate("best_member", [0.9, 1.0, 1.0]), candidate("log_pool", [2.0] * 3)
    assert default_unless_beaten([alone, default]) is alone


def test_standard_error_by_hand():
    # Differences 0.1, -0.1, 0, 0.2: mean 0.05, variance 0.0125, over four samples; no error unseen.
    first, second = candidate("uniform", [1.0, 1.0, 1.0, 1.2]), candidate("a", [0.9, 1.1, 1.0, 1.0])
    assert standard_error(first, second) == pytest.approx(np.sqrt(0.0125 / 4))


@pytest.mark.parametrize("rule", RULES)
@pytest.mark.parametrize("scale_temperatures", [True, False])
def test_pool_is_the_one_that_is_fitted(rule, scale_temperatures, validation):
    choice = choose_pool(rule, *validation, scale_temperatures, seed=2)
    fitted = fit_pool(rule, *validation, scale_temperatures, seed=2)
    assert choice.pool.to_dict() == fitted.to_dict()


@pytest.mark.parametrize("rule", RULES)
def test_one_line_of_the_comparison_is_the_chosen(rule, validation):
    choice = choose_pool(rule, *validation)
    lines = json.loads(json.dumps(choice.rules_compared(), allow_nan=False))
    (chosen,) = [line for line in lines if line["chosen"]]
    assert chosen["rule"] == choice.pool.rule
    assert chosen["log_loss"] == choice.chosen.cost
    assert {"best_member", "uniform"} <= {line["rule"] for line in lines}
    best = [line for line in lines if line["best"]]
    assert len(best) == len({line["rule"] for line in lines})
    assert chosen in best
    assert [line for line in lines if line["standard_error"] == 0.0] == [chosen]


def test_auto_shows_every_calibration_of_every_rule_and_marks_the_best(simulate):
    proba, labels = simulate(3, 300)
    lines = choose_pool("auto", proba, labels).rules_compared()
    recipes = [recipe for rule in SIMPLEST_FIRST for recipe in recipes_of(rule)]
    assert [Recipe(line["rule"], line["before"], line["after"]) for line in lines] == recipes
    best = [line for line in lines if line["best"]]
    assert [line["rule"] for line in best] == list(SIMPLEST_FIRST)
    compared = compare(recipes_of("uniform"), proba, labels).candidates
    assert best[1]["log_loss"] == min(c.log_loss for c in compared)


def test_a_given_rule_shows_all_its_calibrations_and_the_references(validation):
    lines = choose_pool("linear_pool", *validation).rules_compared()
    ours = [line for line in lines if line["rule"] == "linear_pool"]
    assert {line["rule"] for line in lines} == {"best_member", "uniform", "linear_pool"}
    assert {(line["before"], line["after"]) for line in ours} == {
        (before, after) for before in (True, False) for after in (True, False)
    }


def test_another_objective_is_shown_beside_the_log_loss(validation):
    choice = choose_pool("auto", *validation, objective="accuracy")
    for line, shown in zip(choice.rules_compared(), choice.candidates, strict=True):
        assert line["cost"] == shown.cost != line["log_loss"] == shown.log_loss


def test_stacking_is_left_out_of_auto_where_coefficients_outnumber_the_samples(simulate):
    # Two members and four classes: 32 coefficients.
    few, enough = (choose_pool("auto", *simulate(2, n)) for n in (31, 32))
    assert "stacking" not in {line["rule"] for line in few.rules_compared()}
    assert few.left_out == {"stacking": "it has 32 coefficients, more than the 31 samples"}
    assert "stacking" in {line["rule"] for line in enough.rules_compared()}
    assert enough.left_out == {}


def test_predictions_of_a_rule_without_calibration_are_its_cross_fitted_ones(validation):
    choice = choose_pool("linear_pool", *validation, scale_temperatures=False, seed=4)
    expected = cross_fitted_proba(RULES["linear_pool"], *validation, seed=4)
    np.testing.assert_array_equal(choice.cross_fitted_proba, expected)
    assert log_loss(choice.cross_fitted_proba, validation[1]) == pytest.approx(choice.chosen.cost)


def test_each_fold_is_predicted_by_what_the_other_folds_choose(simulate):
    proba, labels = simulate(3, 60, seed=5)
    choice = choose_pool("auto", proba, labels, seed=1)
    recipes = [r for rule in SIMPLEST_FIRST for r in recipes_of(rule)]
    everything = compare(recipes, proba, labels, seed=1)
    folds = stratified_folds(labels, 5, 1)
    for fold in range(5):
        rest = folds != fold
        of_rest = best_calibrations([c.on(rest) for c in everything.candidates])
        pool = default_unless_beaten(of_rest).fold_pools[fold]
        np.testing.assert_array_equal(
            choice.cross_fitted_proba[~rest], pool.predict_proba(proba[:, ~rest])
        )


def test_choice_costs_nothing_where_there_is_one_candidate(simulate):
    proba, labels = simulate(1, 40)
    choice = choose_pool("best_member", proba, labels, scale_temperatures=False)
    np.testing.assert_array_equal(choice.cross_fitted_proba, proba[0])


@pytest.mark.parametrize("n_samples", [2, 3])
def test_a_few_samples_are_enough_to_choose_on(n_samples, simulate):
    choice = choose_pool("auto", *simulate(3, n_samples))
    assert np.all(np.isfinite(choice.cross_fitted_proba))


@pytest.mark.parametrize(
    ("rule", "objective", "message"),
    [
        ("linear", "log_loss", r"Unknown rule 'linear'\. Nearest: linear_pool\."),
        ("auto", "f1", "Unknown objective 'f1'"),
        ("stacking", "brier", r"can minimise \(log_loss, balanced_log_loss\), received brier"),
    ],
)
def test_unknown_names_are_refused(rule, objective, message, validation):
    with pytest.raises(ConfigurationError, match=message):
        choose_pool(rule, *validation, objective=objective)


def test_one_sample_leaves_nothing_to_choose_on(simulate):
    with pytest.raises(ValueError, match="expected two samples"):
        choose_pool("auto", *simulate(2, 1))


def test_every_rule_takes_part():
    assert {*SIMPLEST_FIRST, "auto"} == set(RULES)


@settings(max_examples=15)
@given(st.integers(1, 4), st.integers(2, 80), st.floats(0.1, 3.0), st.integers(0, 1000))
def test_never_clearly_worse_than_any_other_rule(m, n, spread, seed):
    rng = np.random.default_rng(seed)
    proba = rng.dirichlet(np.full(3, spread), size=(m, n))
    labels = rng.integers(0, 3, size=n)
    recipes = [r for rule in SIMPLEST_FIRST[:-1] for r in recipes_of(rule)]
    candidates = best_calibrations(compare(recipes, proba, labels).candidates)
    chosen = default_unless_beaten(candidates)
    if chosen.recipe.rule == "log_pool":
        assert not any(is_clearly_better(c, chosen) for c in candidates if c.sound)
    else:
        pooled = log_loss(chosen.pool.predict_proba(proba), labels)
        assert pooled <= min(log_loss(member, labels) for member in proba) + 1e-9
        assert pooled <= log_loss(proba.mean(axis=0), labels) + 1e-9
