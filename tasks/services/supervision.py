"""Supervisor keeps the programs running: it starts again what dies and stops all in order.

It is told by a file without secrets, and by SIGTERM; it listens nowhere.
"""

import re
import shlex
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from tasks.services.processes import SUPERVISOR
from tasks.services.programs import Program, log_of

CONFIGURATION, LOG = "supervisor.conf", "supervisor.log"
STOP_SECONDS = 20
TAIL = 12


def start(directory: Path, programs: tuple[Program, ...], environment: Mapping[str, str]) -> None:
    """Start the supervisor, as a daemon that the terminal's signals do not reach.

    Raises:
        RuntimeError: If it does not take its configuration.
    """
    directory.mkdir(parents=True, exist_ok=True)
    Path(environment["PREFECT_HOME"]).mkdir(parents=True, exist_ok=True)
    (directory / LOG).unlink(missing_ok=True)
    configuration = directory / CONFIGURATION
    configuration.write_text(describe(directory, programs))
    done = subprocess.run(  # noqa: S603  our own interpreter
        [sys.executable, "-m", SUPERVISOR, "-c", str(configuration)],
        env=dict(environment),
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise RuntimeError(f"supervisord: {done.stderr.strip()}")


def describe(directory: Path, programs: tuple[Program, ...]) -> str:
    """The supervisor's configuration: an earlier program starts first and stops last."""
    lines = [
        "[supervisord]",
        f"directory={escaped(Path.cwd())}",
        f"logfile={escaped(directory / LOG)}",
        f"pidfile={escaped(directory / 'supervisor.pid')}",
        f"childlogdir={escaped(directory)}",
    ]
    for priority, program in enumerate(programs, start=1):
        lines += [
            "",
            f"[program:{program.name}]",
            f"command={escaped(shlex.join(program.arguments))}",
            f"priority={priority}",
            f"startretries={program.retries}",
            "startsecs=5",
            "autorestart=true",
            f"stopwaitsecs={STOP_SECONDS}",
            "killasgroup=true",
            "redirect_stderr=true",
            f"stdout_logfile={escaped(log_of(directory, program.name))}",
            "stdout_logfile_maxbytes=10MB",
            "stdout_logfile_backups=2",
        ]
    return "\n".join(lines) + "\n"


def escaped(value: object) -> str:
    """The value where the supervisor expands `%(...)s`."""
    return str(value).replace("%", "%%")


def given_up(directory: Path) -> list[str]:
    """The programs that ended again and again and are not started any more."""
    log = directory / LOG
    text = log.read_text(errors="replace") if log.exists() else ""
    return re.findall(r"gave up: (\w+) entered FATAL", text)


def last_words(directory: Path, name: str) -> str:
    """The end of a program's log."""
    log = log_of(directory, name)
    lines = log.read_text(errors="replace").splitlines() if log.exists() else []
    return "\n".join(f"  {line}" for line in lines[-TAIL:])
