"""Prediction as the mean over an image and its mirror image, inside a stock Keras model."""

from typing import Any


def average_with_mirror(model: Any, logits: str) -> Any:
    """A model that averages another's logits over an image and its mirror image.

    Args:
        model: Functional Keras classifier of images (n, h, w, c).
        logits: Name of its layer that gives the logits.

    Returns:
        A model of the same images and weights with outputs softmax(mean of logits), stock
        operations only.
    """
    import keras

    one_way = keras.Model(model.inputs, model.get_layer(logits).output, name="one_way")
    images = keras.Input(model.input_shape[1:], name="images")
    mirrored = keras.ops.flip(images, axis=2)
    mean = keras.layers.Average(name="mean_logits")([one_way(images), one_way(mirrored)])
    return keras.Model(images, keras.layers.Softmax(name="proba")(mean), name=model.name)
