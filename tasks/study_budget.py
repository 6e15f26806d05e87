"""The epochs that an equal budget allows each architecture, from what its pilots took."""

import json
import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from conf.schema import Configuration
from ripieno.errors import TrainingError
from ripieno.study.budget import EpochCost, epoch_cost, mean_budget, pilot_epochs
from tasks.jobs import FACTS
from tasks.prediction import directory_of
from tasks.records import Member, TrainingData
from tasks.study_plan import pilot_name

logger = logging.getLogger("ripieno.study")


@dataclass(frozen=True)
class Budget:
    """What every training may take.

    Attributes:
        seconds: Processor seconds: the mean of the members as configured.
        costs: What an epoch takes, of each member whose pilots succeeded.
        n_epochs: The epochs that come nearest to the budget, of the same members.
        failed: Why a pilot failed, by its name.
    """

    seconds: float
    costs: Mapping[str, EpochCost]
    n_epochs: Mapping[str, int]
    failed: Mapping[str, str]


def short_pilots(study: Configuration) -> dict[str, int]:
    """One epoch each: they go first, and warm the workers up for the longer ones."""
    return dict.fromkeys(study.members, 1)


def long_pilots(study: Configuration, data: TrainingData) -> dict[str, int]:
    """Epochs of each member's longer pilot."""
    configured = configured_epochs(study)
    return {name: pilot_epochs(data.n_train, n) for name, n in configured.items()}


def configured_epochs(study: Configuration) -> dict[str, int]:
    """Epochs of each member as the configuration has them."""
    return {name: member.settings["epochs"] for name, member in study.members.items()}


def share_budget(study: Configuration, data: TrainingData, pilots: Sequence[Member]) -> Budget:
    """Share out the mean of what the configured members would take.

    Args:
        study: The members.
        data: What they train on.
        pilots: Short and long pilots of all members, those that failed included.

    Raises:
        TrainingError: If the pilots of fewer than two members succeeded.
    """
    able = {pilot.name: cpu_seconds(pilot) for pilot in pilots if pilot.status != "failed"}
    costs = {}
    for name, n_long in long_pilots(study, data).items():
        short, long = pilot_name(name, 1), pilot_name(name, n_long)
        if short in able and long in able:
            costs[name] = epoch_cost(able[short], able[long], n_long)
    failed = failures(pilots)
    if len(costs) < 2:
        raise TrainingError(
            "Expected at least two architectures that can be trained, "
            f"received {len(costs)} ({in_words(failed)})."
        )
    seconds = mean_budget(costs, configured_epochs(study))
    n_epochs = {name: cost.epochs_within(seconds) for name, cost in costs.items()}
    shares = ", ".join(f"{name} {n} epochs" for name, n in n_epochs.items())
    logger.info("Budget of a training: %.1f processor seconds (%s)", seconds, shares)
    return Budget(seconds, costs, n_epochs, failed)


def cpu_seconds(member: Member) -> float:
    """Processor seconds of a training that did not fail, whichever run it was trained in."""
    facts = json.loads((directory_of(member) / FACTS).read_text())
    return float(facts["train_cpu_seconds"])


def failures(members: Sequence[Member]) -> dict[str, str]:
    """Why trainings failed, by name."""
    return {member.name: member.error for member in members if member.error is not None}


def in_words(failed: Mapping[str, str]) -> str:
    """`convnet: why; dense: why`."""
    return "; ".join(f"{name}: {why}" for name, why in failed.items())
