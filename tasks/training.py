"""Train one member in a worker process, or take it from the store."""

import json
import logging
from collections.abc import Mapping, Sequence
from concurrent.futures import CancelledError
from concurrent.futures import wait as wait_for
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
from tasks.jobs import FACTS, TrainingJob, train
from tasks.member_log import log_epochs, log_member, open_child
from tasks.records import COSTS, Member, MemberCosts, Run, TrainingData
from tasks.tracking import Tracker

logger = logging.getLogger("ripieno.training")

QUIET = (RipienoError, CancelledError)
"""Errors whose traceback would tell nobody more than their sentence does."""
JOBS = "tasks.jobs"
"""The module that decides what an artefact holds beside the model."""
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
    architecture = configuration.members[name].architecture
    inputs = key_inputs(configuration, name, data)
    key = key_of(inputs)
    run_id = open_child(tracker, run, configuration, name, key)
    store = Store(run.store)
    try:
        directory = store.find("member", key)
        reused = directory is not None
        if directory is None:
            with store.write("member", key, inputs) as unfinished:
                job = training_job(configuration, name, data, run, unfinished)
                follow(workers.submit(train, job), name, job.epochs, tracker, run_id)
            directory = store.path("member", key)
        facts = json.loads((directory / FACTS).read_text())
        mark(run.epochs_of(name), Status("reused") if reused else finished(facts))
        log_member(tracker, run_id, architecture, data, directory, facts, reused)
    except Exception as error:
        reason = reason_of(error)
        logger.error("%s failed: %s", name, reason, exc_info=not isinstance(error, QUIET))
        mark(run.epochs_of(name), Status("failed", reason))
        tracker.log(run_id, tags={"status": "failed", "error": reason})
        tracker.finish(run_id, "FAILED")
        record = Member(name, architecture, "failed", key, None, run_id, error=reason)
        return Failed(message=reason, data=record)
    costs = MemberCosts(**{key: facts[key] for key in COSTS})
    if not reused:
        return Member(name, architecture, "trained", key, directory, run_id, costs)
    logger.info("%s: reused from the store, nothing to train", name)
    record = Member(name, architecture, "reused", key, directory, run_id, costs)
    return Completed(name="Cached", message=f"{name} was in the store", data=record)


def key_inputs(configuration: Configuration, name: str, data: TrainingData) -> dict[str, object]:
    """Everything that decides what the trained member is, and nothing else."""
    member = configuration.members[name]
    architecture = MODELS[member.architecture]
    return {
        "data": data.fingerprint,
        "architecture": member.architecture,
        "settings": member.model_dump(mode="json", exclude={"architecture", "seed"}),
        "seed": configuration.seed_of(name),
        "sources": source_digest((JOBS, *architecture.sources)),
        "libraries": {library: version(library) for library in architecture.libraries},
    }


def training_job(
    configuration: Configuration, name: str, data: TrainingData, run: Run, directory: Path
) -> TrainingJob:
    """What the worker is told."""
    member = configuration.members[name]
    return TrainingJob(
        architecture=member.architecture,
        settings=member.settings,
        data=data.directory,
        directory=directory,
        epochs=run.epochs_of(name),
        seed=configuration.seed_of(name),
    )


def follow(future: Any, name: str, path: Path, tracker: Tracker, run_id: str) -> None:
    """Copy epochs to MLflow and a progress artifact until the worker is done.

    Raises:
        TrainingError: If the member could not be trained or its worker died.
    """
    key = f"training-{name.replace('_', '-')}"
    # Prefect's own annotation admits a coroutine, which a call from a thread never gets.
    artifact = cast("UUID", create_progress_artifact(0.0, key, f"Training {name}"))
    epochs = tail(path)
    done = False
    while not done:
        done = wait(future, POLL_SECONDS)
        new = list(epochs)
        if new:
            log_epochs(tracker, run_id, new)
            update_progress_artifact(artifact, progress=100.0 * new[-1].number / new[-1].n_epochs)
    future.result()
    update_progress_artifact(artifact, progress=100.0)


def finished(facts: Mapping[str, Any]) -> Status:
    """What a trained member took, and what the epoch scored whose weights it holds."""
    best = facts["epochs"][facts["best_epoch"] - 1]
    return Status("done", seconds=facts["train_seconds"], metrics=best["metrics"])


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
        member = configuration.members[name]
        estimate = MODELS[member.architecture].cost
        return estimate(data.image_shape, data.n_train, **member.settings)

    return sorted(configuration.members, key=cost, reverse=True)


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
