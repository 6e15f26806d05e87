"""Log lines above live lines, in place of through them.

Logging handlers keep the stream they were made with, so that replacing `sys.stderr`, as rich's Live
does, does not reach them: what they write to the same terminal would land in the live lines.
"""

import logging
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

from rich.console import Console
from rich.file_proxy import FileProxy


@contextmanager
def logs_above(console: Console) -> Iterator[None]:
    """Send what handlers write to a terminal through a console, which keeps its live lines below.

    Handlers that write to files are left alone. So are those added while the context is open.

    Args:
        console: The one that shows live lines.
    """
    with ExitStack() as undo:
        for handler in _terminal_handlers():
            stream = handler.stream
            proxy: Any = _Above(FileProxy(console, stream))
            handler.setStream(proxy)
            undo.callback(handler.setStream, stream)
            # Prefect's handler and rich's own print through a console that they hold.
            own = getattr(handler, "console", None)
            if isinstance(own, Console) and own is not console:
                undo.callback(setattr, own, "file", own.file)
                own.file = proxy
        yield


class _Above:
    """Writes lines through rich's proxy, without being known as one.

    A rich console given a proxy of rich's own would look behind it and write past it.
    """

    def __init__(self, proxy: FileProxy) -> None:
        self._proxy = proxy

    def write(self, text: str) -> int:
        return self._proxy.write(text)

    def flush(self) -> None:
        self._proxy.flush()

    def isatty(self) -> bool:
        return True


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
