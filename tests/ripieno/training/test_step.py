import keras
import numpy as np
import pytest
from sklearn.metrics import log_loss

from ripieno.training.step import compile_inference, compile_step

IMAGES = np.random.default_rng(0).normal(size=(6, 2, 2, 1)).astype(np.float32)
LABELS = np.array([0, 1, 2, 0, 1, 2])


@pytest.fixture
def network():
    keras.utils.set_random_seed(0)
    return keras.Sequential([keras.Input((2, 2, 1)), keras.layers.Flatten(), keras.layers.Dense(3)])


def softmax(logits):
    odds = np.exp(logits)
    return odds / odds.sum(axis=1, keepdims=True)


def learnt(network, label_smoothing, weights, learning_rate=1.0):
    step = compile_step(network, keras.optimizers.SGD(learning_rate), label_smoothing)
    return float(step(IMAGES, LABELS, np.asarray(weights, np.float32)))


def test_returned_loss_is_the_sum_without_smoothing_and_weights(network):
    proba = softmax(np.asarray(network(IMAGES), np.float64))

    total = learnt(network, 0.3, [1, 2, 3, 4, 5, 6])

    assert total == pytest.approx(6 * log_loss(LABELS, proba), rel=1e-5)


def test_gradient_is_that_of_the_weighted_smoothed_cross_entropy(network):
    kernel, bias = network.get_weights()
    proba = softmax(np.asarray(network(IMAGES), np.float64))
    weights = np.array([1.0, 0, 2, 1, 1, 3])
    target = 0.7 * np.eye(3)[LABELS] + 0.3 / 3

    learnt(network, 0.3, weights)

    # The gradient of a cross-entropy in the logits is proba - target.
    gradient = (weights[:, None] * (proba - target)).mean(axis=0)
    np.testing.assert_allclose(network.get_weights()[1], bias - gradient, atol=1e-6)
    assert not np.array_equal(network.get_weights()[0], kernel)


def test_inference_takes_batches_of_any_size(network):
    logits = compile_inference(network, IMAGES)

    for size in (6, 1, 4):
        np.testing.assert_allclose(logits(IMAGES[:size]), network(IMAGES[:size]), rtol=1e-6)
