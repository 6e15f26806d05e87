import numpy as np
import pytest

from ripieno.pooling.calibration import fit_temperature, scale_temperature
from ripieno.pooling.linear_pool import linear_pool
from ripieno.pooling.recipes import Kitchen, Recipe, minimised_by, recipes_of


@pytest.fixture
def kitchen(simulate):
    return Kitchen(*simulate(3, 500, sharpness=4.0))


def test_a_bare_recipe_is_the_rule(kitchen):
    pool = kitchen.fit(Recipe("linear_pool"))
    np.testing.assert_array_equal(pool.weights, linear_pool(kitchen.proba, kitchen.labels).weights)


def test_calibration_before_fits_the_rule_to_scaled_members(kitchen):
    temperatures = [fit_temperature(member, kitchen.labels) for member in kitchen.proba]
    scaled = np.stack(
        [scale_temperature(p, t) for p, t in zip(kitchen.proba, temperatures, strict=True)]
    )
    pool = kitchen.fit(Recipe("linear_pool", before=True))
    np.testing.assert_array_equal(pool.temperatures, temperatures)
    np.testing.assert_array_equal(pool.weights, linear_pool(scaled, kitchen.labels).weights)


@pytest.mark.parametrize("before", [False, True])
def test_calibration_after_scales_what_the_pool_predicts(kitchen, before):
    pool = kitchen.fit(Recipe("uniform", before))
    predicted = pool.predict_proba(kitchen.proba)
    after = kitchen.fit(Recipe("uniform", before, after=True))
    assert after.temperature == fit_temperature(predicted, kitchen.labels)
    np.testing.assert_array_equal(after.temperatures, pool.temperatures)


def test_rule_minimises_the_objective_if_it_can(simulate):
    proba, labels = simulate(3, 300)
    brier = Kitchen(proba, labels, "brier").fit(Recipe("linear_pool"))
    expected = linear_pool(proba, labels, objective="brier")
    np.testing.assert_array_equal(brier.weights, expected.weights)
    errors = Kitchen(proba, labels, "accuracy").fit(Recipe("linear_pool"))
    np.testing.assert_array_equal(errors.weights, linear_pool(proba, labels).weights)


@pytest.mark.parametrize(
    ("rule", "n_recipes"), [("linear_pool", 4), ("best_member", 2), ("log_pool", 1)]
)
def test_only_calibrations_that_differ_are_compared(rule, n_recipes):
    recipes = recipes_of(rule, scale_temperatures=True)
    assert recipes[0] == Recipe(rule)
    assert len(recipes) == n_recipes
    assert recipes_of(rule, scale_temperatures=False) == (Recipe(rule),)


def test_objectives_a_rule_can_be_asked_for():
    assert minimised_by("greedy_selection") == (
        "log_loss",
        "balanced_log_loss",
        "accuracy",
        "brier",
    )
    assert minimised_by("linear_pool") == ("log_loss", "balanced_log_loss", "brier")
