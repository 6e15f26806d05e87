"""Asking Prefect to train anew on drift: once for an ensemble and the data in its source."""

import hashlib
import json
import logging
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any
from uuid import NAMESPACE_URL, UUID, uuid4, uuid5

from prefect.client.orchestration import SyncPrefectClient, get_client
from prefect.client.schemas.filters import (
    DeploymentFilter,
    DeploymentFilterId,
    FlowRunFilter,
    FlowRunFilterCreatedBy,
)
from prefect.client.schemas.objects import FlowRun
from prefect.client.schemas.responses import DeploymentResponse
from prefect.client.schemas.sorting import FlowRunSort
from prefect.events import emit_event
from prefect.exceptions import ObjectNotFound

from conf.schema import Configuration
from conf.scoring import DriftFound
from ripieno.scoring.ensemble import ScoringEnsemble
from tasks.links import deployment_page, prefect_page
from tasks.records import TrainingData
from tasks.reporting import SUMMARY

logger = logging.getLogger("ripieno.drift")

EVENT = "ripieno.drift.detected"
"""What `conf/automations/retrain.yaml` waits for."""
AUTOMATION = "ripieno-retrain-on-drift"
N_RUNS = 200
"""Flow runs of the deployment, the newest, that are looked through."""
START_SECONDS = 30.0
"""How long Prefect may take to react to the event before that is told instead."""
LOOK_SECONDS = 0.5


def ask_for_retraining(
    deployment_name: str | None, ensemble: ScoringEnsemble, payload: Mapping[str, Any]
) -> str:
    """Emit the event that the automation reacts to, unless it did so before.

    The same ensemble and the same files of its training source ask once, whatever was scored: a
    retraining that waits, runs or is done answers for all later batches. One that failed or crashed
    is asked for again.

    Args:
        deployment_name: `FLOW/NAME` that retrains; None: nothing does.
        ensemble: The one that scored.
        payload: What else the event tells.

    Returns:
        What has been asked for, with its page in Prefect's UI, or why nothing was.
    """
    with get_client(sync_client=True) as client:
        deployment = find_deployment(client, deployment_name) if deployment_name else None
        obstacle = why_not(client, deployment_name, deployment)
        if obstacle or deployment is None:
            _emit(deployment, ensemble, payload, uuid4())  # others may want to know
            return f"Nothing is retrained: {obstacle}."
        runs = list(retrainings(client, deployment, ensemble))
        for run in runs:
            if run.state is None or not (run.state.is_failed() or run.state.is_crashed()):
                state = "" if run.state is None else f" ({run.state.name})"
                return f"Retraining was asked for before: {page_of(run)}{state}."
        _emit(deployment, ensemble, payload, event_id(ensemble, len(runs)))
        return _wait_for_run(client, deployment, ensemble, len(runs))


def trained_before(
    configuration: Configuration, drift: DriftFound, data: TrainingData
) -> str | None:
    """A run that has trained on the same data, None where there is none: they are new.

    The ensemble that scored, or one trained since: several may have asked at a time.
    """
    if drift.data == data.fingerprint:
        return drift.ensemble
    for path in sorted(configuration.workspace.runs.glob(f"*/{SUMMARY}"), reverse=True):
        summary = json.loads(path.read_text(encoding="utf-8"))
        experiment = summary["run"]["configuration"]["tracking"]["experiment"]
        mine = experiment == configuration.tracking.experiment
        if mine and summary["data"]["fingerprint"] == data.fingerprint:
            return path.parent.name
    return None


def why_not(
    client: SyncPrefectClient, name: str | None, deployment: DeploymentResponse | None
) -> str | None:
    """What keeps Prefect from retraining; None where nothing does."""
    if name is None:
        return "no deployment was named"
    if deployment is None:
        return f"Prefect has no deployment {name} (make up brings it)"
    taken = (deployment.parameter_openapi_schema or {}).get("properties", {})
    if taken and not {"configuration", "drift"} <= set(taken):
        return f"{name} does not take the parameters configuration and drift"
    automations = client.read_automations_by_name(AUTOMATION)
    if not automations:
        return f"the Prefect server has no automation {AUTOMATION} (make automations brings it)"
    if not any(each.enabled for each in automations):
        return f"the automation {AUTOMATION} is switched off in Prefect"
    return None


