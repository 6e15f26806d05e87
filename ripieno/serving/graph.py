"""All Keras members as one compiled graph.

Imports TensorFlow: import this module inside the functions that predict.
"""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import tensorflow as tf

from ripieno.types import FloatArray, ImageArray, ImageShape


def compile_members(
    models: Sequence[Any], image_shape: ImageShape, dtype: np.dtype[Any]
) -> Callable[[ImageArray], FloatArray]:
    """One function for the probabilities of several Keras members.

    `Model.predict` costs some 50 ms of Python a call and a member, a call of this function one
    millisecond for three small members; TensorFlow runs members side by side where it has cores.

    Args:
        models: Keras models of raw images with a softmax at their end, at least one.
        image_shape: Height, width and channels of one image.
        dtype: Of the images.

    Returns:
        Takes images (n_samples, h, w, c); returns (n_members, n_samples, n_classes), float32.
    """
    signature = tf.TensorSpec((None, *image_shape), dtype)

    # XLA makes convolutions 10 to 30 times slower on a CPU.
    @tf.function(input_signature=[signature], jit_compile=False)  # type: ignore[untyped-decorator]
    def graph(images: Any) -> Any:
        return tf.stack([model(images, training=False) for model in models])

    traced = graph.get_concrete_function()
    return lambda images: np.asarray(traced(tf.constant(images)))
