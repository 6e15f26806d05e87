"""The weighted geometric mean of lowest validation log-loss under a prior, with a proof.

`p ~ exp(sum_m v_m log p_m)` with `v >= 0`: its log-loss is convex in `v`, and the sum of `v` is an
inverse temperature, so that members need no calibration first. It is the combiner for which the
cross-entropy of the ensemble is the members' mean cross-entropy less their diversity.

Few samples do not determine the weights, and where all of them are right the log-loss falls for
ever as the sum grows. So labels are not taken for certain, as in `calibration`, and weights are
drawn to those of the plain geometric mean at its temperature: what is minimised is

    mean log-loss of the smoothed labels + PRIOR_STRENGTH / (2 n) |v - s / M|^2

with s that mean's inverse temperature. As a Gaussian prior it counts as much as so many samples
whatever their number: of 100 it decides much, of 10,000 hardly anything.

References:
    Wood et al. (2023), A Unified Theory of Diversity in Ensemble Learning, JMLR 24.
"""

import logging

import numpy as np

from ripieno.pooling.calibration import (
    expected_logits,
    fit_temperature_of_logits,
    log_proba,
    runners_up,
    zero_floors,
)
from ripieno.pooling.geometric import GeometricLogLoss
from ripieno.pooling.newton import minimise
from ripieno.pooling.objectives import LOG_LOSSES, check_objective, sample_weights
from ripieno.pooling.pool import Pool
from ripieno.pooling.threads import one_blas_thread
from ripieno.pooling.true_class import true_class_proba
from ripieno.types import FloatArray, IntArray

PRIOR_STRENGTH = 3.0
"""Of the prior, in nats: 1 to 10 do alike."""

logger = logging.getLogger(__name__)


def log_pool(proba: FloatArray, labels: IntArray, *, objective: str = "log_loss") -> Pool:
    """Find the non-negative exponents of lowest penalised validation log-loss.

    The solution is unique: equal members get equal weights. Memory: one copy of the
    probabilities in float64.

    Args:
        proba: Validation probabilities of shape (n_members, n_samples, n_classes); zeros count
            as `zero_floor` says.
        labels: Validation labels of shape (n_samples,).
        objective: A log-loss; no other is convex here.

    Returns:
        The pool; its certificate bounds how far the penalised log-loss is from its minimum.

    Raises:
        ConfigurationError: If the objective is another.
        ValueError: If the input is not probabilities and labels.
    """
    check_objective("log_pool", objective, LOG_LOSSES)
    n_members, n_samples = true_class_proba(proba, labels).shape  # checks the input
    counts = sample_weights(objective, labels)
    floors = zero_floors(proba)
    logits = np.empty(proba.shape)
    for member, row in enumerate(logits):
        row[:] = log_proba(proba[member], float(floors[member]))
    mean = logits.mean(axis=0)
    scale = 1.0 / fit_temperature_of_logits(mean, labels, counts)
    logits -= expected_logits(logits, labels, runners_up(mean, labels))[:, :, np.newaxis]
    prior = np.full(n_members, scale / n_members)
    with one_blas_thread():
        problem = GeometricLogLoss(logits, counts, prior, PRIOR_STRENGTH / n_samples)
        point, n_iterations = minimise(problem, problem.evaluate(prior))
    logger.debug(
        "log_pool: penalised validation log-loss %.6f, within %.1e nats of the lowest that any "
        "weights reach; they sum to %.3f, those of the prior to %.3f (%d Newton steps).",
        point.value,
        point.certificate,
        point.weights.sum(),
        scale,
        n_iterations,
    )
    return Pool(
        "log_pool",
        point.weights,
        np.ones(n_members),
        point.certificate,
        combination="geometric",
        floors=floors,
    )
