"""Watch a trial train: its epochs go to the study and to MLflow, and may be its last."""

import time
from collections.abc import Iterable
from concurrent.futures import Future
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ripieno.runtime.gate import judge
from ripieno.runtime.progress import tail
from ripieno.runtime.workers import InlineWorkers, Workers
from ripieno.training.epoch import Epoch
from tasks.member_log import log_epochs
from tasks.records import Run, TrainingData
from tasks.search.study import Proposal, SearchStudy
from tasks.tracking import Tracker
from tasks.training import POLL_SECONDS, wait

LOOK_SECONDS = 0.02
"""How often a trial is asked for its next epoch, which waits for its verdict."""


@dataclass(frozen=True)
class TrialContext:
    """What all trials of a search share.

    Attributes:
        study: The study.
        data: Training and validation split.
        run: Where epochs go; its MLflow run is the search's.
        tracker: Where trials are recorded.
        workers: Where they train.
        deadline: When the search's minutes are over, as `time.monotonic` counts.
    """

    study: SearchStudy
    data: TrainingData
    run: Run
    tracker: Tracker
    workers: Workers
    deadline: float


class Follower:
    """Copies what one trial reports, and gives the verdicts that its training waits for.

    Args:
        context: The search.
        proposal: The trial.
        run_id: The trial's run in MLflow.
        path: The file of its epochs.
    """

    def __init__(self, context: TrialContext, proposal: Proposal, run_id: str, path: Path) -> None:
        self._context = context
        self._proposal = proposal
        self._run_id = run_id
        self._epochs = tail(path)
        self._path = path.with_suffix(".verdicts") if judges(context) else None
        self._unlogged: list[Epoch] = []
        self._logged = time.monotonic()
        self.n_epochs = 0
        self.is_late = False

    @property
    def verdicts(self) -> Path | None:
        """The file of the verdicts; None where there are none."""
        return self._path

    def follow(self, future: Future[Any]) -> None:
        """Watch until the worker is done, or the search's minutes are over.

        Raises:
            Exception: Whatever the training raised; CancelledError if it was interrupted.
        """
        done = False
        while not done:
            done = wait(future, LOOK_SECONDS)
            self._report(self._epochs)
            now = time.monotonic()
            if now - self._logged > POLL_SECONDS or done:
                self._log(now)
            if now > self._context.deadline and not done:
                self.is_late = True
                future.cancel()
        future.result()

    def replay(self, epochs: Iterable[Epoch]) -> None:
        """Take the epochs of a training that the store had."""
        self._report(epochs)
        self._log(time.monotonic())

    def _report(self, epochs: Iterable[Epoch]) -> None:
        objective = self._context.study.plan.objective
        for epoch in epochs:
            self.n_epochs = epoch.number
            self._unlogged.append(epoch)
            if objective.epoch_metric is None:
                continue
            value = objective.reported(epoch.metrics)
            ends = self._context.study.prunes(self._proposal, epoch.number, value)
            if self._path is not None:
                judge(self._path, not ends)

    def _log(self, now: float) -> None:
        self._logged = now
        if self._unlogged:
            log_epochs(self._context.tracker, self._run_id, self._unlogged)
            self._unlogged = []


def judges(context: TrialContext) -> bool:
    """Whether trials wait for verdicts; in this very process nobody could give them."""
    pruner = context.study.plan.tuning.pruner_or_default.kind
    return pruner != "none" and not isinstance(context.workers, InlineWorkers)
