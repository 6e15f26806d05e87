"""The penalised log-loss of a weighted geometric mean and its derivatives."""

from collections.abc import Callable
from functools import partial
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from ripieno.pooling.newton import Model, Point
from ripieno.pooling.quadratic import model_minimum
from ripieno.pooling.threads import over_chunks

Result = TypeVar("Result")

_BLOCK = 1024  # samples worked on at a time: the blocks of ten members and classes fit the cache
_CHUNK = 16 * _BLOCK  # samples a thread takes at a time


class GeometricLogLoss:
    """The objective `mean_i n_i log sum_c exp(v L_ic) + penalty / 2 |v - prior|^2` over `v >= 0`.

    Strictly convex, in nats.

    Args:
        logits: Logarithms of the members' probabilities less that expected of the label, of shape
            (n_members, n_samples, n_classes).
        prior: The weights that are not penalised, of shape (n_members,).
        counts: How much each sample counts, of shape (n_samples,), 1 on average.
        penalty: Positive: how far the objective bends upwards at least, whatever the samples.
    """

    def __init__(
        self,
        logits: NDArray[np.float64],
        counts: NDArray[np.float64],
        prior: NDArray[np.float64],
        penalty: float,
    ) -> None:
        self._logits = logits
        self._counts = counts
        self._n_samples = logits.shape[1]
        self._prior = prior
        self._penalty = penalty

    def evaluate(self, weights: NDArray[np.float64]) -> Point:
        """Value, gradient and certificate at weights of shape (n_members,).

        The objective bends upwards at least as its penalty does, so that at all other weights v'
        it is at least `value + g (v' - v) + penalty / 2 |v' - v|^2`. The lowest that this parabola
        reaches over `v' >= 0` is found member by member; how far it is below the value is the
        certificate.
        """
        value, gradient = 0.0, np.zeros(len(weights))
        for part in self._over_chunks(lambda logits, counts: _gradient(logits, counts, weights)):
            value += part[0]
            gradient += part[1]
        distance = weights - self._prior
        value = value / self._n_samples + 0.5 * self._penalty * float(distance @ distance)
        gradient = gradient / self._n_samples + self._penalty * distance
        step = np.maximum(-gradient / self._penalty, -weights)
        promise = -float(step @ (gradient + 0.5 * self._penalty * step))
        return Point(weights, value, gradient, certificate=max(promise, 0.0))

    def hessian(
        self, weights: NDArray[np.float64], members: NDArray[np.intp]
    ) -> NDArray[np.float64]:
        """Second derivatives by the weights of k members given, of shape (k, k)."""
        parts = self._over_chunks(lambda logits, counts: _hessian(logits, counts, weights, members))
        return np.asarray(
            np.sum(parts, axis=0) / self._n_samples + self._penalty * np.eye(len(members))
        )

    def slope(self, weights: NDArray[np.float64], direction: NDArray[np.float64]) -> float:
        """Derivative along a direction."""
        parts = self._over_chunks(lambda logits, counts: _slope(logits, counts, weights, direction))
        penalty = self._penalty * float(direction @ (weights - self._prior))
        return sum(parts, 0.0) / int(self._n_samples) + penalty

    def model(self, point: Point) -> Model:
        """The quadratic model at a point, which tells the feasible weights where it is lowest.

        Members without weight that would not gain from any stay without.
        """
        members = np.flatnonzero((point.weights > 0.0) | (point.gradient < 0.0))
        hessian = self.hessian(point.weights, members)
        scale = np.sqrt(np.diag(hessian))
        gradient, weights = point.gradient[members], point.weights[members]
        model = partial(model_minimum, hessian, gradient, weights, scale)
        return lambda damping: _spread(model(damping), members, len(point.weights))

    def _over_chunks(
        self, function: Callable[[NDArray[np.float64], NDArray[np.float64]], Result]
    ) -> list[Result]:
        """A function's results for the logits of every chunk and what its samples count."""
        return over_chunks(
            lambda at: function(self._logits[:, at], self._counts[at]), self._n_samples, _CHUNK
        )


def _spread(
    values: NDArray[np.float64], members: NDArray[np.intp], n_members: int
) -> NDArray[np.float64]:
    """The values as weights of shape (n_members,), 0 for all other members."""
    weights = np.zeros(n_members)
    weights[members] = values
    return weights


def _gradient(
    chunk: NDArray[np.float64], counts: NDArray[np.float64], weights: NDArray[np.float64]
) -> tuple[float, NDArray[np.float64]]:
    """Sums of the loss and of its gradient over a chunk."""
    value, gradient = 0.0, np.zeros(len(weights))
    for start in range(0, chunk.shape[1], _BLOCK):
        block = chunk[:, start : start + _BLOCK]
        loss, proba = _pooled(block, weights)
        each = counts[start : start + _BLOCK]
        value += float(loss @ each)
        proba *= each[:, np.newaxis]
        gradient += np.einsum("mic,ic->m", block, proba)
    return value, gradient


def _hessian(
    chunk: NDArray[np.float64],
    counts: NDArray[np.float64],
    weights: NDArray[np.float64],
    members: NDArray[np.intp],
) -> NDArray[np.float64]:
    """Sum of the covariances of some members' logits over a chunk."""
    hessian = np.zeros((len(members), len(members)))
    for start in range(0, chunk.shape[1], _BLOCK):
        block = chunk[:, start : start + _BLOCK]
        _, proba = _pooled(block, weights)
        chosen = block[members]
        centred = chosen - np.einsum("mic,ic->mi", chosen, proba)[:, :, np.newaxis]
        centred *= np.sqrt(proba * counts[start : start + _BLOCK, np.newaxis])
        flat = centred.reshape(len(members), proba.size)
        hessian += flat @ flat.T  # of squares: never less than 0 by rounding
    return hessian


def _slope(
    chunk: NDArray[np.float64],
    counts: NDArray[np.float64],
    weights: NDArray[np.float64],
    direction: NDArray[np.float64],
) -> float:
    """Sum of the derivative along a direction over a chunk."""
    total = 0.0
    for start in range(0, chunk.shape[1], _BLOCK):
        block = chunk[:, start : start + _BLOCK]
        _, proba = _pooled(block, weights)
        moved = np.tensordot(direction, block, axes=1) * proba  # (block, n_classes)
        total += float(moved.sum(axis=1) @ counts[start : start + _BLOCK])
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
