"""Which process runs a trial, and whether it still does."""

import os
import socket
import time
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


def is_abandoned(trial: FrozenTrial) -> bool:
    """Whether the process that ran a trial is gone; one of this machine's is known at once."""
    owner = trial.user_attrs.get(OWNER)
    if owner is None:  # ended before it said who it was, or is about to say so
        started = trial.datetime_start
        return started is None or datetime.now() - started > UNNAMED
    if owner["host"] != socket.gethostname():
        return time.time() - float(owner["seen"]) > SILENCE_SECONDS
    try:
        process_started = psutil.Process(owner["pid"]).create_time()
    except psutil.Error:
        return True
    return bool(
        abs(process_started - owner["started"]) > 1.0
    )  # the number is another process's now
