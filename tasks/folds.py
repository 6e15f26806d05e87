"""Train a member once without each fold, then make it what it is in the end.

The folds of all members are trainings of their own: a run that goes on trains only what is
missing. A member is `refit` on all development images for as many epochs as were best without a
fold, or it is the models of all folds (`average`). Its artefact holds its out-of-fold
probabilities; the folds' artefacts stay in the store beside it.
"""

import json
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from threading import Lock
from typing import Any
from uuid import UUID

import numpy as np
from prefect import task
from prefect.cache_policies import NO_CACHE
from prefect.states import Completed, Failed

from conf.schema import Configuration
from ripieno.data.storage import open_development, read_folds
from ripieno.errors import TrainingError
from ripieno.evaluation.metrics import METRICS
from ripieno.models.model_folders import fold_folder
from ripieno.runtime.manifest import MANIFEST
from ripieno.runtime.progress import JoinedEpochs
from ripieno.runtime.store import Store, key_of
from ripieno.runtime.workers import Workers
from ripieno.training.epoch import Epoch
from ripieno.training.out_of_fold import mean_history, out_of_fold, refit_epoch
from tasks.jobs import FACTS, OOF_PROBA, VALIDATION_PROBA, TrainingJob, train
from tasks.member_log import log_epochs, open_child
from tasks.records import Member, Run, TrainingData
from tasks.tracking import Tracker
from tasks.training import (
    QUIET,
    Report,
    follow,
    key_inputs,
    logger,
    open_progress,
    reason_of,
    recorded,
    require_folds,
    show_epoch,
)

REFIT = "refit"
SUMMED = ("train_seconds", "train_cpu_seconds")


class FoldedMember:
    """What the trainings of one member share; safe to use from several threads.

    Args:
        configuration: Has the member.
        name: The member's name.
        data: What it trains on, with folds.
        run: Where its epochs go.
        tracker: Where it is recorded; its run there is opened here.

    Attributes:
        record: What is known of it so far.
        directory: Its artefact where the store has it.
        error: Why one of its folds failed, in one line: then the others need not be trained.
    """

    def __init__(
        self,
        configuration: Configuration,
        name: str,
        data: TrainingData,
        run: Run,
        tracker: Tracker,
    ) -> None:
        self.configuration, self.name = configuration, name
        self.data, self.folds, self.run, self.tracker = data, require_folds(data), run, tracker
        self.store = Store(run.store)
        self.inputs = key_inputs(configuration, name, data, self.folds.member)
        key = key_of(self.inputs)
        run_id = open_child(tracker, run, configuration, name, key)
        architecture = configuration.members[name].architecture
        self.record = Member(name, architecture, "trained", key, None, run_id)
        self.directory = self.store.find("member", key)
        self.error: str | None = None
        n_parts = self.folds.n_folds + (self.folds.member == REFIT)
        self._joined = JoinedEpochs(run.epochs_of(name), n_parts)
        self._artifact: UUID | None = None
        self._lock = Lock()

    def train(self, fold: int, workers: Workers) -> Path:
        """The artefact without a fold, trained where the store has none."""
        inputs = key_inputs(self.configuration, self.name, self.data, fold)
        key = key_of(inputs)
        if self.store.find("member", key) is None:
            with self.store.write("member", key, inputs) as unfinished:
                self.run_job(self._job(unfinished, f"fold-{fold}", fold), workers)
        directory = self.store.path("member", key)
        epochs = facts_of(directory)["epochs"]
        self._joined.end(f"fold-{fold}", epochs[-1]["n_epochs"])
        return directory

    def refit(self, last_epoch: int, directory: Path, workers: Workers) -> None:
        """Train on all images for a number of epochs."""
        self.run_job(self._job(directory, REFIT, None, last_epoch), workers)

    def run_job(self, job: TrainingJob, workers: Workers) -> None:
        """Train in a worker, and tell everybody about its epochs."""
        self._joined.begin()
        follow(workers.submit(train, job), job.epochs, self._reporter(job.epochs.stem))

    def _reporter(self, part: str) -> Report:
        with self._lock:
            if self._artifact is None:
                self._artifact = open_progress(self.name)
            artifact = self._artifact

        def report(epochs: Sequence[Epoch]) -> None:
            log_epochs(self.tracker, self.record.run_id, epochs, part)
            joined = self._joined.add(part, epochs)
            if joined is not None:
                show_epoch(artifact, joined)

        return report

    def _job(
        self, directory: Path, part: str, fold: int | None, last_epoch: int | None = None
    ) -> TrainingJob:
        member = self.configuration.members[self.name]
        return TrainingJob(
            architecture=member.architecture,
            settings=member.settings,
            data=self.data.directory,
            directory=directory,
            epochs=self.run.epochs_of(self.name, part),
            seed=self.configuration.seed_of(self.name),
            folds=self.folds.directory,
            fold=fold,
            last_epoch=last_epoch,
        )


