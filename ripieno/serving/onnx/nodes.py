"""A list of ONNX nodes that grows, and the constants they use."""

from dataclasses import dataclass, field
from typing import Any

import numpy as np


@dataclass
class Nodes:
    """Nodes and initialisers under construction, all in double precision.

    Attributes:
        nodes: The nodes, in the order of computation.
        constants: The initialisers.
    """

    nodes: list[Any] = field(default_factory=list)
    constants: list[Any] = field(default_factory=list)

    def add(self, operation: str, *inputs: Any, **attributes: Any) -> str:
        """Add a node; an input is a name, or a constant.

        Returns:
            The name of its output.
        """
        from onnx import helper

        names = [value if isinstance(value, str) else self.constant(value) for value in inputs]
        output = f"pool_{len(self.nodes)}"
        self.nodes.append(helper.make_node(operation, names, [output], **attributes))
        return output

    def constant(self, value: Any) -> str:
        """Add a constant.

        Returns:
            Its name.
        """
        from onnx import numpy_helper

        name = f"pool_constant_{len(self.constants)}"
        self.constants.append(numpy_helper.from_array(np.asarray(value), name))
        return name
