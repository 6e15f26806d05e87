"""How differently the members predict, pair by pair, and how much that leaves to gain.

Members gain together where they err on different samples. One measure compares the classes that two
members predict, the others which samples they get right; ties between classes go to the lower one,
as in `accuracy`.

The four matrices of 20 members and 1,000,000 samples take 0.4 s on one core, a pair at a time on
bytes (a matrix product of 0 and 1 takes longer), after 1.4 s for the predicted classes of 10.

References:
    Kuncheva & Whitaker (2003), Measures of Diversity in Classifier Ensembles and Their Relationship
    with the Ensemble Accuracy.
    Gontijo-Lopes, Dauphin & Cubuk (2022), No One Representation to Rule Them All: Overlapping
    Features of Training Methods.
"""

import math
from collections.abc import Callable
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from ripieno.evaluation.metrics import check_proba
from ripieno.types import FloatArray, IntArray

BoolArray = NDArray[np.bool_]


def disagreement(labels_a: IntArray, labels_b: IntArray) -> float:
    """Share of samples on which two members predict different classes.

    The true labels are not needed: two members may differ and both be wrong.

    Args:
        labels_a: Predicted classes of shape (n_samples,).
        labels_b: Predicted classes of shape (n_samples,).

    Returns:
        A value in [0, 1]; 0 where the members always agree.

    Raises:
        ValueError: If the two differ in length or are empty.

    References:
        Fort, Hu & Lakshminarayanan (2019), Deep Ensembles: A Loss Landscape Perspective.
    """
    _check_pair(labels_a, labels_b)
    return int(np.count_nonzero(labels_a != labels_b)) / len(labels_a)


def double_fault(right_a: BoolArray, right_b: BoolArray) -> float:
    """Share of samples that two members both get wrong: no weighting of the two mends these.

    Args:
        right_a: Whether the first is right, of shape (n_samples,).
        right_b: Whether the second is right, of shape (n_samples,).

    Returns:
        A value in [0, the lower of the two error rates]; with itself, a member's error rate.

    Raises:
        ValueError: If the two differ in length or are empty.

    References:
        Giacinto & Roli (2001), Design of Effective Neural Network Ensembles for Image
        Classification Purposes.
    """
    return _contingency(right_a, right_b)[3] / len(right_a)


def q_statistic(right_a: BoolArray, right_b: BoolArray) -> float:
    """Yule's Q of two members' being right: `(both neither - a b) / (both neither + a b)`.

    `both`, `neither`, `a` and `b` count the samples that both, neither, or only one gets right.

    Args:
        right_a: Whether the first is right, of shape (n_samples,).
        right_b: Whether the second is right, of shape (n_samples,).

    Returns:
        A value in [-1, 1]: 0 for independent members, positive where they get the same samples
        right, 1 already where one is right wherever the other is; NaN where both products are 0, as
        where a member is always right or always wrong.

    Raises:
        ValueError: If the two differ in length or are empty.

    References:
        Yule (1900), On the Association of Attributes in Statistics.
    """
    both, only_a, only_b, neither = _contingency(right_a, right_b)
    together, apart = both * neither, only_a * only_b
    return (together - apart) / (together + apart) if together + apart else math.nan


def error_correlation(right_a: BoolArray, right_b: BoolArray) -> float:
    """Pearson correlation of two members' errors, as 0 and 1 (the phi coefficient).

    Args:
        right_a: Whether the first is right, of shape (n_samples,).
        right_b: Whether the second is right, of shape (n_samples,).

    Returns:
        A value in [-1, 1]: 0 for independent members, 1 only where both err on the same samples;
        NaN where a member is always right or always wrong.

    Raises:
        ValueError: If the two differ in length or are empty.
    """
    both, only_a, only_b, neither = _contingency(right_a, right_b)
    variance_a = (both + only_a) * (only_b + neither)
    variance_b = (both + only_b) * (only_a + neither)
    if variance_a * variance_b == 0:
        return math.nan
    return (both * neither - only_a * only_b) / math.sqrt(variance_a * variance_b)


