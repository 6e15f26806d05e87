"""What nobody needs any more, and its removal: by registered versions, running flows, recent runs.

A run's folder, its artifacts in MLflow and its entries in the store belong together. Figures,
parameters and tags of every run stay in MLflow for good. The workspace's own database is asked as
well as the tracking store of the moment: what is registered in either stays.
"""

import json
import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from conf.schema import Configuration
from conf.services import service_settings
from conf.workspace import Workspace, sqlite_url
from ripieno.runtime.store import DAMAGED, Entry, Store, key_of
from tasks.publication import DATA, RUN, VERIFIED
from tasks.records import RUNNING
from tasks.runs import lock, model_name
from tasks.services.programs import MLFLOW_DRIVERS, with_driver
from tasks.tracking.inventory import Inventory, RecordedRun, logged_by, open_inventory
from tasks.training import COMBINED

KINDS = ("prediction", "member", "folds", "names", "sealed", "data")
"""Kinds of store entries that are looked at; what others keep there is left alone."""
RESULTS = ("summary.json", "tuning.json", "study.json")
"""What runs of every kind leave, with the id of their run in MLflow."""
PRUNED = ".pruned-"
"""Before the name of a folder that is being removed."""
FRESH = timedelta(hours=1)
"""Store entries younger than this stay: a run that is starting may be about to use them."""


@dataclass
class Needed:
    """What must stay.

    Attributes:
        folders: Names of run folders.
        run_ids: Runs in MLflow whose artifacts stay, children included.
        members: Keys of members in the store.
        folded: What those of them that were trained in folds have in common with their folds.
        data: Fingerprints of data in the store.
        model_ids: Logged models.
        store: Whether the whole store stays, as a flow is running.
    """

    folders: set[str] = field(default_factory=set)
    run_ids: set[str] = field(default_factory=set)
    members: set[str] = field(default_factory=set)
    folded: set[str] = field(default_factory=set)
    data: set[str] = field(default_factory=set)
    model_ids: set[str] = field(default_factory=set)
    store: bool = False


@dataclass(frozen=True)
class Scope:
    """What is looked at, and what stays as it belongs to other experiments.

    Attributes:
        folders: Run folders that are looked at, the newest first.
        other_folders: The others.
        runs: Runs in MLflow that are looked at.
        other_runs: The others.
    """

    folders: Sequence[Path]
    other_folders: Sequence[Path]
    runs: Sequence[RecordedRun]
    other_runs: Sequence[RecordedRun]


@dataclass(frozen=True)
class Superfluous:
    """Something that nobody needs.

    Attributes:
        kind: What it is.
        path: Where it is.
        n_bytes: Its size.
        remove: Removes it.
    """

    kind: str
    path: Path
    n_bytes: int
    remove: Callable[[], None]


def find_superfluous(
    configuration: Configuration,
    n_recent: int,
    *,
    whole_workspace: bool = True,
    fresh: timedelta = FRESH,
) -> list[Superfluous]:
    """What no registered version, no running flow and none of the newest runs needs.

    Args:
        configuration: Names the workspace, an experiment and a registered model.
        n_recent: Newest runs to keep, of all that are looked at together.
        whole_workspace: Whether to look at all experiments; otherwise at the configuration's own
            experiment and registered model, and nothing that another experiment needs goes.
        fresh: Age up to which store entries stay, whoever needs them.
    """
    workspace = configuration.workspace
    inventory = open_inventory(tracking_stores(workspace))
    experiment = None if whole_workspace else configuration.tracking.experiment
    scope = scope_of(workspace, inventory, experiment)
    store = Store(workspace.store)
    needed = what_is_needed(workspace, inventory, store, scope, n_recent)
    return [
        *unverified_versions(
            workspace, inventory, needed, None if whole_workspace else model_name(configuration)
        ),
        *run_folders(workspace, needed),
        *mlflow_artifacts(workspace, inventory, needed, scope),
        *store_entries(store, needed, fresh),
    ]


def tracking_stores(workspace: Workspace) -> list[str]:
    """The tracking store of the moment, and the databases that are this workspace's own."""
    database = service_settings().mlflow_database
    return [
        workspace.tracking_uri,
        *([sqlite_url(workspace.database)] if workspace.database.is_file() else []),
        *([with_driver(database, MLFLOW_DRIVERS)] if database else []),
    ]


