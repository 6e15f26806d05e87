"""The mixture likelihood and its derivatives, in one pass over blocks of samples.

Memory beyond the matrix is a few blocks, whatever the number of samples.
"""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from ripieno.evaluation.metrics import PROBABILITY_FLOOR
from ripieno.pooling.newton import Point
from ripieno.pooling.quadratic import model_minimum
from ripieno.pooling.threads import over_chunks
from ripieno.types import FloatArray

_BLOCK = 40_960  # values worked on at a time: they fit the cache
_CHUNK = 32 * _BLOCK  # values a thread takes at a time


class MixtureLikelihood:
    """The objective `-mean_i log (w P)_i` over weights on the simplex, in nats.

    Args:
        likelihood: Of shape (n_members, n_samples); values below `PROBABILITY_FLOOR` count as it.

    Raises:
        ValueError: If a value is NaN or infinite.
    """

    def __init__(self, likelihood: FloatArray) -> None:
        self._likelihood = np.asarray(likelihood)  # slices of a memory map are slower
        n_members, self._n_samples = likelihood.shape
        self._chunk = -(-_CHUNK // n_members)
        lowest, highest = self._range()
        if not np.isfinite(highest):
            raise ValueError("likelihood: expected finite values, received NaN or infinity.")
        self._as_it_is = likelihood.dtype == np.float64 and lowest >= PROBABILITY_FLOOR

    def evaluate(self, weights: NDArray[np.float64]) -> Point:
        """Value, gradient, Hessian and certificate at weights of shape (n_members,)."""
        n_members = len(weights)
        log_likelihood, ratios = 0.0, np.zeros(n_members)
        hessian = np.zeros((n_members, n_members))
        for part in over_chunks(
            lambda at: _derivatives(self._blocks(at), weights), self._n_samples, self._chunk
        ):
            log_likelihood += part[0]
            ratios += part[1]
            hessian += part[2]
        ratios /= self._n_samples
        return Point(
            weights,
            value=-log_likelihood / self._n_samples + 0.0,  # 0, not -0, for a perfect member
            gradient=-ratios,
            hessian=(hessian + hessian.T) / (2 * self._n_samples),
            certificate=max(float(ratios.max()) - 1.0, 0.0),
        )

    def slope(self, weights: NDArray[np.float64], direction: NDArray[np.float64]) -> float:
        """Derivative along a direction."""
        parts = over_chunks(
            lambda at: _slope(self._blocks(at), weights, direction), self._n_samples, self._chunk
        )
        return -sum(parts, 0.0) / int(self._n_samples)

    def target(self, point: Point, damping: float) -> NDArray[np.float64]:
        """The weights on the simplex that minimise the quadratic model at a point.

        The simplex is relaxed to the non-negative orthant by adding sum(w) to the objective, which
        leaves the solution where it was. Weights are scaled to a Hessian of unit diagonal, but for
        hopeless members: where a member has weight at the solution its diagonal is 1 or more.
        """
        scale = np.sqrt(np.maximum(np.diag(point.hessian), 1.0))
        target = model_minimum(point.hessian, point.gradient + 1.0, point.weights, scale, damping)
        return np.asarray(target / target.sum())

    def _range(self) -> tuple[float, float]:
        """The lowest and the highest value; NaN if there is one."""
        ranges = over_chunks(
            lambda at: (self._likelihood[:, at].min(), self._likelihood[:, at].max()),
            self._n_samples,
            self._chunk,
        )
        lowest, highest = np.array(ranges, dtype=np.float64).T
        return float(lowest.min()), float(highest.max())

    def _blocks(self, chunk: slice) -> Iterator[NDArray[np.float64]]:
        """The floored float64 blocks of a chunk, (n_members, block), each valid until the next."""
        values = self._likelihood[:, chunk]
        n_members, n_samples = values.shape
        size = -(-_BLOCK // n_members)
        buffer = None if self._as_it_is else np.empty(n_members * min(size, n_samples))
        for start in range(0, n_samples, size):
            block = values[:, start : start + size]
            if buffer is None:
                yield np.asarray(block, dtype=np.float64)
            else:
                floored = buffer[: block.size].reshape(block.shape)
                yield np.maximum(block, PROBABILITY_FLOOR, out=floored)


def _derivatives(
    blocks: Iterator[NDArray[np.float64]], weights: NDArray[np.float64]
) -> tuple[float, NDArray[np.float64], NDArray[np.float64]]:
    """Sums of the log-likelihood, of the ratios `P / (w P)` and of their products over a chunk."""
    n_members = len(weights)
    log_likelihood, ratios = 0.0, np.zeros(n_members)
    hessian = np.zeros((n_members, n_members))
    for block in blocks:
        mixture = weights @ block  # (n_members,) @ (n_members, block) -> (block,)
        log_likelihood += float(np.log(mixture).sum())
        inverse = 1.0 / mixture
        ratios += block @ inverse
        # Two arrays: the product of one with itself takes BLAS up to four times as long.
        hessian += (block * (inverse * inverse)) @ block.T
    return log_likelihood, ratios, hessian


def _slope(
    blocks: Iterator[NDArray[np.float64]],
    weights: NDArray[np.float64],
    direction: NDArray[np.float64],
) -> float:
    """Sum of the derivative of the log-likelihood over a chunk."""
    return sum(float(((direction @ b) / (weights @ b)).sum()) for b in blocks)
