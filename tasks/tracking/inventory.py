"""What a tracking store holds, over all its experiments: runs, logged models, versions."""

from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote, urlparse

from mlflow import MlflowClient
from mlflow.entities import Run, ViewType
from mlflow.utils.mlflow_tags import MLFLOW_PARENT_RUN_ID

from tasks.tracking.registry import Registry, Version

PAGE = 1000


@dataclass(frozen=True)
class RecordedRun:
    """A run as MLflow records it.

    Attributes:
        run_id: Its id.
        parent: The id of the run above it, its own where there is none.
        status: RUNNING, FINISHED, FAILED or KILLED.
        member_key: The key of the member in the store that it recorded, where it did.
        study: The study that it searched in, where it did.
        artifacts: Its folder of artifacts, None where that is not on this machine.
    """

    run_id: str
    parent: str
    status: str
    member_key: str | None
    study: str | None
    artifacts: Path | None


@dataclass(frozen=True)
class LoggedModel:
    """A model that a run logged, registered or not."""

    model_id: str
    run_id: str
    artifacts: Path | None


@dataclass(frozen=True)
class Inventory:
    """A tracking store."""

    client: MlflowClient

    def runs(self) -> list[RecordedRun]:
        """All runs that were not deleted."""
        found: list[RecordedRun] = []
        token = None
        while True:
            page = self.client.search_runs(self._experiments(), max_results=PAGE, page_token=token)
            found += map(_recorded, page)
            token = page.token
            if not token:
                return found

    def models(self) -> list[LoggedModel]:
        """All logged models that were not deleted."""
        found: list[LoggedModel] = []
        token = None
        while True:
            page = self.client.search_logged_models(
                self._experiments(), max_results=100, page_token=token
            )
            found += [
                LoggedModel(m.model_id, m.source_run_id or "", local(m.artifact_location))
                for m in page
            ]
            token = page.token
            if not token:
                return found

    def versions(self) -> list[Version]:
        """All versions of all registered models."""
        names = [model.name for model in self.client.search_registered_models(max_results=PAGE)]
        return [version for name in names for version in self.registry(name).versions()]

    def registry(self, name: str) -> Registry:
        """One registered model."""
        return Registry(self.client, name)

    def forget_model(self, model_id: str) -> None:
        """Delete a logged model from the records."""
        self.client.delete_logged_model(model_id)

    def note_pruned(self, run_id: str) -> None:
        """Say on a run that its artifacts are gone."""
        self.client.set_tag(run_id, "ripieno.pruned", "true")

    def _experiments(self) -> list[str]:
        everything = self.client.search_experiments(ViewType.ALL, max_results=PAGE)
        return [experiment.experiment_id for experiment in everything]


def open_inventory(uri: str) -> Inventory:
    """What the tracking store at an address holds."""
    return Inventory(MlflowClient(tracking_uri=uri))


def local(uri: str) -> Path | None:
    """The folder that a `file:` address or a plain path names, None for another scheme."""
    parsed = urlparse(uri)
    if parsed.scheme not in ("", "file"):
        return None
    return Path(unquote(parsed.path))


def _recorded(run: Run) -> RecordedRun:
    tags = run.data.tags
    return RecordedRun(
        run.info.run_id,
        tags.get(MLFLOW_PARENT_RUN_ID, run.info.run_id),
        run.info.status,
        tags.get("store.key"),
        tags.get("optuna.study"),
        local(run.info.artifact_uri),
    )
