import keras
import numpy as np
import pytest

from ripieno.training.optimisers import build_optimiser

KINDS = {
    "adam": keras.optimizers.Adam,
    "adamw": keras.optimizers.AdamW,
    "rmsprop": keras.optimizers.RMSprop,
    "sgd": keras.optimizers.SGD,
}


@pytest.mark.parametrize("name", KINDS)
def test_name_gives_the_optimiser_of_that_name(name):
    optimiser = build_optimiser(name, 0.25, 0.0, 0.9)

    assert type(optimiser) is KINDS[name]
    assert float(optimiser.learning_rate) == 0.25
    assert not optimiser.weight_decay


def test_momentum_is_nesterov_and_of_sgd():
    optimiser = build_optimiser("sgd", 0.1, 0.0, 0.8)

    assert optimiser.momentum == 0.8
    assert optimiser.nesterov


@pytest.mark.parametrize("name", KINDS)
def test_weight_decay_shrinks_kernels_but_neither_biases_nor_normalisation(name):
    model = keras.Sequential(
        [keras.Input((2,)), keras.layers.Dense(2), keras.layers.BatchNormalization()]
    )
    model.set_weights([np.ones_like(weights) for weights in model.get_weights()])
    variables = model.trainable_variables
    optimiser = build_optimiser(name, 0.5, 0.2, 0.0)

    optimiser.apply([np.zeros(variable.shape, np.float32) for variable in variables], variables)

    kernel, bias, gamma, beta, *_ = model.get_weights()
    np.testing.assert_allclose(kernel, 1 - 0.5 * 0.2, rtol=1e-6)
    for untouched in (bias, gamma, beta):
        np.testing.assert_array_equal(untouched, 1)
