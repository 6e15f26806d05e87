"""The plain mean of the members: the baseline that fitted weights have to beat."""

import numpy as np

from ripieno.pooling.pool import Pool
from ripieno.pooling.true_class import true_class_proba
from ripieno.types import FloatArray, IntArray


def uniform(proba: FloatArray, labels: IntArray) -> Pool:
    """Give every member the same weight.

    Args:
        proba: Validation probabilities of shape (n_members, n_samples, n_classes).
        labels: Validation labels of shape (n_samples,), looked at only to check the shapes.

    Returns:
        The pool, without a certificate: nothing was optimised.

    Raises:
        ValueError: If the input is not probabilities and labels.
    """
    n_members = len(true_class_proba(proba, labels))
    return Pool("uniform", np.full(n_members, 1.0 / n_members), np.ones(n_members))
