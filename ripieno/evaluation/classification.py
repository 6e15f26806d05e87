"""How good the predicted classes are, one class at a time.

The predicted class is the most probable one; ties go to the lower class, as in `accuracy`.
"""

import logging
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ripieno.evaluation.sample_scores import check_proba, sample_accuracy
from ripieno.types import FloatArray, IntArray

logger = logging.getLogger(__name__)


def confusion_matrix(proba: FloatArray, labels: IntArray) -> IntArray:
    """How often each true class is predicted as each class.

    Args:
        proba: Class probabilities of shape (n_samples, n_classes).
        labels: True classes of shape (n_samples,).

    Returns:
        Counts of shape (n_classes, n_classes): true classes down, predicted across. Classes that
        are never true or never predicted keep their row and column of zeros.

    Raises:
        ValueError: If the input is not probabilities and labels.
    """
    from sklearn.metrics import confusion_matrix as counts

    check_proba(proba, labels)
    n_classes = proba.shape[1]
    return np.asarray(counts(labels, proba.argmax(axis=1), labels=np.arange(n_classes)))


def balanced_accuracy(proba: FloatArray, labels: IntArray) -> float:
    """Mean over the classes of the share of their samples that is right.

    Classes without a sample are left out and named in the log. Plain NumPy, since scikit-learn
    takes seconds to import where every score of a member is wanted.

    Args:
        proba: Class probabilities of shape (n_samples, n_classes).
        labels: True classes of shape (n_samples,).

    Returns:
        A value in [0, 1]; 1 / n_classes by chance.

    Raises:
        ValueError: If the input is not probabilities and labels.
    """
    right = sample_accuracy(proba, labels)
    n_classes = proba.shape[1]
    support = np.bincount(labels, minlength=n_classes)
    present = support > 0
    if not present.all():
        absent = ", ".join(map(str, np.flatnonzero(~present)))
        logger.warning("Balanced accuracy leaves out classes without a sample: %s.", absent)
    hits = np.bincount(labels, weights=right, minlength=n_classes)
    return float(np.mean(hits[present] / support[present]))


def top_k_accuracy(proba: FloatArray, labels: IntArray, k: int) -> float:
    """Share of samples whose true class is among the k most probable ones.

    Of equally probable classes the lower comes first, so that k = 1 is `accuracy`.

    Args:
        proba: Class probabilities of shape (n_samples, n_classes).
        labels: True classes of shape (n_samples,).
        k: Classes that count, 1 or more; from n_classes up every sample is a hit.

    Returns:
        A value in [0, 1].

    Raises:
        ValueError: If the input is not probabilities and labels, or `k` is below 1.
    """
    return float(np.mean(sample_top_k(proba, labels, k)))


def sample_top_k(proba: FloatArray, labels: IntArray, k: int) -> NDArray[np.float64]:
    """1 where the true class is among the k most probable ones, else 0, of shape (n_samples,)."""
    check_proba(proba, labels)
    if k < 1:
        raise ValueError(f"k: expected an integer >= 1, received {k}.")
    true_class = proba[np.arange(len(labels)), labels][:, None]
    earlier = np.arange(proba.shape[1]) < labels[:, None]
    rank = np.sum((proba > true_class) | ((proba == true_class) & earlier), axis=1)
    return np.asarray(rank < k, dtype=np.float64)


@dataclass(frozen=True, eq=False)
class ClassScores:
    """How well each class is recognised, all of shape (n_classes,).

    Attributes:
        precision: Share of the samples predicted as the class that belong to it; 0 where none is.
        recall: Share of the samples of the class that are predicted as such; 0 where it has none.
        f1: Harmonic mean of the two; 0 where both are 0.
        support: Samples of the class: where it is 0 the other three say nothing.
    """

    precision: NDArray[np.float64]
    recall: NDArray[np.float64]
    f1: NDArray[np.float64]
    support: NDArray[np.int64]


def per_class_scores(proba: FloatArray, labels: IntArray) -> ClassScores:
    """Precision, recall and F1 of every class; what would divide by zero is 0.

    Args:
        proba: Class probabilities of shape (n_samples, n_classes).
        labels: True classes of shape (n_samples,).

    Raises:
        ValueError: If the input is not probabilities and labels.
    """
    from sklearn.metrics import precision_recall_fscore_support

    check_proba(proba, labels)
    classes = np.arange(proba.shape[1])
    precision, recall, f1, support = precision_recall_fscore_support(
        labels, proba.argmax(axis=1), labels=classes, zero_division=0.0
    )
    return ClassScores(precision, recall, f1, support)