def pairwise(measure: str, proba: FloatArray, labels: IntArray) -> NDArray[np.float64]:
    """A measure of every two members.

    Args:
        measure: A key of `DIVERSITY`.
        proba: Class probabilities of shape (n_members, n_samples, n_classes).
        labels: True classes of shape (n_samples,).

    Returns:
        A symmetric matrix of shape (n_members, n_members); NaN where the measure is undefined. On
        the diagonal stands the measure of a member with itself: 0 for `disagreement`, its error
        rate for `double_fault`, 1 for the others, or NaN where it is always right or always wrong.

    Raises:
        ValueError: If the measure is unknown or the input is not probabilities and labels.
    """
    if measure not in DIVERSITY:
        raise ValueError(f"measure: expected one of {', '.join(DIVERSITY)}, received {measure}.")
    return _matrix(measure, predicted_classes(proba, labels), labels)


def all_pairwise(proba: FloatArray, labels: IntArray) -> dict[str, NDArray[np.float64]]:
    """Every measure's `pairwise` matrix; the predicted classes are looked up only once."""
    classes = predicted_classes(proba, labels)
    return {measure: _matrix(measure, classes, labels) for measure in DIVERSITY}


def oracle_accuracy(proba: FloatArray, labels: IntArray) -> float:
    """Share of samples that at least one member gets right.

    What choosing the right member for every sample would score: a ceiling for any choice among the
    members, though not for a mean, which may be right where all its members are wrong.

    Args:
        proba: Class probabilities of shape (n_members, n_samples, n_classes).
        labels: True classes of shape (n_samples,).

    Returns:
        A value in [accuracy of the best member, 1].

    Raises:
        ValueError: If the input is not probabilities and labels.
    """
    right = predicted_classes(proba, labels) == labels  # (n_members, n_samples)
    return float(np.mean(right.any(axis=0)))


def predicted_classes(proba: FloatArray, labels: IntArray) -> IntArray:
    """Each member's most probable classes, the lower of equals, of shape (n_members, n_samples).

    In the smallest type that holds them: comparing those takes an eighth of the time.
    """
    check_members(proba, labels)
    smallest = np.min_scalar_type(proba.shape[2])
    return np.stack([np.argmax(member, axis=1).astype(smallest) for member in proba])


def check_members(proba: FloatArray, labels: IntArray) -> None:
    """Refuse what is not the probabilities of several members, with the samples' labels.

    Raises:
        ValueError: If the shape is not (n_members, n_samples, n_classes), or as `check_proba` does.
    """
    if proba.ndim != 3:
        raise ValueError(
            f"proba: expected shape (n_members, n_samples, n_classes), received {proba.shape}."
        )
    check_proba(proba, labels)


def _matrix(measure: str, classes: IntArray, labels: IntArray) -> NDArray[np.float64]:
    """A measure of every two rows of predicted classes (n_members, n_samples)."""
    function, compares = DIVERSITY[measure]
    rows = classes if compares == "classes" else classes == labels
    matrix = np.empty((len(rows), len(rows)))
    for a in range(len(rows)):
        for b in range(a + 1):
            matrix[a, b] = matrix[b, a] = function(rows[a], rows[b])
    return matrix


def _contingency(right_a: BoolArray, right_b: BoolArray) -> tuple[int, int, int, int]:
    """How many samples both, only the first, only the second and neither get right."""
    _check_pair(right_a, right_b)
    both = int(np.count_nonzero(right_a & right_b))  # a NumPy integer would overflow in products
    only_a = int(np.count_nonzero(right_a)) - both
    only_b = int(np.count_nonzero(right_b)) - both
    return both, only_a, only_b, len(right_a) - both - only_a - only_b


def _check_pair(a: NDArray[Any], b: NDArray[Any]) -> None:
    if a.ndim != 1 or a.shape != b.shape or a.size == 0:
        raise ValueError(
            "Two members: expected arrays of one shape (n_samples,), not empty, "
            f"received {a.shape} and {b.shape}."
        )


Measure = Callable[[NDArray[Any], NDArray[Any]], float]

DIVERSITY: dict[str, tuple[Measure, Literal["classes", "right"]]] = {
    # What is compared: the classes that members predict, or whether they are right.
    "disagreement": (disagreement, "classes"),
    "double_fault": (double_fault, "right"),
    "q_statistic": (q_statistic, "right"),
    "error_correlation": (error_correlation, "right"),
}
