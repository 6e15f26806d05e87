"""Layers that the Keras architectures share, and the choices a configuration has for them."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from ripieno.data.normalisation import Normaliser
from ripieno.training.fit import LOGITS
from ripieno.types import ImageShape

Activation = Literal["elu", "gelu", "leaky_relu", "relu", "selu", "silu", "tanh"]
BatchNormalisation = Literal["none", "before_activation", "after_activation"]
BatchNormalisationAxis = Literal[-1, 1, 2, 3]
Padding = Literal["same", "valid"]
Pooling = Literal["max", "average", "none"]
GlobalPooling = Literal["average", "max", "flatten"]


@dataclass(frozen=True)
class Activated:
    """What follows a convolution or a dense layer: batch normalisation and activation.

    Attributes:
        activation: Keras's name of the activation.
        batch_normalisation: Its place.
        axis: Axis whose positions have moments of their own; -1 is the channels.
    """

    activation: Activation
    batch_normalisation: BatchNormalisation
    axis: BatchNormalisationAxis = -1

    @property
    def use_bias(self) -> bool:
        """Whether the linear layer needs a bias; the normalisation right behind it has one."""
        return self.batch_normalisation != "before_activation"

    def __call__(
        self, linear: Callable[[Any], Any], outputs: Any, name: str, pool: Any = None
    ) -> Any:
        """Apply a linear layer, pool, normalise and activate.

        Pooling comes first since normalisation and activation then see a quarter of the values;
        with max-pooling and a rising activation the order makes no difference to the result.
        """
        outputs = linear(outputs)
        if pool is not None:
            outputs = pool(outputs)
        if self.batch_normalisation == "before_activation":
            outputs = self._normalise(outputs, name)
        outputs = _keras_layers().Activation(self.activation, name=f"{name}_activation")(outputs)
        if self.batch_normalisation == "after_activation":
            outputs = self._normalise(outputs, name)
        return outputs

    def _normalise(self, inputs: Any, name: str) -> Any:
        return _keras_layers().BatchNormalization(axis=self.axis, name=f"{name}_normalisation")(
            inputs
        )


def normalisation_layer(normaliser: Normaliser, image_shape: ImageShape) -> Any:
    """A stock Keras layer of constant mean and variance, which has no weights.

    Args:
        normaliser: Its mean and variance broadcast to image_shape.
        image_shape: Height, width and channels.
    """
    mean, variance = np.asarray(normaliser.mean), np.asarray(normaliser.variance)
    if mean.size == 1:
        axis: Any = None
        mean, variance = mean.reshape(()), variance.reshape(())
    elif mean.size == image_shape[-1]:
        axis = -1
        mean, variance = mean.reshape(-1), variance.reshape(-1)
    else:
        axis = (1, 2, 3)
        mean, variance = np.broadcast_to(mean, image_shape), np.broadcast_to(variance, image_shape)
    return _keras_layers().Normalization(
        axis=axis, mean=mean.tolist(), variance=variance.tolist(), name="normaliser"
    )


def dense_head(
    features: Any,
    n_classes: int,
    units: tuple[int, ...],
    activated: Activated,
    dropout: float,
) -> Any:
    """Dense layers, each behind dropout, then logits and their softmax.

    Args:
        features: Tensor of shape (n, n_features).
        n_classes: Number of outputs.
        units: Of each hidden layer.
        activated: What follows each hidden layer.
        dropout: Rate before every dense layer, the last included; 0 for none.

    Returns:
        Probabilities of shape (n, n_classes).
    """
    layers = _keras_layers()
    for index, n_units in enumerate(units, start=1):
        name = f"dense_{index}"
        features = _dropout(features, dropout, name)
        linear = layers.Dense(n_units, use_bias=activated.use_bias, name=name)
        features = activated(linear, features, name)
    features = _dropout(features, dropout, LOGITS)
    logits = layers.Dense(n_classes, name=LOGITS)(features)
    return layers.Softmax(name="proba")(logits)


def _dropout(inputs: Any, rate: float, name: str) -> Any:
    return _keras_layers().Dropout(rate, name=f"{name}_dropout")(inputs) if rate else inputs


def _keras_layers() -> Any:
    from keras import layers

    return layers
