"""`Pool.predict_proba` as ONNX nodes."""

from collections.abc import Sequence

import numpy as np

from ripieno.evaluation.metrics import PROBABILITY_FLOOR
from ripieno.pooling.pool import Pool
from ripieno.serving.onnx.nodes import Nodes

REGRESSION_FLOOR = 1e-6
"""That of `log_features`."""


def add_pool(nodes: Nodes, pool: Pool, members: Sequence[str]) -> str:
    """Combine the members' probabilities.

    Args:
        nodes: Takes the nodes.
        pool: Of these members.
        members: Names of their probabilities, double, (n_samples, n_classes).

    Returns:
        The name of the ensemble's probabilities.
    """
    parts = [
        _part(nodes, pool, i, _scaled(nodes, name, float(pool.temperatures[i])))
        for i, name in enumerate(members)
    ]
    pooled = nodes.add("Sum", *parts)
    if pool.combination != "arithmetic":
        if pool.intercepts is not None:
            pooled = nodes.add("Add", pooled, pool.intercepts)
        pooled = nodes.add("Softmax", pooled, axis=-1)
    return pooled if pool.temperature == 1.0 else _scaled(nodes, pooled, pool.temperature)


def _part(nodes: Nodes, pool: Pool, member: int, proba: str) -> str:
    """What a member adds to the sum."""
    weight = np.float64(pool.weights[member])
    if pool.combination == "arithmetic":
        return nodes.add("Mul", proba, weight)
    if pool.coefficients is None:
        return nodes.add("Mul", nodes.add("Log", proba), weight)
    logarithms = nodes.add("Log", nodes.add("Max", proba, np.float64(REGRESSION_FLOOR)))
    mean = nodes.add("ReduceMean", logarithms, np.array([-1]))
    return nodes.add("MatMul", nodes.add("Sub", logarithms, mean), pool.coefficients[member])


def _scaled(nodes: Nodes, proba: str, temperature: float) -> str:
    """Probabilities at a temperature."""
    floored = nodes.add("Max", proba, np.float64(PROBABILITY_FLOOR))
    if temperature == 1.0:
        return floored
    logits = nodes.add("Div", nodes.add("Log", floored), np.float64(temperature))
    return nodes.add("Softmax", logits, axis=-1)
