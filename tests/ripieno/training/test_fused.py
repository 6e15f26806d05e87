import keras
import numpy as np
import pytest
import tensorflow as tf

from ripieno.training.fused import FusedBatchNormalization, fused_copy


def trained_step(kind, inputs, **settings):
    """Outputs, gradients and weights of one training call."""
    layer = kind(momentum=0.7, **settings)
    layer.build(inputs.shape)
    rng = np.random.default_rng(1)
    layer.set_weights([rng.uniform(0.5, 2, weights.shape) for weights in layer.get_weights()])
    target = tf.constant(rng.normal(size=inputs.shape), tf.float32)
    with tf.GradientTape() as tape:
        tape.watch(inputs)
        outputs = layer(inputs, training=True)
        loss = tf.reduce_mean(tf.square(outputs - target))
    gradients = tape.gradient(loss, [inputs, *layer.trainable_variables])
    return [outputs, *gradients, *layer.get_weights(), layer(inputs, training=False)]


@pytest.mark.parametrize("shape", [(7, 5, 4, 3), (9, 6)])
def test_results_gradients_and_moments_are_those_of_keras(shape):
    inputs = tf.constant(np.random.default_rng(0).normal(2, 3, shape), tf.float32)

    fused = trained_step(FusedBatchNormalization, inputs)
    stock = trained_step(keras.layers.BatchNormalization, inputs)

    for ours, theirs in zip(fused, stock, strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=2e-4, atol=2e-5)


@pytest.mark.parametrize("settings", [{"axis": 1}, {"axis": 2}, {"scale": False}])
def test_what_the_kernel_cannot_do_is_left_to_keras(settings):
    inputs = tf.constant(np.random.default_rng(0).normal(size=(4, 5, 6, 3)), tf.float32)

    fused = trained_step(FusedBatchNormalization, inputs, **settings)
    stock = trained_step(keras.layers.BatchNormalization, inputs, **settings)

    for ours, theirs in zip(fused, stock, strict=True):
        np.testing.assert_array_equal(ours, theirs)


@pytest.fixture
def model():
    images = keras.Input((4, 4, 1))
    outputs = keras.layers.Conv2D(3, 3, name="convolution")(images)
    outputs = keras.layers.BatchNormalization(name="normalisation")(outputs)
    return keras.Model(images, keras.layers.Flatten(name="flat")(outputs))


def test_copy_has_fused_layers_and_gives_its_weights_back(model):
    copy = fused_copy(model, 100)
    model.set_weights(copy.get_weights())

    assert type(copy.get_layer("normalisation")) is FusedBatchNormalization
    assert type(model.get_layer("normalisation")) is keras.layers.BatchNormalization
    images = np.random.default_rng(0).normal(size=(3, 4, 4, 1))
    np.testing.assert_array_equal(copy(images), model(images))


@pytest.mark.parametrize(("n_steps", "window"), [(1, 10), (1000, 50), (10**6, 100)])
def test_moments_average_over_a_twentieth_of_the_steps(model, n_steps, window):
    copy = fused_copy(model, n_steps)

    assert copy.get_layer("normalisation").momentum == pytest.approx(1 - 1 / window)
