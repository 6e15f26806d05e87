"""Train one member in a worker process, or take it from the store."""

import json
import logging
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import CancelledError
from concurrent.futures import wait as wait_for
from dataclasses import replace
from importlib.metadata import version
from pathlib import Path
from typing import Any, cast
from uuid import UUID

from prefect import task
from prefect.artifacts import create_progress_artifact, update_progress_artifact
from prefect.cache_policies import NO_CACHE
from prefect.states import Completed, Failed

from conf.schema import Configuration
from ripieno.errors import RipienoError, TrainingError
from ripieno.models import MODELS
from ripieno.runtime.progress import Status, mark, tail
from ripieno.runtime.store import Store, key_of, source_digest
from ripieno.runtime.workers import Workers
from ripieno.training.epoch import Epoch
from tasks.jobs import FACTS, TrainingJob, train
from tasks.member_log import log_epochs, log_member, open_child
from tasks.observers import BestEffort
from tasks.records import COSTS, FoldedData, Member, MemberCosts, Run, TrainingData
from tasks.tracking import Tracker

logger = logging.getLogger("ripieno.training")

QUIET = (RipienoError, CancelledError)
"""Errors whose traceback would tell nobody more than their sentence does."""
JOBS = "tasks.jobs"
"""The module that decides what an artefact holds beside the model."""
COMBINING = ("tasks.folds", "ripieno.training.out_of_fold")
"""Modules that decide what becomes of a member's folds."""
COMBINED = "combined"
"""Of the inputs of a member that folds make, the one that their own do not have."""
Report = Callable[[Sequence[Epoch]], None]
"""Takes the epochs that are new."""
POLL_SECONDS = 2.0
"""How often a running member's new epochs go to MLflow and to its progress artifact."""


@task(task_run_name="{name}", cache_policy=NO_CACHE)
def train_member(
    configuration: Configuration,
    name: str,
    data: TrainingData,
    run: Run,
    tracker: Tracker,
    workers: Workers,
) -> Any:
    """Train one member, or take it from the store; the others go on whatever happens here.

    Returns:
        The member's record, in a *Cached* state where the store had it and in a *Failed* one where
        there is none.
    """
    inputs = key_inputs(configuration, name, data)
    key = key_of(inputs)
    architecture = configuration.members[name].architecture
    record = Member(
        name,
        architecture,
        "trained",
        key,
        None,
        open_child(tracker, run, configuration, name, key),
    )
    store = Store(run.store)

    def artefact() -> tuple[Path, bool]:
        directory = store.find("member", key)
        if directory is not None:
            return directory, True
        report = reporter(name, tracker, record.run_id)
        with store.write("member", key, inputs) as unfinished:
            job = training_job(configuration, name, data, run, unfinished)
            follow(workers.submit(train, job), job.epochs, report)
        return store.path("member", key), False

    return recorded(record, artefact, data, run, tracker)


def recorded(
    record: Member,
    artefact: Callable[[], tuple[Path, bool]],
    data: TrainingData,
    run: Run,
    tracker: Tracker,
) -> Any:
    """Make a member's artefact and record it, or why there is none.

    Args:
        record: All that is known of the member before.
        artefact: Gives its folder in the store, and whether it was there.
        data: What it was trained on.
        run: Where it is told.
        tracker: Where it is recorded.

    Returns:
        As `train_member`.
    """
    name = record.name
    try:
        directory, reused = artefact()
        facts = json.loads((directory / FACTS).read_text())
        mark(run.epochs_of(name), Status("reused") if reused else finished(facts))
    except Exception as error:
        reason = reason_of(error)
        logger.error("%s failed: %s", name, reason, exc_info=not isinstance(error, QUIET))
        mark(run.epochs_of(name), Status("failed", reason))
        with BestEffort(f"The failure of {name}"):
            tracker.log(record.run_id, tags={"status": "failed", "error": reason})
            tracker.finish(record.run_id, "FAILED")
        return Failed(message=reason, data=replace(record, status="failed", error=reason))
    with BestEffort(f"What {name} is and scores"):
        log_member(tracker, record.run_id, record.architecture, data, directory, facts, reused)
    costs = MemberCosts(**{key: facts[key] for key in COSTS})
    record = replace(record, directory=directory, costs=costs)
    if not reused:
        return record
    logger.info("%s: reused from the store, nothing to train", name)
    record = replace(record, status="reused")
    return Completed(name="Cached", message=f"{name} was in the store", data=record)


