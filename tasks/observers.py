"""Observers of a run, MLflow and Prefect's artifacts: they are told what happens, no more.

A server that is away may cost a curve on a page, never a training: what an artefact needs is on
disk, and a run that is repeated takes it from there and tells all of it again.
"""

import logging
import os
from types import TracebackType

MLFLOW_RETRIES = "MLFLOW_HTTP_REQUEST_MAX_RETRIES"
logger = logging.getLogger("ripieno.observers")


class BestEffort:
    """A context that goes on where an observer cannot be told something, and says so in one line.

    Args:
        what: What it is not told, at the beginning of a sentence: `The curves of forest`.
    """

    def __init__(self, what: str) -> None:
        self._what = what

    def __enter__(self) -> None:
        pass

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> bool:
        if not isinstance(error, Exception):  # nothing, or a signal
            return False
        logger.warning("%s could not be told: %s", self._what, first_line(error))
        # Whoever was away for as long as the client tries is not waited for again.
        os.environ[MLFLOW_RETRIES] = "0"
        return True


def first_line(error: Exception) -> str:
    """An error in one line, without what a library says at length."""
    return (str(error).strip() or type(error).__name__).splitlines()[0][:200]
