"""`Pool.predict_proba` as ONNX nodes."""

from collections.abc import Sequence

import numpy as np

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
    pooled = nodes.add("Sum", *(_part(nodes, pool, i, name) for i, name in enumerate(members)))
    if pool.combination == "arithmetic" and pool.temperature == 1.0:
        return pooled
    if pool.intercepts is not None:
        pooled = nodes.add("Add", pooled, pool.intercepts)
    if pool.combination == "arithmetic":
        pooled = _logarithms(nodes, pooled, pool.combined_floor)
    elif pool.floors_combined and pool.temperature != 1.0:
        pooled = _logarithms(nodes, nodes.add("Softmax", pooled, axis=-1), pool.combined_floor)
    return _softmax(nodes, pooled, pool.temperature)


def _part(nodes: Nodes, pool: Pool, member: int, proba: str) -> str:
    """What a member adds to the sum."""
    weight, temperature = np.float64(pool.weights[member]), float(pool.temperatures[member])
    if pool.combination == "geometric":
        return nodes.add("Mul", _logarithms(nodes, proba, pool.floor(member)), weight / temperature)
    if temperature == 1.0:
        proba = nodes.add("Max", proba, np.float64(pool.floor(member)))
    else:
        proba = _softmax(nodes, _logarithms(nodes, proba, pool.floor(member)), temperature)
    if pool.coefficients is None:
        return nodes.add("Mul", proba, weight)
    logarithms = _logarithms(nodes, proba, REGRESSION_FLOOR)
    mean = nodes.add("ReduceMean", logarithms, np.array([-1]))
    return nodes.add("MatMul", nodes.add("Sub", logarithms, mean), pool.coefficients[member])


def _logarithms(nodes: Nodes, proba: str, floor: float) -> str:
    """As `log_proba` takes them."""
    return nodes.add("Log", nodes.add("Max", proba, np.float64(floor)))


def _softmax(nodes: Nodes, logits: str, temperature: float) -> str:
    """Probabilities of logits at a temperature."""
    if temperature != 1.0:
        logits = nodes.add("Div", logits, np.float64(temperature))
    return nodes.add("Softmax", logits, axis=-1)
