"""Fair times: warmed up, in turns, medians."""

import os
import statistics
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

SLOW_KERNELS = ("OPENBLAS_CORETYPE", "OPENBLAS_L2_SIZE")
"""Where these are set, a current NumPy uses other kernels than the machine's own."""
REST = 0.05
"""Seconds before each turn: BLAS threads still spin for a while after their last task."""
TURN = 0.02
"""Seconds that a turn lasts at least: what takes less is repeated."""
THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS")


def settle(n_cores: int) -> str:
    """Limit this process, and those it starts, to some cores; call it before NumPy is imported.

    Returns:
        What the numbers were measured under, in words.
    """
    for variable in SLOW_KERNELS:
        os.environ.pop(variable, None)
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:n_cores])
    for variable in THREADS:
        os.environ[variable] = str(n_cores)

    import numpy as np
    from threadpoolctl import threadpool_info

    kernels = {
        library["architecture"] for library in threadpool_info() if "architecture" in library
    }
    return f"{n_cores} cores, NumPy {np.__version__}, {' and '.join(sorted(kernels))} kernels"


@dataclass
class Times:
    """Seconds of wall time of several runs."""

    seconds: list[float] = field(default_factory=list)

    @property
    def median(self) -> float:
        """Seconds of the run in the middle."""
        return statistics.median(self.seconds)

    def take_turn(self, function: Callable[[], Any]) -> Any:
        """Time runs for a turn; one that returns `seconds` has timed itself."""
        time.sleep(REST)
        started = time.perf_counter()
        while True:
            run_started = time.perf_counter()
            result = function()
            taken = time.perf_counter() - run_started
            self.seconds.append(result["seconds"] if isinstance(result, Mapping) else taken)
            if time.perf_counter() - started > TURN:
                return result


def in_turns(
    runs: Mapping[str, Callable[[], Any]], n_rounds: int, budget: float = 5.0
) -> tuple[dict[str, Times], dict[str, Any]]:
    """Time each run for a turn a round, so that what else the machine does hits all alike.

    Args:
        runs: What is timed, by name.
        n_rounds: Rounds; runs that take long get fewer.
        budget: Seconds after which no further round is begun.

    Returns:
        The times and the last results, by name.
    """
    results = {name: run() for name, run in runs.items()}  # warms up
    times = {name: Times() for name in runs}
    started = time.perf_counter()
    for _ in range(n_rounds):
        for name, run in runs.items():
            results[name] = times[name].take_turn(run)
        if time.perf_counter() - started > budget:
            break
    return times, results
