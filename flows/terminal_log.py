"""What ripieno's own loggers say, as plain lines on standard error.

Prefect's lines are in its UI, and off the terminal by default; a note on devices, a slow load or an
artefact that was altered belongs in front of whoever waits.
"""

import logging
import os

from ripieno.display import printable

QUIET = ("ripieno.training",)
"""Loggers whose news the members' progress lines tell already."""


class Printable(logging.Formatter):
    """Lines in which names from outside do nothing to the terminal."""

    def format(self, record: logging.LogRecord) -> str:
        """The line, with control characters escaped."""
        return printable(super().format(record))


def show_own_log() -> None:
    """Print messages of level INFO and above, unless Prefect's console shows them."""
    if os.environ.get("PREFECT_LOGGING_HANDLERS_CONSOLE_LEVEL", "CRITICAL") != "CRITICAL":
        return
    handler = logging.StreamHandler()
    handler.addFilter(lambda record: record.name not in QUIET)
    handler.setFormatter(Printable())
    logger = logging.getLogger("ripieno")
    logger.addHandler(handler)
    logger.setLevel(logging.INFO)
