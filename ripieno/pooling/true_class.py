"""The probability each member gives the true class: all that a linear pool's log-loss sees."""

import numpy as np
from numpy.typing import NDArray

from ripieno.evaluation.metrics import PROBABILITY_FLOOR, check_proba
from ripieno.pooling.threads import over_chunks
from ripieno.types import FloatArray, IntArray

_CHUNK = 4_194_304  # values a thread takes at a time


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
    n_members, n_samples, n_classes = proba.shape
    if proba.size == 0 or labels.shape != (n_samples,):
        check_proba(proba, labels)  # says what is wrong
    proba = np.asarray(proba)  # slices of a memory map are slower
    picked = np.empty((n_members, n_samples))

    def pick(at: slice) -> None:
        chunk, classes = proba[:, at], labels[at]
        check_proba(chunk, classes)
        flat = np.arange(len(classes)) * n_classes + classes.astype(np.intp)
        for member, row in zip(chunk, picked[:, at], strict=True):
            row[:] = member.reshape(-1).take(flat)
        # float32 softmax rows exceed 1 by rounding.
        np.clip(picked[:, at], PROBABILITY_FLOOR, 1.0, out=picked[:, at])

    over_chunks(pick, n_samples, -(-_CHUNK // (n_members * n_classes)))
    return picked
