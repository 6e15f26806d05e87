"""The final task of a study: weigh all teams on validation, then open the sealed test set, once."""

import json
import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from prefect import task
from prefect.cache_policies import NO_CACHE

from conf.schema import Configuration
from ripieno.data.storage import open_sealed
from ripieno.errors import TrainingError
from ripieno.runtime.workers import Workers
from ripieno.study.effects import Comparison, compare
from ripieno.study.teams import Teams, fit_teams, predict
from ripieno.types import FloatArray
from tasks.failures import mistakes_as_states
from tasks.prediction import pool_data, predict_sealed, stacked
from tasks.records import Member, PreparedData, Run
from tasks.study_budget import cpu_seconds, failures, in_words
from tasks.study_plan import names_of_repeat

logger = logging.getLogger("ripieno.study")

POOLS = "pools.json"
METRICS = ("log_loss", "accuracy")

Trainings = list[list[Member]]
"""A repeat's trainings, by architecture and seed."""


@dataclass(frozen=True, eq=False)
class StudyEvaluation:
    """What the complete repeats say.

    Attributes:
        rule: The rule that the verdict is by.
        comparisons: By rule and metric.
        cpu_seconds: What trainings took, of shape (n_repeats, n_architectures, n_seeds).
    """

    rule: str
    comparisons: Mapping[str, Mapping[str, Comparison]]
    cpu_seconds: NDArray[np.float64]


@task(task_run_name="weigh-and-compare-teams", cache_policy=NO_CACHE)
@mistakes_as_states
def evaluate_study(
    study: Configuration,
    names: Sequence[str],
    n_repeats: int,
    data: PreparedData,
    members: Sequence[Member],
    run: Run,
    workers: Workers,
) -> StudyEvaluation:
    """Fit all pools on validation, write them, and only then look at the test labels.

    Args:
        study: The study's configuration.
        names: The members that are compared.
        n_repeats: Repeats that were begun.
        data: The prepared data; this task alone is given the sealed part.
        members: All trainings, those that failed included.
        run: Where `pools.json` goes.
        workers: Where the test images are predicted.

    Raises:
        TrainingError: If fewer than two repeats are complete.
    """
    repeats = complete_repeats(names, n_repeats, members)
    fitted_on = [pool_data(data.training, flat(trainings)) for trainings in repeats]
    labels = fitted_on[0].labels
    validation = [in_grid(fitted.proba, len(names)) for fitted in fitted_on]
    scaled = study.ensemble.scale_temperatures
    teams = {
        rule: [
            fit_teams(rule, proba, labels, scaled, objective=objective, seed=study.seed)
            for proba in validation
        ]
        for rule, objective in rules_of(study).items()
    }
    write_pools(run, names, teams)

    test = [
        in_grid(stacked(predict_sealed(data, flat(trainings), run, workers)[0]), len(names))
        for trainings in repeats
    ]
    test_labels = np.asarray(open_sealed(data.sealed.directory).labels)

    comparisons = {}
    for rule, fitted in teams.items():
        predicted = [predict(each, proba) for each, proba in zip(fitted, test, strict=True)]
        strongest = [each.strongest for each in fitted]
        comparisons[rule] = {
            metric: compare(metric, names, predicted, strongest, test_labels, seed=study.seed)
            for metric in METRICS
        }
    spent = [[[cpu_seconds(member) for member in row] for row in repeat] for repeat in repeats]
    return StudyEvaluation(next(iter(teams)), comparisons, np.array(spent))


def rules_of(study: Configuration) -> dict[str, str]:
    """The rules that teams are weighed by, and what each minimises; the verdict is by the first.

    `auto` would choose another rule for each team, from few samples; the plain mean has no weights
    that could differ by chance.
    """
    rule, objective = study.ensemble.rule, study.ensemble.objective
    first = {"linear_pool": "log_loss"} if rule == "auto" else {rule: objective}
    return first if rule == "uniform" else first | {"uniform": "log_loss"}


def complete_repeats(
    names: Sequence[str], n_repeats: int, members: Sequence[Member]
) -> list[Trainings]:
    """The repeats of which no training is missing: teams of fewer members would not be equals.

    Raises:
        TrainingError: If there are fewer than two.
    """
    able = {member.name: member for member in members if member.status != "failed"}
    complete = [
        [[able[name] for name in row] for row in grid]
        for grid in (names_of_repeat(names, repeat) for repeat in range(n_repeats))
        if all(name in able for row in grid for name in row)
    ]
    if len(complete) < 2:
        raise TrainingError(
            f"Expected at least two complete repeats, received {len(complete)} of {n_repeats} "
            f"({in_words(failures(members))})."
        )
    return complete


def flat(trainings: Trainings) -> list[Member]:
    """The trainings of a repeat one after the other."""
    return [member for row in trainings for member in row]


def in_grid(proba: FloatArray, n_architectures: int) -> FloatArray:
    """(n_architectures * n_seeds, ...) -> (n_architectures, n_seeds, ...)."""
    return proba.reshape(n_architectures, -1, *proba.shape[1:])


def write_pools(run: Run, names: Sequence[str], teams: Mapping[str, Sequence[Teams]]) -> None:
    """Fix the weights on disk before any test label is read."""
    pools = {rule: [each.to_dict() for each in fitted] for rule, fitted in teams.items()}
    content = {"architectures": list(names), "repeats": pools}
    (run.directory / POOLS).write_text(json.dumps(content, indent=2) + "\n")
    logger.info("Weighed the teams of %d repeats", len(next(iter(teams.values()))))
