"""A sampler made anew for every trial, and a pruner that judges by what a trial could know.

Both make a search the same whenever it is run from the same seed, killed in between or not.
"""

import copy
import math
import warnings
from collections.abc import Callable, Mapping
from typing import Any, cast

from optuna import Study
from optuna.distributions import BaseDistribution
from optuna.pruners import BasePruner
from optuna.samplers import BaseSampler
from optuna.storages import BaseStorage
from optuna.trial import FrozenTrial, TrialState

SUPERSEDED = "superseded"
"""Attribute of a trial that was interrupted, and that another one does again."""
POSITION = "position"
"""Attribute of a trial that does another's again: the other's position."""


class PerTrialSampler(BaseSampler):
    """Asks a new sampler for every trial. Trials are to be asked for by one thread.

    Args:
        make: From a trial's position, counted from 0, to its sampler.

    Attributes:
        study: The whole study, once there is one: Hyperband shows a sampler the trials of one
            bracket only, whose positions are those of other brackets too.
    """

    def __init__(self, make: Callable[[int], BaseSampler]) -> None:
        self.study: Study | None = None
        self._make = make
        self._sampler = make(0)

    @property
    def current(self) -> BaseSampler:
        """The sampler of the trial that was begun last."""
        return self._sampler

    def before_trial(self, study: Study, trial: FrozenTrial) -> None:
        """Make the trial's sampler."""
        position = position_of(self.study or study, trial)
        self._sampler = self._make(position)
        numbered = copy.copy(trial)
        numbered.number = position  # by which a grid chooses, whatever was interrupted before
        self._sampler.before_trial(study, numbered)

    def infer_relative_search_space(
        self, study: Study, trial: FrozenTrial
    ) -> dict[str, BaseDistribution]:
        """See Optuna's `BaseSampler`, as for the next two."""
        return self._sampler.infer_relative_search_space(study, trial)

    def sample_relative(
        self, study: Study, trial: FrozenTrial, search_space: dict[str, BaseDistribution]
    ) -> dict[str, Any]:
        """The values that are chosen together."""
        return self._sampler.sample_relative(study, trial, search_space)

    def sample_independent(
        self,
        study: Study,
        trial: FrozenTrial,
        param_name: str,
        param_distribution: BaseDistribution,
    ) -> Any:
        """A value that is chosen alone."""
        return self._sampler.sample_independent(study, trial, param_name, param_distribution)


def position_of(study: Study, trial: FrozenTrial) -> int:
    """How many trials a search has had before this one, those done again counted once."""
    if POSITION in trial.user_attrs:
        return int(trial.user_attrs[POSITION])
    earlier = (t for t in study.get_trials(deepcopy=False) if t.number < trial.number)
    return sum(SUPERSEDED not in each.user_attrs for each in earlier)


def finished(study: Study) -> frozenset[int]:
    """Numbers of the trials that have ended."""
    return frozenset(t.number for t in study.get_trials(deepcopy=False) if t.state.is_finished())


def is_hopeless(
    pruner: BasePruner,
    study: Study,
    storage: BaseStorage,
    number: int,
    known: frozenset[int],
    value: float,
) -> bool:
    """Whether the pruner ends a trial that has just reported, by the trials that had ended before.

    A trial that ended meanwhile is not looked at: which one that is depends on the machine.

    Args:
        pruner: Optuna's.
        study: The study.
        storage: Where the study is kept.
        number: The trial's number.
        known: Numbers of the trials that had ended when it was begun.
        value: What it has just reported; NaN is for the training itself to end.
    """
    if math.isnan(value):
        return False
    past = Study(
        study.study_name, cast("BaseStorage", _Past(storage, known)), study.sampler, pruner
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # Wilcoxon's, of epochs that one trial lacks
        return pruner.prune(past, study.get_trials(deepcopy=False)[number])


class _Past:
    """A storage that shows the trials of some numbers only."""

    def __init__(self, storage: BaseStorage, known: frozenset[int]) -> None:
        self._storage = storage
        self._known = known

    def __getattr__(self, name: str) -> Any:
        return getattr(self._storage, name)

    def get_all_trials(
        self, study_id: int, deepcopy: bool = True, states: Any = None
    ) -> list[FrozenTrial]:
        trials = self._storage.get_all_trials(study_id, deepcopy, states)
        return [trial for trial in trials if trial.number in self._known]

    def get_best_trial(self, study_id: int) -> FrozenTrial:
        return BaseStorage.get_best_trial(cast("BaseStorage", self), study_id)


def generation_of(trial: FrozenTrial) -> int | None:
    """The generation of a genetic search's trial, from 0; None for other samplers."""
    return next(
        (value for key, value in trial.system_attrs.items() if key.endswith(":generation")), None
    )


def complete_trials(study: Study) -> list[FrozenTrial]:
    """The trials that have a value, in the order of their numbers."""
    return study.get_trials(deepcopy=False, states=(TrialState.COMPLETE,))


def described(sampler: BaseSampler, settings: Mapping[str, Any]) -> dict[str, Any]:
    """The class and the settings of a sampler, for a study's record."""
    kind = type(sampler)
    return {"class": f"{kind.__module__}.{kind.__qualname__}", **settings}
