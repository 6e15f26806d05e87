"""All members and their pool as one ONNX model, held to the ensemble it was made from."""

from pathlib import Path
from typing import Any

import numpy as np

from ripieno.errors import PublicationError
from ripieno.serving.bundle import Bundle
from ripieno.serving.ensemble import Ensemble
from ripieno.serving.onnx.members import add_member
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
        PublicationError: With the names of all members that cannot be converted; those that are the
            models of all folds are among them.
    """
    averaged = [member.name for member in bundle.members if len(member.models()) > 1]
    if averaged:
        raise PublicationError(
            f"{', '.join(averaged)}: ONNX takes members of one model, received those of all folds. "
            "Train with split.member: refit."
        )
    from onnx import TensorProto, helper

    nodes = Nodes()
    proba, problems = [], []
    for member in bundle.members:
        try:
            proba.append(add_member(nodes, bundle, member, "images"))
        except PublicationError as problem:
            problems.append(str(problem))
    if problems:
        raise PublicationError("\n".join(problems))
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
    imports = [helper.make_opsetid(domain, version) for domain, version in nodes.versions.items()]
    model = helper.make_model(graph, opset_imports=imports)
    model.ir_version = 10
    facts = {"classes": "\n".join(bundle.class_names)}
    if bundle.pixels is not None:
        facts["pixels"] = str(bundle.pixels)
    helper.set_model_props(model, facts)
    return model
