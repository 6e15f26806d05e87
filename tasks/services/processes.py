"""The processes of a workspace's services, found by the mark in their environment.

No file says which they are, so none can be stale: what carries the mark is ours, whoever started
it and whatever became of its parent, and nothing else is ever ended.
"""

from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path

import psutil

from tasks.services.programs import MARK

SUPERVISOR = "supervisor.supervisord"
FLOW_RUN = "prefect.engine"
RUN_SECONDS = 30.0
STOP_SECONDS = 90.0
"""For the supervisor to stop the worker, then the servers."""
LEFTOVER_SECONDS = 10.0


def processes_of(directory: Path) -> list[psutil.Process]:
    """Every living process of the services in a directory."""
    return [process for process in psutil.process_iter() if _mark(process) == str(directory)]


def supervisor_of(directory: Path) -> psutil.Process | None:
    """The process that keeps the services running, if it lives."""
    return next((p for p in processes_of(directory) if SUPERVISOR in command_of(p)), None)


def other_directories(directory: Path) -> list[Path]:
    """The directories of services that run on this machine, other than this one."""
    supervisors = (p for p in psutil.process_iter() if SUPERVISOR in command_of(p))
    marks = {mark for process in supervisors if (mark := _mark(process))}
    return sorted(Path(mark) for mark in marks - {str(directory)})


def differs(process: psutil.Process, environment: Mapping[str, str]) -> bool:
    """Whether a process was started with other settings."""
    try:
        running = process.environ()
    except psutil.Error:
        return True
    return any(running.get(name) != value for name, value in environment.items())


def stop(directory: Path) -> int:
    """End all processes of the services: runs in flight, the worker, then the servers.

    Returns:
        How many processes there were.
    """
    n_processes = len(processes_of(directory))
    # While both servers live, to be told what has become of them.
    _end([p for p in processes_of(directory) if FLOW_RUN in command_of(p)], RUN_SECONDS)
    supervisor = supervisor_of(directory)
    if supervisor is not None:
        _end([supervisor], STOP_SECONDS)
    # Runs that outlived their worker, and servers whose supervisor was killed.
    _end(processes_of(directory), LEFTOVER_SECONDS)
    return n_processes


def _end(processes: list[psutil.Process], seconds: float) -> None:
    """Ask processes to end, and make those that have not after a while."""
    for process in processes:
        _signal(process.terminate)
    _, alive = psutil.wait_procs(processes, timeout=seconds)
    for process in alive:
        _signal(process.kill)
    psutil.wait_procs(alive, timeout=LEFTOVER_SECONDS)


def _signal(send: Callable[[], None]) -> None:
    with suppress(psutil.NoSuchProcess):
        send()


def _mark(process: psutil.Process) -> str | None:
    try:
        return process.environ().get(MARK)
    except (psutil.Error, OSError):  # gone, dead and uncollected, or another user's
        return None


def command_of(process: psutil.Process) -> list[str]:
    """Its command line; empty where it is gone."""
    try:
        return process.cmdline()
    except psutil.Error:
        return []
