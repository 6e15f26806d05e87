"""What each sample scores: a metric is the mean of these.

Every score takes probabilities of shape (n_samples, n_classes) and labels of shape (n_samples,).
"""

import numpy as np
from numpy.typing import NDArray

from ripieno.types import FloatArray, IntArray

PROBABILITY_FLOOR = float(np.finfo(np.float64).eps)
"""Smaller probabilities count as this one (2.2e-16), as in scikit-learn: log-loss stays finite."""


def sample_accuracy(proba: FloatArray, labels: IntArray) -> NDArray[np.float64]:
    """1 where the most probable class is the true one, else 0, of shape (n_samples,)."""
    check_proba(proba, labels)
    return np.asarray(np.argmax(proba, axis=1) == labels, dtype=np.float64)


def sample_log_loss(proba: FloatArray, labels: IntArray) -> NDArray[np.float64]:
    """Negative logarithm of each sample's true-class probability, of shape (n_samples,)."""
    check_proba(proba, labels)
    true_class = proba[np.arange(len(labels)), labels].astype(np.float64)
    # Adding 0 turns the -0.0 of a sure and right prediction into 0.
    return -np.log(np.clip(true_class, PROBABILITY_FLOOR, 1.0)) + 0.0


def balanced_weights(labels: IntArray) -> NDArray[np.float64]:
    """What gives every class that occurs the same share of a mean, 1 on average, (n_samples,)."""
    counts = np.bincount(labels)
    return np.asarray(len(labels) / (np.count_nonzero(counts) * counts[labels]))


def sample_brier_score(proba: FloatArray, labels: IntArray) -> NDArray[np.float64]:
    """Squared distance of each sample's probabilities to the one-hot label, (n_samples,)."""
    check_proba(proba, labels)
    distances = proba.astype(np.float64)
    distances[np.arange(len(labels)), labels] -= 1.0
    return np.asarray(np.einsum("ic,ic->i", distances, distances))


def check_proba(proba: FloatArray, labels: IntArray) -> None:
    """Refuse what no metric can score.

    Args:
        proba: Class probabilities whose last two axes are (n_samples, n_classes).
        labels: True classes of shape (n_samples,).

    Raises:
        ValueError: If a length differs, nothing is there, a label is outside the classes, or a
            value is NaN, infinite or outside [0, 1].
    """
    n_samples, n_classes = proba.shape[-2:] if proba.ndim >= 2 else (0, 0)
    if labels.shape != (n_samples,) or proba.size == 0:
        raise ValueError(
            "proba and labels: expected shapes (..., n_samples, n_classes) and (n_samples,), "
            f"none of them empty, received {proba.shape} and {labels.shape}."
        )
    if not np.issubdtype(labels.dtype, np.integer):
        raise ValueError(f"labels: expected integers, received {labels.dtype}.")
    if labels.min() < 0 or labels.max() >= n_classes:
        raise ValueError(
            f"labels: expected classes in [0, {n_classes}), "
            f"received [{labels.min()}, {labels.max()}]."
        )
    lowest, highest = proba.min(), proba.max()
    # Written so that NaN fails; float32 softmax rows exceed 1 by rounding.
    if not (lowest >= 0.0 and highest <= 1.0 + 1e-4):
        raise ValueError(f"proba: expected values in [0, 1], received [{lowest}, {highest}].")
