"""The weighted mean of lowest validation log-loss, with a proof.

The best member and the plain mean are linear pools too, so this one is never worse on validation
than either, to within its certificate.
"""

import logging

import numpy as np

from ripieno.pooling.brier_weights import fit_brier_weights
from ripieno.pooling.mixture import fit_mixture_weights
from ripieno.pooling.objectives import LOG_LOSSES, check_objective, sample_weights
from ripieno.pooling.pool import Pool
from ripieno.pooling.true_class import true_class_proba
from ripieno.types import FloatArray, IntArray

logger = logging.getLogger(__name__)


def linear_pool(proba: FloatArray, labels: IntArray, *, objective: str = "log_loss") -> Pool:
    """Find the weights on the simplex of lowest validation log-loss.

    Args:
        proba: Validation probabilities of shape (n_members, n_samples, n_classes); zeros welcome,
            since values below `PROBABILITY_FLOOR` (2.2e-16) count as the floor.
        labels: Validation labels of shape (n_samples,).
        objective: A log-loss or brier; accuracy is not convex.

    Returns:
        The pool with its certificate, 1e-9 or better in the unit of the objective. Members that add
        nothing have a weight of exactly 0, duplicates of an earlier member included.

    Raises:
        ConfigurationError: If the objective is another.
        ValueError: If the input is not probabilities and labels.
    """
    check_objective("linear_pool", objective, (*LOG_LOSSES, "brier"))
    true_class = true_class_proba(proba, labels)
    if objective == "brier":
        return _of_lowest_brier_score(proba, labels)
    weighted = objective != "log_loss"
    counts = sample_weights(objective, labels) if weighted else None
    solution = fit_mixture_weights(true_class, counts)
    logger.debug(
        "linear_pool: validation log-loss %.6f, within %.1e nats of the best that any weights "
        "reach; %d of %d members have weight (%d Newton steps).",
        solution.log_loss,
        solution.certificate,
        np.count_nonzero(solution.weights),
        len(solution.weights),
        solution.n_iterations,
    )
    n_members = len(solution.weights)
    return Pool("linear_pool", solution.weights, np.ones(n_members), solution.certificate)


def _of_lowest_brier_score(proba: FloatArray, labels: IntArray) -> Pool:
    solution = fit_brier_weights(proba, labels)
    logger.debug(
        "linear_pool: validation Brier score %.6f, within %.1e of the best that any weights reach; "
        "%d of %d members have weight.",
        solution.brier_score,
        solution.certificate,
        np.count_nonzero(solution.weights),
        len(proba),
    )
    return Pool("linear_pool", solution.weights, np.ones(len(proba)), solution.certificate)
