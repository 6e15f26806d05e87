"""Members as ONNX nodes: raw images in, class probabilities out.

The networks are converted by tf2onnx, scikit-learn's steps by skl2onnx, but for those it does not
know, or whose scores must be those of scikit-learn to the last digits: see `calibrated`.
"""

import math
from typing import Any

import numpy as np

from ripieno.errors import PublicationError
from ripieno.models import MODELS
from ripieno.models.rows import hog_of_rows
from ripieno.serving.bundle import Bundle, BundledMember
from ripieno.serving.onnx.calibrated import add_calibrated
from ripieno.serving.onnx.hog import add_hog
from ripieno.serving.onnx.nodes import OPSET, Nodes


def add_member(nodes: Nodes, bundle: Bundle, member: BundledMember, images: str) -> str:
    """Add a member.

    Args:
        nodes: Takes the nodes.
        bundle: The member's ensemble.
        member: What to convert.
        images: The name of the raw images, (n_samples, h, w, c).

    Returns:
        The name of its probabilities, double, (n_samples, n_classes); rows sum to 1.

    Raises:
        PublicationError: If the converters do not know what the member is made of.
    """
    architecture = MODELS[member.architecture]
    model = architecture.load(member.directory)
    try:
        if architecture.needs_tensorflow:
            proba = nodes.embed(_convert_keras(model, bundle), images, 0)
        else:
            proba = add_pipeline(nodes, model, math.prod(bundle.image_shape), images)
    except Exception as error:  # whatever a converter raises for what it does not know
        reason = " ".join(str(error).split())[:200]
        raise PublicationError(
            f"{member.name} cannot be converted to ONNX: {type(error).__name__}: {reason}"
        ) from error
    proba = nodes.cast(proba, np.float64)
    return nodes.add("Div", proba, nodes.add("ReduceSum", proba, np.array([-1])))


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


def add_pipeline(nodes: Nodes, model: Any, n_pixels: int, images: str) -> str:
    """Add a fitted scikit-learn pipeline of rows of pixels.

    Args:
        nodes: Takes the nodes.
        model: The pipeline.
        n_pixels: Numbers of one image.
        images: The name of the raw images, (n_samples, h, w, c).

    Returns:
        The name of its probabilities, (n_samples, n_classes).
    """
    rows = nodes.add("Reshape", nodes.cast(images, np.float32), np.array([-1, n_pixels]))
    for _, step in model.steps[:-1]:
        rows = _add_step(nodes, step, rows)
    return _add_classifier(nodes, model[-1], rows)


def _add_step(nodes: Nodes, step: Any, rows: str) -> str:
    if getattr(step, "func", None) is hog_of_rows:
        return add_hog(nodes, rows, **step.kw_args)
    if type(step).__name__ == "StandardScaler":
        # Divided as scikit-learn does: by way of the reciprocal the last bit differs, and a pixel
        # that lies on a tree's threshold goes the other way.
        centred = nodes.add("Sub", rows, step.mean_.astype(np.float32))
        return nodes.add("Div", centred, step.scale_.astype(np.float32))
    return nodes.embed(_convert(step), rows, 0)


def _add_classifier(nodes: Nodes, classifier: Any, rows: str) -> str:
    if type(classifier).__name__ == "CalibratedClassifierCV":
        return add_calibrated(nodes, classifier, rows, _add_classifier)
    return nodes.embed(_convert(classifier, {id(classifier): {"zipmap": False}}), rows, 1)


def _convert(step: Any, options: Any = None) -> Any:
    from skl2onnx import to_onnx
    from skl2onnx.common.data_types import FloatTensorType

    types = [("rows", FloatTensorType([None, step.n_features_in_]))]
    return to_onnx(step, initial_types=types, options=options, target_opset=OPSET)
