import numpy as np
import pytest
import sklearn.metrics

from ripieno.evaluation.cross_fit import cross_fitted_scores
from ripieno.evaluation.metrics import brier_score, log_loss
from ripieno.pooling.comparison import Candidate, best_calibrations, compare
from ripieno.pooling.linear_pool import linear_pool
from ripieno.pooling.recipes import Recipe, recipes_of


def candidate(rule, costs, sound=True, after=False):
    recipe = Recipe(rule, after=after)
    costs = np.asarray(costs, dtype=float)
    return Candidate(recipe, None, costs, np.zeros(len(costs)), float(np.mean(costs)), sound)


def test_wrong_costs_are_those_of_the_most_probable_other_class():
    # Two members alike: whatever the plain mean is fitted on, it predicts this.
    proba = np.tile([0.2, 0.5, 0.3], (2, 4, 1))
    (only,) = compare([Recipe("uniform")], proba, np.array([1, 1, 0, 2])).candidates
    np.testing.assert_allclose(np.exp(-only.sample_costs), [0.5, 0.5, 0.2, 0.3])
    np.testing.assert_allclose(np.exp(-only.wrong_costs), [0.3, 0.3, 0.5, 0.5])


def test_candidates_cost_what_cross_fitting_says(validation):
    proba, labels = validation
    (only,) = compare([Recipe("linear_pool")], proba, labels, seed=3).candidates
    expected = cross_fitted_scores(linear_pool, proba, labels, seed=3)["log_loss"]
    assert only.cost == only.log_loss == pytest.approx(expected)


def test_pools_of_the_folds_have_not_seen_them(validation):
    proba, labels = validation
    comparison = compare([Recipe("linear_pool")], proba, labels, n_folds=3)
    (only,) = comparison.candidates
    assert comparison.n_folds == len(only.fold_pools) == 3
    for fold, pool in enumerate(only.fold_pools):
        seen = comparison.folds != fold
        expected = linear_pool(proba[:, seen], labels[seen])
        np.testing.assert_array_equal(pool.weights, expected.weights)
        held_out = pool.predict_proba(proba[:, ~seen])
        np.testing.assert_allclose(
            only.sample_costs[~seen].mean(), sklearn.metrics.log_loss(labels[~seen], held_out)
        )


def test_another_objective_is_the_cost_beside_the_log_loss(validation):
    proba, labels = validation
    (only,) = compare([Recipe("linear_pool")], proba, labels, objective="brier").candidates
    expected = cross_fitted_scores(
        lambda p, y: linear_pool(p, y, objective="brier"), proba, labels, seed=0
    )
    assert only.cost == pytest.approx(expected["brier"])
    assert only.log_loss == pytest.approx(expected["log_loss"])


def test_sound_is_what_is_no_worse_than_best_member_and_mean(validation):
    proba, labels = validation
    references = [brier_score(p, labels) for p in (*proba, proba.mean(axis=0))]
    rules = ("best_member", "uniform", "linear_pool")
    candidates = compare([Recipe(r) for r in rules], proba, labels, objective="brier").candidates
    for rule, c in zip(rules, candidates, strict=True):
        fitted = brier_score(c.pool.predict_proba(proba), labels)
        assert c.sound == (fitted <= min(references) + 1e-9), rule


def test_a_log_pool_is_sound_where_a_surer_member_fits_better():
    # All right: the prior leaves the log pool less sure than the first member.
    labels = np.arange(60) % 3
    truth = np.eye(3)[labels]
    proba = np.stack([truth * 0.9997 + 0.0001, truth * 0.4 + 0.2])
    log_pool, mean = compare([Recipe("log_pool"), Recipe("uniform")], proba, labels).candidates
    assert log_pool.log_loss > log_loss(proba[0], labels)
    assert log_pool.sound
    assert not mean.sound


def test_linear_pool_always_has_a_sound_calibration(validation):
    proba, labels = validation
    bound = min(log_loss(p, labels) for p in (*proba, proba.mean(axis=0)))
    (best,) = best_calibrations(compare(recipes_of("linear_pool"), proba, labels).candidates)
    assert best.sound
    assert log_loss(best.pool.predict_proba(proba), labels) <= bound + 1e-9


def test_best_calibration_of_each_rule_is_the_cheapest_sound_one():
    plain, scaled = candidate("uniform", [1.0, 1.0]), candidate("uniform", [0.9, 0.9], after=True)
    unsound = candidate("linear_pool", [0.5, 0.5], sound=False)
    sound = candidate("linear_pool", [0.8, 0.8], after=True)
    assert best_calibrations([plain, scaled, unsound, sound]) == [scaled, sound]


def test_of_equal_calibrations_the_first_is_best():
    first, second = candidate("uniform", [1.0]), candidate("uniform", [1.0], after=True)
    assert best_calibrations([first, second]) == [first]


def test_one_sample_cannot_be_compared_on(simulate):
    with pytest.raises(ValueError, match="expected two samples"):
        compare([Recipe("uniform")], *simulate(2, 1))
