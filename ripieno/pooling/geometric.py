"""The log-loss of a weighted geometric mean and its derivatives."""

import numpy as np
from numpy.typing import NDArray

from ripieno.pooling.calibration import MAX_TEMPERATURE
from ripieno.pooling.newton import Point
from ripieno.pooling.quadratic import model_minimum
from ripieno.pooling.threads import over_chunks

MAX_WEIGHT_SUM = MAX_TEMPERATURE
"""Bound on the sum of the weights, an inverse temperature: separable samples drive it up."""
_BLOCK = 1024  # samples worked on at a time: the blocks of ten members and classes fit the cache
_CHUNK = 16 * _BLOCK  # samples a thread takes at a time


class GeometricLogLoss:
    """The objective `mean_i log sum_c exp(v L_ic)` over `v >= 0` of bounded sum, in nats.

    Args:
        logits: Logarithms of the members' probabilities less that of the true class, of shape
            (n_members, n_samples, n_classes).
    """

    def __init__(self, logits: NDArray[np.float64]) -> None:
        self._logits = logits
        self._n_samples = logits.shape[1]

    def evaluate(self, weights: NDArray[np.float64]) -> Point:
        """Value, gradient, Hessian and certificate at weights of shape (n_members,).

        The certificate is what a linear model of a convex objective still promises:
        `g v - min g v'` over the feasible v'.
        """
        n_members = len(weights)
        value, gradient = 0.0, np.zeros(n_members)
        hessian = np.zeros((n_members, n_members))
        for part in over_chunks(
            lambda at: _derivatives(self._logits[:, at], weights), self._n_samples, _CHUNK
        ):
            value += part[0]
            gradient += part[1]
            hessian += part[2]
        gradient /= self._n_samples
        promise = float(gradient @ weights) - MAX_WEIGHT_SUM * min(float(gradient.min()), 0.0)
        return Point(
            weights,
            value / self._n_samples,
            gradient,
            hessian / self._n_samples,
            certificate=max(promise, 0.0),
        )

    def slope(self, weights: NDArray[np.float64], direction: NDArray[np.float64]) -> float:
        """Derivative along a direction."""
        parts = over_chunks(
            lambda at: _slope(self._logits[:, at], weights, direction), self._n_samples, _CHUNK
        )
        return sum(parts, 0.0) / int(self._n_samples)

    def target(self, point: Point, damping: float) -> NDArray[np.float64]:
        """The feasible weights that minimise the quadratic model at a point."""
        diagonal = np.diag(point.hessian)
        scale = np.sqrt(np.maximum(diagonal, max(1e-9 * float(diagonal.max()), 1e-12)))
        return model_minimum(
            point.hessian, point.gradient, point.weights, scale, damping, MAX_WEIGHT_SUM
        )


def _derivatives(
    chunk: NDArray[np.float64], weights: NDArray[np.float64]
) -> tuple[float, NDArray[np.float64], NDArray[np.float64]]:
    """Sums of the loss, its gradient and its Hessian over a chunk."""
    n_members = len(weights)
    value, gradient = 0.0, np.zeros(n_members)
    hessian = np.zeros((n_members, n_members))
    for start in range(0, chunk.shape[1], _BLOCK):
        block = chunk[:, start : start + _BLOCK]
        loss, proba = _pooled(block, weights)
        value += float(loss.sum())
        expected = np.einsum("mic,ic->mi", block, proba)
        gradient += expected.sum(axis=1)
        centred = block - expected[:, :, np.newaxis]  # (n_members, block, n_classes)
        centred *= np.sqrt(proba)
        flat = centred.reshape(n_members, -1)
        hessian += flat @ flat.T  # of squares: never less than 0 by rounding
    return value, gradient, hessian


def _slope(
    chunk: NDArray[np.float64], weights: NDArray[np.float64], direction: NDArray[np.float64]
) -> float:
    """Sum of the derivative along a direction over a chunk."""
    total = 0.0
    for start in range(0, chunk.shape[1], _BLOCK):
        block = chunk[:, start : start + _BLOCK]
        _, proba = _pooled(block, weights)
        total += float(np.sum(np.tensordot(direction, block, axes=1) * proba))
    return total


def _pooled(
    block: NDArray[np.float64], weights: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Each sample's loss (block,) and pooled probabilities (block, n_classes)."""
    logits = np.tensordot(weights, block, axes=1)  # (m,), (m, block, c) -> (block, c)
    highest = logits.max(axis=1, keepdims=True)
    powers = np.exp(logits - highest)
    total = powers.sum(axis=1, keepdims=True)
    return (highest + np.log(total))[:, 0], powers / total
