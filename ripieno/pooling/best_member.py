"""The member that is best on validation, alone: what an ensemble has to beat."""

import numpy as np

from ripieno.pooling.objectives import LOG_LOSSES, OBJECTIVES, check_objective, sample_weights
from ripieno.pooling.pool import Pool
from ripieno.pooling.true_class import true_class_proba
from ripieno.types import FloatArray, IntArray


def best_member(proba: FloatArray, labels: IntArray, *, objective: str = "log_loss") -> Pool:
    """Give all weight to the member of lowest validation log-loss; ties go to the first.

    Args:
        proba: Validation probabilities of shape (n_members, n_samples, n_classes).
        labels: Validation labels of shape (n_samples,).
        objective: A key of `OBJECTIVES`.

    Returns:
        The pool, without a certificate: only the members alone were compared.

    Raises:
        ConfigurationError: If the objective is unknown.
        ValueError: If the input is not probabilities and labels.
    """
    check_objective("best_member", objective, tuple(OBJECTIVES))
    if objective in LOG_LOSSES:  # the other classes do not matter: a tenth of the work
        counts = sample_weights(objective, labels)
        costs = -np.log(true_class_proba(proba, labels)) @ counts / len(labels)  # (n_members,)
    else:
        n_members = len(true_class_proba(proba, labels))
        costs = np.array([OBJECTIVES[objective](proba[m], labels).mean() for m in range(n_members)])
    weights = np.zeros(len(costs))
    weights[np.argmin(costs)] = 1.0
    return Pool("best_member", weights, np.ones(len(weights)))
