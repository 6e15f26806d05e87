"""What nobody needs any more, and its removal: by registered versions, running flows, recent runs.

A run's folder, its artifacts in MLflow and its entries in the store belong together. Figures,
parameters and tags of every run stay in MLflow for good.
"""

import json
import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

from conf.schema import Configuration
from conf.workspace import Workspace
from ripieno.runtime.store import DAMAGED, Entry, Store
from tasks.publication import DATA, RUN, VERIFIED
from tasks.records import RUNNING
from tasks.runs import lock
from tasks.tracking.inventory import Inventory, RecordedRun, open_inventory

KINDS = ("prediction", "member", "sealed", "data")
"""Kinds of store entries that are looked at; what others keep there is left alone."""
RESULTS = ("summary.json", "tuning.json", "study.json")
"""What runs of every kind leave, with the id of their run in MLflow."""
FRESH = timedelta(hours=1)
"""Store entries younger than this stay: a run that is starting may be about to use them."""


@dataclass
class Needed:
    """What must stay.

    Attributes:
        folders: Names of run folders.
        run_ids: Runs in MLflow whose artifacts stay, children included.
        members: Keys of members in the store.
        data: Fingerprints of data in the store.
        model_ids: Logged models.
        store: Whether the whole store stays, as a flow is running.
    """

    folders: set[str] = field(default_factory=set)
    run_ids: set[str] = field(default_factory=set)
    members: set[str] = field(default_factory=set)
    data: set[str] = field(default_factory=set)
    model_ids: set[str] = field(default_factory=set)
    store: bool = False


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
    configuration: Configuration, n_recent: int, *, fresh: timedelta = FRESH
) -> list[Superfluous]:
    """What no registered version, no running flow and none of the newest runs needs.

    Args:
        configuration: Names the workspace.
        n_recent: Newest runs to keep, of all experiments together.
        fresh: Age up to which store entries stay, whoever needs them.
    """
    workspace = configuration.workspace
    inventory = open_inventory(workspace.tracking_uri)
    store = Store(workspace.store)
    needed = what_is_needed(workspace, inventory, store, n_recent)
    return [
        *unverified_versions(inventory, needed),
        *run_folders(workspace, needed),
        *mlflow_artifacts(workspace, inventory, needed),
        *store_entries(store, needed, fresh),
    ]


def what_is_needed(
    workspace: Workspace, inventory: Inventory, store: Store, n_recent: int
) -> Needed:
    """Everything that must stay."""
    needed = Needed()
    folders = run_folders_newest_first(workspace)
    alive = {folder.name for folder in folders if is_running(folder)}
    needed.store = bool(alive)
    needed.folders = alive | {folder.name for folder in folders[:n_recent]}
    for version in inventory.versions():
        needed.model_ids.add(version.model_id)
        needed.data |= {version.tags.get(DATA, "")}
        needed.folders |= {version.tags.get(RUN, "")}
    runs = inventory.runs()
    needed.run_ids |= {run_id for name in needed.folders for run_id in mlflow_id(workspace, name)}
    needed.run_ids |= {run.run_id for run in runs if run.status == "RUNNING"}
    add_below(needed, runs)
    # A study goes on over several runs: the trials of the older ones count, and may win.
    studies = {run.study for run in runs if run.run_id in needed.run_ids} - {None}
    needed.run_ids |= {run.run_id for run in runs if run.study in studies}
    add_below(needed, runs)
    needed.members |= {run.member_key or "" for run in runs if run.run_id in needed.run_ids}
    for entry in store.entries("member"):
        if entry.key in needed.members:
            needed.data.add(str(entry.inputs["data"]))
    return needed


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


def mlflow_id(workspace: Workspace, run: str) -> Iterator[str]:
    """The id of a run's parent run in MLflow, from whatever the run has left so far."""
    folder = workspace.runs / run
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
    workspace: Workspace, inventory: Inventory, needed: Needed
) -> Iterator[Superfluous]:
    """Artifacts in this workspace of runs and models that nobody needs."""
    root = workspace.artifacts
    models = inventory.models()
    known = {model.model_id for model in models} | needed.model_ids
    for path in root.glob("*/models/*"):
        if path.name not in known:
            yield tree("orphan", path)
    for model in models:
        kept = model.model_id in needed.model_ids or model.run_id in needed.run_ids
        folder = within(root, model.artifacts)
        if folder is not None and not kept:
            yield tree("model", folder, partial(inventory.forget_model, model.model_id))
    for run in inventory.runs():
        if run.run_id not in needed.run_ids:
            artifacts = within(root, run.artifacts)
            if artifacts is not None:
                note = partial(inventory.note_pruned, run.run_id)
                yield tree("artifacts", artifacts, note)


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
        return entry.key in needed.members
    if entry.kind == "prediction":
        return entry.inputs["member"] in needed.members and entry.inputs["sealed"] in needed.data
    return entry.key in needed.data


def unverified_versions(inventory: Inventory, needed: Needed) -> Iterator[Superfluous]:
    """Versions of publications that were killed before they could be verified."""
    for version in inventory.versions():
        if version.tags.get(VERIFIED) != "true" and not needed.store:
            registry = inventory.registry(version.name)
            name = Path(f"{version.name}/{version.number}")
            yield Superfluous("version", name, 0, partial(registry.drop, version))


def within(root: Path, folder: Path | None) -> Path | None:
    """The folder of a run or a model, if it exists below the root."""
    if folder is None or not folder.is_relative_to(root) or not folder.is_dir():
        return None
    return folder.parent if folder.name == "artifacts" else folder


def tree(kind: str, folder: Path, first: Callable[[], None] | None = None) -> Superfluous:
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
        hidden = folder.with_name(f".pruned-{folder.name}")
        folder.rename(hidden)
        shutil.rmtree(hidden)

    return remove
