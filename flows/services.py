"""The verbs `up`, `down` and `status`: both servers and the worker that runs schedules."""

import fcntl
import os
import shlex
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from conf.services import ServiceSettings, service_settings
from flows.environment import DEFAULTS, keep_loopback_off_proxies
from ripieno.errors import ConfigurationError
from ripieno.runtime.progress_line import now_doing
from tasks.records import RUNNING
from tasks.services.credentials import FILE, known_credentials
from tasks.services.databases import database_problems
from tasks.services.health import ailing
from tasks.services.ports import port_problems
from tasks.services.processes import (
    differs,
    other_directories,
    processes_of,
    stop,
    supervisor_of,
)
from tasks.services.programs import MARK, environment, log_of, own_environment, programs
from tasks.services.supervision import given_up, last_words, start

START_SECONDS = 600.0
LOOK_SECONDS = 0.5


def up() -> int:
    """Start what does not run, wait until all of it answers, and apply deployments and automations.

    Returns:
        0 when everything answers; 1 where a program does not come up, and then none is left.

    Raises:
        ConfigurationError: If a port is taken or a setting is wrong; nothing is started.
    """
    settings = service_settings()
    settings.workspace.make()
    first = known_credentials(settings.directory) is None
    keep_loopback_off_proxies()  # the programs inherit it
    now_doing("Starting the services")
    with one_at_a_time(settings):
        begun = _start_what_is_missing(settings)
        failed = _wait(settings)
        if failed:
            return _give_up(settings, failed, begun)
        # Prefect and MLflow read it when they are imported.
        os.environ.update(_environment(settings))
        now_doing("Applying the deployments and automations")
        from tasks.automations import apply_automations
        from tasks.services.deployments import apply_deployments

        _end_killed_runs(settings)
        problem = apply_deployments()
        apply_automations()
    if problem:
        print(f"ripieno: error: the deployments could not be applied:\n{problem}", file=sys.stderr)
        return 1
    print("Started." if begun else "Already up.")
    if first and (known := known_credentials(settings.directory)):
        print(f"Prefect's page asks for this, once a browser: {known}")
    _show_all(settings)
    return 0


def down() -> int:
    """Stop the services; a run in flight ends as crashed in both dashboards."""
    settings = service_settings()
    now_doing("Stopping the services")
    if not settings.directory.is_dir():  # nothing is made where nothing was started
        return _nothing_runs(settings)
    with one_at_a_time(settings):
        n_processes = stop(settings.directory)
    if n_processes == 0:
        return _nothing_runs(settings)
    print("Stopped.")
    return 0


def status() -> int:
    """Say what runs and what answers.

    Returns:
        0 when everything does, and where nothing was started; 1 where something does not answer.
    """
    settings = service_settings()
    now_doing("Asking the services")
    alive = bool(processes_of(settings.directory))
    failed = ailing(settings) if alive else [program.name for program in programs(settings)]
    for program in programs(settings):
        word = "does not answer" if alive else "stopped"
        state = word if program.name in failed else "healthy"
        print(f"{program.name:<9}{state:<17}{log_of(settings.directory, program.name)}")
    if not failed:
        _show_all(settings)
    if not alive:
        return _nothing_runs(settings)
    return 1 if failed else 0


def show_ui(name: str) -> int:
    """Become one of both servers, in the foreground, on what the workspace has recorded.

    Args:
        name: `prefect` or `mlflow`.

    Returns:
        Never; Ctrl-C ends it.

    Raises:
        ConfigurationError: If its port is taken.
    """
    settings = service_settings()
    settings.workspace.make()
    (program,) = (each for each in programs(settings) if each.name == name)
    if taken := port_problems(settings, name):
        raise ConfigurationError("\n".join(taken))
    if name == "mlflow":
        _bring_records_along(settings)
    # Without the mark of the services: `down` leaves it alone.
    own = {name: value for name, value in _environment(settings).items() if name != MARK}
    Path(own["PREFECT_HOME"]).mkdir(parents=True, exist_ok=True)
    url = settings.prefect_url if name == "prefect" else settings.mlflow_url
    print(f"Starting {name} at {url}; Ctrl-C ends it.", flush=True)
    os.execve(program.arguments[0], program.arguments, own)  # noqa: S606  our own interpreter


