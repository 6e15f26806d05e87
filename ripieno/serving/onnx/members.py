"""Members as ONNX graphs: raw images in, class probabilities out."""

from typing import Any

import numpy as np

from ripieno.errors import PublicationError
from ripieno.models import MODELS
from ripieno.serving.bundle import Bundle, BundledMember

OPSET = 18


def convert_member(bundle: Bundle, member: BundledMember) -> tuple[Any, int]:
    """A member's ONNX model, and the place of the probabilities among its outputs.

    Raises:
        PublicationError: If the converters do not know what the member is made of.
    """
    architecture = MODELS[member.architecture]
    model = architecture.load(member.directory)
    try:
        if architecture.needs_tensorflow:
            return _convert_keras(model, bundle), 0
        return _convert_pipeline(model, bundle), 1
    except Exception as error:  # whatever a converter raises for what it does not know
        reason = " ".join(str(error).split())[:200]
        raise PublicationError(
            f"{member.name} cannot be converted to ONNX: {type(error).__name__}: {reason}"
        ) from error


def _convert_keras(model: Any, bundle: Bundle) -> Any:
    import tensorflow as tf
    import tf2onnx

    _hold_constants(model)
    signature = [tf.TensorSpec((None, *bundle.image_shape), tf.as_dtype(bundle.dtype), "images")]
    graph = tf.function(lambda images: model(images, training=False), input_signature=signature)
    converted, _ = tf2onnx.convert.from_function(graph, input_signature=signature, opset=OPSET)
    return converted


def _hold_constants(model: Any) -> None:
    """Make the normaliser's figures constants of the graph: tf2onnx takes tensors for inputs."""
    import keras

    for layer in model.layers:
        if isinstance(layer, keras.Model):
            _hold_constants(layer)
        elif isinstance(layer, keras.layers.Normalization):
            layer.mean, layer.variance = np.asarray(layer.mean), np.asarray(layer.variance)


def _convert_pipeline(model: Any, bundle: Bundle) -> Any:
    from skl2onnx import to_onnx
    from skl2onnx.common.data_types import FloatTensorType

    n_features = int(np.prod(bundle.image_shape))
    return to_onnx(
        model,
        initial_types=[("rows", FloatTensorType([None, n_features]))],
        options={id(model): {"zipmap": False}},
        target_opset=OPSET,
    )
