"""What holds for all tests, and the command line as a stranger types it."""

import os
import signal
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

# A shell has what it starts in the background ignore Ctrl-C, and so would everything that tests
# start and then interrupt.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

FOLDER = "ein Ördner"
"""Where commands are typed: a blank, and a letter that is not ASCII."""


@dataclass(frozen=True)
class Stranger:
    """Somebody in a folder, with a home, and with no setting at all.

    Attributes:
        folder: The working directory.
        home: The user's home.
        settings: Environment variables that this one has set after all.
    """

    folder: Path
    home: Path
    settings: tuple[tuple[str, str], ...] = ()

    @property
    def workspace(self):
        """Where everything lands by default."""
        return self.folder / "workspace"

    @property
    def tracking_uri(self):
        """MLflow's database in the workspace."""
        return f"sqlite:///{self.workspace}/mlflow.db"

    @property
    def environment(self):
        """`PATH`, `HOME` and the terminal's width, then what was set."""
        scrubbed = {"PATH": os.environ["PATH"], "HOME": str(self.home), "COLUMNS": "200"}
        return scrubbed | dict(self.settings)

    def start(self, *arguments):
        """Begin a command."""
        return subprocess.Popen(
            [Path(sys.executable).with_name("ripieno"), *arguments],
            cwd=self.folder,
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def ripieno(self, *arguments):
        """Run a command to its end."""
        process = self.start(*arguments)
        try:
            out, error = process.communicate(timeout=280)
        finally:
            process.kill()
        return subprocess.CompletedProcess(arguments, process.returncode, out, error)


@pytest.fixture(scope="session")
def make_stranger(tmp_path_factory):
    """Makes a stranger in an empty folder; all share a home."""
    home = tmp_path_factory.mktemp("home")

    def make(**settings):
        folder = tmp_path_factory.mktemp("typed") / FOLDER
        folder.mkdir()
        return Stranger(folder, home, tuple(settings.items()))

    return make