def scope_of(workspace: Workspace, inventory: Inventory, experiment: str | None) -> Scope:
    """The runs of an experiment, or of all."""
    folders = run_folders_newest_first(workspace)
    if experiment is None:
        return Scope(folders, [], inventory.runs, [])
    experiments = {run.run_id: run.experiment for run in inventory.runs}
    ours = [f for f in folders if experiment_of(f, experiments) == experiment]
    return Scope(
        ours,
        [folder for folder in folders if folder not in ours],
        [run for run in inventory.runs if run.experiment == experiment],
        [run for run in inventory.runs if run.experiment != experiment],
    )


def experiment_of(folder: Path, experiments: Mapping[str, str]) -> str:
    """The experiment of a run's folder: MLflow knows it, or else the folder's name tells it."""
    known = (experiments[run_id] for run_id in mlflow_id(folder) if run_id in experiments)
    return next(known, folder.name.rsplit("-", 3)[0])


def what_is_needed(
    workspace: Workspace, inventory: Inventory, store: Store, scope: Scope, n_recent: int
) -> Needed:
    """Everything that must stay."""
    needed = Needed()
    alive = {f.name for f in (*scope.folders, *scope.other_folders) if is_running(f)}
    needed.store = bool(alive)
    needed.folders = alive | {f.name for f in (*scope.folders[:n_recent], *scope.other_folders)}
    for version in (each.version for each in inventory.versions):
        needed.model_ids.add(version.model_id)
        needed.data |= {version.tags.get(DATA, "")}
        needed.folders |= {version.tags.get(RUN, "")}
    runs = inventory.runs
    for name in needed.folders:
        needed.run_ids |= set(mlflow_id(workspace.runs / name))
    needed.run_ids |= {run.run_id for run in runs if run.status == "RUNNING"}
    needed.run_ids |= {run.run_id for run in scope.other_runs}
    add_below(needed, runs)
    # A study goes on over several runs: the trials of the older ones count, and may win.
    studies = {run.study for run in runs if run.run_id in needed.run_ids} - {None}
    needed.run_ids |= {run.run_id for run in runs if run.study in studies}
    add_below(needed, runs)
    needed.members |= {run.member_key or "" for run in runs if run.run_id in needed.run_ids}
    for entry in store.entries("member"):
        if entry.key in needed.members:
            needed.data.add(str(entry.inputs["data"]))
            needed.folded.add(without_fold(entry))
    return needed


def without_fold(entry: Entry) -> str:
    """What a member and its folds have in common of what made them."""
    own = ("fold", COMBINED)
    return key_of({name: value for name, value in entry.inputs.items() if name not in own})


def add_below(needed: Needed, runs: Sequence[RecordedRun]) -> None:
    """Need the runs below those that are needed: a search's trials are two levels below."""
    while below := {
        run.run_id
        for run in runs
        if run.parent in needed.run_ids and run.run_id not in needed.run_ids
    }:
        needed.run_ids |= below


def run_folders_newest_first(workspace: Workspace) -> list[Path]:
    """The folders of runs, by when they were made."""
    found = [path for path in workspace.runs.glob("*") if not path.is_symlink()]
    return sorted((p for p in found if p.is_dir()), key=lambda p: p.stat().st_mtime, reverse=True)


def is_running(folder: Path) -> bool:
    """Whether the process of a run lives."""
    with suppress(FileNotFoundError), (folder / RUNNING).open() as file:
        return not lock(file)
    return False


def mlflow_id(folder: Path) -> Iterator[str]:
    """The id of a run's parent run in MLflow, from whatever is in the run's folder so far."""
    for name in RESULTS:
        with suppress(OSError, ValueError, KeyError):
            yield json.loads((folder / name).read_text())["run"]["mlflow_run_id"]
    with suppress(OSError, ValueError, KeyError):
        yield json.loads((folder / RUNNING).read_text())["mlflow_run_id"]


