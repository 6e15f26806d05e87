"""The probability each member gives the true class: all that a linear pool's log-loss sees."""

import numpy as np
from numpy.typing import NDArray

from ripieno.evaluation.metrics import PROBABILITY_FLOOR, check_proba
from ripieno.types import FloatArray, IntArray


def true_class_proba(proba: FloatArray, labels: IntArray) -> NDArray[np.float64]:
    """Pick the true class of every sample from every member's probabilities.

    Args:
        proba: Class probabilities of shape (n_members, n_samples, n_classes).
        labels: True classes of shape (n_samples,).

    Returns:
        A new array of shape (n_members, n_samples), in [`PROBABILITY_FLOOR`, 1].

    Raises:
        ValueError: If the input is not probabilities and labels.
    """
    if proba.ndim != 3:
        raise ValueError(
            f"proba: expected shape (n_members, n_samples, n_classes), received {proba.shape}."
        )
    check_proba(proba, labels)
    picked = proba[:, np.arange(len(labels)), labels].astype(np.float64, copy=False)
    # float32 softmax rows exceed 1 by rounding.
    return np.clip(picked, PROBABILITY_FLOOR, 1.0, out=picked)
