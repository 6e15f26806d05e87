"""A run's name, folder and parent run in MLflow, and the end of runs whose process was killed."""

import fcntl
import json
import logging
import secrets
from collections.abc import Iterator, Mapping
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
from conf.services import service_settings
from conf.workspace import Workspace, sqlite_url
from ripieno.display import without_password
from tasks.links import lead_to_mlflow, prefect_page, run_page
from tasks.observers import first_line
from tasks.records import RUNNING, PreparedData, Run
from tasks.services.health import is_healthy
from tasks.tracking import Tracker, open_tracker
from tasks.tracking.address import check_tracking_uri

logger = logging.getLogger("ripieno.runs")

OPENING = ".mlflow.lock"
"""Locked while a process connects to MLflow, whose database may be made then."""


@task(task_run_name="connect-mlflow", cache_policy=NO_CACHE)
def connect(configuration: Configuration) -> Tracker:
    """The experiment's tracker; ends in both systems what killed processes left as running."""
    workspace = configuration.workspace.make()
    with (workspace.root / OPENING).open("w") as file:  # two processes cannot both make a database
        fcntl.flock(file, fcntl.LOCK_EX)
        tracker = open_tracker(
            workspace.tracking_uri, configuration.tracking.experiment, workspace.artifacts
        )
    end_killed_runs(workspace)
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
    experiment, source = configuration.tracking.experiment, configuration.dataset.source
    with mark_running(directory / RUNNING, tracker.uri, experiment) as mark:
        run_id = tracker.start_run(name, {"ripieno.kind": kind} | prefect_tags(name))
        mark.update(mlflow_run_id=run_id)
        try:
            tracker.log(run_id, params=configuration.model_dump(mode="json"))
            tracker.log_dataset(
                run_id,
                source,
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
            page = run_page(run.experiment_id, run_id)
            lead_to_mlflow(name, page, tracker.uri, experiment, f"data:{source}")
            yield run
        except BaseException as error:
            status = "FAILED" if isinstance(error, Exception) else "KILLED"
            close(mark, tracker, status, str(error) or type(error).__name__)
            raise
        close(mark, tracker, "FINISHED")


class Mark:
    """What is known of a run that has not ended: `running.json`, locked by the run's process.

    The kernel drops the lock when that process ends, however it ends. The file is removed when
    MLflow knows the end; one that stays is worked off by the next command.

    Attributes:
        facts: `name`, `tracking_uri`, `experiment`, `prefect_flow_run_id`, `mlflow_run_id` once
            there is one, and `status`: how it ended, `KILLED` until it says otherwise.
    """

    def __init__(self, file: IO[str], facts: dict[str, str | None]) -> None:
        self._file = file
        self.facts = facts

    def update(self, **facts: str | None) -> None:
        """Write down more."""
        self.facts |= facts
        self._file.seek(0)
        self._file.truncate()
        json.dump(self.facts, self._file)
        self._file.flush()


@contextmanager
def mark_running(path: Path, tracking_uri: str, experiment: str) -> Iterator[Mark]:
    """Say that a run is in progress, before MLflow hears of it; see `Mark`."""
    with path.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        mark = Mark(file, {})
        mark.update(
            name=path.parent.name,
            tracking_uri=without_password(tracking_uri),
            experiment=experiment,
            prefect_flow_run_id=flow_run.id,
            status="KILLED",
        )
        yield mark


def close(mark: Mark, tracker: Tracker, status: str, error: str | None = None) -> None:
    """Tell MLflow how the run ended. An outage costs nothing: the next command tells it then."""
    mark.update(status=status)
    run_id = str(mark.facts["mlflow_run_id"])
    try:
        if error is not None:
            tracker.log(run_id, tags={"error": error})
        tracker.finish_tree(run_id, status)
    except Exception as problem:  # whatever a server that is gone raises
        logger.warning(
            "MLflow could not be told that %s has ended (%s); the next run will tell it",
            mark.facts["name"],
            first_line(problem),
        )
    else:
        Path(mark._file.name).unlink(missing_ok=True)


def end_killed_runs(workspace: Workspace) -> None:
    """End in both systems what killed processes left as running; what cannot be told waits."""
    for path in sorted(workspace.runs.glob(f"*/{RUNNING}")):
        if path.parent.is_symlink():  # `latest`: one of the others
            continue
        try:
            end_if_killed(path, workspace)
        except Exception as error:  # recovery never stops new work
            logger.warning("The end of %s waits: %s", path.parent.name, first_line(error))


def end_if_killed(path: Path, workspace: Workspace) -> None:
    """Mark a run as killed in MLflow and as crashed in Prefect, where its process is gone.

    Looks where the run itself was recorded: the same store may not be the one that is used now.
    """
    try:
        file = path.open()
    except FileNotFoundError:  # it has ended meanwhile
        return
    with file:
        if not lock(file):
            return
        try:
            facts = json.load(file)
        except ValueError:  # killed between opening and writing: there is no run to end yet
            facts = {}
    if facts:
        status = facts.get("status", "KILLED")
        logger.warning("Telling MLflow that %s has ended: %s", path.parent.name, status)
        crash(facts.get("prefect_flow_run_id"))
        experiment = facts.get("experiment") or path.parent.name.rsplit("-", 3)[0]
        uri = store_of(facts, workspace)
        tracker = open_tracker(uri, experiment, workspace.artifacts)
        for run_id in tracker.open_runs(path.parent.name, facts.get("mlflow_run_id")):
            tracker.finish_tree(run_id, status)
    path.unlink(missing_ok=True)


def store_of(facts: Mapping[str, str | None], workspace: Workspace) -> str:
    """The tracking store that a run was recorded in.

    `ripieno up` serves the workspace's own database: a run that was recorded there is in the
    database while the server is down.

    Raises:
        ConfigurationError: If it does not answer.
    """
    now = workspace.tracking_uri
    recorded = facts.get("tracking_uri") or now
    if recorded == without_password(now):
        return now
    settings = service_settings()
    own = settings.mlflow_database is None and workspace.database.is_file()
    if own and recorded == settings.mlflow_url and not is_healthy(f"{recorded}/health"):
        return sqlite_url(workspace.database)
    check_tracking_uri(recorded, "the store of a run that was killed")
    return recorded


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
    try:
        with get_client(sync_client=True) as client:
            state = client.read_flow_run(flow_run_id).state  # type: ignore[arg-type]  # takes text
            if state is not None and not state.is_final():
                client.set_flow_run_state(flow_run_id, Crashed(message="Its process was killed."))
    except ObjectNotFound:
        return
    except Exception as error:  # no server: what MLflow is to hear does not wait for it
        logger.warning("Prefect could not be told of a run that was killed: %s", first_line(error))


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
