import numpy as np
import pytest
import sklearn.metrics

from ripieno.errors import ConfigurationError
from ripieno.pooling.best_member import best_member


def test_takes_the_member_of_lowest_log_loss(validation):
    proba, labels = validation
    losses = [sklearn.metrics.log_loss(labels, member) for member in proba]
    assert best_member(proba, labels).weights[np.argmin(losses)] == 1.0


def test_predicts_as_that_member_does(validation):
    proba, labels = validation
    pool = best_member(proba, labels)
    np.testing.assert_array_equal(pool.predict_proba(proba), proba[np.argmax(pool.weights)])


@pytest.mark.parametrize("n_equal", [2, 5])
def test_the_first_of_equals_is_best(validation, n_equal):
    proba, labels = validation
    pool = best_member(np.repeat(proba[:1], n_equal, axis=0), labels)
    assert pool.weights.tolist() == [1.0] + [0.0] * (n_equal - 1)


def test_most_accurate_member_may_be_another_than_the_one_of_lowest_log_loss():
    # The first is right twice and sure of its mistake, the second right once and never sure.
    proba = np.array(
        [[[0.6, 0.4], [0.6, 0.4], [0.001, 0.999]], [[0.6, 0.4], [0.4, 0.6], [0.4, 0.6]]]
    )
    labels = np.zeros(3, dtype=int)
    assert best_member(proba, labels).weights.tolist() == [0.0, 1.0]
    assert best_member(proba, labels, objective="accuracy").weights.tolist() == [1.0, 0.0]


@pytest.mark.parametrize("objective", ["accuracy", "brier"])
def test_takes_the_best_by_another_objective(objective, validation):
    proba, labels = validation
    if objective == "accuracy":
        expected = np.argmax([(member.argmax(axis=1) == labels).mean() for member in proba])
    else:
        onehot = np.eye(4)[labels]
        expected = np.argmin([np.mean(np.sum((member - onehot) ** 2, axis=1)) for member in proba])
    assert best_member(proba, labels, objective=objective).weights[expected] == 1.0


def test_refuses_an_unknown_objective(validation):
    with pytest.raises(ConfigurationError, match="Unknown objective 'auc'"):
        best_member(*validation, objective="auc")
