"""The mixture likelihood and its derivatives, in one pass over blocks of samples.

Memory beyond the matrix is a few blocks, whatever the number of samples.
"""

from collections.abc import Callable, Iterator
from functools import partial
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from ripieno.evaluation.metrics import PROBABILITY_FLOOR
from ripieno.pooling.newton import Model, Point
from ripieno.pooling.quadratic import model_minimum
from ripieno.pooling.threads import over_chunks
from ripieno.types import FloatArray

Counts = FloatArray | float
Blocks = Iterator[tuple[NDArray[np.float64], Counts]]
Result = TypeVar("Result")

_BLOCK = 40_960  # values worked on at a time: they fit the cache
_CHUNK = 8_388_608  # values at most that a thread takes at a time


class MixtureLikelihood:
    """The objective `-mean_i c_i log (w P)_i` over weights on the simplex, in nats.

    Attributes:
        n_members: Rows of the matrix.
        n_samples: Columns of the matrix.

    Args:
        likelihood: Of shape (n_members, n_samples); values below `PROBABILITY_FLOOR` count as it.
        counts: How much each sample counts, of shape (n_samples,), 1 on average; 1 by default.

    Raises:
        ValueError: If a value is NaN or infinite.
    """

    def __init__(self, likelihood: FloatArray, counts: FloatArray | None = None) -> None:
        self._likelihood = np.asarray(likelihood)  # slices of a memory map are slower
        self._counts = counts
        self.n_members, self.n_samples = likelihood.shape
        n_chunks = -(-likelihood.size // _CHUNK)
        self._chunk = -(-self.n_samples // n_chunks)
        lowest, highest = self._range()
        if not np.isfinite(highest):
            raise ValueError("likelihood: expected finite values, received NaN or infinity.")
        self._as_it_is = likelihood.dtype == np.float64 and lowest >= PROBABILITY_FLOOR

    def evaluate(self, weights: NDArray[np.float64]) -> Point:
        """Value, gradient and certificate at weights of shape (n_members,)."""
        log_likelihood, ratios = 0.0, np.zeros(len(weights))
        for part in self._over_chunks(lambda blocks: _gradient(blocks, weights)):
            log_likelihood += part[0]
            ratios += part[1]
        ratios /= self.n_samples
        return Point(
            weights,
            value=-log_likelihood / self.n_samples + 0.0,  # 0, not -0, for a perfect member
            gradient=-ratios,
            certificate=max(float(ratios.max()) - 1.0, 0.0),
        )

    def hessian(
        self, weights: NDArray[np.float64], members: NDArray[np.intp]
    ) -> NDArray[np.float64]:
        """Second derivatives by the weights of k members given, of shape (k, k)."""
        parts = self._over_chunks(lambda blocks: _hessian(blocks, weights, members))
        total = sum(parts[1:], parts[0])
        return np.asarray((total + total.T) / (2 * self.n_samples))

    def slope(self, weights: NDArray[np.float64], direction: NDArray[np.float64]) -> float:
        """Derivative along a direction."""
        parts = self._over_chunks(lambda blocks: _slope(blocks, weights, direction))
        return -sum(parts, 0.0) / float(self.n_samples)

    def model(self, point: Point) -> Model:
        """The quadratic model at a point, which tells where on the simplex it is lowest.

        Members without weight that would not gain from any stay without. The simplex is relaxed to
        the non-negative orthant by adding sum(w) to the objective, which leaves the solution where
        it was. Weights are scaled to a Hessian of unit diagonal, but for hopeless members: where a
        member has weight at the solution its diagonal is 1 or more.
        """
        members = np.flatnonzero((point.weights > 0.0) | (point.gradient < -1.0))
        hessian = self.hessian(point.weights, members)
        scale = np.sqrt(np.maximum(np.diag(hessian), 1.0))
        linear = point.gradient[members] + 1.0
        model = partial(model_minimum, hessian, linear, point.weights[members], scale)
        return lambda damping: _normalised(model(damping), members, len(point.weights))

    def share(self, stride: int) -> "MixtureLikelihood":
        """The likelihood of one sample in every `stride`, in memory of its own."""
        counts = None if self._counts is None else self._counts[::stride]
        return MixtureLikelihood(
            np.ascontiguousarray(self._likelihood[:, ::stride]),
            None if counts is None else counts / counts.mean(),
        )

    def _range(self) -> tuple[float, float]:
        """The lowest and the highest value; NaN if there is one."""
        ranges = over_chunks(
            lambda at: (self._likelihood[:, at].min(), self._likelihood[:, at].max()),
            self.n_samples,
            self._chunk,
        )
        lowest, highest = np.array(ranges, dtype=np.float64).T
        return float(lowest.min()), float(highest.max())

    def _over_chunks(self, function: Callable[[Blocks], Result]) -> list[Result]:
        """A function's results for the blocks of every chunk."""
        return over_chunks(lambda at: function(self._blocks(at)), self.n_samples, self._chunk)

    def _blocks(self, chunk: slice) -> Blocks:
        """The floored float64 blocks of a chunk, (n_members, block), each valid until the next.

        With each how much its samples count.
        """
        values = self._likelihood[:, chunk]
        counts = None if self._counts is None else self._counts[chunk]
        n_members, n_samples = values.shape
        size = -(-_BLOCK // n_members)
        buffer = None if self._as_it_is else np.empty(n_members * min(size, n_samples))
        for start in range(0, n_samples, size):
            block = values[:, start : start + size]
            each: Counts = 1.0 if counts is None else counts[start : start + size]
            if buffer is None:
                yield np.asarray(block, dtype=np.float64), each
            else:
                floored = buffer[: block.size].reshape(block.shape)
                yield np.maximum(block, PROBABILITY_FLOOR, out=floored), each


def _normalised(
    values: NDArray[np.float64], members: NDArray[np.intp], n_members: int
) -> NDArray[np.float64]:
    """Weights of shape (n_members,) in the proportions given, 0 for all other members."""
    weights = np.zeros(n_members)
    weights[members] = values / values.sum()
    return weights


def _gradient(blocks: Blocks, weights: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
    """Sums of the log-likelihood and of the ratios `P / (w P)` over a chunk."""
    log_likelihood, ratios = 0.0, np.zeros(len(weights))
    for block, counts in blocks:
        mixture = weights @ block  # (n_members,) @ (n_members, block) -> (block,)
        ratios += block @ (counts / mixture)
        log_likelihood += float((np.log(mixture, out=mixture) * counts).sum())
    return log_likelihood, ratios


def _hessian(
    blocks: Blocks, weights: NDArray[np.float64], members: NDArray[np.intp]
) -> NDArray[np.float64]:
    """Sum of the products of the ratios of some members over a chunk."""
    hessian = np.zeros((len(members), len(members)))
    scaled = np.empty(0)
    for block, counts in blocks:
        mixture = weights @ block
        mixture *= mixture
        mixture /= counts
        chosen = block if len(members) == len(block) else block[members]
        if scaled.shape != chosen.shape:
            scaled = np.empty(chosen.shape)
        np.divide(chosen, mixture, out=scaled)
        # Of two arrays: the product of one with itself takes BLAS up to four times as long.
        hessian += scaled @ chosen.T
    return hessian


def _slope(blocks: Blocks, weights: NDArray[np.float64], direction: NDArray[np.float64]) -> float:
    """Sum of the derivative of the log-likelihood over a chunk."""
    return sum(float((c * (direction @ b) / (weights @ b)).sum()) for b, c in blocks)
