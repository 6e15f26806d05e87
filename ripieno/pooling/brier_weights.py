"""The weights of a linear pool of lowest Brier score, with a proof.

With the residuals `r_m = p_m - y` the Brier score of a weighted mean is `w E w`, where
`E = mean_i r_m r_m'`: a quadratic problem of the size of the members, solved as non-negative least
squares. What its linear model still promises, `2 (w E w - min_m (E w)_m)`, is the certificate.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ripieno.pooling.quadratic import model_minimum, sparse_equivalent
from ripieno.pooling.threads import one_blas_thread, over_chunks
from ripieno.types import FloatArray, IntArray

_CHUNK = 16_384  # samples a thread takes at a time
_RIDGE = 1e-12  # of the largest error; a perfect member's is 0


@dataclass(frozen=True)
class BrierWeights:
    """The solution of the quadratic problem.

    Attributes:
        weights: Of shape (n_members,), on the simplex, exactly 0 for members that add nothing.
        brier_score: Of the weighted mean.
        certificate: Upper bound on how much lower any weights could bring it.
    """

    weights: NDArray[np.float64]
    brier_score: float
    certificate: float


def fit_brier_weights(proba: FloatArray, labels: IntArray) -> BrierWeights:
    """Find the weights on the simplex of lowest Brier score.

    Args:
        proba: Class probabilities of shape (n_members, n_samples, n_classes).
        labels: True classes of shape (n_samples,).

    Returns:
        The weights and their certificate.
    """
    with one_blas_thread():
        errors = _error_products(proba, labels)
        n_members = len(errors)
        ridge = _RIDGE * max(float(np.diag(errors).max()), _RIDGE)
        # The direction of the solution is that of min u E u / 2 - sum(u) over u >= 0.
        hessian = errors + ridge * np.eye(n_members)
        scale = np.sqrt(np.diag(hessian))
        start = np.zeros(n_members)
        direction = model_minimum(hessian, -np.ones(n_members), start, scale, 1e-12)
        solution = _at(direction / direction.sum(), errors)
        used = np.flatnonzero(solution.weights)
        sparse = np.zeros(n_members)
        sparse[used] = sparse_equivalent(hessian[np.ix_(used, used)], solution.weights[used])
        simpler = _at(sparse / sparse.sum(), errors)
    proven = simpler.certificate <= max(solution.certificate, 1e-10)
    return simpler if proven else solution


def _at(weights: NDArray[np.float64], errors: NDArray[np.float64]) -> BrierWeights:
    """Score and certificate at some weights."""
    slopes = errors @ weights
    score = float(weights @ slopes)
    return BrierWeights(weights, score, max(2.0 * (score - float(slopes.min())), 0.0))


def _error_products(proba: FloatArray, labels: IntArray) -> NDArray[np.float64]:
    """Mean products of the members' residuals, of shape (n_members, n_members)."""
    n_members, n_samples, n_classes = proba.shape
    target = np.eye(n_classes)

    def of(at: slice) -> NDArray[np.float64]:
        residuals = (proba[:, at] - target[labels[at]]).reshape(n_members, -1)
        return np.asarray(residuals @ residuals.T)

    return np.asarray(sum(over_chunks(of, n_samples, _CHUNK)) / n_samples)
