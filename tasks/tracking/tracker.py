"""Runs with explicit ids, one batch a call.

MLflow's fluent interface keeps the active run per thread and the experiment in a module global;
members finish in threads of their own, so everything here names its run.
"""

import json
import tempfile
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import mlflow
from mlflow.entities import (
    Dataset,
    DatasetInput,
    InputTag,
    LoggedModelOutput,
    Metric,
    Param,
    RunTag,
    ViewType,
)
from mlflow.models import Model
from mlflow.utils.mlflow_tags import MLFLOW_PARENT_RUN_ID, MLFLOW_RUN_NOTE

from ripieno.types import ImageArray
from tasks.tracking.connection import one_line_errors, open_client
from tasks.tracking.models import ModelFiles, ensemble_files, member_files
from tasks.tracking.views import VIEW_TAG, experiment_tags

BATCH = 1000  # MLflow takes at most so many metrics in a call
PARAM_LENGTH = 6000


@dataclass(frozen=True)
class Tracker:
    """One experiment in one tracking store; safe to share between threads."""

    client: mlflow.MlflowClient
    uri: str
    experiment_id: str

    def start_run(self, name: str, tags: Mapping[str, str], parent: str | None = None) -> str:
        """Open a run, below `parent` where one is given, and return its id."""
        all_tags = dict(tags) | ({MLFLOW_PARENT_RUN_ID: parent} if parent else {})
        run = self.client.create_run(self.experiment_id, run_name=name, tags=all_tags)
        return str(run.info.run_id)

    def log(
        self,
        run_id: str,
        *,
        metrics: Mapping[str, float] | None = None,
        params: Mapping[str, object] | None = None,
        tags: Mapping[str, str] | None = None,
    ) -> None:
        """Record figures, parameters and tags in one call."""
        now = int(time.time() * 1000)
        self.client.log_batch(
            run_id,
            metrics=[Metric(key, float(value), now, 0) for key, value in (metrics or {}).items()],
            params=[
                Param(key, str(value)[:PARAM_LENGTH])
                for key, value in flatten(params or {}).items()
            ],
            tags=[RunTag(key, value) for key, value in (tags or {}).items()],
        )

    def log_steps(self, run_id: str, steps: Iterable[tuple[int, Mapping[str, float]]]) -> None:
        """Record curves: one point a step and metric."""
        now = int(time.time() * 1000)
        points = [
            Metric(key, float(value), now, step)
            for step, values in steps
            for key, value in values.items()
        ]
        for start in range(0, len(points), BATCH):
            self.client.log_batch(run_id, metrics=points[start : start + BATCH])

    def describe(self, run_id: str, markdown: str) -> None:
        """Set the description that the run's page shows."""
        self.client.set_tag(run_id, MLFLOW_RUN_NOTE, markdown)

    def log_dataset(
        self, run_id: str, name: str, digest: str, source: Mapping[str, object], profile: object
    ) -> None:
        """Record the data by their own fingerprint: MLflow's digest reads only the beginning."""
        dataset = Dataset(
            name=name,
            digest=digest,
            source_type="local",
            source=json.dumps(source, default=str),
            profile=json.dumps(profile),
        )
        tags = [InputTag("mlflow.data.context", "training, validation, test")]
        self.client.log_inputs(run_id, [DatasetInput(dataset, tags)])

    def log_file(self, run_id: str, path: Path, folder: str | None = None) -> None:
        """Upload one file."""
        self.client.log_artifact(run_id, str(path), folder)

    def log_model(
        self,
        run_id: str,
        name: str,
        artefact: Path,
        example: ImageArray,
        n_classes: int,
        requirements: Sequence[str],
    ) -> str:
        """Upload a member as an MLflow model made from code; nothing in it is ever unpickled.

        Args:
            run_id: The run whose output it is.
            name: The model's name.
            artefact: The member's folder in the store.
            example: Images of shape (n, height, width, channels), kept as the input example.
            n_classes: Number of probabilities the model returns for an image.
            requirements: Pinned requirements to load it.

        Returns:
            The model's id; `models:/<id>` loads it.
        """
        return self._upload(run_id, name, member_files(artefact, example, n_classes, requirements))

    def log_ensemble(
        self,
        run_id: str,
        name: str,
        bundle: Path,
        example: ImageArray,
        n_classes: int,
        n_members: int,
        has_sets: bool,
        requirements: Sequence[str],
    ) -> str:
        """Upload the ensemble of a bundle, as `log_model` does a member.

        Returns:
            The model's id; `models:/<id>` loads it.
        """
        files = ensemble_files(bundle, example, n_classes, n_members, has_sets, requirements)
        return self._upload(run_id, name, files)

    def _upload(self, run_id: str, name: str, files: ModelFiles) -> str:
        logged = self.client.create_logged_model(
            self.experiment_id, name=name, source_run_id=run_id
        )
        with tempfile.TemporaryDirectory() as folder:
            directory = Path(folder) / "model"
            files.save(directory, Model(run_id=run_id, model_id=logged.model_id))
            self.client.log_model_artifacts(logged.model_id, str(directory))
        self.client.finalize_logged_model(logged.model_id, "READY")
        self.client.log_outputs(run_id, [LoggedModelOutput(logged.model_id, step=0)])
        return str(logged.model_id)

    def tags_of_runs(self, tags: Mapping[str, str]) -> list[dict[str, str]]:
        """All tags of the experiment's runs that carry these."""
        wanted = " and ".join(f"tags.`{key}` = '{value}'" for key, value in tags.items())
        found = self.client.search_runs([self.experiment_id], wanted, max_results=5000)
        return [dict(run.data.tags) for run in found]

    def finish(self, run_id: str, status: str = "FINISHED") -> None:
        """Close a run: FINISHED, FAILED or KILLED."""
        self.client.set_terminated(run_id, status)

    def open_runs(self, name: str, run_id: str | None = None) -> list[str]:
        """The ids of the runs of a name that have not ended.

        Args:
            name: Unique, as `tasks.runs.new_run_name` makes it.
            run_id: Its id, where that is known; the name finds a run whose process was killed
                before it could write the id down.
        """
        found = self.client.search_runs(
            [self.experiment_id],
            f"attributes.run_name = '{name}' and attributes.status = 'RUNNING'",
        )
        ids = {run.info.run_id for run in found}
        if run_id and self.client.search_runs(
            [self.experiment_id], f"attributes.run_id = '{run_id}'"
        ):
            ids.add(run_id)  # it may have ended, and those below it not
        return sorted(ids)

    def finish_tree(self, run_id: str, status: str) -> None:
        """Close a run and those below it that are still open."""
        everywhere = self.client.search_experiments(view_type=ViewType.ALL)
        below = self.client.search_runs(
            [each.experiment_id for each in everywhere],
            f"tags.`{MLFLOW_PARENT_RUN_ID}` = '{run_id}' and attributes.status = 'RUNNING'",
        )
        for child in below:
            self.finish_tree(child.info.run_id, status)
        self.finish(run_id, status)


