import keras
import numpy as np
import pytest

from ripieno.data.normalisation import AXES, fit_normaliser
from ripieno.models.layers import Activated, dense_head, normalisation_layer

IMAGES = np.random.default_rng(0).integers(0, 256, (20, 4, 5, 3)).astype(np.uint8)
IMAGES[:, 0, 0, 0] = 7  # a constant pixel


@pytest.mark.parametrize("axis", [*AXES.values(), (0, 1), (0, 3)])
def test_layer_normalises_as_the_normaliser_does_and_has_no_weights(axis):
    normaliser = fit_normaliser(IMAGES, axis)

    layer = normalisation_layer(normaliser, (4, 5, 3))

    np.testing.assert_allclose(
        layer(IMAGES.astype(np.float32)), normaliser.apply(IMAGES), rtol=1e-5, atol=1e-5
    )
    assert layer.count_params() == 0


@pytest.mark.parametrize("axis", AXES.values())
def test_layer_survives_its_own_configuration(axis):
    layer = normalisation_layer(fit_normaliser(IMAGES, axis), (4, 5, 3))
    images = IMAGES.astype(np.float32)

    again = keras.layers.Normalization.from_config(layer.get_config())

    np.testing.assert_array_equal(again(images), layer(images))


def names(model):
    return [type(layer).__name__ for layer in model.layers[1:]]


@pytest.mark.parametrize(
    ("place", "expected", "bias"),
    [
        ("none", ["Dense", "Activation"], True),
        ("before_activation", ["Dense", "BatchNormalization", "Activation"], False),
        ("after_activation", ["Dense", "Activation", "BatchNormalization"], True),
    ],
)
def test_batch_normalisation_stands_where_it_is_asked_for(place, expected, bias):
    inputs = keras.Input((3,))
    activated = Activated("relu", place)
    dense = keras.layers.Dense(2, use_bias=activated.use_bias)

    model = keras.Model(inputs, activated(dense, inputs, "layer"))

    assert names(model) == expected
    assert dense.use_bias is bias


def test_axis_reaches_batch_normalisation():
    inputs = keras.Input((5, 6, 3))

    outputs = Activated("relu", "after_activation", axis=1)(lambda x: x, inputs, "layer")

    layer = keras.Model(inputs, outputs).get_layer("layer_normalisation")
    assert layer.gamma.shape == (5,)


def test_head_is_dropout_and_dense_layers_then_logits_and_softmax():
    inputs = keras.Input((6,))

    model = keras.Model(inputs, dense_head(inputs, 4, (5, 3), Activated("relu", "none"), 0.5))

    hidden = ["Dropout", "Dense", "Activation"]
    assert names(model) == [*hidden, *hidden, "Dropout", "Dense", "Softmax"]
    assert model.get_layer("logits").units == 4
    assert model.output_shape == (None, 4)
