import numpy as np
import pytest

from ripieno.data.normalisation import Normaliser
from ripieno.models.dense_batchnorm import build, cost

NORMALISER = Normaliser(np.zeros((1, 1, 1)), np.ones((1, 1, 1)), "all")


def test_parameters_by_hand():
    model = build((4, 5, 3), 7, NORMALISER, dense_units=(10, 6))

    # Without a bias but with four values a unit for normalisation; the logits have a bias.
    assert model.count_params() == (60 * 10 + 40) + (10 * 6 + 24) + (6 * 7 + 7)


@pytest.mark.parametrize("place", ["none", "before_activation", "after_activation"])
def test_every_place_of_batch_normalisation_predicts(place):
    model = build((4, 5, 3), 7, NORMALISER, batch_normalisation=place, dropout=0.0)

    assert np.asarray(model(np.ones((2, 4, 5, 3), np.float32))).shape == (2, 7)


def test_no_hidden_layer_is_a_logistic_regression():
    assert build((4, 5, 3), 7, NORMALISER, dense_units=()).count_params() == 60 * 7 + 7


def test_cost_by_hand():
    assert cost((4, 5, 3), 100, dense_units=(10, 6), epochs=2) == 3 * (600 + 60) * 100 * 2