@task(task_run_name="{name}-fold-{fold}", cache_policy=NO_CACHE)
def train_fold(member: FoldedMember, name: str, fold: int, workers: Workers) -> Any:  # noqa: ARG001
    """Train a member without one fold, or take that from the store.

    Args:
        member: What the trainings of the member share.
        name: Its name, for the task's own.
        fold: Which one is held out.
        workers: Where it trains.

    Returns:
        The artefact's folder; None in a *Failed* state where there is none, and in a *Skipped* one
        where another fold of the member has failed before.
    """
    if member.error is not None:
        return Completed(name="Skipped", message=member.error, data=None)
    try:
        return member.train(fold, workers)
    except Exception as error:
        reason = f"fold {fold}: {reason_of(error)}"
        logger.debug("%s: %s", member.name, reason, exc_info=not isinstance(error, QUIET))
        member.error = member.error or reason
        return Failed(message=reason, data=None)


@task(task_run_name="{name}", cache_policy=NO_CACHE)
def finish_member(
    member: FoldedMember,
    name: str,  # noqa: ARG001  # for the task's own
    folds: Sequence[Path | None],
    workers: Workers,
) -> Any:
    """Make the member of its folds' artefacts, and record it; a fold that is missing fails it.

    Args:
        member: What the trainings of the member share.
        name: Its name.
        folds: The folders of its folds' artefacts; none where the store has the member.
        workers: Where it is refitted.

    Returns:
        As `train_member`.
    """

    def artefact() -> tuple[Path, bool]:
        if member.directory is not None:
            return member.directory, True
        if member.error is not None:
            raise TrainingError(member.error)
        whole = [folder for folder in folds if folder is not None]
        with member.store.write("member", member.record.key, member.inputs) as unfinished:
            combine(member, whole, unfinished, workers)
        return member.store.path("member", member.record.key), False

    return recorded(member.record, artefact, member.data, member.run, member.tracker)


def combine(member: FoldedMember, folds: Sequence[Path], directory: Path, workers: Workers) -> None:
    """Write the member that its folds make into an empty folder."""
    of_folds = [facts_of(folder) for folder in folds]
    best_epoch = refit_epoch([facts["best_epoch"] for facts in of_folds])
    proba = out_of_fold(
        [np.load(folder / VALIDATION_PROBA) for folder in folds],
        read_folds(member.folds.directory),
    )
    if member.folds.member == REFIT:
        member.refit(best_epoch, directory, workers)
        own = facts_of(directory)
        # Predicting takes it as long as any model of a fold.
        costs = {name: own[name] for name in ("n_parameters", "megabytes")}
        costs["inference_ms"] = float(np.median([f["inference_ms"] for f in of_folds]))
        trainings = [*of_folds, own]
    else:
        for fold, folder in enumerate(folds):
            copy_model(folder, fold_folder(directory, fold))
        summed = ("n_parameters", "megabytes", "inference_ms")
        costs = {name: sum(facts[name] for facts in of_folds) for name in summed}
        trainings = of_folds
    labels = open_development(member.data.directory).labels
    facts = {
        "best_epoch": best_epoch,
        "epochs": mean_history([facts["epochs"] for facts in of_folds]),
        "out_of_fold": {
            f"validation_{name}": float(METRICS[name](proba, labels))
            for name in ("log_loss", "accuracy")
        },
        "folds": [figures_of(facts) for facts in of_folds],
        **{name: sum(facts[name] for facts in trainings) for name in SUMMED},
        **costs,
    }
    np.save(directory / OOF_PROBA, proba)
    (directory / FACTS).write_text(json.dumps(facts))


def figures_of(facts: Mapping[str, Any]) -> dict[str, float]:
    """What is recorded of a fold: its best epoch, that epoch's scores, and the seconds it took."""
    metrics = facts["epochs"][facts["best_epoch"] - 1]["metrics"]
    scores = {name: metrics[name] for name in metrics if name.startswith("validation_")}
    return {name: facts[name] for name in ("best_epoch", "train_seconds")} | scores


def copy_model(source: Path, target: Path) -> None:
    """Copy what an artefact holds to predict with."""
    target.mkdir()
    for file in source.iterdir():
        if file.name not in (MANIFEST, FACTS, VALIDATION_PROBA):
            shutil.copyfile(file, target / file.name)


def facts_of(directory: Path) -> dict[str, Any]:
    """What an artefact says of its training."""
    facts: dict[str, Any] = json.loads((directory / FACTS).read_text())
    return facts
