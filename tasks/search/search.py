"""A search under way: which trial is next, and what comes of those that end."""

import logging
import math
import time
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

import numpy as np
from optuna.trial import FrozenTrial, TrialState

from ripieno.data.storage import open_training
from ripieno.runtime.store import Store
from ripieno.tuning.gain import Folds, Likelihood, likelihood_of, with_weight
from ripieno.tuning.per_trial import complete_trials
from tasks.jobs import VALIDATION_PROBA
from tasks.owner import BEAT_SECONDS
from tasks.records import Run, TrainingData
from tasks.search.plan import SearchPlan
from tasks.search.records import TrialResult
from tasks.search.study import RESULT, Proposal, SearchStudy
from tasks.search.trial import in_words
from tasks.tracking import Tracker
from tasks.training import POLL_SECONDS, reason_of

logger = logging.getLogger("ripieno.search")


class Search:
    """One member's search in this process. Leaving its context releases what has not ended.

    Args:
        plan: What is searched.
        study: Its study.
        data: Training and validation split.
        run: The run; its MLflow run is the search's own.
        tracker: Where it is recorded.
        found: Members found by earlier searches.
    """

    def __init__(
        self,
        plan: SearchPlan,
        study: SearchStudy,
        data: TrainingData,
        run: Run,
        tracker: Tracker,
        found: Sequence[Likelihood],
    ) -> None:
        self.plan = plan
        self.study = study
        self.data = data
        self.run = run
        self.tracker = tracker
        self.earlier = tuple(found)
        self.results: list[TrialResult] = []
        self.started = self._logged = self._beaten = time.monotonic()
        self.best_so_far: list[tuple[int, dict[str, float]]] = []
        self.labels = np.asarray(open_training(data.directory).validation.labels)
        self.folds = Folds(self.labels, plan.configuration.seed)
        self._store = Store(run.store)
        self._pending: dict[int, Proposal] = {}
        self._ensemble = list(found)
        if plan.tuning.objective == "marginal_gain":
            self._remember()

    @property
    def deadline(self) -> float:
        """When its minutes are over, as `time.monotonic` counts."""
        minutes = self.plan.tuning.minutes
        return math.inf if minutes is None else self.started + 60.0 * minutes

    @property
    def has_more(self) -> bool:
        """Whether another trial is to begin."""
        return time.monotonic() < self.deadline and self.study.has_more()

    def begin(self) -> Proposal | None:
        """The next trial; None where another process has just begun the last one."""
        proposal = self.study.begin()
        if proposal is not None:
            self._pending[proposal.number] = proposal
        return proposal

    def beat(self) -> None:
        """Say now and then that the trials' process lives, for those on other machines."""
        if time.monotonic() - self._beaten > BEAT_SECONDS:
            for proposal in self._pending.values():
                self.study.beat(proposal.trial)
            self._beaten = time.monotonic()

    def end(self, number: int, result: object) -> None:
        """Tell the study how a trial ended; what is no result is why there is none."""
        if not isinstance(result, TrialResult):
            reason = reason_of(result) if isinstance(result, Exception) else str(result)
            result = TrialResult("failed", number, "", reason=reason)
        if result.state == "stopped":
            self.study.release(number, result.reason)
        elif result.state == "failed":
            self.study.tell(number, None, reason=result.reason, key=result.key)
        elif result.state == "pruned":
            self.study.tell(number, None, key=result.key, seconds=result.seconds)
        else:
            values = self._values(result)
            self.study.tell(
                number, values, key=result.key, seconds=result.seconds, **dict(result.scores)
            )
        del self._pending[number]
        self.results.append(result)
        self._say(result)

    def log(self) -> None:
        """Record the best value so far, a step a trial."""
        self.tracker.log_steps(self.run.run_id, self.best_so_far)
        self.best_so_far = []
        self._logged = time.monotonic()

    def likelihood(self, directory: Path) -> Likelihood:
        """What a trained member gives the true classes on validation."""
        return likelihood_of(np.load(directory / VALIDATION_PROBA), self.labels)

    def artefact_of(self, trial: FrozenTrial) -> Path | None:
        """A complete trial's artefact; None where another machine has it."""
        return self._store.find("member", trial.user_attrs[RESULT]["key"])

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        for number in self._pending:
            self.study.release(number, "interrupted")
        if kind is not None:
            logger.info(
                "%s: interrupted; what was tried is kept in study %s, and the same command goes on"
                " from there",
                self.plan.name,
                self.plan.study,
            )

    def _values(self, result: TrialResult) -> tuple[float, ...]:
        metrics = self.plan.objective.metrics
        if metrics != ("marginal_gain",):
            return tuple(result.scores[metric] for metric in metrics)
        if result.directory is None:
            raise ValueError(f"Trial {result.number} has no artefact.")
        return (self._add(self.likelihood(result.directory)),)

    def _add(self, candidate: Likelihood) -> float:
        """A candidate's marginal gain; it joins the ensemble, and who has no weight leaves it."""
        gain = self.folds.gain(self._ensemble, candidate)
        members = [*self._ensemble, candidate]
        self._ensemble = [members[i] for i in with_weight(members)]
        return gain

    def _remember(self) -> None:
        """Build the ensemble of the trials that an earlier call told."""
        for trial in complete_trials(self.study.optuna_study):
            if (directory := self.artefact_of(trial)) is not None:
                self._add(self.likelihood(directory))

    def _say(self, result: TrialResult) -> None:
        trials = self.study.trials()
        n_ended = sum(trial.state.is_finished() for trial in trials)
        total = "" if self.plan.n_trials is None else f"/{self.plan.n_trials}"
        best = best_value(self.plan, trials)
        name = self.plan.objective.metrics[0]
        logger.info(
            "[%d%s] %s trial %d: %s%s",
            n_ended,
            total,
            self.plan.name,
            result.number,
            in_words(result),
            "" if best is None else f" (best {name} {best:.4f})",
        )
        if best is not None:
            self.best_so_far.append((n_ended, {"best_so_far": best}))
        if time.monotonic() - self._logged > POLL_SECONDS:
            self.log()


def best_value(plan: SearchPlan, trials: Sequence[FrozenTrial]) -> float | None:
    """The best first value of the trials that have one."""
    values = [float(t.values[0]) for t in trials if t.state is TrialState.COMPLETE and t.values]
    if not values:
        return None
    return min(values) if plan.objective.directions[0] == "minimize" else max(values)
