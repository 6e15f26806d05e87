"""What a search found: its winners, what mattered, and what it bought."""

import logging
import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from optuna.importance import get_param_importances
from optuna.trial import FrozenTrial, TrialState

from conf.members import MemberSection
from conf.narrowing import member_of
from ripieno.errors import TrainingError
from ripieno.tuning.bought import gain_of_search
from ripieno.tuning.gain import Likelihood
from ripieno.tuning.per_trial import generation_of
from tasks.jobs import VALIDATION_PROBA
from tasks.prediction import directory_of
from tasks.records import Member
from tasks.search.search import Search
from tasks.search.study import RESULT
from tasks.search.trial import validation_scores

logger = logging.getLogger("ripieno.search")


@dataclass(frozen=True, eq=False)
class Candidate:
    """A trained member that may win.

    Attributes:
        trial: Number of its trial; None for the member as it was configured.
        values: What the objective says of it; its first value decides who is best.
        settings: All its settings.
        directory: Its artefact.
        likelihood: What it gives the true classes on validation.
        scores: log_loss, accuracy and inference_ms.
    """

    trial: int | None
    values: tuple[float, ...]
    settings: dict[str, Any]
    directory: Path
    likelihood: Likelihood
    scores: dict[str, float]


def candidates_of(search: Search, configured: Member) -> list[Candidate]:
    """The member as configured, where it could be trained, and every complete trial found here.

    Raises:
        TrainingError: If there is none.
    """
    trials = [t for t in search.study.trials() if t.state is TrialState.COMPLETE]
    directories = [search.artefact_of(trial) for trial in trials]
    if missing := sum(directory is None for directory in directories):
        logger.warning(
            "%s: the members of %d trials are not in this store, as they were pruned or trained"
            " elsewhere; the winners are chosen among the others",
            search.plan.name,
            missing,
        )
    candidates = [] if configured.status == "failed" else [_as_configured(search, configured)]
    seen = {candidate.directory for candidate in candidates}
    for trial, directory in zip(trials, directories, strict=True):
        if directory is not None and directory not in seen:  # equal settings are one candidate
            seen.add(directory)
            candidates.append(_of_trial(search, trial, directory))
    if not candidates:
        ends = [trial.user_attrs.get(RESULT, {}) for trial in search.study.trials()]
        reasons = [end["reason"] for end in ends if "reason" in end]
        raise TrainingError(
            f"{search.plan.name}: no trial could be trained, nor the member as it is configured"
            f" ({configured.error}; {'; '.join(dict.fromkeys(reasons))})."
        )
    return candidates


def winners_of(search: Search, candidates: Sequence[Candidate]) -> list[Candidate]:
    """At most `keep` of the candidates, the best first, then who adds most to the ensemble."""
    plan = search.plan
    keep, objective = plan.tuning.keep, plan.objective
    pool = list(candidates)
    if objective.is_single and objective.metrics != ("marginal_gain",):
        sign = 1.0 if objective.directions[0] == "minimize" else -1.0
        first = min(pool, key=lambda candidate: sign * candidate.values[0])
        pool.remove(first)
        chosen = [first]
    else:
        pool = pool if objective.is_single else undominated(pool)
        chosen = []
    members = [*search.earlier, *(each.likelihood for each in chosen)]
    likelihoods = [candidate.likelihood for candidate in pool]
    order = search.folds.choose(likelihoods, keep - len(chosen), members, at_least=1 - len(chosen))
    return chosen + [pool[i] for i in order]


def undominated(candidates: Sequence[Candidate]) -> list[Candidate]:
    """Those that no other beats in one value without being beaten in another; lower is better."""
    values = np.array([candidate.values for candidate in candidates])
    beaten = [
        bool(np.any(np.all(values <= own, axis=1) & np.any(values < own, axis=1))) for own in values
    ]
    return [each for each, worse in zip(candidates, beaten, strict=True) if not worse]


def members_of(search: Search, winners: Sequence[Candidate]) -> dict[str, MemberSection]:
    """The winners as members of a configuration, by name."""
    plan = search.plan
    names = (
        [plan.name]
        if plan.tuning.keep == 1
        else [f"{plan.name}-{rank}" for rank in range(1, len(winners) + 1)]
    )
    return {
        name: member_of(plan.member, winner.settings, plan.seed)
        for name, winner in zip(names, winners, strict=True)
    }


