"""What a search is: its member, its space, and all that makes it this study and no other."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from conf.members import MemberSection
from conf.narrowing import search_of
from conf.schema import Configuration
from conf.tuning import TuningSection
from ripieno.errors import ConfigurationError
from ripieno.runtime.keys import key_of
from ripieno.tuning import OBJECTIVES, PRUNERS, SAMPLERS
from ripieno.tuning.dimensions import Space
from ripieno.tuning.objectives import Objective
from ripieno.tuning.samplers import n_combinations
from ripieno.tuning.space import Propose, explore, searched
from tasks.records import TrainingData
from tasks.search.records import SearchResult
from tasks.training import key_inputs


@dataclass(frozen=True)
class SearchPlan:
    """One member's search, before anything is tried.

    Attributes:
        configuration: The experiment; its `tuning` is set.
        name: The member's name.
        study: Name of the study: the same for the same search of the same data.
        space: What is searched.
        propose: From a trial to all settings of the member.
    """

    configuration: Configuration
    name: str
    study: str
    space: Space
    propose: Propose

    @property
    def tuning(self) -> TuningSection:
        """What the configuration asks for."""
        return require_search(self.configuration)

    @property
    def member(self) -> MemberSection:
        """The member as it was configured."""
        return self.configuration.members[self.name]

    @property
    def seed(self) -> int:
        """The member's seed: of its sampler, and of every training."""
        return self.configuration.seed_of(self.name)

    @property
    def objective(self) -> Objective:
        """What is sought."""
        return OBJECTIVES[self.tuning.objective]

    @property
    def n_trials(self) -> int | None:
        """Trials over all calls; a grid has no more than its combinations."""
        sampler = self.tuning.sampler
        if sampler.kind != "grid":
            return self.tuning.trials
        n = n_combinations(self.space, sampler.settings["points"])
        return min(n, self.tuning.trials or n)

    def sampler(self, position: int) -> Any:
        """Optuna's sampler for the trial at a position."""
        section = self.tuning.sampler
        return SAMPLERS[section.kind](self.seed, position, self.space, **section.settings)

    def pruner(self) -> Any:
        """Optuna's pruner."""
        section = self.tuning.pruner_or_default
        n_epochs = int(self.member.settings.get("epochs", 1))
        return PRUNERS[section.kind](n_epochs, **section.settings)


def plan_search(configuration: Configuration, name: str, data: TrainingData) -> SearchPlan:
    """The search of one member.

    Its name holds a hash of everything that decides what its trials are: another data set, space or
    sampler begins another study; more trials or minutes go on with this one.
    """
    tuning = require_search(configuration)
    propose = search_of(configuration.members[name], tuning.members[name])
    space = searched(explore(propose))
    inputs = {
        "member": key_inputs(configuration, name, data),
        "space": {key: dimension.to_json() for key, dimension in space.items()},
        "sampler": tuning.sampler.model_dump(mode="json"),
        "pruner": tuning.pruner_or_default.model_dump(mode="json"),
        "objective": tuning.objective,
    }
    study = f"{configuration.tracking.experiment}-{name}-{key_of(inputs)[:8]}"
    return SearchPlan(configuration, name, study, space, propose)


def require_search(configuration: Configuration) -> TuningSection:
    """The section of a configuration that says what to search.

    Raises:
        ConfigurationError: If there is none.
    """
    if configuration.tuning is None:
        raise ConfigurationError("tuning: expected a section that names members, received none.")
    return configuration.tuning


def as_configured(plan: SearchPlan) -> tuple[Configuration, str]:
    """The experiment with the member alone, as it is configured, and what it is called then.

    Every trial has the same seed: it differs from this member in what is searched and no more.
    """
    name = f"{plan.name}-as-configured"
    member = plan.member.model_copy(update={"seed": plan.seed})
    return plan.configuration.model_copy(update={"members": {name: member}}), name


def with_winners(configuration: Configuration, results: Sequence[SearchResult]) -> Configuration:
    """The configuration in which the winners stand where the members were that were searched.

    It asks for no search any more: run as it is, it trains the same ensemble.
    """
    if not results:
        return configuration
    winners = {result.name: result.winners for result in results}
    members = {
        new_name: new_member
        for name, member in configuration.members.items()
        for new_name, new_member in winners.get(name, {name: member}).items()
    }
    return configuration.model_copy(update={"members": members, "tuning": None})
