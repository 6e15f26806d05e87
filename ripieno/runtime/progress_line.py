"""What a command is doing, told while it lasts: at once, and at least every five seconds."""

import threading
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import TYPE_CHECKING

from ripieno.runtime.member_progress import duration

if TYPE_CHECKING:
    from ripieno.runtime.terminal_output import LiveLines

REFRESH_SECONDS = 0.25
PLAIN_SECONDS = 3.0
"""Between two plain lines: a busy machine prints them late, and five seconds are the most."""


def progress_line() -> AbstractContextManager[None]:
    """Tell on standard output what `now_doing` says, for as long as the context lasts.

    On a terminal a line with the elapsed time is kept up to date below what is printed, and goes
    when the context ends. Elsewhere a line is printed at once, and again every few seconds.
    """
    return _speaker.speaking()


def now_doing(text: str) -> None:
    """Tell from here on what goes on, such as `Evaluating`; without a progress line, nothing."""
    _speaker.go_on(text)


def pause_progress_line() -> AbstractContextManager[None]:
    """Tell nothing within the context, which shows its own progress."""
    return _speaker.paused()


class _Speaker:
    """The progress line of this process: a thread that lives while there is something to tell."""

    def __init__(self) -> None:
        self._is_open = False
        self._text = ""
        self._began = self._spoke = 0.0
        self._lines: LiveLines | None = None
        self._left = threading.Event()
        self._thread: threading.Thread | None = None

    @contextmanager
    def speaking(self) -> Iterator[None]:
        self._is_open = True
        try:
            yield
        finally:
            self._is_open = False
            self._stop()
            self._text = ""

    def go_on(self, text: str) -> None:
        if not self._is_open or text == self._text:
            return
        self._text, self._began = text, time.monotonic()
        lines = self._lines or self._start()
        if not lines.shown:
            self._print(lines, text)

    @contextmanager
    def paused(self) -> Iterator[None]:
        self._stop()
        try:
            yield
        finally:
            if self._is_open and self._text:
                self._start()

    def _start(self) -> "LiveLines":
        # Here, so that a command that tells nothing does not wait for rich.
        from ripieno.runtime.terminal_output import LiveLines

        self._left.clear()
        self._spoke = time.monotonic()
        lines = self._lines = LiveLines(transient=True).__enter__()
        self._thread = threading.Thread(
            target=self._follow, args=(lines,), name="progress-line", daemon=True
        )
        self._thread.start()
        return lines

    def _stop(self) -> None:
        if self._lines is None or self._thread is None:
            return
        self._left.set()
        self._thread.join()
        self._lines.__exit__(None, None, None)
        self._lines = self._thread = None

    def _follow(self, lines: "LiveLines") -> None:
        from rich.text import Text

        while True:
            now = time.monotonic()
            line = f"{self._text}: {duration(now - self._began)}"
            if lines.shown:
                lines.update(Text(line, no_wrap=True, overflow="crop"))
            elif now - self._spoke >= PLAIN_SECONDS:
                self._print(lines, f"{line} so far")
            if self._left.wait(REFRESH_SECONDS):
                return

    def _print(self, lines: "LiveLines", line: str) -> None:
        self._spoke = time.monotonic()
        lines.print(line)


_speaker = _Speaker()
