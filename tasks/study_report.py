"""The report of a study: its files, and its figures in MLflow and Prefect."""

import base64
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from prefect import task
from prefect.artifacts import create_markdown_artifact
from prefect.cache_policies import NO_CACHE

from conf.schema import Configuration
from ripieno.report import plots
from ripieno.report.provenance import git_commit, versions
from ripieno.study.figure import study_figure
from ripieno.study.markdown import notes_of, study_page
from ripieno.study.verdict import sentence, verdict
from tasks.records import Member, Outcome, PreparedData, Run
from tasks.stages import Stages
from tasks.study_budget import Budget, configured_epochs, failures
from tasks.study_evaluation import METRICS, POOLS, StudyEvaluation
from tasks.study_plan import members_left_out
from tasks.tracking import Tracker

STUDY, FIGURE, PAGE = "study.json", "study.png", "study.md"


@task(task_run_name="publish-study", cache_policy=NO_CACHE)
def publish_study(
    configuration: Configuration,
    study: Configuration,
    budget: Budget,
    data: PreparedData,
    members: Sequence[Member],
    evaluation: StudyEvaluation,
    run: Run,
    tracker: Tracker,
    stages: Stages,
) -> Outcome:
    """Write the study's files and log them."""
    content = summarise(configuration, study, budget, data, members, evaluation, run, stages)
    headline = evaluation.comparisons[evaluation.rule]
    figure = plots.save(study_figure([headline[m] for m in METRICS]), run.directory / FIGURE)
    page = study_page(content)
    (run.directory / STUDY).write_text(json.dumps(content, indent=2) + "\n")
    (run.directory / PAGE).write_text(page, encoding="utf-8")

    for name in (STUDY, PAGE, POOLS):
        tracker.log_file(run.run_id, run.directory / name)
    tracker.log_file(run.run_id, figure, "figures")
    tags = {"ripieno.kind": "diversity study", "verdict": content["verdict"]}
    tracker.log(run.run_id, metrics=flat_metrics(content), tags=tags)
    tracker.describe(run.run_id, page)
    create_markdown_artifact(with_figure(page, figure), key="diversity-study")
    return Outcome(run, run.directory / STUDY, tuple(content["missing"]))


def summarise(
    configuration: Configuration,
    study: Configuration,
    budget: Budget,
    data: PreparedData,
    members: Sequence[Member],
    evaluation: StudyEvaluation,
    run: Run,
    stages: Stages,
) -> dict[str, Any]:
    """The machine-readable result; every figure in it was measured."""
    headline = evaluation.comparisons[evaluation.rule]
    failed = failures(members)
    left_out = members_left_out(configuration, study)
    n_repeats = len(evaluation.cpu_seconds)
    return {
        "sentence": sentence(headline["log_loss"], headline["accuracy"]),
        "verdict": verdict(headline["log_loss"].headline),
        "rule": evaluation.rule,
        "n_repeats": n_repeats,
        "notes": notes_of(n_repeats, data.sealed.n_samples, left_out, budget.failed, failed),
        "architectures": architectures(study, budget, evaluation),
        "strongest": list(headline["log_loss"].strongest),
        "budget": {
            "cpu_seconds": budget.seconds,
            # Every seed's team of architectures, over the repeats.
            "different_team_cpu_seconds": float(evaluation.cpu_seconds.sum(axis=1).mean()),
        },
        "comparisons": {
            rule: {metric: each.to_dict() for metric, each in comparisons.items()}
            for rule, comparisons in evaluation.comparisons.items()
        },
        "left_out": left_out,
        "missing": {**budget.failed, **failed},
        "n_reused": sum(member.status == "reused" for member in members),
        "run": {
            "name": run.name,
            "configuration": configuration.model_dump(mode="json"),
            "versions": versions(),
            "git_commit": git_commit(),
            "started": stages.started,
            "seconds": stages.total,
            "stages": stages.to_dict(),
            "mlflow_run_id": run.run_id,
        },
        "data": {
            "fingerprint": data.training.fingerprint,
            "sizes": {
                "train": data.training.n_train,
                "validation": data.training.n_validation,
                "test": data.sealed.n_samples,
            },
        },
    }


def architectures(
    study: Configuration, budget: Budget, evaluation: StudyEvaluation
) -> list[dict[str, Any]]:
    """What each architecture was allowed, and what the team of its seeds took."""
    configured = configured_epochs(study)
    teams = evaluation.cpu_seconds.sum(axis=2).mean(axis=0).tolist()  # (n_architectures,)
    return [
        {
            "name": name,
            "architecture": study.members[name].architecture,
            "epochs_configured": configured[name],
            "epochs": budget.n_epochs[name],
            "seconds_per_epoch": cost.per_epoch,
            "fixed_seconds": cost.fixed,
            "team_cpu_seconds": seconds,
        }
        for (name, cost), seconds in zip(budget.costs.items(), teams, strict=True)
    ]


def flat_metrics(content: Mapping[str, Any]) -> dict[str, float]:
    """Gains of the verdict's rule with their intervals, under one name each."""
    flat: dict[str, float] = {}
    for metric, comparison in content["comparisons"][content["rule"]].items():
        for gain, effect in comparison["gains"].items():
            names = (f"{gain}.{metric}{end}" for end in (".low", "", ".high"))
            flat |= dict(zip(names, effect["over_repeats"], strict=True))
    return flat


def with_figure(markdown: str, figure: Path) -> str:
    """Markdown with the figure inside it: Prefect's UI shows it without another server."""
    image = base64.b64encode(figure.read_bytes()).decode()
    head, _, rest = markdown.partition("\n\n")
    return f"{head}\n\n![{figure.stem}](data:image/png;base64,{image})\n\n{rest}"