def find_deployment(client: SyncPrefectClient, name: str) -> DeploymentResponse | None:
    """A deployment `FLOW/NAME`; None where the server has none."""
    try:
        return client.read_deployment_by_name(name)
    except ObjectNotFound:
        return None


def retrainings(
    client: SyncPrefectClient, deployment: DeploymentResponse, ensemble: ScoringEnsemble
) -> Iterator[FlowRun]:
    """Runs that the automation began for the same ensemble and the same data, newest first."""
    found = client.read_flow_runs(
        deployment_filter=DeploymentFilter(id=DeploymentFilterId(any_=[deployment.id])),
        flow_run_filter=FlowRunFilter(created_by=FlowRunFilterCreatedBy(type_=["AUTOMATION"])),
        sort=FlowRunSort.EXPECTED_START_TIME_DESC,
        limit=N_RUNS,
    )
    wanted = drift_found(ensemble).model_dump(mode="json")
    return (run for run in found if run.parameters.get("drift") == wanted)


def drift_found(ensemble: ScoringEnsemble) -> DriftFound:
    """What the training is told of why it runs."""
    source = ensemble.configuration["dataset"]
    return DriftFound(ensemble=ensemble.name, data=ensemble.data, source=source_state(source))


def source_state(dataset: Mapping[str, Any]) -> str:
    """Changes when files of a training source do: of their names, sizes and times, not contents.

    Args:
        dataset: The `dataset` section of a configuration, as JSON values.
    """
    digest = hashlib.sha256()
    for root in sorted(_paths(dataset)):
        for path in (root, *sorted(root.rglob("*"))):
            if path.is_file():
                seen = path.stat()
                digest.update(f"{path}\0{seen.st_size}\0{seen.st_mtime_ns}\n".encode())
    return digest.hexdigest()[:16]


def event_id(ensemble: ScoringEnsemble, n_failed: int) -> UUID:
    """The same for what Prefect is to react to once, also where two batches are scored at once."""
    return uuid5(NAMESPACE_URL, f"{EVENT}/{drift_found(ensemble).model_dump_json()}/{n_failed}")


def page_of(run: FlowRun) -> str:
    """The page of a flow run in Prefect's UI; its name, under a server that ends with us."""
    return prefect_page(str(run.id)) or f"{run.name}, which begins with make up"


def _emit(
    deployment: DeploymentResponse | None,
    ensemble: ScoringEnsemble,
    payload: Mapping[str, Any],
    event: UUID,
) -> None:
    related = []
    if deployment is not None:
        related.append(
            {
                "prefect.resource.id": f"prefect.deployment.{deployment.id}",
                "prefect.resource.role": "deployment",
                "prefect.resource.name": deployment.name,
            }
        )
    emit_event(
        event=EVENT,
        resource={
            "prefect.resource.id": f"ripieno.ensemble.{ensemble.experiment}",
            "prefect.resource.name": ensemble.name,
        },
        related=related,
        payload={
            **payload,
            "configuration": dict(ensemble.configuration),
            "drift": drift_found(ensemble).model_dump(mode="json"),
        },
        id=event,
    )


def _wait_for_run(
    client: SyncPrefectClient,
    deployment: DeploymentResponse,
    ensemble: ScoringEnsemble,
    n_before: int,
) -> str:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        runs = list(retrainings(client, deployment, ensemble))
        if len(runs) > n_before:
            return f"Retraining is asked for: {page_of(runs[0])}."
        time.sleep(LOOK_SECONDS)
    page = deployment_page(str(deployment.id)) or deployment.name
    return f"Retraining is asked for; it will be among the runs of {page}."


def _paths(value: Any) -> Iterator[Path]:
    """The files and folders that values name."""
    if isinstance(value, Mapping):
        for each in value.values():
            yield from _paths(each)
    elif isinstance(value, (list, tuple)):
        for each in value:
            yield from _paths(each)
    elif isinstance(value, str) and Path(value).expanduser().exists():
        yield Path(value).expanduser()
