import numpy as np
import pytest
from scipy.special import softmax
from sklearn.metrics import log_loss

from ripieno.training.loop import is_finite, log_loss_of_logits


def test_log_loss_is_that_of_scikit_learn():
    rng = np.random.default_rng(0)
    logits, labels = rng.normal(0, 3, (50, 4)), rng.integers(0, 4, 50)

    expected = log_loss(labels, softmax(logits, axis=1), labels=range(4))

    assert log_loss_of_logits(logits, labels) == pytest.approx(expected)


def test_certain_and_wrong_is_finite():
    assert log_loss_of_logits(np.array([[0.0, 5000.0]]), np.array([0])) == 5000


@pytest.mark.parametrize(("value", "sound"), [(1.0, True), (np.nan, False), (np.inf, False)])
def test_any_value_that_is_not_finite_is_noticed(value, sound):
    assert is_finite({"train_log_loss": 0.5, "validation_log_loss": value}) is sound
