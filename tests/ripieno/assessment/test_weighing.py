import json

import numpy as np
import pytest
from sklearn.metrics import log_loss

from ripieno.errors import ConfigurationError


def test_the_pool_is_a_fit_of_the_rule(weighing):
    assert weighing.pool.rule == "linear_pool"
    assert weighing.pool.weights.sum() == pytest.approx(1.0)
    assert weighing.pool.certificate <= 1e-9


def test_the_best_member_is_that_of_lowest_validation_log_loss(weighing, evidence):
    losses = [log_loss(evidence.labels, proba) for proba in evidence.validation]
    assert weighing.best_member == int(np.argmin(losses)) == 0


def test_validation_scores_are_those_of_the_cross_fitted_predictions(weighing, evidence):
    predicted = weighing.choice.cross_fitted_proba
    assert weighing.validation["log_loss"] == pytest.approx(log_loss(evidence.labels, predicted))


def test_optimism_counts_the_members_with_weight(weighing, evidence):
    n_weighted = np.count_nonzero(weighing.pool.weights)
    expected = (n_weighted - 1) / (2 * len(evidence.labels))
    assert weighing.expected_optimism == pytest.approx(expected)


def test_a_limit_leaves_members_out(weighed):
    weighing = weighed(max_members=1)
    assert weighing.pool.weights.tolist() == [1.0, 0.0, 0.0]
    assert weighing.available.tolist() == [True, False, False]
    assert np.flatnonzero(weighing.uncalibrated.weights).tolist() == [0]


def test_without_limits_every_member_is_available(weighing):
    assert weighing.available.all()


def test_a_time_below_every_member_is_refused(weighed):
    with pytest.raises(ConfigurationError, match="max_inference_ms: expected at least 1"):
        weighed(max_inference_ms=0.5)


def test_another_objective_still_compares_rules_that_cannot_minimise_it(weighed):
    assert weighed("auto", objective="brier").pool.weights.sum() > 0.0


def test_the_section_is_json_and_names_its_members(weighing):
    section = json.loads(json.dumps(weighing.to_dict(), allow_nan=False))
    assert section["members"] == ["strong", "other", "weak"]
    assert [line["chosen"] for line in section["rules_compared"]].count(True) == 1
    times = [point["inference_ms"] for point in section["frontier"]]
    losses = [point["log_loss"] for point in section["frontier"]]
    assert times == sorted(times)
    assert losses == sorted(losses, reverse=True)


def test_prediction_sets_are_calibrated_on_the_cross_fitted_predictions(weighed, evidence):
    weighing = weighed(coverage=0.8)
    predicted = weighing.choice.cross_fitted_proba
    true_class = predicted[np.arange(len(evidence.labels)), evidence.labels]
    assert np.count_nonzero(true_class >= weighing.prediction_sets.threshold) == 481  # of 601 x 0.8
    assert weighing.to_dict()["prediction_sets"]["n_samples"] == 600
    assert weighing.pool.prediction_sets == weighing.prediction_sets


def test_without_a_coverage_there_are_no_prediction_sets(weighing):
    assert weighing.pool.prediction_sets is None
    assert "prediction_sets" not in weighing.to_dict()
