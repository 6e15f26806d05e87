"""AutoGluon's greedy ensemble selection, timed in a process and an environment of its own.

It needs older versions of pandas and pyarrow than ripieno does, so it cannot share our environment:
`make bench-pooling` makes `.venv-bench` for it. The arrays travel in .npy files; its process stays,
fits when it is told to, and counts neither imports nor loading.
"""

import json
import subprocess
import sys
from pathlib import Path
from types import TracebackType
from typing import Any

ROUNDS = 25


class AutoGluon:
    """The peer's process; a context manager that ends it.

    Attributes:
        versions: Of AutoGluon and its NumPy, in words.

    Args:
        python: The interpreter of an environment that has `autogluon.core`.

    Raises:
        RuntimeError: If it has not.
    """

    def __init__(self, python: Path) -> None:
        command = [str(python), __file__]
        self._process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        self.versions = self._answer()["versions"]

    def load(self, proba: Any, labels: Any, folder: Path) -> None:
        """Hand over the arrays, and fit once to warm up."""
        import numpy as np

        np.save(folder / "proba.npy", proba)
        np.save(folder / "labels.npy", labels)
        self._ask({"load": str(folder)})
        self.fit()

    def fit(self) -> dict[str, Any]:
        """Fit once: `seconds` of wall time and `weights`."""
        return self._ask({"fit": ROUNDS})

    def _ask(self, request: dict[str, Any]) -> dict[str, Any]:
        assert self._process.stdin is not None
        print(json.dumps(request), file=self._process.stdin, flush=True)
        return self._answer()

    def _answer(self) -> dict[str, Any]:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            raise RuntimeError("its process ended, for the reason above")
        return dict(json.loads(line))

    def __enter__(self) -> "AutoGluon":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.wait(timeout=30)


def serve() -> None:
    """Answer each line of the standard input with one of the standard output."""
    import time

    import numpy as np
    from autogluon.core.metrics import log_loss
    from autogluon.core.models.greedy_ensemble.ensemble_selection import EnsembleSelection
    from autogluon.core.version import __version__

    _reply({"versions": f"AutoGluon {__version__} with NumPy {np.__version__}"})
    members: list[Any] = []
    labels: Any = None
    for line in sys.stdin:
        request = json.loads(line)
        if "load" in request:
            folder = Path(request["load"])
            members, labels = list(np.load(folder / "proba.npy")), np.load(folder / "labels.npy")
            _reply({})
            continue
        selection = EnsembleSelection(request["fit"], "multiclass", log_loss)
        started = time.perf_counter()
        selection.fit(members, labels)
        seconds = time.perf_counter() - started
        _reply({"seconds": seconds, "weights": selection.weights_.tolist()})


def _reply(answer: dict[str, Any]) -> None:
    print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    serve()
