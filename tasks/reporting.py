"""The report of a run: its files, and its figures in MLflow and Prefect."""

import base64
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from prefect import task
from prefect.artifacts import create_markdown_artifact, create_table_artifact
from prefect.cache_policies import NO_CACHE

from conf.schema import Configuration
from ripieno.report import plots
from ripieno.report.facts import ReportFacts
from ripieno.report.html import render
from ripieno.report.leaderboard import Row, leaderboard
from ripieno.report.markdown import bullets, escaped
from ripieno.report.members import about_members, on_held_out, shares, sum_in_words
from ripieno.report.model_card import model_card
from ripieno.report.pictures_file import load_pictures
from ripieno.runtime.store import link_latest
from tasks.ensemble import LABEL_ERRORS, PICTURES, POOL
from tasks.jobs import FACTS
from tasks.links import compare_page, mlflow_page, prefect_page, show_link
from tasks.observers import BestEffort
from tasks.records import Member, Outcome, PreparedData, Run
from tasks.search.records import SearchResult
from tasks.stages import Stages
from tasks.summary import summarise
from tasks.tracking import Tracker
from tasks.training_record import REFERENCE

SUMMARY, REPORT, CARD = "summary.json", "report.html", "model_card.md"


@task(task_run_name="publish-report", cache_policy=NO_CACHE)
def publish_report(
    configuration: Configuration,
    data: PreparedData,
    members: Sequence[Member],
    evaluation: Mapping[str, Any],
    run: Run,
    tracker: Tracker,
    stages: Stages,
    searches: Sequence[SearchResult] = (),
) -> Outcome:
    """Write the run's files and log them."""
    summary = summarise(
        configuration, data, members, evaluation, run, tracker.uri, stages, searches
    )
    facts = ReportFacts(summary, histories(members), *load_pictures(run.directory / PICTURES))
    figures = draw(facts, run.directory)
    (run.directory / REPORT).write_text(render(facts), encoding="utf-8")
    (run.directory / CARD).write_text(model_card(summary), encoding="utf-8")
    stages.end("report")
    summary["stages"] = stages.to_dict()
    summary["ensemble"]["run_id"] = run.run_id
    with BestEffort("The ensemble's scores"):
        summary["ensemble"]["run_id"] = log_ensemble(tracker, run, summary)
    (run.directory / SUMMARY).write_text(json.dumps(summary, indent=2) + "\n")

    rows = leaderboard(summary)
    with BestEffort("MLflow's copy of the report"):
        for name in (SUMMARY, REPORT, CARD, POOL, REFERENCE, LABEL_ERRORS):
            tracker.log_file(run.run_id, run.directory / name)
        for figure in figures:
            tracker.log_file(run.run_id, figure, "figures")
        tracker.describe(run.run_id, with_link(describe(summary, rows), run))
    with BestEffort("Prefect's copy of the report"):
        create_table_artifact(
            [row.to_dict() for row in rows], key="leaderboard", description=describe(summary, ())
        )
        create_markdown_artifact(with_figures(describe(summary, rows), figures), key="run-report")
    show_link(
        "mlflow-compare",
        mlflow_page(tracker.uri, compare_page(run, summary)),
        "Members and ensemble side by side in MLflow",
    )
    link_latest(run.directory)
    missing = tuple(member.name for member in members if member.status == "failed")
    return Outcome(run, run.directory / SUMMARY, missing)


def histories(members: Sequence[Member]) -> dict[str, list[dict[str, Any]]]:
    """The epochs of every member that has an artefact."""
    return {
        member.name: json.loads((member.directory / FACTS).read_text())["epochs"]
        for member in members
        if member.directory is not None
    }


def with_link(markdown: str, run: Run) -> str:
    """Markdown that leads to the flow run, where its page is known to stay."""
    page = prefect_page(run.flow_run_id)
    return f"{markdown}\n\n[This run in Prefect]({page})" if page else markdown


def with_figures(markdown: str, figures: Sequence[Path]) -> str:
    """Markdown with the figures inside it: Prefect's UI shows them without another server."""
    images = (
        f"![{figure.stem}](data:image/png;base64,{base64.b64encode(figure.read_bytes()).decode()})"
        for figure in figures
    )
    return "\n\n".join([markdown, *images])


def draw(facts: ReportFacts, directory: Path) -> list[Path]:
    """Save the figures that people look at first, as PNG."""
    return [
        plots.save(figure, directory / f"{name}.png") for name, figure in plots.draw(facts).items()
    ]


def log_ensemble(tracker: Tracker, run: Run, summary: Mapping[str, Any]) -> str:
    """Give the ensemble a run beside its members, with the same metric names, and the parent too.

    MLflow shows nested runs collapsed: the parent must carry the result as well.

    Returns:
        The id of the ensemble's run.
    """
    share = shares(summary["pool"])
    for member in summary["members"]:
        if "test" in member:
            weights = {"weight": member["weight"], "weight_share": share[member["name"]]}
            tracker.log(member["run_id"], metrics=flat_scores(member, **weights))
    ensemble = summary["ensemble"]
    metrics = flat_scores(ensemble, **set_metrics(ensemble))
    run_id = tracker.start_run("ensemble", {"ripieno.kind": "ensemble"}, parent=run.run_id)
    tracker.log(run_id, metrics=metrics, params={"rule": summary["pool"]["rule"]})
    tracker.describe(
        run_id, f"The weighted members together; weights fitted {on_held_out(summary)}."
    )
    tracker.finish(run_id)
    stages = {f"stage_{name}_seconds": value for name, value in summary["stages"].items()}
    tracker.log(run.run_id, metrics=metrics | stages)
    return run_id


def flat_scores(entry: Mapping[str, Any], **more: float) -> dict[str, float]:
    """`{"test": {"log_loss": ...}}` as `test_log_loss`: one name for one figure everywhere."""
    scores = {
        f"{split}_{metric}": value
        for split in ("validation", "test")
        for metric, value in entry[split].items()
    }
    return scores | more


def set_metrics(ensemble: Mapping[str, Any]) -> dict[str, float]:
    """What the prediction sets hold on test; nothing of an ensemble without them."""
    if "prediction_sets" not in ensemble:
        return {}
    test = ensemble["prediction_sets"]["test"]
    return {"test_set_coverage": test["coverage"][1], "test_set_size": test["mean_size"]}


def describe(summary: Mapping[str, Any], rows: Sequence[Row]) -> str:
    """A few lines of Markdown for people who open the run's page."""
    name, headline = summary["run"]["name"], summary["ensemble"]["headline"]
    lines = [f"**{escaped(name)}**: {escaped(headline)}"]
    failed = [member for member in summary["members"] if member["status"] == "failed"]
    lines += [f"- **{member['name']} failed**: {escaped(member['error'])}" for member in failed]
    lines += [bullets(summary["data"]["findings"])]
    lines += ["", f"{about_members(summary)} {sum_in_words(summary['pool'])}".rstrip()]
    if rows:
        header = list(rows[0].to_dict())
        lines += ["", "| " + " | ".join(header) + " |", "|" + " --- |" * len(header)]
        lines += ["| " + " | ".join(row.to_dict().values()) + " |" for row in rows]
    return "\n".join(lines)
