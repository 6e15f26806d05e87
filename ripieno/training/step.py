"""One step of training, compiled to a TensorFlow graph.

Imports TensorFlow: import this module inside the functions that train.
"""

from collections.abc import Callable
from typing import Any

import tensorflow as tf


def compile_step(
    network: Any, optimiser: Any, label_smoothing: float
) -> Callable[[Any, Any, Any], Any]:
    """A function that learns from one batch and returns its log-loss.

    The loss learnt from is the weighted mean cross-entropy against smoothed labels; what is
    returned is the plain one, the sum over the batch in nats, without smoothing and weights.

    Args:
        network: Keras model that returns logits (n, n_classes).
        optimiser: Keras optimiser.
        label_smoothing: Share of every label spread evenly over all classes, in [0, 1).
    """
    variables = network.trainable_variables
    optimiser.build(variables)

    # XLA makes convolutions 10 to 30 times slower on a CPU.
    @tf.function(jit_compile=False)  # type: ignore[untyped-decorator]  # TensorFlow is untyped
    def step(images: Any, labels: Any, weights: Any) -> Any:
        with tf.GradientTape() as tape:
            log_proba = tf.nn.log_softmax(network(images, training=True))
            log_losses = -tf.gather(log_proba, labels, batch_dims=1)  # (n,)
            evenly = -tf.reduce_mean(log_proba, axis=-1)
            smoothed = (1.0 - label_smoothing) * log_losses + label_smoothing * evenly
            loss = tf.reduce_mean(weights * smoothed)
        optimiser.apply(tape.gradient(loss, variables), variables)
        return tf.reduce_sum(log_losses)

    return step  # type: ignore[no-any-return]


def compile_inference(network: Any) -> Callable[[Any], Any]:
    """A function that returns the logits (n, n_classes) of images (n, h, w, c)."""

    @tf.function(jit_compile=False, reduce_retracing=True)  # type: ignore[untyped-decorator]
    def logits(images: Any) -> Any:
        return network(images, training=False)

    return logits  # type: ignore[no-any-return]
