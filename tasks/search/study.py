"""A durable study: what it has tried, what is to be tried next, and what was interrupted."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import optuna
from optuna import Trial
from optuna.storages import BaseStorage
from optuna.trial import FrozenTrial, TrialState, create_trial

from ripieno.tuning.per_trial import (
    POSITION,
    SUPERSEDED,
    PerTrialSampler,
    described,
    finished,
    is_hopeless,
    position_of,
)
from tasks.owner import OWNER, is_abandoned, this_process
from tasks.search.plan import SearchPlan
from tasks.search.storage import open_storage

RETRIES = "retries"
"""Attribute of a trial that does another's again: the other's number."""
RESULT = "result"
"""Attribute of a trial that ended: its key in the store, its scores, or why it failed."""


@dataclass(frozen=True)
class Proposal:
    """A trial that has begun.

    Attributes:
        trial: Optuna's.
        settings: All settings of the member to train.
        known: Numbers of the trials that had ended when it began.
    """

    trial: Trial
    settings: dict[str, Any]
    known: frozenset[int]

    @property
    def number(self) -> int:
        """Its number in the study."""
        return self.trial.number


class SearchStudy:
    """The study of a plan. `begin` and the two that end a trial are to be called by one thread.

    Args:
        plan: What is searched.
        studies: Folder where the study is kept, unless the plan says otherwise.

    Raises:
        ConfigurationError: If the storage cannot be opened.
    """

    def __init__(self, plan: SearchPlan, studies: Path) -> None:
        self.plan = plan
        self._storage = open_storage(plan.tuning.storage, studies, plan.study)
        self._sampler = PerTrialSampler(plan.sampler)
        self._study = self._sampler.study = _open(plan, self._storage, self._sampler)
        self._pruner = self._study.pruner

    @property
    def optuna_study(self) -> optuna.Study:
        """Optuna's study."""
        return self._study

    def trials(self) -> list[FrozenTrial]:
        """All trials but those that another one does again."""
        trials = self._study.get_trials(deepcopy=False)
        return [trial for trial in trials if SUPERSEDED not in trial.user_attrs]

    def take_over(self) -> int:
        """Do again what a process that is gone left undone; how many trials that are."""
        running = [trial for trial in self.trials() if trial.state is TrialState.RUNNING]
        gone = [trial for trial in running if is_abandoned(trial)]
        for trial in gone:
            self._again(trial, "its process was killed")
        return len(gone)

    def has_more(self) -> bool:
        """Whether the budget of trials allows another one."""
        limit = self.plan.n_trials
        begun = (trial for trial in self.trials() if trial.state is not TrialState.WAITING)
        return limit is None or sum(1 for _ in begun) < limit

    def begin(self) -> Proposal | None:
        """The next trial: one that was interrupted, or a new one; None where another was faster."""
        known = finished(self._study)
        trial = self._study.ask()
        self.beat(trial)
        limit = self.plan.n_trials
        if limit is not None and position_of(self._study, self._frozen(trial.number)) >= limit:
            self._supersede(trial.number, "two processes began the last trial")
            return None
        settings = self.plan.propose(trial)
        trial.set_user_attr("settings", json.loads(json.dumps(settings)))
        return Proposal(trial, settings, known)

    def beat(self, trial: Trial) -> None:
        """Say that the trial's process lives."""
        if not self._frozen(trial.number).state.is_finished():
            trial.set_user_attr(OWNER, this_process())

    def prunes(self, proposal: Proposal, step: int, value: float) -> bool:
        """Report an epoch's value; whether the trial is to end."""
        proposal.trial.report(value, step)
        study, storage = self._study, self._storage
        return is_hopeless(self._pruner, study, storage, proposal.number, proposal.known, value)

    def tell(self, number: int, values: tuple[float, ...] | None, **attributes: Any) -> None:
        """End a trial with its values; without them it was pruned, or failed if it says why.

        Args:
            number: The trial's number.
            values: One an aim of the objective.
            **attributes: What else is known of it, kept as its attribute `result`.
        """
        if self._frozen(number).state.is_finished():
            return  # another machine took this one for dead, and has the trial done again
        self._set(number, RESULT, attributes)
        failed = "reason" in attributes
        state = TrialState.FAIL if failed else TrialState.PRUNED if values is None else None
        self._study.tell(number, None if values is None else list(values), state=state)

    def release(self, number: int, reason: str) -> None:
        """Have an interrupted trial done again by whoever goes on with the study."""
        trial = self._frozen(number)
        if not trial.state.is_finished():
            self._again(trial, reason)

    def _again(self, trial: FrozenTrial, reason: str) -> None:
        """Queue a trial's values once more, then end it; killed in between, it can be repeated."""
        retried = [t.user_attrs.get(RETRIES) for t in self._study.get_trials(deepcopy=False)]
        if (trial.params or trial.system_attrs) and trial.number not in retried:
            marks = {RETRIES: trial.number, POSITION: position_of(self._study, trial)}
            waiting_trial = create_trial(
                state=TrialState.WAITING,
                params=trial.params,
                distributions=trial.distributions,
                system_attrs=trial.system_attrs,  # such as its generation
                user_attrs=marks,
            )
            self._study.add_trial(waiting_trial)
        self._supersede(trial.number, reason)

    def _supersede(self, number: int, reason: str) -> None:
        self._set(number, SUPERSEDED, reason)
        self._study.tell(number, state=TrialState.FAIL, skip_if_finished=True)

    def _frozen(self, number: int) -> FrozenTrial:
        return self._study.get_trials(deepcopy=False)[number]

    def _set(self, number: int, key: str, value: Any) -> None:
        self._storage.set_trial_user_attr(self._frozen(number)._trial_id, key, value)


def _open(plan: SearchPlan, storage: BaseStorage, sampler: PerTrialSampler) -> optuna.Study:
    objective, tuning = plan.objective, plan.tuning
    pruner = plan.pruner()
    study = optuna.create_study(
        study_name=plan.study,
        storage=storage,
        sampler=sampler,
        pruner=pruner,
        directions=list(objective.directions),
        load_if_exists=True,
    )
    record = {
        "sampler": described(sampler.current, tuning.sampler.settings),
        "pruner": described(pruner, tuning.pruner_or_default.settings),
        "objective": tuning.objective,
        "seed": plan.seed,
        "space": {name: dimension.to_json() for name, dimension in plan.space.items()},
    }
    for key, value in record.items():
        if key not in study.user_attrs:
            study.set_user_attr(key, value)
    return study