def summarise(
    search: Search, candidates: Sequence[Candidate], winners: Sequence[Candidate]
) -> dict[str, Any]:
    """The search's entry in `summary.json`."""
    plan, study = search.plan, search.study.optuna_study
    trials = search.study.trials()
    configured = next((c for c in candidates if c.trial is None), None)
    minutes = plan.tuning.minutes
    return {
        "member": plan.name,
        "architecture": plan.member.architecture,
        "study": plan.study,
        "objective": {"name": plan.tuning.objective, "metrics": list(plan.objective.metrics)},
        "directions": list(plan.objective.directions),
        "sampler": {"kind": plan.tuning.sampler.kind, **study.user_attrs["sampler"]},
        "pruner": {"kind": plan.tuning.pruner_or_default.kind, **study.user_attrs["pruner"]},
        "seed": plan.seed,
        "budget": {"trials": plan.n_trials, "minutes": minutes},
        "counts": {
            state.name.lower(): sum(trial.state is state for trial in trials)
            for state in (TrialState.COMPLETE, TrialState.PRUNED, TrialState.FAIL)
        },
        "n_in_this_run": len(search.results),
        "space": {name: dimension.to_json() for name, dimension in plan.space.items()},
        "trials": [trial_entry(trial) for trial in trials if trial.state.is_finished()],
        "configured": None if configured is None else configured.scores,
        "importance": importance(search),
        "winners": [
            {"trial": winner.trial, "settings": winner.settings, **winner.scores}
            for winner in winners
        ],
        **({} if configured is None else {"bought": bought(search, candidates, configured)}),
    }


def trial_entry(trial: FrozenTrial) -> dict[str, Any]:
    """One trial, as JSON values."""
    entry = {
        "number": trial.number,
        "state": {"FAIL": "failed"}.get(trial.state.name, trial.state.name.lower()),
        "values": trial.values,
        "params": trial.params,
        "n_epochs": trial.last_step,
        "generation": generation_of(trial),
    }
    kept = ("log_loss", "accuracy", "inference_ms", "seconds", "reason")
    result = trial.user_attrs.get(RESULT, {})
    return entry | {key: result[key] for key in kept if key in result}


def importance(search: Search) -> dict[str, float]:
    """Each hyperparameter's share in how good trials differ from others; empty where too few.

    References:
        Watanabe, Bansal & Hutter (2023), PED-ANOVA: Efficiently Quantifying Hyperparameter
        Importance in Arbitrary Subspaces.
    """
    study = search.study.optuna_study
    first = None if search.plan.objective.is_single else lambda trial: trial.values[0]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # of hyperparameters that few trials have
        try:
            return get_param_importances(study, target=first)
        except (ValueError, RuntimeError):  # fewer than two trials, or all alike
            return {}


def bought(
    search: Search, candidates: Sequence[Candidate], configured: Candidate
) -> dict[str, list[float]]:
    """The gain of the search's choice over the member as configured, by metric."""
    proba = [np.load(c.directory / VALIDATION_PROBA) for c in candidates if c is not configured]
    own = np.load(configured.directory / VALIDATION_PROBA)
    seed = search.plan.configuration.seed
    metric = "accuracy" if search.plan.tuning.objective == "accuracy" else "log_loss"
    gains = gain_of_search(proba, own, search.labels, seed, metric)
    return {metric: gain.as_list() for metric, gain in gains.items()}


def _as_configured(search: Search, configured: Member) -> Candidate:
    directory = directory_of(configured)
    member = search.plan.member
    settings = member.model_dump(mode="json", exclude={"architecture", "seed"})
    likelihood = search.likelihood(directory)
    scores = validation_scores(directory, search.data)
    metrics = search.plan.objective.metrics
    gain = search.folds.gain(search.earlier, likelihood) if "marginal_gain" in metrics else 0.0
    values = tuple(gain if name == "marginal_gain" else scores[name] for name in metrics)
    return Candidate(None, values, settings, directory, likelihood, scores)


def _of_trial(search: Search, trial: FrozenTrial, directory: Path) -> Candidate:
    result = trial.user_attrs[RESULT]
    scores = {name: result[name] for name in ("log_loss", "accuracy", "inference_ms")}
    return Candidate(
        trial.number,
        tuple(trial.values),
        trial.user_attrs["settings"],
        directory,
        search.likelihood(directory),
        scores,
    )
