"""How long each part of a run took."""

import os
import time
from datetime import UTC, datetime

STARTED = "RIPIENO_STARTED"
"""Environment variable in which the command line leaves the moment it started, in Unix seconds."""


class Stages:
    """Wall seconds by stage; a stage ends where the next begins.

    The first, `start`, is what came before the flow's own code: imports, and Prefect's server.
    """

    def __init__(self) -> None:
        now = time.time()
        self._started = float(os.environ.pop(STARTED, now))
        self._last = now
        self._seconds = {"start": now - self._started}

    @property
    def started(self) -> str:
        """When the run began, ISO 8601 in UTC."""
        return datetime.fromtimestamp(self._started, UTC).isoformat(timespec="seconds")

    @property
    def total(self) -> float:
        """Seconds since the run began."""
        return time.time() - self._started

    def end(self, stage: str) -> None:
        """Say that everything since the last call was this stage."""
        now = time.time()
        self._seconds[stage] = now - self._last
        self._last = now

    def to_dict(self) -> dict[str, float]:
        """Seconds by stage, in the order in which they ended, to the millisecond."""
        return {stage: round(seconds, 3) for stage, seconds in self._seconds.items()}
