"""What a person at a terminal sees: members as they train, and the table at the end."""

import math
import threading
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Self

from rich.console import Group
from rich.text import Text

from ripieno.runtime.member_progress import (
    COLUMNS,
    NAME_WIDTH,
    WIDTHS,
    MemberProgress,
    duration,
)
from ripieno.runtime.progress_line import PLAIN_SECONDS, pause_progress_line
from ripieno.runtime.result_table import print_table
from ripieno.runtime.terminal_output import LiveLines

__all__ = ["ProgressDisplay", "print_table"]

POLL_SECONDS = 0.25
MEMBER_SECONDS = 5.0
"""Without a terminal, a member gets a line at most this often."""
STYLES = {"waiting": "dim", "training": "", "done": "green", "reused": "cyan", "failed": "red"}
SPARE_LINES = 4
"""Lines of the terminal left to the two headers, the last line and a prompt."""


class ProgressDisplay:
    """Shows members while they train, within its context, on standard output.

    On a terminal one line a member is kept up to date, and what is printed or logged meanwhile
    appears above these lines. Elsewhere a line is printed for an epoch, at most every few seconds a
    member, for every change of status, and for all members where nothing else was said for a while.
    `NO_COLOR` is respected.

    Args:
        logs: Each member's file, as `EpochLog` and `mark` write it, in the order to be shown.
        title: What goes on, in a word.
    """

    def __init__(self, logs: Mapping[str, Path], *, title: str = "Training") -> None:
        self._title = title
        self._lines = LiveLines()
        self._started = now = time.monotonic()
        self._members = [MemberProgress(name, Path(path), now) for name, path in logs.items()]
        self._spoke = now
        self._told = dict.fromkeys(logs, ("", -math.inf))  # stage and time of the last line
        self._left = threading.Event()
        self._thread = threading.Thread(target=self._follow, name="progress", daemon=True)
        self._contexts = ExitStack()

    def __enter__(self) -> Self:
        self._contexts.enter_context(pause_progress_line())
        self._contexts.callback(self._tell_failures)
        self._contexts.enter_context(self._lines)
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._left.set()
        self._thread.join()
        self._contexts.close()

    def _tell_failures(self) -> None:
        """Print below the live lines in full what they may have cut."""
        for member in self._members:
            if self._lines.shown and member.status.state == "failed":
                self._lines.print(member.sentence(time.monotonic()))

    def _follow(self) -> None:
        while True:
            last = self._left.wait(POLL_SECONDS)
            now = time.monotonic()
            for member in self._members:
                changed = member.poll(now)
                if changed and not self._lines.shown:
                    self._tell(member, now)
            if self._lines.shown:
                self._lines.update(self._table(now))
            elif now - self._spoke >= PLAIN_SECONDS:
                self._print(f"{self._heading()}, {duration(now - self._started)} so far", now)
            if last:
                return

    def _tell(self, member: MemberProgress, now: float) -> None:
        """Print a member's line, unless it has had one of the same stage just now."""
        stage, told = self._told[member.name]
        if stage != member.stage or now - told >= MEMBER_SECONDS:
            self._told[member.name] = (member.stage, now)
            self._print(member.sentence(now), now)

    def _print(self, line: str, now: float) -> None:
        self._spoke = now
        self._lines.print(line)

    def _heading(self) -> str:
        counts = Counter[str](member.status.state for member in self._members)
        states = ", ".join(f"{counts[state]} {state}" for state in STYLES if counts[state])
        return f"{self._title} {len(self._members)} members: {states}"

    def _table(self, now: float) -> Group:
        """The live lines, none wider than the terminal, no more than it is high."""
        width, height = self._lines.console.size
        elapsed = duration(now - self._started)
        head = self._heading()
        name_width = min(max(map(len, self._told), default=0), NAME_WIDTH)
        shown = choose(self._members, height - SPARE_LINES)
        lines = [
            Text(f"{_fit(head, width - len(elapsed) - 2)}  {elapsed}", style="bold"),
            Text(_fit(row("member", COLUMNS, name_width), width), style="dim"),
        ]
        for member in shown:
            line = row(member.name, member.cells(now), name_width)
            if member.status.text:
                line = row(member.name, (member.status.state,), name_width)
                line = f"{line} {' '.join(member.status.text.split())}"
            lines.append(Text(_fit(line, width).rstrip(), style=STYLES[member.status.state]))
        if hidden := len(self._members) - len(shown):
            lines.append(Text(f"and {hidden} more", style="dim"))
        return Group(*lines)


def choose(members: Sequence[MemberProgress], n_lines: int) -> list[MemberProgress]:
    """The members to show where there is no room for all: first those at work, then the failed."""
    if len(members) <= n_lines:
        return list(members)
    urgency = {"training": 0, "failed": 1, "waiting": 2, "done": 3, "reused": 4}
    chosen = sorted(members, key=lambda member: urgency[member.status.state])[: max(1, n_lines)]
    return [member for member in members if member in chosen]


def row(name: str, cells: Sequence[str], name_width: int) -> str:
    """A name and right-aligned cells, in columns."""
    columns = (f"{cell:>{width}}" for cell, width in zip(cells, WIDTHS, strict=False))
    return f"{_fit(name, name_width)} {' '.join(columns)}"


def _fit(text: str, width: int) -> str:
    """Text of exactly that width, cut with dots or filled with spaces."""
    return text.ljust(width) if len(text) <= width else f"{text[: max(0, width - 3)]}..."[:width]
