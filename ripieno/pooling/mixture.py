"""The best weights of a linear pool, and the proof that they are.

Minimises `-mean_i log (w P)_i` over weights on the simplex: the maximum likelihood of mixture
proportions, a convex problem in which the classes have dropped out. Each Newton step is a
non-negative least squares problem of the size of the members, so that weights become exactly 0.

With `B = P / (w P)` the gradient is `-mean(B)` and the Hessian `B B^T / n`, and by convexity
`max_m mean_i B[m, i] - 1` bounds how far the log-loss is from the best any weights can reach:
the certificate.

References:
    Kim, Carbonetto, Stephens & Anitescu (2020), A Fast Algorithm for Maximum Likelihood Estimation
    of Mixture Proportions Using Sequential Quadratic Programming.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ripieno.pooling.likelihood import MixtureLikelihood
from ripieno.pooling.newton import MAX_ITERATIONS, TOLERANCE, Point, minimise
from ripieno.pooling.quadratic import EDGE, NEGLIGIBLE, are_independent, sparse_equivalent
from ripieno.pooling.threads import one_blas_thread
from ripieno.types import FloatArray

_LAST_STEP = 1e-12  # certificate at which to stop: one step more gains far more than it takes
_MANY = 262_144  # values of which a share is solved first
_STRIDE = 8  # one sample of so many is in the share
_ENOUGH = 1024  # samples that tell apart any members that are not redundant


@dataclass(frozen=True)
class MixtureWeights:
    """The solution of the mixture problem.

    Attributes:
        weights: Of shape (n_members,), on the simplex, exactly 0 for members that add nothing.
        log_loss: Mean negative log-likelihood at these weights, in nats.
        certificate: Upper bound, in nats, on how much lower any weights could bring it.
        n_iterations: Newton steps taken on the whole matrix.
    """

    weights: NDArray[np.float64]
    log_loss: float
    certificate: float
    n_iterations: int


def fit_mixture_weights(
    likelihood: FloatArray,
    counts: FloatArray | None = None,
    *,
    tolerance: float = _LAST_STEP,
    max_iterations: int = MAX_ITERATIONS,
) -> MixtureWeights:
    """Find the weights of highest likelihood.

    Of members that are linearly dependent, such as duplicates, only as many keep a weight as are
    needed; of two equal ones, the first.

    Args:
        likelihood: Probability that each member gives the true class of each sample, of shape
            (n_members, n_samples); float32, float64 or memory-mapped. Values below
            `PROBABILITY_FLOOR` count as the floor, so a sample to which no member gives any
            probability costs 36 nats whatever the weights, and does not influence them.
        counts: How much each sample counts, of shape (n_samples,), 1 on average; 1 by default.
        tolerance: Certificate at which to stop, in nats; to be rid of redundant members, one of
            1e-10 is accepted.
        max_iterations: Newton steps at most; a handful is usual.

    Returns:
        The weights and their certificate, which tells if the steps ran out.

    Raises:
        ValueError: If the matrix is empty or not finite.
    """
    if likelihood.ndim != 2 or likelihood.size == 0:
        raise ValueError(
            "likelihood: expected shape (n_members, n_samples), none of them 0, "
            f"received {likelihood.shape}."
        )
    with one_blas_thread():
        objective = MixtureLikelihood(likelihood, counts)
        point, n_iterations = minimise(objective, _start(objective), tolerance, max_iterations)
        point = _without_redundant(objective, point)
    return MixtureWeights(point.weights, point.value, point.certificate, n_iterations)


def _start(objective: MixtureLikelihood) -> Point:
    """The plain mean, or where a share of the samples is best off if they are many."""
    mean = np.full(objective.n_members, 1.0 / objective.n_members)
    if objective.n_members * objective.n_samples < _MANY:
        return objective.evaluate(mean)
    share = objective.share(_STRIDE)
    # What the share leaves open is about n_members / n_samples: no need to know it better.
    near, _ = minimise(share, _start(share), tolerance=10.0 / share.n_samples)
    start = objective.evaluate(near.weights)
    if start.certificate < 1.0:
        return start
    # A sample that was left out needs a member that the others do not.
    return objective.evaluate(0.99 * near.weights + 0.01 * mean)


def _without_redundant(objective: MixtureLikelihood, point: Point) -> Point:
    """Take the weight from members whose part the others can play, if the proof still holds."""
    useful = np.flatnonzero((point.weights > 0.0) | (point.gradient < EDGE - 1.0))
    kept = point.weights[useful]
    share = objective.share(max(objective.n_samples // _ENOUGH, 1))
    if not are_independent(share.hessian(point.weights, useful)):
        kept = sparse_equivalent(objective.hessian(point.weights, useful), kept)
    kept[kept < NEGLIGIBLE * kept.sum()] = 0.0
    weights = np.zeros(objective.n_members)
    weights[useful] = kept / kept.sum()
    if np.array_equal(weights > 0.0, point.weights > 0.0):
        return point
    sparse = objective.evaluate(weights)
    proven = sparse.certificate <= max(TOLERANCE, point.certificate)
    return sparse if proven and sparse.value <= point.value + TOLERANCE else point
