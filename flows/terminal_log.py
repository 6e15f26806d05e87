"""What ripieno's own loggers say, as plain lines on standard error.

Prefect's lines are in its UI, and off the terminal by default; a note on devices, a slow load or an
artefact that was altered belongs in front of whoever waits.
"""

import logging
import os

QUIET = ("ripieno.training",)
"""Loggers whose news the members' progress lines tell already."""


def show_own_log() -> None:
    """Print messages of level INFO and above, unless Prefect's console shows them."""
    if os.environ.get("PREFECT_LOGGING_HANDLERS_CONSOLE_LEVEL", "CRITICAL") != "CRITICAL":
        return
    handler = logging.StreamHandler()
    handler.addFilter(lambda record: record.name not in QUIET)
    logger = logging.getLogger("ripieno")
    logger.addHandler(handler)
    logger.setLevel(logging.INFO)
