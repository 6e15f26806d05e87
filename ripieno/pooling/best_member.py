"""The member of lowest validation log-loss, alone: what an ensemble has to beat."""

import numpy as np

from ripieno.pooling.pool import Pool
from ripieno.pooling.true_class import true_class_proba
from ripieno.types import FloatArray, IntArray


def best_member(proba: FloatArray, labels: IntArray) -> Pool:
    """Give all weight to the member of lowest validation log-loss; ties go to the first.

    Args:
        proba: Validation probabilities of shape (n_members, n_samples, n_classes).
        labels: Validation labels of shape (n_samples,).

    Returns:
        The pool, without a certificate: only the members alone were compared.

    Raises:
        ValueError: If the input is not probabilities and labels.
    """
    log_likelihood = np.log(true_class_proba(proba, labels)).mean(axis=1)  # (n_members,)
    weights = np.zeros(len(log_likelihood))
    weights[np.argmax(log_likelihood)] = 1.0
    return Pool("best_member", weights, np.ones(len(weights)))
