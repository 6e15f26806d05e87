"""What the terminal shows when a run is over: its result, its files, and where to look further."""

import json
import os
import shlex
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from conf.services import service_settings
from conf.workspace import Workspace
from ripieno.display import printable
from ripieno.pooling.objectives import LOG_LOSSES
from ripieno.report.leaderboard import leaderboard
from ripieno.report.members import (
    about_members,
    on_held_out,
    prior_in_words,
    sum_in_words,
)
from ripieno.report.sections.weights import rules_in_words
from ripieno.runtime.terminal import print_table
from tasks.links import compare_page, experiment_page, mlflow_page, prefect_page, run_page
from tasks.records import Outcome


def tell(outcome: Outcome, workspace: Workspace) -> None:
    """Print the leaderboard, the gain, the files written and the commands that open both UIs."""
    summary = json.loads(outcome.summary.read_text())
    print_table([row.to_dict() for row in leaderboard(summary)], title=outcome.run.name)
    say(about_members(summary))
    say(f"\n{summary['ensemble']['headline']}")
    say(proof(summary))
    say(rules_in_words(summary))
    for member in summary["members"]:
        if member["status"] == "failed":
            say(f"Missing: {member['name']} failed: {member['error']}")
    reused = [m["name"] for m in summary["members"] if m["status"] == "reused"]
    if reused:
        say(f"Reused from the store, not trained again: {', '.join(reused)}")
    if outcome.published:
        say(f"Published: {outcome.published}")
    for finding in summary["data"]["findings"]:
        say(f"Note: {finding}")
    say("\nFiles:")
    for path in sorted(outcome.run.directory.glob("*.*")):
        say(f"  {shown(path)}")
    for line in ways_to_look(outcome, summary, workspace):
        say(line)


def say(text: str) -> None:
    """Print text; a terminal that knows no minus sign gets a hyphen, and `?` for other letters."""
    text = printable(text)
    encoding = sys.stdout.encoding or "ascii"
    try:
        text.encode(encoding)
    except UnicodeEncodeError:
        text = text.replace("\N{MINUS SIGN}", "-").encode(encoding, "replace").decode(encoding)
    print(text)


def proof(summary: Mapping[str, Any]) -> str:
    """The rule, how far from the best its weights can be, and their sum where it is not 1."""
    rule, certificate = summary["pool"]["rule"], summary["pool"]["certificate"]
    proven = ""
    if certificate is not None:
        objective = summary["run"]["configuration"]["ensemble"]["objective"]
        unit = " nats" if objective in LOG_LOSSES else ""
        prior = prior_in_words(summary["pool"])
        proven = (
            f"; {on_held_out(summary)}{prior} no weights are better by more than "
            f"{certificate:.1e}{unit}"
        )
    return f"Rule: {rule}{proven}. {sum_in_words(summary['pool'])}".rstrip()


def ways_to_look(outcome: Outcome, summary: Mapping[str, Any], workspace: Workspace) -> list[str]:
    """Where this run is in both UIs, and the command that opens one that may not run."""
    usual = workspace == Workspace.default()
    place = "" if usual else f" WORKSPACE={shlex.quote(str(workspace))}"
    run = outcome.run
    services = service_settings()
    prefect = os.environ.get("PREFECT_UI_URL") or services.prefect_url
    flow_run = prefect_page(run.flow_run_id)
    uri = os.environ.get("MLFLOW_TRACKING_URI", "")
    stays = mlflow_page(uri, "")
    mlflow = (stays or services.mlflow_url).rstrip("/")
    open_prefect = "" if flow_run else f"make prefect-ui{place}      then "
    open_mlflow = "" if stays else f"make mlflow-ui{place}       then "
    return [
        "\nLook at this run:",
        f"  {open_prefect}{flow_run or f'{prefect}/runs/flow-run/{run.flow_run_id}'}",
        f"  {open_mlflow}{mlflow}/{run_page(run.experiment_id, run.run_id)}",
        f"  members and ensemble side by side: {mlflow}/{compare_page(run, summary)}",
        f"  all runs, with their scores: {mlflow}/{experiment_page(run.experiment_id)}",
    ]


def shown(path: Path) -> str:
    """The path as a person would type it from here."""
    here = Path.cwd()
    return str(path.relative_to(here) if path.is_relative_to(here) else path)
