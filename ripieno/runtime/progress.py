"""How far a training is: one JSON line an epoch in a file, written there, read here.

A file, since it needs nothing of the process that writes: it outlives a worker that is killed, and
any number of readers may follow it.
"""

import errno
import json
import os
import threading
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any, Literal

from ripieno.training.epoch import Epoch

State = Literal["waiting", "training", "done", "reused", "failed"]


@dataclass(frozen=True)
class Status:
    """Where a member stands.

    Attributes:
        state: `waiting` for a worker, `training`, or how it ended.
        text: Why it failed; otherwise what else is worth a word.
        seconds: What the training took, once it has ended.
        metrics: By name, what it scored, as in an `Epoch`.
    """

    state: State
    text: str = ""
    seconds: float | None = None
    metrics: dict[str, float] = field(default_factory=dict)


class EpochLog:
    """Writes a member's epochs: call it with each one. A file that is there is begun anew.

    Args:
        path: The member's file; its folder is made where it is missing.
    """

    def __init__(self, path: Path) -> None:
        self._path = Path(path)
        self._path.parent.mkdir(parents=True, exist_ok=True)
        self._path.unlink(missing_ok=True)
        mark(self._path, Status("training"))

    def __call__(self, epoch: Epoch) -> None:
        """Append one line, at once."""
        _append(self._path, asdict(epoch))


class JoinedEpochs:
    """Counts the epochs of several trainings of one member through, in the member's own file.

    Safe to call from several threads.

    Args:
        path: The member's file.
        n_parts: How many trainings there are.
    """

    def __init__(self, path: Path, n_parts: int) -> None:
        self._path, self._n_parts = path, n_parts
        self._counted: dict[str, int] = {}
        self._has_begun = False
        self._lock = threading.Lock()

    def begin(self) -> None:
        """Say that the first training has begun."""
        with self._lock:
            if not self._has_begun:
                mark(self._path, Status("training"))
            self._has_begun = True

    def add(self, part: str, epochs: Sequence[Epoch]) -> Epoch | None:
        """Take new epochs of a part; the last as one of all parts together."""
        joined = None
        with self._lock:
            for epoch in epochs:
                self._counted[part] = epoch.number
                joined = replace(
                    epoch,
                    number=sum(self._counted.values()),
                    n_epochs=self._n_parts * epoch.n_epochs,
                )
                _append(self._path, asdict(joined))
        return joined

    def end(self, part: str, n_epochs: int) -> None:
        """Count a part as whole, which an earlier run trained or which stopped early."""
        with self._lock:
            self._counted[part] = n_epochs


def mark(path: Path, status: Status) -> None:
    """Append where a member stands, for everybody who follows its file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    _append(path, asdict(status))


def _append(path: Path, record: dict[str, Any]) -> None:
    # One write to a file opened for appending: lines of two processes never mix.
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o666)
    try:
        line = json.dumps(record).encode() + b"\n"
        if os.write(descriptor, line) < len(line):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(path))
    finally:
        os.close(descriptor)


class Tail:
    """What a member's file says that has not been read yet.

    Each iteration yields the epochs that came since the one before. A file that is not there yet, a
    half-written line, a line that makes no sense and a file begun anew are all taken as they come.

    Attributes:
        status: The last status read; None before the first.
    """

    def __init__(self, path: Path) -> None:
        self.status: Status | None = None
        self._path = path
        self._offset = 0
        self._inode = 0

    def __iter__(self) -> Iterator[Epoch]:
        for line in self._new_lines():
            record = _record(line)
            if isinstance(record, Epoch):
                yield record
            elif record is not None:
                self.status = record

    def _new_lines(self) -> list[bytes]:
        try:
            with self._path.open("rb") as file:
                facts = os.fstat(file.fileno())
                if facts.st_ino != self._inode or facts.st_size < self._offset:
                    self._inode, self._offset = facts.st_ino, 0
                file.seek(self._offset)
                complete, newline, _ = file.read().rpartition(b"\n")
        except OSError:
            return []
        self._offset += len(complete) + len(newline)
        return complete.split(b"\n")


def tail(path: Path) -> Tail:
    """Follow a member's file from its beginning."""
    return Tail(Path(path))


def _record(line: bytes) -> Epoch | Status | None:
    try:
        facts = json.loads(line)
        return Status(**facts) if "state" in facts else Epoch(**facts)
    except (ValueError, TypeError):
        return None
