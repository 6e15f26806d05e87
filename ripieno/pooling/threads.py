"""Work on many samples spread over the cores.

Threads of our own take chunks of samples: with matrices this narrow, BLAS threads wait for one
another longer than they compute (measured: 30 times slower on two busy cores). Results come back in
the order of the samples, so the number of cores does not change a bit of their sum.
"""

import os
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import cache
from typing import Any, TypeVar

Result = TypeVar("Result")


def over_chunks(function: Callable[[slice], Result], n_samples: int, size: int) -> list[Result]:
    """A function's results for consecutive slices of the samples, computed on all cores.

    Args:
        function: Called with each slice, from several threads at once.
        n_samples: Samples in all, 1 or more.
        size: Samples in a slice; where one slice holds all, no thread is started.

    Returns:
        The results in the order of the samples.
    """
    chunks = [slice(start, start + size) for start in range(0, n_samples, size)]
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
    """Finding the loaded libraries takes milliseconds: it is done once, when all are loaded."""
    import scipy.optimize  # noqa: F401 -- SciPy's BLAS is a library of its own
    from threadpoolctl import ThreadpoolController

    return ThreadpoolController()
