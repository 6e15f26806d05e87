"""Where an ensemble to score with is loaded from."""

import json
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path

import numpy as np

from conf.workspace import Workspace
from ripieno.data.paths import resolve_path, shown
from ripieno.drift.reference import read_reference
from ripieno.errors import ConfigurationError, DataError, unknown_name
from ripieno.pooling.pool import Pool
from ripieno.runtime.keys import key_of
from ripieno.runtime.store import Store
from ripieno.scoring.ensemble import ScoringEnsemble, load_members
from ripieno.scoring.images import ImageSettings
from tasks.publication import RUN
from tasks.tracking.registry import find_version
from tasks.training_record import REFERENCE

SUMMARY = "summary.json"
BACKGROUND = 255
"""Under transparent pixels, where the training source had no transparency to decide about."""


def find_ensemble(model: str, workspace: Workspace) -> ScoringEnsemble:
    """The ensemble that a name stands for; nothing is loaded yet.

    Args:
        model: `latest`, a run's name or folder; or a kind of `LOADERS` and a name, `run:/latest`.
        workspace: Holds the runs and the store.

    Raises:
        ConfigurationError: If there is no such ensemble.
        DataError: If what is there is damaged.
    """
    kind, name = kind_and_name(model)
    return LOADERS[kind](name, workspace)


def kind_and_name(model: str) -> tuple[str, str]:
    """`("run", "latest")` for `latest` and for `run:/latest`.

    Raises:
        ConfigurationError: If there is no such kind.
    """
    kind, separator, name = model.partition(":/")
    if not separator:
        return "run", model
    if kind not in LOADERS:
        raise ConfigurationError(unknown_name("kind of model", kind, LOADERS))
    return kind, name


def from_run(name: str, workspace: Workspace) -> ScoringEnsemble:
    """The ensemble of a finished run; members without weight stay where they are.

    Args:
        name: `latest`, a run's name, or the path of its folder.
        workspace: Holds the runs and the store.

    Raises:
        ConfigurationError: If there is no such run, or it did not finish.
        DataError: If a member is missing or damaged.
    """
    folder = find_run(name, workspace)
    summary = json.loads((folder / SUMMARY).read_text(encoding="utf-8"))
    reference = read_reference(folder / REFERENCE)
    pool = Pool.from_dict(summary["pool"])
    needed = np.flatnonzero(pool.weights)
    names = tuple(summary["pool"]["members"][i] for i in needed)
    entries = {entry["name"]: entry for entry in summary["members"]}
    dataset = summary["run"]["configuration"]["dataset"]
    background = dataset.get("background", BACKGROUND)
    images = ImageSettings(reference.image_shape, reference.dtype, background, reference.pixels)
    keys = {name: entries[name]["key"] for name in names}
    store = Store(folder.parent.parent / "store")
    artefacts = [(entries[name]["architecture"], _artefact(store, keys[name])) for name in names]
    return ScoringEnsemble(
        name=folder.name,
        key=key_of({"members": keys, "pool": pool.to_dict(), "background": background}),
        experiment=summary["run"]["configuration"]["tracking"]["experiment"],
        # Of a copied workspace, what trains it anew belongs into the copy.
        configuration=summary["run"]["configuration"] | {"workspace": str(folder.parent.parent)},
        data=summary["data"]["fingerprint"],
        members=names,
        pool=pool.restricted(needed),
        images=images,
        reference=reference,
        load=partial(load_members, artefacts, images),
    )


def from_registry(name: str, workspace: Workspace) -> ScoringEnsemble:
    """The ensemble of a registered model: that of the run which published it.

    Args:
        name: `digits@champion`, or `digits/3` for a version.
        workspace: Holds the runs and the store.

    Raises:
        ConfigurationError: If there is no such version, or its run is not in this workspace.
    """
    version = find_version(workspace.tracking_uri, name)
    if version is None:
        raise ConfigurationError(
            f"Expected a registered model such as digits@champion or digits/3, received {name!r},"
            " which MLflow does not know."
        )
    if RUN not in version.tags:
        raise ConfigurationError(
            f"{name}: expected a model that ripieno published, received another."
        )
    return from_run(version.tags[RUN], workspace)


def find_run(name: str, workspace: Workspace) -> Path:
    """The folder of a finished run.

    Raises:
        ConfigurationError: If there is none.
    """
    runs = workspace.runs
    for folder in (runs / name.removeprefix("runs/"), resolve_path(name)):
        if (folder / SUMMARY).is_file():
            return folder.resolve()
    finished = [path.parent.name for path in runs.glob(f"*/{SUMMARY}")]
    if not finished:
        raise ConfigurationError(
            f"There is no finished run in {shown(runs)}. Train an ensemble first: ripieno train."
        )
    raise ConfigurationError(unknown_name("run", name, finished))


def _artefact(store: Store, key: str) -> Path:
    found = store.find("member", key)
    if found is None:
        raise DataError(
            f"{shown(store.path('member', key))} is missing or damaged. Run the training again:"
            " what is in the store is not trained twice."
        )
    return found


LOADERS: Mapping[str, Callable[[str, Workspace], ScoringEnsemble]] = {
    "models": from_registry,
    "run": from_run,
}
