"""The weighted geometric mean of lowest validation log-loss, with a proof.

`p ~ exp(sum_m v_m log p_m)` with `v >= 0`: its log-loss is convex in `v`, and the sum of `v` is an
inverse temperature, so that members need no calibration first. It is the combiner for which the
cross-entropy of the ensemble is the members' mean cross-entropy less their diversity.

References:
    Wood et al. (2023), A Unified Theory of Diversity in Ensemble Learning, JMLR 24.
"""

import logging

import numpy as np

from ripieno.evaluation.metrics import PROBABILITY_FLOOR
from ripieno.pooling.geometric import MAX_WEIGHT_SUM, GeometricLogLoss
from ripieno.pooling.newton import ROUNDING, Point, minimise
from ripieno.pooling.objectives import check_objective
from ripieno.pooling.pool import Pool
from ripieno.pooling.quadratic import sparse_equivalent
from ripieno.pooling.threads import one_blas_thread
from ripieno.pooling.true_class import true_class_proba
from ripieno.types import FloatArray, IntArray

logger = logging.getLogger(__name__)


def log_pool(proba: FloatArray, labels: IntArray, *, objective: str = "log_loss") -> Pool:
    """Find the non-negative exponents of lowest validation log-loss.

    Never worse on validation than the best member, at any temperature. Memory: one copy of the
    probabilities in float64.

    Args:
        proba: Validation probabilities of shape (n_members, n_samples, n_classes); zeros welcome,
            since values below `PROBABILITY_FLOOR` count as the floor.
        labels: Validation labels of shape (n_samples,).
        objective: log_loss; no other is convex here.

    Returns:
        The pool, with its certificate over all weights whose sum is `MAX_WEIGHT_SUM` or less.

    Raises:
        ConfigurationError: If the objective is another.
        ValueError: If the input is not probabilities and labels.
    """
    check_objective("log_pool", objective, ("log_loss",))
    true_class = np.log(true_class_proba(proba, labels))  # (n_members, n_samples)
    logits = np.maximum(proba, PROBABILITY_FLOOR, dtype=np.float64)
    np.log(logits, out=logits)
    logits -= true_class[:, :, np.newaxis]  # the true class at 0
    n_members = len(proba)
    with one_blas_thread():
        problem = GeometricLogLoss(logits)
        start = problem.evaluate(np.full(n_members, 1.0 / n_members))
        point, n_iterations = minimise(problem, start)
        point = _without_redundant(problem, point)
    logger.debug(
        "log_pool: validation log-loss %.6f, within %.1e nats of the best that any weights reach; "
        "the weights sum to %.3f (%d Newton steps).",
        point.value,
        point.certificate,
        point.weights.sum(),
        n_iterations,
    )
    return Pool(
        "log_pool", point.weights, np.ones(n_members), point.certificate, combination="geometric"
    )


def _without_redundant(problem: GeometricLogLoss, point: Point) -> Point:
    """Take the weight from members whose part the others can play, if the proof still holds."""
    useful = np.flatnonzero((point.weights > 0.0) | (np.abs(point.gradient) < 1e-9))
    weights = np.zeros(len(point.weights))
    weights[useful] = sparse_equivalent(
        problem.hessian(point.weights, useful), point.weights[useful]
    )
    unchanged = np.array_equal(weights > 0.0, point.weights > 0.0)
    if unchanged or weights.sum() > MAX_WEIGHT_SUM * (1.0 + 1e-9):
        return point
    sparse = problem.evaluate(weights)
    proven = sparse.certificate <= max(point.certificate, 1e-10)
    return sparse if proven and sparse.value <= point.value + ROUNDING else point
