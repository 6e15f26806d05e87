"""The Prefect server that a command uses: one that the user asks for, else a temporary one.

The temporary server keeps its home in the workspace, so that it neither uses nor migrates the
database of another Prefect. It starts while this process still imports, in a session of its own, so
that Ctrl-C in the terminal does not end it before the run; it ends with this process, however that
ends. Run as a file, this module is that server.
"""

import atexit
import contextlib
import io
import os
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import warnings
from pathlib import Path
from typing import IO, TYPE_CHECKING

if TYPE_CHECKING:
    from conf.workspace import Workspace

START_SECONDS = 240.0
"""A machine under load takes long to import Prefect's server and to make its database."""
STOP_SECONDS = 10.0
N_LINES = 8
"""Lines of a server that does not start that are shown."""
LOCK = "starting.lock"
"""Held while a server starts: two cannot both make one database."""


def configured_url() -> str | None:
    """The address of the server that the user asks for, None where there is none.

    Looks, as Prefect does, at the environment, `.env`, `prefect.toml` or `pyproject.toml` in the
    working directory, and the active profile.

    Raises:
        ConfigurationError: If one of these cannot be read.
    """
    from ripieno.errors import ConfigurationError

    if url := os.environ.get("PREFECT_API_URL"):
        return url
    said = io.StringIO()  # by Prefect's import, in many lines, where a setting is wrong
    try:
        with warnings.catch_warnings(), contextlib.redirect_stderr(said):
            # Of a home that cannot be made: nothing is asked for there.
            warnings.simplefilter("ignore")
            from prefect.settings import Settings

            url = Settings().api.url or None
    except Exception as error:  # whatever Prefect's readers of four formats raise
        raise ConfigurationError(
            "Prefect's settings (environment, .env, prefect.toml, profile) cannot be read:"
            f" {_first_problem(error)}"
        ) from error
    sys.stderr.write(said.getvalue())
    return url


def _first_problem(error: Exception) -> str:
    from pydantic import ValidationError

    if isinstance(error, ValidationError):
        first = error.errors()[0]
        setting = ".".join([error.title, *map(str, first["loc"])])
        return f"{setting}: {first['msg']}, received {first['input']!r}."
    return " ".join(str(error).split())[:300]


class TemporaryServer:
    """A Prefect server for this process alone, which ends with it.

    To be made before Prefect is imported: what is registered first at exit comes last, when Prefect
    has delivered its events.

    Args:
        workspace: Whose folder of services becomes the server's home.
    """

    def __init__(self, workspace: "Workspace") -> None:
        from conf.workspace import sqlite_url
        from tasks.services.credentials import SERVER, credentials

        home = workspace.prefect_home
        home.mkdir(parents=True, exist_ok=True)
        self._log: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115  closed with the server
        self._starting = _lock(home / LOCK)
        with socket.create_server(("127.0.0.1", 0)) as listening:
            # From here on whoever connects waits for the answer: nobody has to try again.
            address = f"http://127.0.0.1:{listening.getsockname()[1]}"
            self.url = f"{address}/api"
            self.credentials = credentials(workspace.services, os.environ)
            own = {
                "PREFECT_HOME": str(home),
                "PREFECT_SERVER_DATABASE_CONNECTION_URL": sqlite_url(home / "prefect.db").replace(
                    "sqlite:", "sqlite+aiosqlite:", 1
                ),
                "PREFECT_LOGGING_SERVER_LEVEL": "WARNING",
                SERVER: self.credentials,
                "PREFECT_SERVER_CORS_ALLOWED_ORIGINS": address,
            }
            inherited = {k: v for k, v in os.environ.items() if k != "PREFECT_API_URL"}
            self._process = subprocess.Popen(  # noqa: S603  this very file
                # Isolated: this folder holds names of libraries.
                [sys.executable, "-I", __file__, str(listening.fileno())],
                cwd=home,
                env=inherited | own,
                pass_fds=(listening.fileno(),),
                stdin=subprocess.PIPE,  # closes with this process
                stdout=self._log,
                stderr=self._log,
                start_new_session=True,
            )
        atexit.register(self.stop)

    def wait(self) -> None:
        """Wait until it answers.

        Raises:
            ServerError: If it ends, or takes too long, with its last lines.
        """
        from ripieno.errors import ServerError
        from ripieno.runtime.progress_line import now_doing
        from tasks.services.health import prefect_is_healthy

        now_doing("Waiting for Prefect's temporary server")
        deadline = time.monotonic() + START_SECONDS
        while not prefect_is_healthy(self.url, seconds=5.0):
            code = self._process.poll()
            if code is not None or time.monotonic() > deadline:
                how = "does not answer" if code is None else f"ended with exit code {code}"
                raise ServerError(
                    "\n".join(
                        [f"Prefect's temporary server {how}. Its last lines:", *self._lines()]
                    )
                )
            time.sleep(0.1)
        self._starting.close()

    def stop(self) -> None:
        """End it."""
        self._process.terminate()
        try:
            self._process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        if self._process.stdin is not None:
            self._process.stdin.close()
        self._starting.close()
        self._log.close()

    def _lines(self) -> list[str]:
        self._log.seek(0)
        text = self._log.read().decode(errors="replace")
        told = [line for line in text.splitlines() if line.strip(" ^~")]  # not a traceback's marks
        return [f"  {line}" for line in told[-N_LINES:]]


def _lock(path: Path) -> IO[str]:
    """Wait for a lock that lasts until the file is closed, or this process ends."""
    import fcntl

    file = path.open("w")
    fcntl.flock(file, fcntl.LOCK_EX)
    return file


def _serve(descriptor: int) -> None:
    """Become the server, on a socket that listens already."""
    threading.Thread(target=_end_with_parent, daemon=True).start()
    from tasks.services.prefect_app import serve

    serve("127.0.0.1", socket.socket(fileno=descriptor), ephemeral=True)


def _end_with_parent() -> None:
    """End when the other side of standard input is gone."""
    while os.read(sys.stdin.fileno(), 1):
        pass
    os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(STOP_SECONDS)
    os._exit(1)


if __name__ == "__main__":
    _serve(int(sys.argv[1]))
