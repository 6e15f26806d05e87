import numpy as np
import pytest

from ripieno.data.normalisation import Normaliser
from ripieno.errors import ConfigurationError
from ripieno.models.separable_convnet import build, check
from ripieno.types import ImageShape

REFERENCE = {
    "filters": ((32, 64), (64, 128), (64, 128)),
    "first_layer": "separable",
    "padding": "valid",
    "residual": False,
    "batch_normalisation": "none",
    "dense_units": (32,),
}


def built(image_shape: ImageShape = (8, 8, 1), n_classes: int = 3, **settings):
    check(image_shape, n_classes, **settings)
    normaliser = Normaliser(np.zeros((1, 1, 1)), np.ones((1, 1, 1)), "all")
    return build(image_shape, n_classes, normaliser, **settings)


def test_reference_model_has_the_published_parameters():
    model = built((64, 64, 3), 10, **REFERENCE)

    with_parameters = [layer.count_params() for layer in model.layers if layer.count_params()]
    assert with_parameters == [155, 2400, 4736, 8896, 9408, 8896, 4128, 330]
    assert model.count_params() == 38_949


def test_reference_model_needs_larger_images_than_8x8():
    with pytest.raises(ConfigurationError, match="8x8 pixels are too small"):
        check((8, 8, 3), 10, **REFERENCE)


@pytest.mark.parametrize(
    ("image_shape", "n_classes"), [((8, 8, 1), 2), ((28, 28, 1), 10), ((33, 17, 5), 300)]
)
def test_default_network_takes_any_shape_and_number_of_classes(image_shape, n_classes):
    model = built(image_shape, n_classes)

    assert model.input_shape == (None, *image_shape)
    assert model.output_shape == (None, n_classes)


@pytest.mark.parametrize(
    "settings",
    [
        {"kernel_size": 5},
        {"activation": "gelu"},
        {"batch_normalisation": "after_activation", "batch_normalisation_axis": 1},
        {"pooling": "average"},
        {"pooling": "none", "global_pooling": "max"},
        {"global_pooling": "flatten", "dense_units": (7, 5), "dropout": 0.3},
        {"block_dropout": 0.2},
    ],
)
def test_every_freedom_gives_a_network_that_predicts(settings):
    model = built(filters=((4,), (6, 6, 6)), **settings)

    proba = np.asarray(model(np.ones((2, 8, 8, 1), np.float32)))
    np.testing.assert_allclose(proba.sum(axis=1), 1, rtol=1e-5)
