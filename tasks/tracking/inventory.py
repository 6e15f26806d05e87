"""What tracking stores hold, over all their experiments: runs, logged models, versions."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from urllib.parse import unquote, urlparse

from mlflow import MlflowClient
from mlflow.entities import LoggedModel as MlflowModel
from mlflow.entities import Run, ViewType
from mlflow.exceptions import MlflowException
from mlflow.models import Model
from mlflow.utils.mlflow_tags import MLFLOW_PARENT_RUN_ID

from tasks.tracking.connection import open_client
from tasks.tracking.registry import Registry, Version

PAGE = 1000


@dataclass(frozen=True)
class RecordedRun:
    """A run as MLflow records it.

    Attributes:
        run_id: Its id.
        experiment: The name of its experiment.
        parent: The id of the run above it, its own where there is none.
        status: RUNNING, FINISHED, FAILED or KILLED.
        deleted: Whether it was deleted in MLflow, which remembers it.
        member_key: The key of the member in the store that it recorded, where it did.
        study: The study that it searched in, where it did.
        artifacts: Its folder of artifacts, None where that is not on this machine.
        note_pruned: Says on the run that its artifacts are gone.
    """

    run_id: str
    experiment: str
    parent: str
    status: str
    deleted: bool
    member_key: str | None
    study: str | None
    artifacts: Path | None
    note_pruned: Callable[[], object]


@dataclass(frozen=True)
class LoggedModel:
    """A model that a run logged, registered or not.

    Attributes:
        model_id: Its id.
        run_id: The run that logged it.
        artifacts: Its folder, None where that is not on this machine.
        forget: Deletes it from the records.
    """

    model_id: str
    run_id: str
    artifacts: Path | None
    forget: Callable[[], None]


@dataclass(frozen=True)
class RegisteredVersion:
    """A version of a registered model.

    Attributes:
        version: The version.
        drop: Removes it with its logged model.
    """

    version: Version
    drop: Callable[[], None]


@dataclass(frozen=True)
class Inventory:
    """What several tracking stores hold; two addresses may lead to one store.

    Attributes:
        runs: All runs, deleted ones too.
        models: All logged models that were not deleted.
        versions: All versions of all registered models.
    """

    runs: Sequence[RecordedRun]
    models: Sequence[LoggedModel]
    versions: Sequence[RegisteredVersion]


def open_inventory(uris: Iterable[str]) -> Inventory:
    """What the tracking stores at these addresses hold, each thing once."""
    runs: dict[str, RecordedRun] = {}
    models: dict[str, LoggedModel] = {}
    versions: dict[tuple[str, str, str], RegisteredVersion] = {}
    for client in map(open_client, uris):
        found = client.search_experiments(ViewType.ALL, max_results=PAGE)
        experiments = {each.experiment_id: each.name for each in found}
        for run in _runs(client, list(experiments)):
            runs.setdefault(run.info.run_id, _recorded(client, run, experiments))
        for model in _models(client, list(experiments)):
            models.setdefault(model.model_id, _logged(client, model))
        for registered in client.search_registered_models(max_results=PAGE):
            registry = Registry(client, registered.name)
            for version in registry.versions():
                key = (version.name, version.number, version.model_id)
                versions.setdefault(
                    key, RegisteredVersion(version, partial(registry.drop, version))
                )
    return Inventory(list(runs.values()), list(models.values()), list(versions.values()))


def _runs(client: MlflowClient, experiments: list[str]) -> Iterator[Run]:
    token = None
    while True:
        page = client.search_runs(
            experiments, run_view_type=ViewType.ALL, max_results=PAGE, page_token=token
        )
        yield from page
        token = page.token
        if not token:
            return


def _models(client: MlflowClient, experiments: list[str]) -> Iterator[MlflowModel]:
    token = None
    while True:
        page = client.search_logged_models(experiments, max_results=100, page_token=token)
        yield from page
        token = page.token
        if not token:
            return


def local(uri: str) -> Path | None:
    """The folder that a `file:` address or a plain path names, None for another scheme."""
    parsed = urlparse(uri)
    if parsed.scheme not in ("", "file"):
        return None
    return Path(unquote(parsed.path))


def logged_by(model: Path) -> str | None:
    """The run that logged a model, by the model's own folder; None where that does not say."""
    try:
        run_id: str | None = Model.load(str(model / "artifacts")).run_id
    except MlflowException:
        return None
    return run_id


def _recorded(client: MlflowClient, run: Run, experiments: Mapping[str, str]) -> RecordedRun:
    tags, info = run.data.tags, run.info
    return RecordedRun(
        info.run_id,
        experiments[info.experiment_id],
        tags.get(MLFLOW_PARENT_RUN_ID, info.run_id),
        info.status,
        info.lifecycle_stage == "deleted",
        tags.get("store.key"),
        tags.get("optuna.study"),
        local(info.artifact_uri),
        partial(client.set_tag, info.run_id, "ripieno.pruned", "true"),
    )


def _logged(client: MlflowClient, model: MlflowModel) -> LoggedModel:
    return LoggedModel(
        model.model_id,
        model.source_run_id or "",
        local(model.artifact_location),
        partial(client.delete_logged_model, model.model_id),
    )