def run_folders(workspace: Workspace, needed: Needed) -> Iterator[Superfluous]:
    """Folders of runs that nobody needs."""
    latest = (workspace.runs / "latest").resolve()
    for folder in run_folders_newest_first(workspace):
        if folder.name not in needed.folders and folder != latest:
            yield tree("run", folder)


def mlflow_artifacts(
    workspace: Workspace, inventory: Inventory, needed: Needed, scope: Scope
) -> Iterator[Superfluous]:
    """Artifacts in this workspace of runs and models that nobody needs."""
    root = workspace.artifacts
    ours = {run.run_id for run in scope.runs}
    known = {model.model_id for model in inventory.models} | needed.model_ids
    for path in root.glob("*/models/*"):
        # What was logged by no run that we know may be known to a store that was not asked.
        if path.name not in known and (path.name.startswith(PRUNED) or logged_by(path) in ours):
            yield tree("orphan", path)
    for model in inventory.models:
        kept = model.model_id in needed.model_ids or model.run_id in needed.run_ids
        folder = within(root, model.artifacts)
        if folder is not None and not kept:
            yield tree("model", folder, model.forget)
    for run in inventory.runs:
        if run.run_id not in needed.run_ids and not run.deleted:
            artifacts = within(root, run.artifacts)
            if artifacts is not None:
                yield tree("artifacts", artifacts, run.note_pruned)


def store_entries(store: Store, needed: Needed, fresh: timedelta) -> Iterator[Superfluous]:
    """Entries of the store that nobody needs; none while a flow is running."""
    if needed.store:
        return
    newest = (datetime.now(UTC) - fresh).isoformat(timespec="seconds")
    for kind in KINDS:
        for entry in store.entries(kind):
            if entry.created < newest and not is_needed(entry, needed):
                yield Superfluous(kind, entry.path, entry.n_bytes, remover(entry.path))
        for path in (store.root / kind).glob(f"{DAMAGED}*"):
            yield tree(f"damaged {kind}", path)


def is_needed(entry: Entry, needed: Needed) -> bool:
    """Whether anybody needs a store entry."""
    if entry.kind == "member":
        is_fold = isinstance(entry.inputs.get("fold"), int)
        return entry.key in needed.members or (is_fold and without_fold(entry) in needed.folded)
    if entry.kind in ("folds", "names"):
        return entry.inputs["data"] in needed.data
    if entry.kind == "prediction":
        return entry.inputs["member"] in needed.members and entry.inputs["sealed"] in needed.data
    return entry.key in needed.data


def unverified_versions(
    workspace: Workspace, inventory: Inventory, needed: Needed, name: str | None
) -> Iterator[Superfluous]:
    """Versions of this workspace's publications that were killed before they were verified.

    Args:
        workspace: Folder of the artifacts; another workspace may be publishing just now.
        inventory: What the tracking stores hold.
        needed: Whether a flow is running.
        name: The one registered model to look at; None: all.
    """
    root = workspace.artifacts
    artifacts = {model.model_id: model.artifacts for model in inventory.models}
    for each in inventory.versions:
        version = each.version
        here = within(root, artifacts.get(version.model_id)) is not None
        if version.tags.get(VERIFIED) == "true" or needed.store or not here:
            continue
        if name in (None, version.name):
            yield Superfluous("version", Path(f"{version.name}/{version.number}"), 0, each.drop)


def within(root: Path, folder: Path | None) -> Path | None:
    """The folder of a run or a model, if it exists below the root."""
    if folder is None or not folder.is_relative_to(root) or not folder.is_dir():
        return None
    return folder.parent if folder.name == "artifacts" else folder


def tree(kind: str, folder: Path, first: Callable[[], object] | None = None) -> Superfluous:
    """A folder to remove, after something else."""
    n_bytes = sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
    remove = remover(folder)

    def both() -> None:
        if first is not None:
            first()
        remove()

    return Superfluous(kind, folder, n_bytes, both)


def remover(folder: Path) -> Callable[[], None]:
    """Removes a folder at once: under a hidden name first, so that none is ever seen half gone."""

    def remove() -> None:
        hidden = folder.with_name(f"{PRUNED}{folder.name}")
        folder.rename(hidden)
        shutil.rmtree(hidden)

    return remove
