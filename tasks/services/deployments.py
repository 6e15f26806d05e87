"""The deployments on the Prefect server: applying prefect.yaml, and their schedules.

Applying a deployment replaces its schedules, so those that people have set are put back.
"""

import asyncio
import subprocess
import sys
from pathlib import Path
from typing import Any

from prefect.client.orchestration import SyncPrefectClient, get_client
from prefect.client.schemas.actions import DeploymentScheduleUpdate, DeploymentUpdate
from prefect.client.schemas.filters import DeploymentFilter, DeploymentFilterTags
from prefect.client.schemas.objects import DeploymentSchedule
from prefect.client.schemas.responses import DeploymentResponse
from prefect.client.schemas.schedules import CronSchedule
from prefect.server.schemas.schedules import SCHEDULE_TYPES
from pydantic import TypeAdapter

from conf.named import NamedConfiguration
from ripieno.errors import ConfigurationError

_SCHEDULE: TypeAdapter[Any] = TypeAdapter(SCHEDULE_TYPES)
"""The server's kinds of schedules: the client's do not know their times."""
ROOT = Path(__file__).parents[2]
TAG = "ripieno"
TRAINING = "train-ensemble/train"


def apply_deployments() -> str:
    """Make the deployments what prefect.yaml says; schedules and pauses of old ones stay.

    Their runs start in the working directory, so that a relative path in the UI means the same
    there as on the command line.

    Returns:
        What went wrong, or nothing.
    """
    with get_client(sync_client=True) as client:
        before = deployments(client)
        done = subprocess.run(
            [sys.executable, "-m", "prefect", "--no-prompt", "deploy", "--all"],
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=False,
        )
        for deployment in before:
            set_schedules(client, deployment, [_as_update(s) for s in deployment.schedules])
            client.set_deployment_paused_state(deployment.id, deployment.paused)
        for deployment in deployments(client):
            variables = (deployment.job_variables or {}) | {"working_dir": str(Path.cwd())}
            client.update_deployment(deployment.id, DeploymentUpdate(job_variables=variables))
    return done.stdout + done.stderr if done.returncode else ""


def deployments(client: SyncPrefectClient) -> list[DeploymentResponse]:
    """Ours, by name."""
    ours = DeploymentFilter(tags=DeploymentFilterTags(all_=[TAG]))
    return sorted(client.read_deployments(deployment_filter=ours), key=lambda each: each.name)


def set_schedules(
    client: SyncPrefectClient,
    deployment: DeploymentResponse,
    schedules: list[DeploymentScheduleUpdate],
) -> None:
    """Give a deployment these schedules and no others."""
    client.update_deployment(deployment.id, DeploymentUpdate(schedules=schedules))


def schedule_training(
    client: SyncPrefectClient, configuration: NamedConfiguration, cron: str, timezone: str
) -> None:
    """Train a configuration by the clock; one schedule for each, a later one replaces it.

    Raises:
        ConfigurationError: If the times are no cron expression, or the time zone is unknown.
    """
    try:
        when = CronSchedule(cron=cron, timezone=timezone)
    except ValueError as error:
        raise ConfigurationError(
            f"expected five fields such as '0 2 * * *' and a time zone such as Europe/Oslo, "
            f"received {cron!r} and {timezone!r}"
        ) from error
    parameters = {"configuration": configuration.model_dump(mode="json")}
    name = schedule_name(configuration)
    training = client.read_deployment_by_name(TRAINING)
    others = [_as_update(each) for each in training.schedules if each.slug != name]
    new = DeploymentScheduleUpdate(schedule=when, active=True, parameters=parameters, slug=name)
    set_schedules(client, training, [*others, new])


def pause(client: SyncPrefectClient, name: str | None, paused: bool) -> int:
    """Pause or resume the schedule of that name, or all of them.

    Returns:
        How many schedules it concerns.
    """
    n_schedules = 0
    for deployment in deployments(client):
        for schedule in deployment.schedules:
            if name in (None, schedule.slug):
                client.update_deployment_schedule(deployment.id, schedule.id, active=not paused)
                n_schedules += 1
    return n_schedules


def schedule_name(configuration: NamedConfiguration) -> str:
    """What the schedule of a configuration is called."""
    return Path(configuration.conf).stem


def schedule_names(client: SyncPrefectClient) -> list[str]:
    """The names of all schedules that have one."""
    return [s.slug for each in deployments(client) for s in each.schedules if s.slug]


def schedule_lines(client: SyncPrefectClient) -> list[str]:
    """A line for each schedule: when, what, and its next time or that it is paused."""
    return [
        f"  {_clock(schedule.schedule):<24}{deployment.name} {schedule.slug or ''}"
        f" ({_next(schedule.schedule) if is_active(deployment, schedule) else 'paused'})"
        for deployment in deployments(client)
        for schedule in deployment.schedules
    ]


def n_active(client: SyncPrefectClient) -> int:
    """How many schedules will start something."""
    return sum(is_active(each, s) for each in deployments(client) for s in each.schedules)


def is_active(deployment: DeploymentResponse, schedule: DeploymentSchedule) -> bool:
    """Whether neither the schedule nor its deployment is paused."""
    return schedule.active and not deployment.paused


def _next(schedule: Any) -> str:
    """The next time at which a schedule starts something."""
    times = asyncio.run(_SCHEDULE.validate_python(schedule.model_dump()).get_dates(1))
    return f"next {times[0]:%Y-%m-%d %H:%M %Z}" if times else "over"


def _clock(schedule: Any) -> str:
    """When, as people write it."""
    if isinstance(schedule, CronSchedule):
        return f"{schedule.cron} {schedule.timezone or 'UTC'}"
    return str(getattr(schedule, "interval", None) or getattr(schedule, "rrule", schedule))


def _as_update(schedule: Any) -> DeploymentScheduleUpdate:
    kept = {name: getattr(schedule, name) for name in ("schedule", "active", "parameters", "slug")}
    return DeploymentScheduleUpdate(**kept)
