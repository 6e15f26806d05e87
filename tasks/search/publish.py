"""The beginning and the end of a search, as Prefect's tasks: its run in MLflow, its files."""

import io
import json
import logging
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from prefect import task
from prefect.artifacts import create_table_artifact
from prefect.cache_policies import NO_CACHE

from conf.schema import Configuration
from ripieno.runtime.csv_file import write_csv
from ripieno.tuning.gain import Likelihood
from tasks.observers import BestEffort
from tasks.records import Member, Run, TrainingData
from tasks.search.figures import draw_study
from tasks.search.outcome import candidates_of, members_of, summarise, winners_of
from tasks.search.overlay import overlay_path, write_overlay
from tasks.search.plan import plan_search
from tasks.search.records import SearchResult
from tasks.search.search import Search, best_value
from tasks.search.study import SearchStudy
from tasks.tracking import Tracker

logger = logging.getLogger("ripieno.search")

N_SHOWN = 10


@task(task_run_name="open-search-{name}", cache_policy=NO_CACHE)
def open_search(
    configuration: Configuration,
    name: str,
    data: TrainingData,
    run: Run,
    tracker: Tracker,
    found: Sequence[Likelihood],
) -> Search:
    """Open a member's study, go on with it where it is there, and open its run in MLflow.

    Args:
        configuration: The experiment; its `tuning` is set.
        name: The member to search.
        data: Training and validation split.
        run: The flow's run.
        tracker: Where it is recorded.
        found: Members found by earlier searches of this run.
    """
    plan = plan_search(configuration, name, data)
    study = SearchStudy(plan, configuration.workspace.studies)
    n_again = study.take_over()
    n_ended = sum(trial.state.is_finished() for trial in study.trials())
    if n_ended or n_again:
        again = f"; {n_again} that were interrupted are done again" if n_again else ""
        logger.info(
            "%s: going on with study %s, %d trials done%s", name, plan.study, n_ended, again
        )
    else:
        logger.info("%s: new study %s", name, plan.study)
    tags = {"ripieno.kind": "search", "member": name, "optuna.study": plan.study}
    run_id = tracker.start_run(f"search-{name}", tags, parent=run.run_id)
    record = study.optuna_study.user_attrs
    tracker.log(run_id, params={"study": plan.study, **record, "budget": plan.n_trials})
    return Search(plan, study, data, replace(run, run_id=run_id), tracker, found)


@task(task_run_name="publish-search-{name}", cache_policy=NO_CACHE)
def publish_search(search: Search, configured: Member, name: str) -> SearchResult:
    """Choose the winners, write them as an overlay, and record what was tried.

    Args:
        search: The search, ended.
        configured: The member as it was configured.
        name: The member's name.
    """
    candidates = candidates_of(search, configured)
    winners = winners_of(search, candidates)
    members = members_of(search, winners)
    overlay = overlay_path(search)
    write_overlay(overlay, search, members)
    summary = summarise(search, candidates, winners) | {"overlay": str(overlay)}
    with BestEffort("MLflow's record of the search"):
        _log(search, summary, overlay)
    with BestEffort("Prefect's table of trials"):
        create_table_artifact(
            [_shown(trial) for trial in best_first(summary)[:N_SHOWN]],
            key=f"search-{name.replace('_', '-')}",
            description=f"The best trials of study {search.plan.study}",
        )
    found = tuple(winner.likelihood for winner in winners)
    directory = winners[0].directory
    architecture = search.plan.member.architecture
    best = Member(name, architecture, "reused", directory.name, directory, run_id="")
    return SearchResult(name, members, summary, overlay, found, configured, best)


def best_first(summary: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """The complete trials of a search, the best first value first."""
    sign = 1.0 if summary["directions"][0] == "minimize" else -1.0
    complete = [trial for trial in summary["trials"] if trial["state"] == "complete"]
    return sorted(complete, key=lambda trial: sign * trial["values"][0])


def _shown(trial: Mapping[str, Any]) -> dict[str, Any]:
    scores = {key: f"{trial[key]:.4f}" for key in ("log_loss", "accuracy")}
    params = {key: f"{v:.4g}" if isinstance(v, float) else v for key, v in trial["params"].items()}
    return {"trial": trial["number"]} | scores | params


def _log(search: Search, summary: Mapping[str, Any], overlay: Path) -> None:
    """Files and figures, in the run's folder and in MLflow."""
    plan, tracker, run_id = search.plan, search.tracker, search.run.run_id
    folder = search.run.directory / "search" / plan.name
    study = search.study.optuna_study
    figures = draw_study(study, plan.objective, list(summary["importance"]), folder)
    files = [folder / "search.json", folder / "trials.csv", overlay]
    files[0].write_text(json.dumps(summary, indent=2) + "\n")
    files[1].write_text(_table(summary["trials"]))
    for path in files:
        tracker.log_file(run_id, path)
    for figure in figures:
        tracker.log_file(run_id, figure, "figures")
    metrics = {f"n_{state}": float(n) for state, n in summary["counts"].items()}
    best = best_value(plan, search.study.trials())
    if best is not None:
        metrics[f"best_{plan.objective.metrics[0]}"] = best
    search.log()
    tracker.log(run_id, metrics=metrics)
    tracker.finish(run_id)


def _table(trials: Sequence[Mapping[str, Any]]) -> str:
    """The trials as CSV, a column for every hyperparameter."""
    flat = [
        {key: value for key, value in trial.items() if key not in ("params", "values")}
        | {f"value_{i}": value for i, value in enumerate(trial["values"] or ())}
        | {f"param_{key}": value for key, value in trial["params"].items()}
        for trial in trials
    ]
    columns = dict.fromkeys(key for row in flat for key in row)
    text = io.StringIO()
    write_csv(text, list(columns), flat)
    return text.getvalue()
