"""Peak memory of a fit, in a fresh process.

    python -m benchmarks.pooling_memory CASE

What is resident after the imports and a small fit is taken off; the input is counted in. The peak
is the kernel's own (`VmHWM`), which Linux alone keeps.
"""

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

Case = tuple[tuple[int, ...], Callable[[Any, Any], Any]]


def _mixture(values: Any, _: Any) -> Any:
    from ripieno.pooling.mixture import fit_mixture_weights

    return fit_mixture_weights(values)


def _rule(name: str) -> Callable[[Any, Any], Any]:
    def fit(values: Any, labels: Any) -> Any:
        from ripieno.pooling import RULES

        return RULES[name](values, labels)

    return fit


CASES: dict[str, Case] = {
    "mixture weights, 20 x 1,000,000": ((20, 1_000_000), _mixture),
    "linear_pool, 20 x 200,000 x 10": ((20, 200_000, 10), _rule("linear_pool")),
    "log_pool, 20 x 200,000 x 10": ((20, 200_000, 10), _rule("log_pool")),
}


def peak_of(case: str) -> tuple[int, int]:
    """Bytes of the input, and of the peak with it."""
    command = [sys.executable, "-m", "benchmarks.pooling_memory", case]
    output = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout
    matrix, peak = json.loads(output)
    return int(matrix), int(peak)


def measure(case: str) -> tuple[int, int]:
    """The same, of this process."""
    import numpy as np

    shape, fit = CASES[case]
    rng = np.random.default_rng(0)
    small = rng.random((shape[0], 100, *shape[2:]))
    fit(small, np.zeros(100, dtype=np.int64))
    before = _status("VmRSS")
    values, labels = np.empty(shape), np.zeros(shape[1], dtype=np.int64)
    rng.random(out=values)
    values **= np.linspace(0.5, 1.5, shape[0]).reshape(-1, *[1] * (len(shape) - 1))
    fit(values, labels)
    return values.nbytes, _status("VmHWM") - before


def _status(name: str) -> int:
    """A figure of the kernel's about this process, in bytes."""
    lines = Path("/proc/self/status").read_text().splitlines()
    (kilobytes,) = (line.split()[1] for line in lines if line.startswith(f"{name}:"))
    return 1024 * int(kilobytes)


if __name__ == "__main__":
    print(json.dumps(measure(sys.argv[1])))
