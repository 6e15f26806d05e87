"""All members and their pool as one ONNX model, held to the ensemble it was made from."""

from pathlib import Path
from typing import Any

import numpy as np

from ripieno.errors import PublicationError
from ripieno.models import MODELS
from ripieno.serving.bundle import Bundle
from ripieno.serving.ensemble import Ensemble
from ripieno.serving.onnx.members import OPSET, convert_member
from ripieno.serving.onnx.nodes import Nodes
from ripieno.serving.onnx.pool import add_pool
from ripieno.types import ImageArray

TOLERANCE = 1e-5
"""Largest difference from the ensemble's probabilities that the ONNX model may show."""


def export(ensemble: Ensemble, images: ImageArray, path: Path) -> float:
    """Write an ONNX model of the ensemble, and run it with onnxruntime.

    Args:
        ensemble: What to export.
        images: Raw images to check it on, (n_samples, h, w, c).
        path: The `.onnx` file, which takes `images` and gives `probabilities`.

    Returns:
        The largest difference between two probabilities.

    Raises:
        PublicationError: If a member cannot be converted, or the two differ; then no file is left.
    """
    import onnxruntime

    model = convert(ensemble.bundle)
    session = onnxruntime.InferenceSession(
        model.SerializeToString(), providers=["CPUExecutionProvider"]
    )
    (proba,) = session.run(["probabilities"], {"images": images})
    difference = float(np.abs(proba - ensemble.predict(images).proba).max())
    if not difference <= TOLERANCE:
        raise PublicationError(
            f"The ONNX model differs by {difference:.1e} from the ensemble, more than "
            f"{TOLERANCE:.0e}. Nothing was written."
        )
    path.write_bytes(model.SerializeToString())
    return difference


def convert(bundle: Bundle) -> Any:
    """The ONNX model of a bundle.

    Raises:
        PublicationError: With the names of all members that cannot be converted.
    """
    from onnx import TensorProto, helper

    nodes = Nodes()
    parts, problems = [], []
    for i, member in enumerate(bundle.members):
        try:
            converted, output = convert_member(bundle, member)
            parts.append(_Part(converted, output, f"m{i}_"))
        except PublicationError as problem:
            problems.append(str(problem))
    if problems:
        raise PublicationError("\n".join(problems))
    proba = [
        part.attach(nodes, MODELS[m.architecture].needs_tensorflow, bundle)
        for part, m in zip(parts, bundle.members, strict=True)
    ]
    pooled = add_pool(nodes, bundle.pool, proba)
    nodes.nodes.append(helper.make_node("Identity", [pooled], ["probabilities"]))
    dtype = helper.np_dtype_to_tensor_dtype(bundle.dtype)
    graph = helper.make_graph(
        nodes.nodes,
        "ensemble",
        [helper.make_tensor_value_info("images", dtype, [None, *bundle.image_shape])],
        [
            helper.make_tensor_value_info(
                "probabilities", TensorProto.DOUBLE, [None, len(bundle.class_names)]
            )
        ],
        nodes.constants,
    )
    versions = {"": OPSET} | {
        each.domain: each.version
        for part in parts
        for each in part.model.opset_import
        if each.domain
    }
    imports = [helper.make_opsetid(domain, version) for domain, version in versions.items()]
    model = helper.make_model(graph, opset_imports=imports)
    model.ir_version = 10
    facts = {"classes": "\n".join(bundle.class_names)}
    if bundle.pixels is not None:
        facts["pixels"] = str(bundle.pixels)
    helper.set_model_props(model, facts)
    return model


class _Part:
    """A member's graph, with names that no other member has."""

    def __init__(self, model: Any, output: int, prefix: str) -> None:
        from onnx import compose

        self.model = compose.add_prefix(model, prefix)
        self.output = self.model.graph.output[output].name

    def attach(self, nodes: Nodes, takes_images: bool, bundle: Bundle) -> str:
        """Add the member to the whole; returns the name of its probabilities, double."""
        from onnx import TensorProto, helper

        source = "images"
        if not takes_images:
            n_features = int(np.prod(bundle.image_shape))
            source = nodes.add("Cast", source, to=TensorProto.FLOAT)
            source = nodes.add("Reshape", source, np.array([-1, n_features]))
        name = self.model.graph.input[0].name
        nodes.nodes.append(helper.make_node("Identity", [source], [name]))
        nodes.nodes.extend(self.model.graph.node)
        nodes.constants.extend(self.model.graph.initializer)
        double = nodes.add("Cast", self.output, to=TensorProto.DOUBLE)
        total = nodes.add("ReduceSum", double, np.array([-1]))
        return nodes.add("Div", double, total)
