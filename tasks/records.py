"""The frozen records that pass between tasks: paths, fingerprints and run ids, never an array."""

from dataclasses import dataclass, fields
from pathlib import Path
from typing import Literal

from ripieno.data.hygiene import Hygiene
from ripieno.data.pixel_range import PixelRange
from ripieno.types import ImageShape

RUNNING = "running.json"
"""Exists, locked, while the run's process lives: what is left of it unlocked was killed."""

Status = Literal["trained", "reused", "failed"]


@dataclass(frozen=True)
class Run:
    """One call of the flow: its name, where its files go, and its run in MLflow.

    Attributes:
        name: Unique within the workspace.
        directory: `runs/<name>/` in the workspace.
        store: Root of the content-addressed store.
        run_id: The parent run in MLflow.
        experiment_id: The experiment in MLflow.
        flow_run_id: The flow run in Prefect.
    """

    name: str
    directory: Path
    store: Path
    run_id: str
    experiment_id: str
    flow_run_id: str | None

    def epochs_of(self, name: str, part: str | None = None) -> Path:
        """The file that gets a line for every epoch of a member, or of a part of its training."""
        folder = self.directory / "epochs"
        return folder / f"{name}.jsonl" if part is None else folder / name / f"{part}.jsonl"


@dataclass(frozen=True)
class FoldedData:
    """The folds that members are trained without, one after the other.

    Attributes:
        directory: Where the fold of each development image is.
        n_folds: How many there are.
        seed: What they were drawn by.
        digest: SHA-256 of them: it tells them from any others.
        member: What a member is in the end: trained on all images, or the models of all folds.
    """

    directory: Path
    n_folds: int
    seed: int
    digest: str
    member: Literal["refit", "average"]


@dataclass(frozen=True)
class TrainingData:
    """What members may see: the training and the validation split, on disk.

    `pixels` is the range of the training split alone; `names` is the folder of what the images are
    called; `folds` are None where members are trained on that split once.
    """

    directory: Path
    names: Path
    fingerprint: str
    image_shape: ImageShape
    class_names: tuple[str, ...]
    n_train: int
    n_validation: int
    pixels: PixelRange
    folds: FoldedData | None = None


@dataclass(frozen=True)
class SealedTest:
    """The test split. Only the final task is given this record."""

    directory: Path
    n_samples: int


@dataclass(frozen=True)
class PreparedData:
    """Everything that loading, splitting and normalising left behind."""

    training: TrainingData
    sealed: SealedTest
    hygiene: Hygiene
    findings: tuple[str, ...]
    n_constant_features: int
    reused: bool
    seconds: float


@dataclass(frozen=True)
class MemberCosts:
    """What a member costs.

    Attributes:
        n_parameters: Number of learnt values.
        train_seconds: Wall time of its training, also where an earlier run trained it.
        inference_ms: Milliseconds to predict one image of a large batch, on one worker.
        megabytes: Size of its model on disk, in 10^6 bytes.
    """

    n_parameters: int
    train_seconds: float
    inference_ms: float
    megabytes: float


COSTS = tuple(field.name for field in fields(MemberCosts))


@dataclass(frozen=True)
class Member:
    """A member after its task: its artefact in the store, or why there is none.

    Attributes:
        name: The member's name in the configuration.
        architecture: Its entry in `MODELS`.
        status: `trained`, `reused` (found in the store) or `failed`.
        key: Its key in the store.
        directory: Its artefact, None where it failed.
        run_id: Its child run in MLflow.
        costs: What it costs, None where it failed.
        error: Why it failed, in one line.
    """

    name: str
    architecture: str
    status: Status
    key: str
    directory: Path | None
    run_id: str
    costs: MemberCosts | None = None
    error: str | None = None


@dataclass(frozen=True)
class Outcome:
    """A finished run: where its summary lies, and which members it is missing.

    Attributes:
        run: The run.
        summary: Its `summary.json`.
        missing: Names of the members that failed.
        published: A line on the registered model, None where the run was to publish none.
    """

    run: Run
    summary: Path
    missing: tuple[str, ...]
    published: str | None = None
