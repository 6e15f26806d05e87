import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.base import BaseEstimator, ClassifierMixin

from ripieno.pooling.pool import Pool
from ripieno.pooling.prediction_sets import PredictionSets, fit_prediction_sets


def drawn(n_samples, seed, n_classes=5):
    """Probabilities that are not calibrated, and labels that mostly agree with them."""
    rng = np.random.default_rng(seed)
    labels = rng.integers(0, n_classes, n_samples)
    logits = rng.normal(0, 1, (n_samples, n_classes))
    logits[np.arange(n_samples), labels] += 2.0
    powers = np.exp(1.7 * logits)
    return powers / powers.sum(axis=1, keepdims=True), labels


class Given(ClassifierMixin, BaseEstimator):
    """Predicts the probabilities that it is given, as MAPIE wants an estimator."""

    def fit(self, proba, labels):
        self.classes_ = np.unique(labels)
        return self

    def predict(self, proba):
        return proba.argmax(axis=1)

    def predict_proba(self, proba):
        return proba


@pytest.mark.parametrize("coverage", [0.5, 0.8, 0.9, 0.95, 0.99])
def test_the_sets_are_those_of_mapie(coverage):
    from mapie.classification import SplitConformalClassifier

    (proba, labels), (new, _) = drawn(300, seed=1), drawn(400, seed=2)
    sets = fit_prediction_sets(proba, labels, coverage)
    peer = SplitConformalClassifier(
        Given().fit(proba, labels), confidence_level=coverage, conformity_score="lac", prefit=True
    )
    _, theirs = peer.conformalize(proba, labels).predict_set(new)
    np.testing.assert_array_equal(sets.contain(new), theirs[:, :, 0])


def test_the_threshold_is_the_kth_highest_probability_of_a_true_class():
    first = np.array([0.9, 0.8, 0.7, 0.6, 0.5, 0.4, 0.3, 0.2, 0.1])
    proba = np.column_stack([first, 1 - first])
    labels = np.zeros(9, np.int64)
    assert fit_prediction_sets(proba, labels, 0.6).threshold == 0.4  # the sixth: ceil(10 x 0.6)
    assert fit_prediction_sets(proba, labels, 0.61).threshold == 0.3
    assert fit_prediction_sets(proba, labels, 0.9).threshold == 0.1


def test_too_few_samples_give_sets_of_every_class():
    proba, labels = drawn(8, seed=0)
    sets = fit_prediction_sets(proba, labels, 0.9)
    assert sets.threshold == 0.0
    assert sets.contain(np.array([[0.0, 1.0]])).all()


@given(st.integers(0, 10_000), st.sampled_from([0.6, 0.8, 0.9]))
def test_of_exchangeable_samples_the_coverage_is_what_was_asked_on_average(seed, coverage):
    n_samples = 2000
    proba, labels = drawn(2 * n_samples, seed)
    sets = fit_prediction_sets(proba[:n_samples], labels[:n_samples], coverage)
    inside = sets.contain(proba[n_samples:])
    covered = inside[np.arange(n_samples), labels[n_samples:]].mean()
    # Calibration and test each have a standard deviation of sqrt(c (1 - c) / n).
    deviation = np.sqrt(2 * coverage * (1 - coverage) / n_samples)
    assert abs(covered - coverage) < 6 * deviation


def test_names_come_in_the_order_of_their_probability_and_a_set_may_be_empty():
    sets = PredictionSets(0.9, 0.3, 100)
    proba = np.array([[0.31, 0.05, 0.64], [0.29, 0.28, 0.43], [0.25, 0.28, 0.29]])
    assert sets.names(proba, ("a", "b", "c")) == [["c", "a"], ["c"], []]


@pytest.mark.parametrize("coverage", [0.0, 1.0, -0.1, np.nan])
def test_a_coverage_that_is_none_is_refused(coverage):
    proba, labels = drawn(10, seed=0)
    with pytest.raises(ValueError, match="expected a value within"):
        fit_prediction_sets(proba, labels, coverage)


def test_the_threshold_travels_with_its_pool_to_the_last_bit():
    proba, labels = drawn(50, seed=3)
    sets = fit_prediction_sets(proba, labels, 0.8)
    pool = Pool("uniform", np.array([0.5, 0.0, 0.5]), np.ones(3), prediction_sets=sets)
    read = Pool.from_dict(json.loads(json.dumps(pool.restricted([0, 2]).to_dict())))
    assert read.prediction_sets == sets


def test_a_pool_of_the_version_before_has_no_sets():
    values = Pool("uniform", np.ones(1), np.ones(1)).to_dict()
    assert "prediction_sets" not in values
    assert Pool.from_dict(values).prediction_sets is None
