"""The ways between a run's two dashboards, where both are known to stay up."""

import json
import os
import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote
from uuid import UUID

from prefect.artifacts import create_link_artifact
from prefect.client.orchestration import get_client
from prefect.runtime import flow_run

from conf.services import lasting_prefect_api
from tasks.observers import BestEffort
from tasks.records import Run
from tasks.tracking.views import VIEW

TRAINING_VIEW = "workflowType=machine_learning"
"""In an address of MLflow's UI, which opens in the view for language models otherwise."""


def mlflow_page(uri: str, page: str) -> str | None:
    """The address of a page of MLflow's UI; None where the tracking store is no server."""
    if not uri.startswith(("http://", "https://")):
        return None
    return f"{without_user(uri).rstrip('/')}/{page}"


def without_user(url: str) -> str:
    """An address as one would give it to others: without a user's name and password."""
    return re.sub(r"^(\w+://)[^/@]*@", r"\1", url)


def run_page(experiment_id: str, run_id: str) -> str:
    """The page of a run, below MLflow's address."""
    return f"#/experiments/{experiment_id}/runs/{run_id}?{TRAINING_VIEW}"


def experiment_page(experiment_id: str) -> str:
    """The table of an experiment's runs, with columns of metrics, below MLflow's address."""
    return f"#/experiments/{experiment_id}/runs?viewStateShareKey={VIEW}&{TRAINING_VIEW}"


def compare_page(run: Run, summary: Mapping[str, Any]) -> str:
    """The page, below MLflow's address, that compares the members and the ensemble."""
    entries = [member for member in summary["members"] if member["status"] != "failed"]
    ids = [entry["run_id"] for entry in (*entries, summary["ensemble"])]
    runs, experiments = (quote(json.dumps(each)) for each in (ids, [run.experiment_id]))
    return f"#/compare-runs?runs={runs}&experiments={experiments}&{TRAINING_VIEW}"


def prefect_page(flow_run_id: str | None) -> str | None:
    """The page of a flow run; None under a temporary server, which is gone when it is looked at."""
    return _in_prefect(f"runs/flow-run/{flow_run_id}") if flow_run_id else None


def deployment_page(deployment_id: str) -> str | None:
    """The page of a deployment, under the same terms."""
    return _in_prefect(f"deployments/deployment/{deployment_id}")


def _in_prefect(page: str) -> str | None:
    api = lasting_prefect_api()
    if not api:
        return None
    ui = os.environ.get("PREFECT_UI_URL") or without_user(api).rstrip("/").removesuffix("/api")
    return f"{ui.rstrip('/')}/{page}"


def lead_to_mlflow(name: str, page: str, uri: str, experiment: str, *more_tags: str) -> None:
    """Call this flow run like its run in MLflow, tag it, and give it a link there.

    Args:
        name: Of the run in MLflow.
        page: Of the run in MLflow, below its address.
        uri: Tracking URI.
        experiment: Its experiment.
        more_tags: Other tags for the flow run.
    """
    if flow_run.id is None:
        return
    tags = sorted({*flow_run.tags, f"experiment:{experiment}", *more_tags})
    with BestEffort("This run's name"), get_client(sync_client=True) as client:
        client.update_flow_run(UUID(flow_run.id), name=name, tags=tags)
    show_link("mlflow-run", mlflow_page(uri, page), f"{name} in MLflow")


def show_link(key: str, link: str | None, text: str) -> None:
    """Show a link on the flow run's page, where there is one."""
    if link:
        with BestEffort("A link"):
            create_link_artifact(link, link_text=text, key=key, description=f"[{text}]({link})")
