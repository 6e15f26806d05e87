import numpy as np
import pytest
import sklearn.metrics
from sklearn.utils.class_weight import compute_sample_weight

from ripieno.evaluation.metrics import (
    METRICS,
    accuracy,
    balanced_accuracy,
    balanced_log_loss,
    brier_score,
    log_loss,
)


@pytest.fixture
def predictions():
    rng = np.random.default_rng(3)
    proba = rng.dirichlet(np.full(4, 0.3), size=500)
    return proba, rng.integers(0, 4, size=500)


def test_accuracy_is_the_share_of_right_predictions():
    proba = np.array([[0.6, 0.4], [0.3, 0.7], [0.9, 0.1], [0.2, 0.8]])
    assert accuracy(proba, np.array([0, 0, 0, 1])) == 0.75


def test_accuracy_gives_a_tie_to_the_lower_class():
    assert accuracy(np.array([[0.5, 0.5]]), np.array([0])) == 1.0
    assert accuracy(np.array([[0.5, 0.5]]), np.array([1])) == 0.0


def test_log_loss_by_hand():
    proba = np.array([[0.5, 0.5], [0.25, 0.75]])
    assert log_loss(proba, np.array([0, 0])) == pytest.approx((np.log(2) + np.log(4)) / 2)


def test_log_loss_equals_scikit_learns(predictions):
    proba, labels = predictions
    assert log_loss(proba, labels) == pytest.approx(
        sklearn.metrics.log_loss(labels, proba, labels=range(4)), rel=1e-12
    )


def test_balanced_log_loss_equals_scikit_learns_with_balanced_weights(predictions):
    proba, labels = predictions
    labels = np.where(labels == 3, 0, labels)  # one class is absent, one twice as frequent
    weights = compute_sample_weight("balanced", labels)
    theirs = sklearn.metrics.log_loss(labels, proba, labels=range(4), sample_weight=weights)
    assert balanced_log_loss(proba, labels) == pytest.approx(theirs, rel=1e-12)


def test_log_loss_of_an_impossible_class_is_finite():
    assert log_loss(np.array([[1.0, 0.0]]), np.array([1])) == pytest.approx(36.0436534)


def test_log_loss_of_a_sure_and_right_prediction_is_positive_zero():
    value = log_loss(np.array([[1.0, 0.0]]), np.array([0]))
    assert str(value) == "0.0"


def test_brier_score_by_hand():
    proba = np.array([[0.7, 0.2, 0.1], [0.0, 1.0, 0.0]])
    # 0.09 + 0.04 + 0.01, and 1 + 1 for the sure and wrong one
    assert brier_score(proba, np.array([0, 0])) == pytest.approx((0.14 + 2.0) / 2)


def test_brier_score_equals_scikit_learns(predictions):
    proba, labels = predictions
    theirs = sklearn.metrics.brier_score_loss(labels, proba, labels=range(4), scale_by_half=False)
    assert brier_score(proba, labels) == pytest.approx(theirs, rel=1e-12)


@pytest.mark.parametrize("metric", METRICS.values(), ids=METRICS)
class TestEveryMetric:
    def test_is_a_plain_finite_float(self, metric, predictions):
        value = metric(*predictions)
        assert type(value) is float
        assert np.isfinite(value)

    def test_scores_a_perfect_prediction_best(self, metric):
        labels = np.array([0, 1, 2, 1])
        best = 1.0 if metric in (accuracy, balanced_accuracy) else 0.0
        assert metric(np.eye(3)[labels], labels) == best

    def test_scores_one_sample(self, metric):
        assert np.isfinite(metric(np.array([[0.3, 0.7]]), np.array([1])))

    def test_takes_float32(self, metric, predictions):
        proba, labels = predictions
        assert metric(proba.astype(np.float32), labels) == pytest.approx(
            metric(proba, labels), abs=1e-5
        )

    def test_leaves_its_input_alone(self, metric, predictions):
        proba, labels = predictions
        before = proba.copy()
        metric(proba, labels)
        np.testing.assert_array_equal(proba, before)

    @pytest.mark.parametrize(
        ("proba", "labels", "message"),
        [
            (np.full((2, 2), 0.5), np.array([0]), "shapes"),
            (np.empty((0, 2)), np.empty(0, dtype=int), "none of them empty"),
            (np.full((1, 2), 0.5), np.array([2]), r"labels: expected classes in \[0, 2\)"),
            (np.full((1, 2), 0.5), np.array([-1]), r"received \[-1, -1\]"),
            (np.full((1, 2), 0.5), np.array([0.0]), "labels: expected integers"),
            (np.array([[np.nan, 0.5]]), np.array([0]), "proba: expected values"),
            (np.array([[1.5, -0.5]]), np.array([0]), "proba: expected values"),
            (np.array([[np.inf, 0.0]]), np.array([0]), "proba: expected values"),
        ],
    )
    def test_refuses_what_it_cannot_score(self, metric, proba, labels, message):
        with pytest.raises(ValueError, match=message):
            metric(proba, labels)
