import keras
import numpy as np

from ripieno.data.normalisation import Normaliser
from ripieno.models.convnet_batchnorm import build


def test_default_is_a_residual_network_of_ordinary_convolutions():
    normaliser = Normaliser(np.zeros((1, 1, 1)), np.ones((1, 1, 1)), "all")

    model = build((28, 28, 1), 10, normaliser)

    kinds = {type(layer) for layer in model.layers}
    assert {keras.layers.Conv2D, keras.layers.Add, keras.layers.BatchNormalization} <= kinds
    assert keras.layers.SeparableConv2D not in kinds
