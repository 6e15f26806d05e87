"""What the terminal shows when a run is over: its result, its files, and where to look further."""

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ripieno.report.leaderboard import leaderboard
from ripieno.runtime.terminal import print_table
from tasks.records import Outcome


def tell(outcome: Outcome, workspace: Path) -> None:
    """Print the leaderboard, the gain, the files written and the commands that open both UIs."""
    summary = json.loads(outcome.summary.read_text())
    print_table([row.to_dict() for row in leaderboard(summary)], title=outcome.run.name)
    print(headline(summary))
    for member in summary["members"]:
        if member["status"] == "failed":
            print(f"Missing: {member['name']} failed: {member['error']}")
    reused = [m["name"] for m in summary["members"] if m["status"] == "reused"]
    if reused:
        print(f"Reused from the store, not trained again: {', '.join(reused)}")
    for finding in summary["data"]["findings"]:
        print(f"Note: {finding}")
    print("\nFiles:")
    for path in sorted(outcome.run.directory.glob("*.*")):
        print(f"  {shown(path)}")
    for line in ways_to_look(outcome, workspace):
        print(line)


def headline(summary: Mapping[str, Any]) -> str:
    """The gain over the best member, with its interval, in one sentence."""
    ensemble = summary["ensemble"]
    low, gain, high = ensemble["gain_over_best_member"]["log_loss"]
    pool = summary["pool"]
    certificate = pool.get("certificate")
    proof = "" if certificate is None else f" Certificate {certificate:.1e} nats."
    return (
        f"Ensemble ({pool['rule']}): test accuracy {ensemble['test']['accuracy']:.2%}, log-loss "
        f"{ensemble['test']['log_loss']:.4f}; {gain:+.4f} nats better than "
        f"{ensemble['best_member']} (95% interval {low:+.4f} to {high:+.4f}).{proof}"
    )


def ways_to_look(outcome: Outcome, workspace: Path) -> list[str]:
    """The commands that open the Prefect UI and the MLflow UI on this run."""
    place = "" if workspace == Path("workspace") else f" WORKSPACE={workspace}"
    run = outcome.run
    uri = os.environ.get("MLFLOW_TRACKING_URI", "")
    page = f"#/experiments/{run.experiment_id}/runs/{run.run_id}"
    mlflow = f"{uri.rstrip('/')}/{page}" if uri.startswith("http") else None
    prefect = os.environ.get("PREFECT_UI_URL") or "http://127.0.0.1:4200"
    return [
        "\nLook at this run:",
        f"  make prefect-ui      then {prefect}/runs/flow-run/{run.flow_run_id}",
        f"  make mlflow-ui{place}       then {mlflow or 'http://127.0.0.1:5000/' + page}",
    ]


def shown(path: Path) -> str:
    """The path as a person would type it from here."""
    here = Path.cwd()
    return str(path.relative_to(here) if path.is_relative_to(here) else path)
