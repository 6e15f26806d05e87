import numpy as np
import pytest
import sklearn.metrics

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
