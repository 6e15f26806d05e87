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

from ripieno.pooling.likelihood import Point, evaluate, one_blas_thread, slope
from ripieno.types import FloatArray

TOLERANCE = 1e-10
"""Certificate in nats at which the search ends, a tenth of what is promised."""
MAX_ITERATIONS = 200
_RIDGE = 1e-10  # relative; keeps the Hessian of duplicated members definite
_NEGLIGIBLE = 1e-10  # weights below it are rounding
_EDGE = 1e-9  # by which an earlier member is preferred to an equal one
_SKETCH = 16_384  # samples that find the neighbourhood of the solution
_ROUNDING = 1e-14  # of a log-loss near 1


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
    likelihood: FloatArray, *, tolerance: float = TOLERANCE, max_iterations: int = MAX_ITERATIONS
) -> MixtureWeights:
    """Find the weights of highest likelihood.

    Of members that are linearly dependent, such as duplicates, only as many keep a weight as are
    needed; of two equal ones, the first.

    Args:
        likelihood: Probability that each member gives the true class of each sample, of shape
            (n_members, n_samples); float32, float64 or memory-mapped. Values below
            `PROBABILITY_FLOOR` count as the floor, so a sample to which no member gives any
            probability costs 36 nats whatever the weights, and does not influence them.
        tolerance: Certificate at which to stop, in nats.
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
    if not np.isfinite(likelihood.max()):
        raise ValueError("likelihood: expected finite values, received NaN or infinity.")
    with one_blas_thread():
        point, n_iterations = _solve(likelihood, tolerance, max_iterations)
        point = _without_redundant(likelihood, point, max(tolerance, point.certificate))
    return MixtureWeights(point.weights, point.log_loss, point.certificate, n_iterations)


def _solve(likelihood: FloatArray, tolerance: float, max_iterations: int) -> tuple[Point, int]:
    """Newton steps from the plain mean, or from near the solution for a share of the samples."""
    n_members, n_samples = likelihood.shape
    start = np.full(n_members, 1.0 / n_members)
    if n_samples >= 4 * _SKETCH:
        sketch, _ = _solve(likelihood[:, :: n_samples // _SKETCH], 1e-6, max_iterations)
        start = 0.99 * sketch.weights + 0.01 * start
    point = evaluate(likelihood, start)
    for n_iterations in range(max_iterations):
        if point.certificate <= tolerance:
            return point, n_iterations
        better = _step(likelihood, point)
        if better is None:  # rounding hides any further descent
            return point, n_iterations
        point = better
    return point, max_iterations


def _step(likelihood: FloatArray, point: Point) -> Point | None:
    """A Newton step, shortened where the quadratic model reaches too far."""
    target = _newton_target(point)
    trial = evaluate(likelihood, target)
    descent = float(point.ratios @ target) - 1.0
    rounding = _ROUNDING * (1.0 + abs(point.log_loss))
    if trial.log_loss <= point.log_loss - 1e-4 * descent + rounding:
        return trial
    trial = evaluate(likelihood, _line_minimum(likelihood, point.weights, target))
    return trial if trial.log_loss < point.log_loss else None


def _newton_target(point: Point) -> NDArray[np.float64]:
    """Minimise the quadratic model over non-negative weights, and scale them to sum to 1.

    The simplex is relaxed to the non-negative orthant by adding sum(w) to the objective, which
    leaves the solution where it was. Weights are scaled to a Hessian of unit diagonal, but for
    hopeless members: where a member has weight at the solution its diagonal is 1 or more.
    """
    scale = np.sqrt(np.maximum(np.diag(point.hessian), 1.0))
    hessian = point.hessian / np.outer(scale, scale)
    hessian[np.diag_indices_from(hessian)] += _RIDGE
    linear = hessian @ (point.weights * scale) + (point.ratios - 1.0) / scale
    factor = np.linalg.cholesky(hessian)  # H = L L^T, so |L^T y - L^-1 linear|^2 is the model
    target = _nnls(factor.T, np.linalg.solve(factor, linear))
    target /= scale
    return np.asarray(target / target.sum())


def _nnls(matrix: FloatArray, goal: FloatArray) -> NDArray[np.float64]:
    """Non-negative least squares: the y >= 0 nearest to `matrix @ y = goal`."""
    from scipy.optimize import nnls  # here, since the command line reads the rules' names

    return np.asarray(nnls(matrix, goal)[0])


def _line_minimum(
    likelihood: FloatArray, weights: NDArray[np.float64], target: NDArray[np.float64]
) -> NDArray[np.float64]:
    """The best weights between here and the target, by bisection of the slope.

    The share of the way is sought on a logit scale: where one sample needs a member that all others
    are better off without, the minimum may be 1e-7 before the target.
    """
    low, high = -30.0, 37.0
    best = weights
    for _ in range(14):
        middle = (low + high) / 2.0
        share = 1.0 / (1.0 + np.exp(-middle))
        between = (1.0 - share) * weights + share * target
        if slope(likelihood, between, target - weights) < 0.0:
            low, best = middle, between
        else:
            high = middle
    return best


def _without_redundant(likelihood: FloatArray, point: Point, tolerance: float) -> Point:
    """Take the weight from members whose part the others can play, if the proof still holds.

    At the solution `w B = 1`; among the weights that meet it, an active-set solver started from
    zero returns one without linearly dependent members, and of equals the first, given an edge.
    """
    useful = np.flatnonzero((point.weights > 0.0) | (point.ratios > 1.0 - _EDGE))
    scale = np.sqrt(np.diag(point.hessian)[useful])
    hessian = point.hessian[np.ix_(useful, useful)] / np.outer(scale, scale)
    values, vectors = np.linalg.eigh(hessian)
    kept = values > _RIDGE * values[-1]
    root = np.sqrt(values[kept])
    goal = vectors[:, kept].T @ (point.ratios[useful] / scale) / root
    edge = 1.0 - _EDGE * np.arange(len(useful))
    weights = np.zeros_like(point.weights)
    weights[useful] = edge / scale * _nnls(root[:, np.newaxis] * vectors[:, kept].T * edge, goal)
    weights[weights < _NEGLIGIBLE * weights.sum()] = 0.0
    weights /= weights.sum()
    if np.array_equal(weights > 0.0, point.weights > 0.0):
        return point
    sparse = evaluate(likelihood, weights)
    proven = sparse.certificate <= tolerance and sparse.log_loss <= point.log_loss + _ROUNDING
    return sparse if proven else point
