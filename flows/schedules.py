"""The verbs `schedule`, `pause` and `resume`: what the worker trains, and when."""

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from conf.loading import load_configuration
from conf.named import NamedConfiguration, schedulable
from conf.services import ServiceSettings, service_settings
from ripieno.errors import ConfigurationError, unknown_name
from ripieno.report.words import plural
from ripieno.runtime.progress_line import now_doing
from tasks.services.health import prefect_is_healthy
from tasks.services.processes import supervisor_of
from tasks.services.programs import own_environment

if TYPE_CHECKING:
    from prefect.client.orchestration import SyncPrefectClient


def schedule(conf: str, changes: Sequence[str], cron: str, timezone: str) -> int:
    """Train a configuration by the clock, once it has been checked."""
    load_configuration(conf, changes)
    settings = service_settings()
    with server(settings) as client:
        from tasks.services.deployments import schedule_name, schedule_training

        named = NamedConfiguration(
            conf=schedulable(conf), changes=tuple(changes), folder=Path.cwd()
        )
        schedule_training(client, named, cron, timezone)
        print(f"Scheduled: {schedule_name(named)} at {cron!r} ({timezone}).")
    show_schedules(settings)
    return 0


def pause(name: str | None, paused: bool) -> int:
    """Pause or resume one schedule, or all of them.

    Raises:
        ConfigurationError: If there is no schedule of that name.
    """
    settings = service_settings()
    with server(settings) as client:
        from tasks.services.deployments import pause, schedule_names

        if not pause(client, name, paused) and name:
            names = schedule_names(client)
            known = unknown_name("schedule", name, names)
            raise ConfigurationError(known if names else f"There is no schedule {name!r}, nor any.")
    show_schedules(settings)
    return 0


def show_schedules(settings: ServiceSettings) -> None:
    """Print what is scheduled, and how much of it will start something."""
    with server(settings) as client:
        from tasks.services.deployments import n_active, schedule_lines

        lines, n = schedule_lines(client), n_active(client)
    if lines:
        print(f"{plural(len(lines), 'schedule')}, {n} active:", *lines, sep="\n")
    else:
        print('No schedules; make schedule CRON="0 2 * * *" CONF=digits would train every night.')


@contextmanager
def server(settings: ServiceSettings) -> "Iterator[SyncPrefectClient]":
    """A client of this workspace's Prefect server: what answers at its port may be another's.

    Raises:
        ConfigurationError: If it does not run, or does not answer.
    """
    if supervisor_of(settings.directory) is None:
        raise ConfigurationError(
            f"No services run for {settings.workspace}. Start them: make up (or ripieno up)."
        )
    if not prefect_is_healthy(f"{settings.prefect_url}/api"):
        raise ConfigurationError(
            f"Nothing answers at {settings.prefect_url}. Start it: make up (or ripieno up)."
        )
    now_doing("Asking the Prefect server")
    # Prefect reads them when it is imported.
    os.environ.update(own_environment(settings, os.environ))
    from prefect.client.orchestration import get_client

    with get_client(sync_client=True) as client:
        yield client