def key_inputs(
    configuration: Configuration, name: str, data: TrainingData, fold: int | str | None = None
) -> dict[str, object]:
    """Everything that decides what the trained member is, and nothing else.

    Args:
        configuration: Has the member.
        name: The member's name.
        data: What it trains on.
        fold: The fold that it is trained without, or `refit` or `average`; None: it is trained on
            the training split.
    """
    member = configuration.members[name]
    architecture = MODELS[member.architecture]
    return {
        "data": data.fingerprint,
        "architecture": member.architecture,
        "settings": member.model_dump(mode="json", exclude={"architecture", "seed"}),
        "seed": configuration.seed_of(name),
        "sources": source_digest((JOBS, *architecture.sources)),
        "libraries": {library: version(library) for library in architecture.libraries},
        **({} if fold is None else {"fold": fold, "folds": folds_key(data)}),
        **({COMBINED: source_digest(COMBINING)} if isinstance(fold, str) else {}),
    }


def folds_key(data: TrainingData) -> dict[str, object]:
    """What tells these folds from any others."""
    folds = require_folds(data)
    return {"n": folds.n_folds, "seed": folds.seed, "digest": folds.digest}


def require_folds(data: TrainingData) -> FoldedData:
    """The folds of data that have some."""
    if data.folds is None:
        raise ValueError("Expected data with folds, received data without.")
    return data.folds


def training_job(
    configuration: Configuration,
    name: str,
    data: TrainingData,
    run: Run,
    directory: Path,
) -> TrainingJob:
    """What the worker is told of a training on the training split."""
    member = configuration.members[name]
    return TrainingJob(
        architecture=member.architecture,
        settings=member.settings,
        data=data.directory,
        directory=directory,
        epochs=run.epochs_of(name),
        seed=configuration.seed_of(name),
    )


def follow(future: Any, path: Path, report: Report) -> None:
    """Hand on new epochs until the worker is done.

    Raises:
        TrainingError: If the member could not be trained or its worker died.
    """
    epochs = tail(path)
    done = False
    new: list[Epoch] = []
    while not done:
        done = wait(future, POLL_SECONDS)
        new += epochs
        if new:
            with BestEffort(f"The curves of {path.stem}"):
                report(new)
                new = []
    future.result()


def reporter(name: str, tracker: Tracker, run_id: str) -> Report:
    """Copies a member's epochs to MLflow and to a progress artifact of the task that calls this."""
    artifact = open_progress(name)

    def report(epochs: Sequence[Epoch]) -> None:
        log_epochs(tracker, run_id, epochs)
        show_epoch(artifact, epochs[-1])

    return report


def open_progress(name: str) -> UUID | None:
    """A progress artifact for a training, of the task that calls this; None where there is none."""
    key = f"training-{name.replace('_', '-')}"
    with BestEffort(f"The progress of {name}"):
        # Prefect's own annotation admits a coroutine, which a call from a thread never gets.
        return cast("UUID", create_progress_artifact(0.0, key, f"Training {name}"))
    return None


def show_epoch(artifact: UUID | None, epoch: Epoch) -> None:
    """Bring a progress artifact up to an epoch."""
    if artifact is not None:
        update_progress_artifact(artifact, progress=100.0 * epoch.number / epoch.n_epochs)


def finished(facts: Mapping[str, Any]) -> Status:
    """What a trained member took, and what the epoch scored whose weights it holds."""
    best = facts["epochs"][facts["best_epoch"] - 1]
    metrics = facts.get("out_of_fold", best["metrics"])
    return Status("done", seconds=facts["train_seconds"], metrics=metrics)


def reason_of(error: Exception) -> str:
    """Why a member has no artefact, in one line."""
    if isinstance(error, CancelledError):
        return "ended together with the run"
    return " ".join(str(error).split()) or type(error).__name__


def wait(future: Any, seconds: float) -> bool:
    """Whether the future is done, however it ended, within so many seconds."""
    wait_for([future], timeout=seconds)
    return bool(future.done())


def longest_first(configuration: Configuration, data: TrainingData) -> list[str]:
    """Members by estimated cost: a long one that starts last would run alone at the end."""

    def cost(name: str) -> float:
        return member_cost(configuration, name, data)

    return sorted(configuration.members, key=cost, reverse=True)


def member_cost(configuration: Configuration, name: str, data: TrainingData) -> float:
    """A rough number of multiply-adds of one training of a member."""
    member = configuration.members[name]
    estimate = MODELS[member.architecture].cost
    return estimate(data.image_shape, data.n_train, **member.settings)


def require_members(members: Sequence[Member], min_members: int) -> list[Member]:
    """The members that have an artefact.

    Raises:
        TrainingError: If fewer than `min_members` are left.
    """
    able = [member for member in members if member.status != "failed"]
    if len(able) < min_members:
        reasons = "; ".join(f"{m.name}: {m.error}" for m in members if m.error is not None)
        raise TrainingError(
            f"Expected at least {min_members} trained members, received {len(able)} ({reasons}). "
            "Mend them, or lower ensemble.min_members."
        )
    return able