@contextmanager
def one_at_a_time(settings: ServiceSettings) -> Iterator[None]:
    """Hold the services' lock, which the kernel drops however this process ends."""
    settings.directory.mkdir(parents=True, exist_ok=True)
    with (settings.directory / "up.lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _nothing_runs(settings: ServiceSettings) -> int:
    """Say so, and where services run that were started in another folder."""
    print(f"Nothing runs in {settings.workspace}. Start it: make up (or ripieno up).")
    for directory in other_directories(settings.directory):
        other = shlex.quote(str(directory.parent))
        print(f"Services of another workspace run: RIPIENO_WORKSPACE={other}")
    return 0


def _start_what_is_missing(settings: ServiceSettings) -> bool:
    """Whether the supervisor had to be started; one that runs starts again what dies."""
    directory = settings.directory
    supervisor = supervisor_of(directory)
    own = own_environment(settings, os.environ)
    if supervisor is not None and not given_up(directory) and not differs(supervisor, own):
        return False
    if supervisor is not None:
        print("The settings have changed, or a program was given up: starting all of them again.")
    if processes_of(directory):  # of a supervisor that was killed, or is to be replaced
        stop(directory)
    problems = port_problems(settings) + database_problems(settings)
    if problems:
        raise ConfigurationError("\n".join(problems))
    _bring_records_along(settings)
    start(directory, programs(settings), _environment(settings))
    return True


def _bring_records_along(settings: ServiceSettings) -> None:
    """Before the MLflow server has it: make it whole, and have it lead to this workspace."""
    database = settings.workspace.database
    if settings.mlflow_database is None:
        from tasks.tracking.connection import bring_along, make_whole

        make_whole(database)
        bring_along(database)


def _environment(settings: ServiceSettings) -> dict[str, str]:
    return environment(own_environment(settings, os.environ), os.environ, DEFAULTS)


def _end_killed_runs(settings: ServiceSettings) -> None:
    """End in both dashboards what was running when everything was killed."""
    workspace = settings.workspace
    if any(workspace.runs.glob(f"*/{RUNNING}")):  # MLflow takes seconds to import
        from tasks.runs import end_killed_runs

        end_killed_runs(workspace)


def _wait(settings: ServiceSettings) -> list[str]:
    """The programs that do not come up; none, as a rule."""
    deadline = time.monotonic() + START_SECONDS
    while failed := ailing(settings):
        lost = given_up(settings.directory)
        if lost or supervisor_of(settings.directory) is None or time.monotonic() > deadline:
            return lost or failed
        now_doing(f"Waiting for {', '.join(failed)}")
        time.sleep(LOOK_SECONDS)
    return []


def _give_up(settings: ServiceSettings, failed: list[str], begun: bool) -> int:
    """Say what does not come up, with the end of its log; leave nothing half started."""
    for name in failed:
        log = log_of(settings.directory, name)
        print(f"ripieno: error: {name} does not come up. The end of {log}:", file=sys.stderr)
        print(last_words(settings.directory, name), file=sys.stderr)
    if begun:
        now_doing("Stopping the services")
        stop(settings.directory)
    return 1


def _show_all(settings: ServiceSettings) -> None:
    from flows.schedules import show_schedules  # of services that answer

    print(f"Prefect  {settings.prefect_url}\nMLflow   {settings.mlflow_url}")
    print(f"Logs     {settings.directory}")
    if (settings.directory / FILE).is_file():
        print(f"Password {settings.directory / FILE}")
    show_schedules(settings)
