"""summary.json, the figures, the leaderboard, and the run's figures in MLflow and Prefect."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
from prefect import task
from prefect.artifacts import create_markdown_artifact, create_table_artifact
from prefect.cache_policies import NO_CACHE

from conf.schema import Configuration
from ripieno.report import plots
from ripieno.report.leaderboard import Row, leaderboard
from ripieno.report.provenance import git_commit, versions
from ripieno.runtime.store import link_latest
from tasks.ensemble import POOL
from tasks.jobs import FACTS
from tasks.records import Member, Outcome, PreparedData, Run
from tasks.stages import Stages
from tasks.tracking import Tracker

SUMMARY = "summary.json"


@task(task_run_name="publish-report", cache_policy=NO_CACHE)
def publish_report(
    configuration: Configuration,
    data: PreparedData,
    members: Sequence[Member],
    evaluation: Mapping[str, Any],
    run: Run,
    tracker: Tracker,
    stages: Stages,
) -> Outcome:
    """Write the run's files and log them."""
    figures = draw(members, evaluation, data.training.class_names, run.directory)
    for file in (run.directory / POOL, *figures):
        tracker.log_file(run.run_id, file)
    stages.end("report")
    summary = summarise(configuration, data, members, evaluation, run, stages)
    path = run.directory / SUMMARY
    path.write_text(json.dumps(summary, indent=2) + "\n")
    rows = leaderboard(summary)

    log_ensemble(tracker, run, summary)
    tracker.log_file(run.run_id, path)
    tracker.describe(run.run_id, describe(summary, rows))
    create_table_artifact(
        [row.to_dict() for row in rows], key="leaderboard", description=describe(summary, ())
    )
    create_markdown_artifact(describe(summary, rows), key="run-report")
    link_latest(run.directory)
    missing = tuple(member.name for member in members if member.status == "failed")
    return Outcome(run, path, missing)


def summarise(
    configuration: Configuration,
    data: PreparedData,
    members: Sequence[Member],
    evaluation: Mapping[str, Any],
    run: Run,
    stages: Stages,
) -> dict[str, Any]:
    """The machine-readable result; every figure in it was measured by this run."""
    return {
        "run": {
            "name": run.name,
            "configuration": configuration.model_dump(mode="json"),
            "seed": configuration.seed,
            "versions": versions(),
            "git_commit": git_commit(),
            "started": stages.started,
            "seconds": stages.total,
            "mlflow_run_id": run.run_id,
        },
        "data": {
            "source": configuration.dataset.source,
            "fingerprint": data.training.fingerprint,
            "image_shape": list(data.training.image_shape),
            "sizes": {
                "train": data.training.n_train,
                "validation": data.training.n_validation,
                "test": data.sealed.n_samples,
            },
            "classes": list(data.training.class_names),
            "duplicates_across_splits": dict(data.duplicates),
            "constant_features": data.n_constant_features,
            "findings": list(data.findings),
        },
        "members": [summarise_member(member, evaluation["members"]) for member in members],
        "pool": evaluation["pool"],
        "ensemble": evaluation["ensemble"],
        "stages": stages.to_dict(),
    }


def summarise_member(member: Member, evaluated: Mapping[str, Any]) -> dict[str, Any]:
    """A member's entry; one that failed has its error and no figures."""
    entry: dict[str, Any] = {
        "name": member.name,
        "architecture": member.architecture,
        "status": member.status,
        "cached": member.status == "reused",
        "run_id": member.run_id,
    }
    if member.error is not None:
        return entry | {"error": member.error}
    if member.costs is not None:
        entry |= asdict(member.costs)
    entry |= evaluated[member.name]
    return entry


def draw(
    members: Sequence[Member],
    evaluation: Mapping[str, Any],
    class_names: Sequence[str],
    directory: Path,
) -> list[Path]:
    """Save the run's figures as PNG."""
    histories = {
        member.name: json.loads((member.directory / FACTS).read_text())["epochs"]
        for member in members
        if member.directory is not None
    }
    curves = {name: epochs for name, epochs in histories.items() if len(epochs) > 1}
    names = [*evaluation["members"], "ensemble"]
    losses = [evaluation["members"][name]["test"]["log_loss"] for name in names[:-1]]
    losses.append(evaluation["ensemble"]["test"]["log_loss"])
    counts = np.array(evaluation["confusion_matrix"])
    figures = {
        "test_scores": plots.test_scores(names, losses),
        "confusion_matrix": plots.confusion_matrix(counts, class_names),
    }
    if curves:
        figures["learning_curves"] = plots.learning_curves(curves)
    return [plots.save(figure, directory / f"{name}.png") for name, figure in figures.items()]


def log_ensemble(tracker: Tracker, run: Run, summary: Mapping[str, Any]) -> None:
    """Give the ensemble a run beside its members, with the same metric names, and the parent too.

    MLflow shows nested runs collapsed: the parent must carry the result as well.
    """
    for member in summary["members"]:
        if "test" in member:
            tracker.log(member["run_id"], metrics=flat_scores(member, weight=member["weight"]))
        if member["status"] != "failed":
            tracker.finish(member["run_id"])
    ensemble = summary["ensemble"]
    metrics = flat_scores(ensemble)
    run_id = tracker.start_run("ensemble", {"ripieno.kind": "ensemble"}, parent=run.run_id)
    tracker.log(run_id, metrics=metrics, params={"rule": summary["pool"]["rule"]})
    tracker.describe(run_id, "The weighted members together; weights fitted on validation.")
    tracker.finish(run_id)
    stages = {f"stage_{name}_seconds": value for name, value in summary["stages"].items()}
    tracker.log(run.run_id, metrics=metrics | stages)


def flat_scores(entry: Mapping[str, Any], **more: float) -> dict[str, float]:
    """`{"test": {"log_loss": ...}}` as `test_log_loss`: one name for one figure everywhere."""
    scores = {
        f"{split}_{metric}": value
        for split in ("validation", "test")
        for metric, value in entry[split].items()
    }
    return scores | more


def describe(summary: Mapping[str, Any], rows: Sequence[Row]) -> str:
    """A few lines of Markdown for people who open the run's page."""
    ensemble, best = summary["ensemble"]["test"], summary["ensemble"]["best_member"]
    low, gain, high = summary["ensemble"]["gain_over_best_member"]["log_loss"]
    lines = [
        f"**{summary['run']['name']}**: test accuracy {ensemble['accuracy']:.2%}, "
        f"log-loss {ensemble['log_loss']:.4f}; {gain:+.4f} nats better than {best} "
        f"(95% interval {low:+.4f} to {high:+.4f}).",
    ]
    failed = [member for member in summary["members"] if member["status"] == "failed"]
    lines += [f"- **{member['name']} failed**: {member['error']}" for member in failed]
    lines += [f"- {finding}" for finding in summary["data"]["findings"]]
    if rows:
        header = list(rows[0].to_dict())
        lines += ["", "| " + " | ".join(header) + " |", "|" + " --- |" * len(header)]
        lines += ["| " + " | ".join(row.to_dict().values()) + " |" for row in rows]
    return "\n".join(lines)
