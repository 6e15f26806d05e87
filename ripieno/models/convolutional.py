"""From blocks of convolutions to a classifier, and what can be said of it without building it."""

from collections.abc import Callable, Mapping
from typing import Any

from ripieno.data.normalisation import Normaliser
from ripieno.models import keras_member
from ripieno.models.blocks import Blocks, Kind
from ripieno.models.layers import Activated, GlobalPooling, dense_head, normalisation_layer
from ripieno.models.settings import with_defaults
from ripieno.training.augmentation import check_augmentation
from ripieno.training.fit import fit_keras
from ripieno.types import ImageShape

SOURCES = ("ripieno.models.blocks", "ripieno.models.convolutional", *keras_member.SOURCES)


def convolutional_classifier(
    image_shape: ImageShape,
    n_classes: int,
    normaliser: Normaliser,
    blocks: Blocks,
    global_pooling: GlobalPooling,
    dense_units: tuple[int, ...],
    dropout: float,
) -> Any:
    """An unfitted Keras model: normaliser, blocks, pooling, dense head, softmax.

    Args:
        image_shape: Height, width and channels of the raw images.
        n_classes: Number of classes.
        normaliser: Fitted on the training split.
        blocks: Its convolutions.
        global_pooling: How the last activations become one vector.
        dense_units: Of each hidden dense layer.
        dropout: Rate before every dense layer.
    """
    import keras

    images = keras.Input(image_shape, name="images")
    outputs = blocks(normalisation_layer(normaliser, image_shape)(images))
    features = _global_pooling(global_pooling)(outputs)
    activated = Activated(blocks.activation, blocks.batch_normalisation)
    proba = dense_head(features, n_classes, dense_units, activated, dropout)
    return keras.Model(images, proba)


def _global_pooling(kind: GlobalPooling) -> Any:
    from keras import layers

    return {
        "average": layers.GlobalAveragePooling2D,
        "max": layers.GlobalMaxPooling2D,
        "flatten": layers.Flatten,
    }[kind](name="features")


def check_convolutional(
    others: Kind, build: Callable[..., Any], image_shape: ImageShape, settings: Mapping[str, Any]
) -> None:
    """Refuse blocks and augmentation that these images do not allow.

    Raises:
        ConfigurationError: In one line that says what to change.
    """
    Blocks.of(others, with_defaults(build, settings)).check(image_shape)
    check_augmentation(with_defaults(fit_keras, settings)["augmentation"], image_shape)


def convolutional_cost(
    others: Kind,
    build: Callable[..., Any],
    image_shape: ImageShape,
    n_train: int,
    settings: Mapping[str, Any],
) -> float:
    """Rough multiply-adds of a whole training; the dense head is small beside the blocks."""
    blocks = Blocks.of(others, with_defaults(build, settings))
    epochs = with_defaults(fit_keras, settings)["epochs"]
    return keras_member.BACKWARD * blocks.multiply_adds(image_shape) * n_train * float(epochs)
