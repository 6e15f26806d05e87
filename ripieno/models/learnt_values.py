"""How many values a fitted pipeline of scikit-learn holds."""

from typing import Any

import numpy as np


def count_learnt_values(model: Any) -> int:
    """Number of values in all arrays of a fitted object, whatever it is made of.

    For a net these are its weights, for trees the fields of their nodes, for nearest neighbours the
    training samples. Arrays that several parts share count once.
    """
    return _count(model, {})


def _count(value: Any, seen: dict[int, Any]) -> int:
    if id(value) in seen or value is None or isinstance(value, (str, bytes, int, float, type)):
        return 0
    seen[id(value)] = value  # kept alive, or another object could get its id
    if isinstance(value, np.ndarray) and value.dtype != object:
        return int(value.size) * max(len(value.dtype.names or ()), 1)
    if isinstance(value, dict):
        return sum(_count(each, seen) for each in value.values())
    if isinstance(value, (list, tuple, np.ndarray)):
        return sum(_count(each, seen) for each in value)
    if type(value).__module__.split(".")[0] not in ("sklearn", "numpy"):
        return 0
    state = value.__getstate__() if hasattr(value, "__getstate__") else None
    return _count(state, seen)
