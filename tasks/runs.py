"""A run's name, folder and parent run in MLflow, and the end of runs whose process was killed."""

import fcntl
import json
import logging
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import IO

from prefect import task
from prefect.cache_policies import NO_CACHE
from prefect.client.orchestration import get_client
from prefect.exceptions import ObjectNotFound
from prefect.runtime import flow_run
from prefect.states import Crashed

from conf.schema import Configuration
from conf.workspace import Workspace
from tasks.links import lead_to_mlflow, prefect_page, run_page
from tasks.records import RUNNING, PreparedData, Run
from tasks.tracking import Tracker, open_tracker

logger = logging.getLogger("ripieno.runs")

OPENING = ".mlflow.lock"
"""Locked while a process connects to MLflow, whose database may be made then."""


@task(task_run_name="connect-mlflow", cache_policy=NO_CACHE)
def connect(configuration: Configuration) -> Tracker:
    """The experiment's tracker; ends in both systems what a killed process left as running."""
    workspace = configuration.workspace.make()
    with (workspace.root / OPENING).open("w") as file:  # two processes cannot both make a database
        fcntl.flock(file, fcntl.LOCK_EX)
        tracker = open_tracker(
            workspace.tracking_uri, configuration.tracking.experiment, workspace.artifacts
        )
    for path in sorted(workspace.runs.glob(f"*/{RUNNING}")):
        end_if_killed(path, tracker)
    return tracker


@contextmanager
def open_run(
    configuration: Configuration,
    data: PreparedData,
    tracker: Tracker,
    kind: str = "ensemble run",
) -> Iterator[Run]:
    """Name the run, make its folder, open its parent run in MLflow, and close all three."""
    name = new_run_name(configuration)
    directory = configuration.workspace.runs / name
    (directory / "epochs").mkdir(parents=True)
    run_id = tracker.start_run(name, {"ripieno.kind": kind} | prefect_tags(name))
    tracker.log(run_id, params=configuration.model_dump(mode="json"))
    tracker.log_dataset(
        run_id,
        configuration.dataset.source,
        data.training.fingerprint,
        configuration.dataset.model_dump(mode="json"),
        {"train": data.training.n_train, "validation": data.training.n_validation}
        | {"test": data.sealed.n_samples, "classes": list(data.training.class_names)},
    )
    run = Run(
        name=name,
        directory=directory,
        store=configuration.workspace.store,
        run_id=run_id,
        experiment_id=tracker.experiment_id,
        flow_run_id=flow_run.id,
    )
    with mark_running(directory / RUNNING, run_id):
        try:
            page = run_page(run.experiment_id, run_id)
            experiment, source = configuration.tracking.experiment, configuration.dataset.source
            lead_to_mlflow(name, page, tracker.uri, experiment, f"data:{source}")
            yield run
        except BaseException as error:
            tracker.log(run_id, tags={"error": str(error) or type(error).__name__})
            tracker.finish_tree(run_id, "FAILED" if isinstance(error, Exception) else "KILLED")
            raise
    tracker.finish(run_id)


@contextmanager
def mark_running(path: Path, run_id: str) -> Iterator[None]:
    """Hold a lock that the kernel drops when this process ends, however it ends."""
    with path.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        json.dump({"mlflow_run_id": run_id, "prefect_flow_run_id": flow_run.id}, file)
        file.flush()
        try:
            yield
        finally:
            path.unlink()


def end_if_killed(path: Path, tracker: Tracker) -> None:
    """Mark a run as killed in MLflow and as crashed in Prefect, where its process is gone."""
    with path.open() as file:
        if not lock(file):
            return
        try:
            ids = json.load(file)
        except ValueError:  # killed between opening and writing: there is no run to end yet
            ids = {}
    if ids:
        logger.warning("Run %s was killed; marking it as ended", path.parent.name)
        tracker.finish_tree(ids["mlflow_run_id"], "KILLED")
        crash(ids["prefect_flow_run_id"])
    path.unlink(missing_ok=True)


def end_killed_runs(workspace: Workspace, uri: str) -> None:
    """End what killed processes left as running, in the experiments that their names tell."""
    for path in sorted(workspace.runs.glob(f"*/{RUNNING}")):
        experiment = path.parent.name.rsplit("-", 3)[0]
        end_if_killed(path, open_tracker(uri, experiment, workspace.artifacts))


def lock(file: IO[str]) -> bool:
    """Whether the lock could be had, that is, whether nobody alive holds it."""
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def crash(flow_run_id: str | None) -> None:
    """Give a flow run its final state; one of another Prefect server is left alone."""
    if flow_run_id is None:
        return
    with get_client(sync_client=True) as client:
        try:
            state = client.read_flow_run(flow_run_id).state  # type: ignore[arg-type]  # takes text
        except ObjectNotFound:
            return
        if state is not None and not state.is_final():
            client.set_flow_run_state(flow_run_id, Crashed(message="Its process was killed."))


def prefect_tags(name: str) -> dict[str, str]:
    """The way from the MLflow run to the flow run, which is given the same name."""
    if flow_run.id is None:
        return {}
    tags = {"prefect.flow_run_id": flow_run.id, "prefect.flow_run_name": name}
    page = prefect_page(flow_run.id)
    return tags | ({"prefect.flow_run_url": page} if page else {})


def model_name(configuration: Configuration) -> str:
    """The registered model: one a data set."""
    return configuration.publish.name or configuration.tracking.experiment


def new_run_name(configuration: Configuration) -> str:
    """Sorts by time and is unique: `digits-20261124-013300-4f2a`."""
    now = datetime.now(UTC).strftime("%Y%m%d-%H%M%S")
    return f"{configuration.tracking.experiment}-{now}-{secrets.token_hex(2)}"
