"""An ONNX graph that grows: nodes, the constants they use, and whole models within it."""

from dataclasses import dataclass, field
from typing import Any

import numpy as np

OPSET = 18


@dataclass
class Nodes:
    """Nodes and initialisers under construction.

    Attributes:
        nodes: The nodes, in the order of computation.
        constants: The initialisers.
        versions: The operator sets they are of, by domain.
    """

    nodes: list[Any] = field(default_factory=list)
    constants: list[Any] = field(default_factory=list)
    versions: dict[str, int] = field(default_factory=lambda: {"": OPSET})

    def add(self, operation: str, *inputs: Any, **attributes: Any) -> str:
        """Add a node; an input is a name, or a constant of the inputs' type.

        Returns:
            The name of its output.
        """
        from onnx import helper

        names = [value if isinstance(value, str) else self.constant(value) for value in inputs]
        output = f"node_{len(self.nodes)}"
        self.nodes.append(helper.make_node(operation, names, [output], **attributes))
        return output

    def constant(self, value: Any) -> str:
        """Add a constant.

        Returns:
            Its name.
        """
        from onnx import numpy_helper

        name = f"constant_{len(self.constants)}"
        self.constants.append(numpy_helper.from_array(np.asarray(value), name))
        return name

    def cast(self, source: str, dtype: Any) -> str:
        """Add a change of type.

        Returns:
            The name of its output.
        """
        from onnx import helper

        return self.add("Cast", source, to=helper.np_dtype_to_tensor_dtype(np.dtype(dtype)))

    def embed(self, model: Any, source: str, output: int) -> str:
        """Add a whole ONNX model of one input, with names that no other part has.

        Args:
            model: What a converter made.
            source: The name of its input here.
            output: The place of the wanted one among its outputs.

        Returns:
            The name of that output here.
        """
        from onnx import compose, helper

        model = compose.add_prefix(model, f"part_{len(self.nodes)}_")
        name = model.graph.input[0].name
        self.nodes.append(helper.make_node("Identity", [source], [name]))
        self.nodes.extend(model.graph.node)
        self.constants.extend(model.graph.initializer)
        self.versions |= {each.domain: each.version for each in model.opset_import if each.domain}
        return str(model.graph.output[output].name)
