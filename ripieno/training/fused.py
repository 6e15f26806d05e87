"""Batch normalisation by TensorFlow's fused kernel, for the time of training only.

Keras 3 normalises with separate reductions and multiplications. The fused kernel computes the
same in one pass over the activations: training steps of a separable convnet become about twice,
those of an ordinary convnet about 1.3 times as fast (`benchmarks/training.py`).

Imports Keras: import this module inside the functions that train.
"""

from typing import Any

import keras
import tensorflow as tf


class FusedBatchNormalization(keras.layers.BatchNormalization):  # type: ignore[misc]  # Keras is untyped
    """Keras's layer, of the same weights and results, with the fused kernel while training.

    Activations of shape (n, h, w, c) or (n, units), normalised over the last axis, take the fused
    kernel; any other shape or axis is left to Keras.
    """

    def call(self, inputs: Any, training: bool | None = None, mask: Any = None) -> Any:
        """Normalise, and move the running moments towards those of the batch while training."""
        if not (training and self.trainable and self._is_fusable(inputs)):
            return super().call(inputs, training=training, mask=mask)
        images = inputs if len(inputs.shape) == 4 else inputs[:, None, None, :]
        outputs, mean, variance = tf.compat.v1.nn.fused_batch_norm(
            images, self.gamma.value, self.beta.value, epsilon=self.epsilon, is_training=True
        )
        n_values = tf.cast(tf.size(images) / tf.size(mean), tf.float32)
        self._move(self.moving_mean, mean)
        # The kernel returns the unbiased variance, Keras keeps the biased one.
        self._move(self.moving_variance, variance * (n_values - 1.0) / n_values)
        return tf.reshape(outputs, tf.shape(inputs))

    def _is_fusable(self, inputs: Any) -> bool:
        rank = len(inputs.shape)
        axes = self.axis if isinstance(self.axis, (tuple, list)) else (self.axis,)
        last_axis_alone = [axis % rank for axis in axes] == [rank - 1]
        return rank in (2, 4) and last_axis_alone and self.scale and self.center

    def _move(self, moment: Any, of_batch: Any) -> None:
        moment.assign(moment * self.momentum + of_batch * (1.0 - self.momentum))


def fused_copy(model: Any, n_steps: int) -> Any:
    """A copy of a functional model with fused batch normalisation and newly drawn weights.

    The running moments average over about a twentieth of all steps, 10 to 100 of them: Keras's 100
    are more than a small data set has, and fewer make the moments of a long training noisy.

    Its weights have the order and shapes of the original's, so that
    `model.set_weights(copy.get_weights())` brings what was learnt back into stock layers.

    Args:
        model: A functional Keras model of stock layers.
        n_steps: Steps of the training.

    Returns:
        A model of the same layers and names.
    """
    momentum = 1.0 - 1.0 / min(max(n_steps / 20, 10), 100)

    def fused_layer(layer: Any) -> Any:
        configuration = layer.get_config()
        if type(layer) is not keras.layers.BatchNormalization:
            return type(layer).from_config(configuration)
        return FusedBatchNormalization.from_config({**configuration, "momentum": momentum})

    return keras.models.clone_model(model, clone_function=fused_layer)
