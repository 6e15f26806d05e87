"""Quadratic models over non-negative weights, as least squares problems."""

import numpy as np
from numpy.typing import NDArray

from ripieno.types import FloatArray

INDEPENDENT = 1e-10
"""Relative eigenvalue of the Hessian above which members are linearly independent."""
NEGLIGIBLE = 1e-10
"""Weights below this share of their sum are rounding."""
EDGE = 1e-9
"""By how much an earlier member is preferred to an equal one."""


def model_minimum(
    hessian: FloatArray,
    gradient: FloatArray,
    weights: FloatArray,
    scale: FloatArray,
    damping: float,
) -> NDArray[np.float64]:
    """Minimise the quadratic model around some weights over non-negative ones.

    Args:
        hessian: Of shape (n_members, n_members), positive semi-definite.
        gradient: Of shape (n_members,).
        weights: Where both hold, of shape (n_members,).
        scale: What each weight is multiplied by so that the Hessian's diagonal is about 1, of shape
            (n_members,), positive.
        damping: Added to the scaled diagonal; weights then stay nearer to where they are.

    Returns:
        Non-negative weights of shape (n_members,).
    """
    scaled = hessian / (scale[:, np.newaxis] * scale)
    scaled.flat[:: len(scale) + 1] += damping
    linear = scaled @ (weights * scale) - gradient / scale
    return np.asarray(_non_negative(scaled, linear) / scale)


def _non_negative(scaled: FloatArray, linear: FloatArray) -> NDArray[np.float64]:
    """The y >= 0 that minimises `y H y / 2 - linear y`."""
    free = np.linalg.solve(scaled, linear)
    if free.min() >= 0.0:
        return np.asarray(free)
    factor = np.linalg.cholesky(scaled)  # H = L L^T, so |L^T y - L^-1 linear|^2 is twice that
    return nnls(factor.T, np.linalg.solve(factor, linear))


def sparse_equivalent(hessian: FloatArray, weights: FloatArray) -> NDArray[np.float64]:
    """Weights of equal effect without linearly dependent members.

    Two sets of weights have the same effect on every sample where the Hessian does not tell them
    apart. An active-set solver started from zero finds one that leaves redundant members at 0, and
    of equals keeps the first, which is given an edge.

    Args:
        hessian: Of shape (n_members, n_members), at the solution.
        weights: The solution, of shape (n_members,).

    Returns:
        Non-negative weights of shape (n_members,), about as large as those given.
    """
    counts = np.flatnonzero(np.diag(hessian) > 0.0)
    sparse = np.zeros(len(weights))
    if len(counts) == 0:
        return sparse
    scale = np.sqrt(np.diag(hessian)[counts])
    values, vectors = np.linalg.eigh(hessian[np.ix_(counts, counts)] / np.outer(scale, scale))
    kept = values > INDEPENDENT * values[-1]
    root = np.sqrt(values[kept])
    goal = vectors[:, kept].T @ ((hessian @ weights)[counts] / scale) / root
    edge = 1.0 - EDGE * np.arange(len(scale))
    sparse[counts] = edge / scale * nnls(root[:, np.newaxis] * vectors[:, kept].T * edge, goal)
    sparse[sparse < NEGLIGIBLE * sparse.sum()] = 0.0
    return sparse


def are_independent(hessian: FloatArray) -> bool:
    """Whether no member's part can be played by others, told by the Hessian of shape (k, k)."""
    diagonal = np.diag(hessian)
    if diagonal.min() <= 0.0:
        return False
    scale = np.sqrt(diagonal)
    values = np.linalg.eigvalsh(hessian / (scale[:, np.newaxis] * scale))
    return bool(values[0] > INDEPENDENT * values[-1])


def nnls(matrix: FloatArray, goal: FloatArray) -> NDArray[np.float64]:
    """Non-negative least squares: the y >= 0 nearest to `matrix @ y = goal`."""
    from scipy.optimize import nnls as solve  # here: the command line reads the rules' names

    return np.asarray(solve(matrix, goal)[0])
