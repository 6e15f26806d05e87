"""The deployments on the Prefect server: applying prefect.yaml, and their schedules.

Applying a deployment replaces its schedules, so those that people have set are put back.
"""

import subprocess
import sys
from pathlib import Path
from typing import Any

from prefect.client.orchestration import SyncPrefectClient, get_client
from prefect.client.schemas.actions import DeploymentScheduleUpdate, DeploymentUpdate
from prefect.client.schemas.filters import DeploymentFilter, DeploymentFilterTags
from prefect.client.schemas.responses import DeploymentResponse
from prefect.client.schemas.schedules import CronSchedule

ROOT = Path(__file__).parents[2]
TAG = "ripieno"


def apply_deployments() -> str:
    """Make the deployments what prefect.yaml says; schedules and pauses of old ones stay.

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


def _as_update(schedule: Any) -> DeploymentScheduleUpdate:
    kept = {name: getattr(schedule, name) for name in ("schedule", "active", "parameters", "slug")}
    return DeploymentScheduleUpdate(**kept)
