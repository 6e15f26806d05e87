"""Live lines on a terminal; what is printed and logged appears above them, in place of in them.

rich's Live redirects `sys.stdout` and `sys.stderr` too, but logging handlers keep the stream they
were made with, Prefect's keeps a console, and two threads that print at the same moment leave a
second copy of the lines: rich decides what to erase before it is its turn to write. So here every
stream that leads to a terminal is replaced, and one lock held while writing to any of them.
"""

import logging
import sys
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from types import TracebackType
from typing import Any, Self

from rich.console import Console, RenderableType
from rich.file_proxy import FileProxy
from rich.live import Live


class LiveLines:
    """Lines at the foot of a terminal that are kept up to date within the context.

    Args:
        transient: Whether they go when the context ends.

    Attributes:
        console: Standard output as it is when the context begins.
        lock: Held while anything is written; to be held while several writes belong together.
        shown: Whether there is a terminal to show them on; without, nothing is done.
    """

    console: Console
    shown: bool

    def __init__(self, *, transient: bool = False) -> None:
        self.lock = threading.RLock()
        self._transient = transient
        self._contexts = ExitStack()

    def __enter__(self) -> Self:
        self.console = Console(file=sys.stdout)
        self.shown = self.console.is_interactive and _is_terminal(self.console.file)
        self._live = Live(
            console=self.console,
            auto_refresh=False,
            transient=self._transient,
            redirect_stdout=False,
            redirect_stderr=False,
        )
        if self.shown:
            self._contexts.enter_context(output_above(self.console, self.lock))
            self._contexts.callback(self._stop)
            self._live.start()
            # Rich hides it, and nobody would show it again after kill -9.
            self.console.show_cursor(True)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._contexts.close()

    def _stop(self) -> None:
        with self.lock:
            self._live.stop()

    def update(self, lines: RenderableType) -> None:
        """Show these lines in place of the ones before."""
        if self.shown:
            with self.lock:
                self._live.update(lines, refresh=True)

    def print(self, line: str) -> None:
        """Print a line as it is, however long: above the live lines where there are any."""
        with self.lock:
            self.console.print(line, soft_wrap=True, markup=False, highlight=False)


@contextmanager
def output_above(console: Console, lock: threading.RLock) -> Iterator[None]:
    """Send what goes to a terminal through a console, which keeps its live lines below.

    Files, and handlers added while the context is open, are left alone.

    Args:
        console: The one that shows live lines; it must hold its file, not look for `sys.stdout`.
        lock: Held while anything is written; to be held while the live lines change.
    """

    def above(stream: Any) -> Any:
        replacement = _Above(FileProxy(console, stream), lock)
        undo.callback(replacement.end_line)
        return replacement

    with ExitStack() as undo:
        for name in ("stdout", "stderr"):
            stream = getattr(sys, name)
            if _is_terminal(stream):
                setattr(sys, name, above(stream))
                undo.callback(setattr, sys, name, stream)
        for handler in _terminal_handlers():
            stream = handler.stream
            handler.setStream(above(stream))
            undo.callback(handler.setStream, stream)
            # Prefect's handler and rich's own print through a console that they hold.
            own = getattr(handler, "console", None)
            if isinstance(own, Console) and own is not console:
                undo.callback(setattr, own, "file", own.file)
                own.file = handler.stream
        yield


class _Above:
    """Writes whole lines through rich's proxy, one thread at a time.

    It is not known to rich as a proxy: a console given one of rich's own looks behind it, and
    writes past it.
    """

    def __init__(self, proxy: FileProxy, lock: threading.RLock) -> None:
        self._proxy = proxy
        self._lock = lock
        self._line = threading.local()  # `print` writes a line in pieces

    def write(self, text: str) -> int:
        begun: str = getattr(self._line, "begun", "") + text
        complete, newline, self._line.begun = begun.rpartition("\n")
        if newline:
            with self._lock:
                self._proxy.write(complete + newline)
        return len(text)

    def flush(self) -> None:
        """Nothing: what is begun is written with the end of its line."""

    def end_line(self) -> None:
        """Write what this thread has begun."""
        if getattr(self._line, "begun", ""):
            self.write("\n")

    def isatty(self) -> bool:
        return True

    def fileno(self) -> int:
        return self._proxy.fileno()

    @property
    def encoding(self) -> str:
        return str(self._proxy.encoding)


def _terminal_handlers() -> list[logging.StreamHandler[Any]]:
    """Every handler of every logger that writes to a terminal, once each."""
    loggers = [logging.root, *logging.root.manager.loggerDict.values()]
    handlers = {
        id(handler): handler
        for logger in loggers
        if isinstance(logger, logging.Logger)
        for handler in logger.handlers
        if isinstance(handler, logging.StreamHandler)
    }
    return [handler for handler in handlers.values() if _is_terminal(handler.stream)]


def _is_terminal(stream: Any) -> bool:
    try:
        return bool(stream.isatty())
    except (AttributeError, ValueError):  # no real file, or one that is closed
        return False
