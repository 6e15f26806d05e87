import subprocess
import sys

SCRIPT = """
import logging
from flows.terminal_log import show_own_log
show_own_log()
logging.getLogger("ripieno.runtime.workers").info("No GPU here")
logging.getLogger("ripieno.training").error("told by the progress lines")
logging.getLogger("ripieno.data").debug("detail")
logging.getLogger("somebody.else").info("chatter")
"""


def said(monkeypatch, level=None):
    monkeypatch.delenv("PREFECT_LOGGING_HANDLERS_CONSOLE_LEVEL", raising=False)
    if level:
        monkeypatch.setenv("PREFECT_LOGGING_HANDLERS_CONSOLE_LEVEL", level)
    done = subprocess.run([sys.executable, "-c", SCRIPT], capture_output=True, text=True)
    return done.stdout, done.stderr


def test_our_own_news_is_a_plain_line_on_standard_error(monkeypatch):
    assert said(monkeypatch) == ("", "No GPU here\n")


def test_nothing_is_told_twice_where_prefect_shows_it(monkeypatch):
    assert "No GPU here" not in "".join(said(monkeypatch, "INFO"))
