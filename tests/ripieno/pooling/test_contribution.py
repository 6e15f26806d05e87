from functools import partial

import numpy as np
import pytest
import sklearn.metrics

from ripieno.evaluation.metrics import accuracy
from ripieno.evaluation.significance import Interval
from ripieno.pooling import RULES, fit_pool
from ripieno.pooling.best_member import best_member
from ripieno.pooling.calibration import fit_temperature
from ripieno.pooling.contribution import fit_recipe, leave_one_out
from ripieno.pooling.linear_pool import linear_pool
from ripieno.pooling.recipes import Recipe
from ripieno.pooling.uniform import uniform

NOTHING = Interval(0.0, 0.0, 0.0)


def mean_of_the_useful(proba, labels):
    """The plain mean, unless a member is worse than guessing: then the best one alone."""
    useful = all(accuracy(member, labels) > 1.0 / proba.shape[2] for member in proba)
    return (uniform if useful else best_member)(proba, labels)


@pytest.fixture
def halves(simulate):
    """Validation probabilities and labels, and as many test samples."""
    proba, labels = simulate(4, 800)
    return proba[:, :400], labels[:400], proba[:, 400:], labels[400:]


def test_gain_by_hand():
    test = np.array([[[0.8, 0.2]], [[0.2, 0.8]]])
    first, second = leave_one_out(uniform, test, np.array([0]), test, np.array([0]))
    # Together 0.5 of the true class; without the first 0.2, without the second 0.8.
    assert first.log_loss.mid == pytest.approx(np.log(0.5 / 0.2))
    assert second.log_loss.mid == pytest.approx(np.log(0.5 / 0.8))
    assert first.accuracy.mid == 1.0  # the tie goes to the lower class
    assert second.accuracy.mid == 0.0


def test_gain_is_the_difference_of_the_test_scores(halves):
    validation, labels, test, test_labels = halves
    found = leave_one_out(linear_pool, *halves)
    pooled = linear_pool(validation, labels).predict_proba(test)
    without = linear_pool(validation[1:], labels).predict_proba(test[1:])
    scores = [sklearn.metrics.log_loss(test_labels, p) for p in (pooled, without)]
    assert found[0].log_loss.mid == pytest.approx(scores[1] - scores[0])
    rights = [sklearn.metrics.accuracy_score(test_labels, p.argmax(1)) for p in (pooled, without)]
    assert found[0].accuracy.mid == pytest.approx(rights[0] - rights[1])


def test_member_that_knows_most_is_worth_most(halves):
    found = leave_one_out(linear_pool, *halves)
    assert found[0].log_loss.low > 0.0
    assert found[0].log_loss.mid > max(contribution.log_loss.mid for contribution in found[1:])


def test_one_member_has_nothing_to_be_compared_with(halves):
    validation, labels, test, test_labels = halves
    assert leave_one_out(linear_pool, validation[:1], labels, test[:1], test_labels) == []


def test_no_members_are_refused(halves):
    validation, labels, test, test_labels = halves
    with pytest.raises(ValueError, match="received"):
        leave_one_out(linear_pool, validation[:2, :0], labels[:0], test[:2], test_labels)


def test_member_that_another_can_replace_is_worth_nothing(halves):
    validation, labels, test, test_labels = halves
    validation, test = validation[[0, 0, 1]], test[[0, 0, 1]]
    assert linear_pool(validation, labels).weights[0] > 0.1
    twin, other, _ = leave_one_out(linear_pool, validation, labels, test, test_labels)
    assert (twin.log_loss, twin.accuracy) == (NOTHING, NOTHING)
    assert (other.log_loss, other.accuracy) == (NOTHING, NOTHING)


@pytest.mark.parametrize("scaled", [False, True])
@pytest.mark.parametrize(
    "rule", sorted(RULES.keys() - {"auto", "log_pool", "stacking", "uniform"})
)  # without it, the prior of a log pool is another
def test_member_without_weight_is_worth_exactly_nothing(rule, scaled, halves):
    validation, labels, test, test_labels = halves
    validation[2] = np.roll(np.eye(4), 1, axis=1)[labels]  # sure, and always wrong
    fit = partial(fit_recipe, Recipe(rule, before=scaled, after=scaled))
    weights = fit(validation, labels).weights
    assert weights[2] == 0.0
    found = leave_one_out(fit, validation, labels, test, test_labels)
    for weight, contribution in zip(weights, found, strict=True):
        nothing = (contribution.log_loss, contribution.accuracy) == (NOTHING, NOTHING)
        assert nothing == (weight == 0.0)


def test_member_without_weight_that_turns_the_choice_of_a_rule_has_a_gain(halves):
    validation, labels, test, test_labels = halves
    validation[2] = np.roll(np.eye(4), 1, axis=1)[labels]  # sure, and always wrong
    assert mean_of_the_useful(validation, labels).weights.tolist() == [1.0, 0.0, 0.0, 0.0]
    found = leave_one_out(mean_of_the_useful, validation, labels, test, test_labels)
    scores = [sklearn.metrics.log_loss(test_labels, p) for p in (test[0], test[[0, 1, 3]].mean(0))]
    assert found[2].log_loss.mid == pytest.approx(scores[1] - scores[0])
    assert found[2].log_loss != NOTHING


def test_equal_seeds_give_equal_intervals(halves):
    first, second, third = (leave_one_out(linear_pool, *halves, seed=seed) for seed in (1, 1, 2))
    assert first == second != third


def test_intervals_go_into_the_summary_by_metric(halves):
    values = leave_one_out(uniform, *halves)[0].to_dict()
    assert list(values) == ["log_loss", "accuracy"]
    assert all(low <= mid <= high for low, mid, high in values.values())


def test_chosen_calibration_is_fitted_again_without_choosing(halves):
    validation, labels, _, _ = halves
    pool = fit_recipe(Recipe("uniform", before=True), validation, labels)
    expected = [fit_temperature(member, labels) for member in validation]
    np.testing.assert_array_equal(pool.temperatures, expected)
    plain = fit_recipe(Recipe("uniform"), validation, labels)
    assert plain.temperatures.tolist() == [1.0] * 4


def test_rule_by_name_is_left_to_choose_its_calibration(halves):
    fit = partial(fit_pool, "linear_pool")
    assert len(leave_one_out(fit, *halves)) == 4
