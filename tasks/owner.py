"""Which process runs a trial or waits for its turn, and whether it still lives."""

import os
import socket
import time
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

import psutil
from optuna.trial import FrozenTrial

OWNER = "owner"
"""Attribute of a trial: its process, and when that last said that it lives."""
BEAT_SECONDS = 30.0
SILENCE_SECONDS = 300.0
"""A process on another machine that has said nothing for so long is taken for dead."""
UNNAMED = timedelta(seconds=5)


def this_process() -> dict[str, Any]:
    """Tells this process from all others, now and later, and that it lives now."""
    pid = os.getpid()
    started = psutil.Process(pid).create_time()
    return {"host": socket.gethostname(), "pid": pid, "started": started, "seen": time.time()}


def is_gone(owner: Mapping[str, Any]) -> bool:
    """Whether a process has ended; of one on this machine that is known at once."""
    if owner["host"] != socket.gethostname():
        return time.time() - float(owner["seen"]) > SILENCE_SECONDS
    try:
        process = psutil.Process(owner["pid"])
        # The number may be another process's now, or nobody has fetched the end of a dead one.
        another = abs(process.create_time() - owner["started"]) > 1.0
        return another or process.status() == psutil.STATUS_ZOMBIE
    except psutil.Error:
        return True


def is_abandoned(trial: FrozenTrial) -> bool:
    """Whether the process that ran a trial is gone."""
    owner = trial.user_attrs.get(OWNER)
    if owner is None:  # ended before it said who it was, or is about to say so
        started = trial.datetime_start
        return started is None or datetime.now() - started > UNNAMED
    return is_gone(owner)
