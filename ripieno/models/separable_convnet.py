"""Depthwise-separable convolutions: few parameters, and errors of their own."""

from typing import Any

from ripieno.data.normalisation import Normaliser
from ripieno.models import keras_member
from ripieno.models.architecture import Architecture
from ripieno.models.blocks import Blocks
from ripieno.models.convolutional import (
    SOURCES,
    check_convolutional,
    convolutional_classifier,
    convolutional_cost,
)
from ripieno.models.fields import (
    ActivationField,
    BatchNormalisationAxisField,
    BatchNormalisationField,
    BlockDropoutField,
    DropoutField,
    FiltersField,
    FirstLayerField,
    GlobalPoolingField,
    KernelSizeField,
    PaddingField,
    PoolingField,
    ResidualField,
    UnitsField,
)
from ripieno.models.search_space import convolutional_space
from ripieno.training.fit import fit_keras
from ripieno.types import ImageShape


def build(  # noqa: D417  # the settings are described by their fields
    image_shape: ImageShape,
    n_classes: int,
    normaliser: Normaliser,
    *,
    filters: FiltersField = ((32,), (64, 64, 64), (128, 128, 128)),
    first_layer: FirstLayerField = "convolution",
    kernel_size: KernelSizeField = 3,
    padding: PaddingField = "same",
    pooling: PoolingField = "max",
    residual: ResidualField = True,
    activation: ActivationField = "relu",
    batch_normalisation: BatchNormalisationField = "before_activation",
    batch_normalisation_axis: BatchNormalisationAxisField = -1,
    block_dropout: BlockDropoutField = 0.0,
    global_pooling: GlobalPoolingField = "average",
    dense_units: UnitsField = (),
    dropout: DropoutField = 0.0,
) -> Any:
    """An unfitted network of depthwise-separable convolutions.

    Args:
        image_shape: Height, width and channels of the raw images, from 8x8x1.
        n_classes: Number of classes.
        normaliser: Fitted on the training split; becomes the first layer.

    Returns:
        A Keras model of raw images with a softmax at its end.
    """
    blocks = Blocks(
        others="separable",
        filters=filters,
        first_layer=first_layer,
        kernel_size=kernel_size,
        padding=padding,
        pooling=pooling,
        residual=residual,
        activation=activation,
        batch_normalisation=batch_normalisation,
        batch_normalisation_axis=batch_normalisation_axis,
        block_dropout=block_dropout,
    )
    return convolutional_classifier(
        image_shape, n_classes, normaliser, blocks, global_pooling, dense_units, dropout
    )


def check(image_shape: ImageShape, n_classes: int, **settings: Any) -> None:  # noqa: ARG001  # contract
    """Refuse settings that these images do not allow; see `Architecture.check`."""
    check_convolutional("separable", build, image_shape, settings)


def cost(image_shape: ImageShape, n_train: int, **settings: Any) -> float:
    """Rough multiply-adds of the whole training; see `Architecture.cost`."""
    return convolutional_cost("separable", build, image_shape, n_train, settings)


SEPARABLE_CONVNET = Architecture(
    build=build,
    fit=fit_keras,
    predict_proba=keras_member.predict_proba,
    save=keras_member.save,
    load=keras_member.load,
    check=check,
    cost=cost,
    n_parameters=keras_member.n_parameters,
    search_space=convolutional_space,
    needs_tensorflow=True,
    sources=(__name__, *SOURCES),
    libraries=keras_member.LIBRARIES,
)
