"""The mixture likelihood and its derivatives, in one pass over blocks of samples.

Memory beyond the matrix is a few blocks, whatever the number of samples. Blocks are spread over the
cores by threads of our own: with matrices this narrow, BLAS threads wait for one another longer
than they compute (measured: 30 times slower on two busy cores). Sums are taken in a fixed order, so
the number of cores does not change a bit of the result.
"""

import os
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from ripieno.evaluation.metrics import PROBABILITY_FLOOR
from ripieno.types import FloatArray

_BLOCK = 8192  # samples worked on at a time: 20 members fit the cache
_CHUNK = 16  # blocks a thread takes at a time
Result = TypeVar("Result")


@dataclass(frozen=True)
class Point:
    """The mixture objective `-mean_i log (w P)_i` and its derivatives at some weights.

    Attributes:
        weights: On the simplex, of shape (n_members,).
        log_loss: The objective, in nats.
        ratios: `mean_i P[m, i] / (w P)_i`, of shape (n_members,): minus the gradient.
        hessian: Of shape (n_members, n_members).
    """

    weights: NDArray[np.float64]
    log_loss: float
    ratios: NDArray[np.float64]
    hessian: NDArray[np.float64]

    @property
    def certificate(self) -> float:
        """Upper bound, in nats, on how much lower any weights could bring the objective."""
        return max(float(self.ratios.max()) - 1.0, 0.0)


def evaluate(likelihood: FloatArray, weights: NDArray[np.float64]) -> Point:
    """Objective, gradient and Hessian.

    Args:
        likelihood: Of shape (n_members, n_samples); values below `PROBABILITY_FLOOR` count as it.
        weights: On the simplex, of shape (n_members,).

    Returns:
        The point.
    """
    n_members, n_samples = likelihood.shape
    log_likelihood, ratios = 0.0, np.zeros(n_members)
    hessian = np.zeros((n_members, n_members))
    for part in _over_chunks(likelihood, lambda chunk: _chunk_derivatives(chunk, weights)):
        log_likelihood += part[0]
        ratios += part[1]
        hessian += part[2]
    log_loss = -log_likelihood / n_samples + 0.0  # 0, not -0, for a perfect member
    return Point(weights, log_loss, ratios / n_samples, hessian / n_samples)


def slope(
    likelihood: FloatArray, weights: NDArray[np.float64], direction: NDArray[np.float64]
) -> float:
    """Derivative of the objective at some weights along a direction, cheaper than `evaluate`."""
    parts = _over_chunks(likelihood, lambda chunk: _chunk_slope(chunk, weights, direction))
    return -sum(parts, 0.0) / int(likelihood.shape[1])


def _chunk_derivatives(
    chunk: FloatArray, weights: NDArray[np.float64]
) -> tuple[float, NDArray[np.float64], NDArray[np.float64]]:
    """Sums of the log-likelihood, of the ratios and of their products over a chunk."""
    n_members = len(weights)
    log_likelihood, ratios = 0.0, np.zeros(n_members)
    hessian = np.zeros((n_members, n_members))
    for block in _blocks(chunk):
        mixture = weights @ block  # (n_members,) @ (n_members, block) -> (block,)
        log_likelihood += float(np.log(mixture).sum())
        block /= mixture
        ratios += block.sum(axis=1)
        hessian += block @ block.T
    return log_likelihood, ratios, hessian


def _chunk_slope(
    chunk: FloatArray, weights: NDArray[np.float64], direction: NDArray[np.float64]
) -> float:
    """Sum of the derivative of the log-likelihood over a chunk."""
    return sum(float(((direction @ b) / (weights @ b)).sum()) for b in _blocks(chunk))


def _blocks(chunk: FloatArray) -> Iterator[NDArray[np.float64]]:
    """The floored float64 blocks of a chunk, (n_members, block), each valid until the next."""
    n_members, n_samples = chunk.shape
    buffer = np.empty(n_members * min(_BLOCK, n_samples))
    for start in range(0, n_samples, _BLOCK):
        values = chunk[:, start : start + _BLOCK]
        block = buffer[: values.size].reshape(values.shape)
        yield np.maximum(values, PROBABILITY_FLOOR, out=block)


def _over_chunks(likelihood: FloatArray, function: Callable[[FloatArray], Result]) -> list[Result]:
    """The function's results for every chunk of samples, in order, computed on all cores."""
    n_samples = likelihood.shape[1]
    size = _BLOCK * _CHUNK
    chunks = [likelihood[:, start : start + size] for start in range(0, n_samples, size)]
    if len(chunks) == 1:
        return [function(chunks[0])]
    with ThreadPoolExecutor(min(len(chunks), usable_cores())) as executor:
        return list(executor.map(function, chunks))


def usable_cores() -> int:
    """Cores this process may run on."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


@contextmanager
def one_blas_thread() -> Iterator[None]:
    """Keep NumPy's linear algebra on the calling thread."""
    with _blas_controller().limit(limits=1, user_api="blas"):
        yield


@cache
def _blas_controller() -> Any:
    """Finding the loaded libraries takes milliseconds: it is done once."""
    from threadpoolctl import ThreadpoolController

    return ThreadpoolController()
