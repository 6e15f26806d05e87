"""Dense layers with batch normalisation: blind to where pixels lie, and so unlike convolutions."""

from itertools import pairwise
from typing import Any

from ripieno.data.normalisation import Normaliser
from ripieno.models import keras_member
from ripieno.models.architecture import Architecture
from ripieno.models.fields import (
    ActivationField,
    BatchNormalisationField,
    DropoutField,
    UnitsField,
)
from ripieno.models.layers import Activated, dense_head, normalisation_layer
from ripieno.models.search_space import Suggests, dense_space, fit_space
from ripieno.models.settings import with_defaults
from ripieno.training.augmentation import check_augmentation
from ripieno.training.fit import fit_keras
from ripieno.types import ImageShape


def build(  # noqa: D417  # the settings are described by their fields
    image_shape: ImageShape,
    n_classes: int,
    normaliser: Normaliser,
    *,
    dense_units: UnitsField = (512, 256),
    activation: ActivationField = "relu",
    batch_normalisation: BatchNormalisationField = "before_activation",
    dropout: DropoutField = 0.2,
) -> Any:
    """An unfitted network of dense layers on the pixels.

    Batch normalisation has one axis here, the units, and is fused for training too.

    Args:
        image_shape: Height, width and channels of the raw images.
        n_classes: Number of classes.
        normaliser: Fitted on the training split; becomes the first layer.

    Returns:
        A Keras model of raw images with a softmax at its end.
    """
    import keras

    images = keras.Input(image_shape, name="images")
    pixels = keras.layers.Flatten(name="pixels")(
        normalisation_layer(normaliser, image_shape)(images)
    )
    activated = Activated(activation, batch_normalisation)
    return keras.Model(images, dense_head(pixels, n_classes, dense_units, activated, dropout))


def check(image_shape: ImageShape, n_classes: int, **settings: Any) -> None:  # noqa: ARG001  # contract
    """Refuse settings that these images do not allow; see `Architecture.check`."""
    check_augmentation(with_defaults(fit_keras, settings)["augmentation"], image_shape)


def cost(image_shape: ImageShape, n_train: int, **settings: Any) -> float:
    """Rough multiply-adds of the whole training; see `Architecture.cost`."""
    height, width, channels = image_shape
    widths = (height * width * channels, *with_defaults(build, settings)["dense_units"])
    forward: int = sum(before * after for before, after in pairwise(widths))
    epochs = float(with_defaults(fit_keras, settings)["epochs"])
    return keras_member.BACKWARD * forward * n_train * epochs


def search_space(trial: Suggests) -> dict[str, Any]:
    """Depth, width and training; see `Architecture.search_space`."""
    return dense_space(trial, fewest=1, most=3, widest=1024) | fit_space(trial)


DENSE_BATCHNORM = Architecture(
    build=build,
    fit=fit_keras,
    predict_proba=keras_member.predict_proba,
    save=keras_member.save,
    load=keras_member.load,
    check=check,
    cost=cost,
    n_parameters=keras_member.n_parameters,
    search_space=search_space,
    needs_tensorflow=True,
    sources=(__name__, *keras_member.SOURCES),
    libraries=keras_member.LIBRARIES,
)