def open_tracker(uri: str, experiment: str, artifacts: Path) -> Tracker:
    """Connect, creating the store and the experiment where they do not exist.

    Called once, by the flow process: a fresh SQLite store that several processes open at the same
    time fails in most of them.

    Args:
        uri: Tracking URI: `sqlite:///...`, `postgresql://...` or `http://...`.
        experiment: Name of the experiment.
        artifacts: Folder for artifacts where no server decides about them.

    Raises:
        ConfigurationError: If the store does not answer, or is another version's.
    """
    with one_line_errors(uri):
        client = open_client(uri)
        found = client.get_experiment_by_name(experiment)
    if found is not None and found.lifecycle_stage == "deleted":
        client.restore_experiment(found.experiment_id)
    if found is None:
        experiment_id = _create(client, uri, experiment, artifacts / experiment)
    else:
        experiment_id = found.experiment_id
    there = found.tags if found else {}
    for key, value in experiment_tags(experiment).items():
        if key not in there or (key == VIEW_TAG and there[key] != value):  # people's words stay
            client.set_experiment_tag(experiment_id, key, value)
    return Tracker(client, uri, experiment_id)


def _create(client: mlflow.MlflowClient, uri: str, name: str, artifacts: Path) -> str:
    """Make an experiment, whose folder is there from the beginning, and return its id."""
    if uri.startswith("http"):
        return str(client.create_experiment(name))
    artifacts.mkdir(parents=True, exist_ok=True)
    return str(client.create_experiment(name, artifacts.as_uri()))


def flatten(values: Mapping[str, object], prefix: str = "") -> dict[str, object]:
    """Nested settings as dotted names, the way `--set` spells them."""
    flat: dict[str, object] = {}
    for key, value in values.items():
        name = f"{prefix}{key}"
        if isinstance(value, Mapping):
            flat |= flatten(value, f"{name}.")
        else:
            flat[name] = value
    return flat
