"""What other libraries start for a process ends with it, even if it is killed.

Worker processes end by themselves (`worker_process.py`). A server that a library starts for this
process does not: killed with SIGKILL, this process has no chance to stop it. So a small process
stands beside, and ends what is left when this one is gone: its descendants, which it remembers, and
whatever carries its mark in the environment, which descendants inherit even where nobody has seen
them before they were orphaned.

Linux only, since it reads `/proc`; elsewhere it does nothing.
"""

import os
import secrets
import select
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

PROC = Path("/proc")
MARK = "RIPIENO_GUARDED"
"""Environment variable with a mark for each guard that ends a process."""
LOOK_SECONDS = 1.0
"""How often descendants are noted, for those that were started without this environment."""
GRACE_SECONDS = 3.0
"""Between asking a process to end and making it."""

Process = tuple[int, str]
"""A process id and the moment it started, since ids are used again."""


@contextmanager
def guarded_children() -> Iterator[None]:
    """End every descendant that this process leaves behind, however it ends.

    Whoever leaves the context in good order stops their own children, as ever.
    """
    if not PROC.joinpath("self", "stat").exists():
        yield
        return
    mark, before = secrets.token_hex(8), os.environ.get(MARK)
    guard = subprocess.Popen(  # noqa: S603  this very file
        # By its file, not as a module: it needs neither the package nor its dependencies.
        [sys.executable, "-I", "-S", __file__, str(os.getpid()), mark],
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    os.environ[MARK] = f"{before or ''} {mark}".strip()
    try:
        yield
    finally:
        if before is None:
            os.environ.pop(MARK, None)
        else:
            os.environ[MARK] = before
        guard.kill()
        if guard.stdin is not None:
            guard.stdin.close()
        guard.wait()


def watch(pid: int, mark: str) -> None:
    """Note the descendants of a process until standard input closes, as it does when it dies."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    known: set[Process] = set()
    while not select.select([sys.stdin], [], [], LOOK_SECONDS)[0]:
        known = descendants(pid)
    end(known | marked(mark))


def marked(mark: str) -> set[Process]:
    """The processes of this user whose environment had the mark when they were started."""
    found = set()
    for entry in PROC.glob("[0-9]*"):
        try:
            names = (entry / "environ").read_bytes().split(b"\0")
        except OSError:  # gone, or somebody else's
            continue
        value = next((name for name in names if name.startswith(f"{MARK}=".encode())), b"")
        facts = _facts(int(entry.name))
        if mark.encode() in value and facts and facts[0] != os.getpid():
            found.add((facts[0], facts[2]))
    return found


def descendants(pid: int) -> set[Process]:
    """The processes below a process, without this one."""
    processes = [facts for entry in PROC.glob("[0-9]*") if (facts := _facts(int(entry.name)))]
    found, added = {pid}, True
    while added:
        new = {child for child, parent, _ in processes if parent in found} - found
        found |= new
        added = bool(new)
    own = {pid, os.getpid()}
    return {(child, started) for child, _, started in processes if child in found - own}


def end(processes: set[Process]) -> None:
    """Ask processes to end, and make those that have not after a while."""
    for number in (signal.SIGTERM, signal.SIGKILL):
        for pid, started in processes:
            if is_alive(pid, started):
                os.kill(pid, number)
        deadline = time.monotonic() + GRACE_SECONDS
        while time.monotonic() < deadline and any(is_alive(*process) for process in processes):
            time.sleep(0.05)


def is_alive(pid: int, started: str) -> bool:
    """Whether that very process lives."""
    facts = _facts(pid)
    return facts is not None and facts[2] == started


def _facts(pid: int) -> tuple[int, int, str] | None:
    """Process id, parent and start of a process; None if it is gone, or dead and uncollected."""
    try:
        stat = (PROC / str(pid) / "stat").read_text()
    except OSError:
        return None
    # The name, in brackets, may hold anything; state is field 3, parent 4, start 22.
    fields = stat.rpartition(")")[2].split()
    return None if fields[0] in "ZX" else (pid, int(fields[1]), fields[19])


if __name__ == "__main__":
    watch(int(sys.argv[1]), sys.argv[2])
