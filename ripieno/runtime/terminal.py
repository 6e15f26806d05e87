"""What a person sees while members train, and at the end."""

import threading
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

from rich.console import Console
from rich.live import Live
from rich.table import Table

from ripieno.runtime.progress import Status, Tail, tail
from ripieno.training.epoch import Epoch

REFRESH_SECONDS = 0.5
PLAIN_SECONDS = 10.0
"""Without a terminal, the least time between two lines of one member."""


class Line:
    """Where one member stands, as far as its file has been read."""

    def __init__(self, name: str, path: Path) -> None:
        self.name = name
        self.epoch: Epoch | None = None
        self._file: Tail = tail(path)
        self._seconds = 0.0

    def read(self) -> bool:
        """Whether the file said anything new."""
        before = self._file.status
        new = list(self._file)
        for epoch in new:
            self.epoch = epoch
            self._seconds += epoch.seconds
        return bool(new) or self._file.status != before

    @property
    def state(self) -> str:
        """`waiting`, `training`, `reused`, `failed` or `done`."""
        status = self._file.status or Status("waiting")
        finished = self.epoch is not None and self.epoch.number == self.epoch.n_epochs
        return "done" if status.state == "training" and finished else status.state

    @property
    def reason(self) -> str:
        """Why it failed, where it has."""
        return self._file.status.text if self._file.status else ""

    @property
    def seconds_left(self) -> float | None:
        """Estimated from the mean epoch; None before the first."""
        if self.epoch is None or self.state != "training":
            return None
        return self._seconds / self.epoch.number * (self.epoch.n_epochs - self.epoch.number)

    def cells(self) -> tuple[str, ...]:
        """Name, state, epoch, validation log-loss and accuracy, images/s, time left."""
        if self.epoch is None:
            return (self.name, self.state, "", "", "", "", self.reason)
        metrics = self.epoch.metrics
        left = self.seconds_left
        return (
            self.name,
            self.state,
            f"{self.epoch.number}/{self.epoch.n_epochs}",
            figure(metrics, "validation_log_loss", ".4f"),
            figure(metrics, "validation_accuracy", ".2%"),
            figure(metrics, "images_per_second", ",.0f"),
            self.reason or ("" if left is None else f"{left:.0f} s"),
        )


COLUMNS = ("member", "state", "epoch", "log-loss", "accuracy", "images/s", "left")


class ProgressDisplay:
    """Follows members' files within its context.

    Args:
        paths: The file that each member's epochs go to, by name.
        console: Where to show; standard output if None.
    """

    def __init__(self, paths: Mapping[str, Path], console: Console | None = None) -> None:
        self._lines = [Line(name, path) for name, path in paths.items()]
        self._console = console or Console(highlight=False)
        self._leaving = threading.Event()
        self._thread = threading.Thread(target=self._follow, name="progress", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._leaving.set()
        self._thread.join()

    def _follow(self) -> None:
        if self._console.is_terminal:
            self._follow_live()
        else:
            self._follow_plain()

    def _follow_live(self) -> None:
        with Live(console=self._console, auto_refresh=False) as live:
            leaving = False
            while not leaving:
                leaving = self._leaving.wait(REFRESH_SECONDS)
                for line in self._lines:
                    line.read()
                rows = [dict(zip(COLUMNS, line.cells(), strict=True)) for line in self._lines]
                live.update(table_of(rows), refresh=True)

    def _follow_plain(self) -> None:
        said = {line.name: (0.0, "waiting") for line in self._lines}
        leaving = False
        while not leaving:
            leaving = self._leaving.wait(REFRESH_SECONDS)
            for line in self._lines:
                new = line.read()
                when, state = said[line.name]
                now = time.monotonic()
                if line.state != state or (new and now - when >= PLAIN_SECONDS):
                    said[line.name] = (now, line.state)
                    self._console.print(plain(line.cells()), soft_wrap=True, markup=False)


def plain(cells: Sequence[str]) -> str:
    """`forest: training, epoch 3/10, log-loss 0.4321`: what there is, in words."""
    name, state, *rest = cells
    facts = [
        f"{column} {cell}" if column != "left" else cell
        for column, cell in zip(COLUMNS[2:], rest, strict=True)
        if cell
    ]
    return ", ".join([f"{name}: {state}", *facts])


def figure(metrics: Mapping[str, float], name: str, spec: str) -> str:
    """The metric as text, or nothing where the epoch does not have it."""
    return format(metrics[name], spec) if name in metrics else ""


def table_of(rows: Sequence[Mapping[str, str]], title: str | None = None) -> Table:
    """A table with a column a key; all rows have the keys of the first."""
    table = Table(title=title, title_justify="left", box=None, pad_edge=False)
    for i, column in enumerate(rows[0]):
        table.add_column(column, justify="left" if i < 2 else "right", no_wrap=i == 0)
    for row in rows:
        table.add_row(*row.values())
    return table


def print_table(rows: Sequence[Mapping[str, str]], title: str | None = None) -> None:
    """Print rows as a table; wide ones are not cut where the output is no terminal."""
    console = Console(highlight=False)
    if not console.is_terminal:
        console = Console(highlight=False, width=160)
    console.print(table_of(rows, title))
