"""The ways between a run's two dashboards, where both are known to stay up."""

import json
import os
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from prefect.artifacts import create_link_artifact
from prefect.client.orchestration import get_client
from prefect.runtime import flow_run

from conf.services import lasting_prefect_api
from tasks.records import Run


def mlflow_page(uri: str, page: str) -> str | None:
    """The address of a page of MLflow's UI; None where the tracking store is no server."""
    return f"{uri.rstrip('/')}/{page}" if uri.startswith(("http://", "https://")) else None


def run_page(run: Run) -> str:
    """The page of a run, below MLflow's address."""
    return f"#/experiments/{run.experiment_id}/runs/{run.run_id}"


def compare_page(run: Run, summary: Mapping[str, Any]) -> str:
    """The page, below MLflow's address, that compares the members and the ensemble."""
    entries = [member for member in summary["members"] if member["status"] != "failed"]
    ids = [entry["run_id"] for entry in (*entries, summary["ensemble"])]
    runs, experiments = (quote(json.dumps(each)) for each in (ids, [run.experiment_id]))
    return f"#/compare-runs?runs={runs}&experiments={experiments}"


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
    ui = os.environ.get("PREFECT_UI_URL") or api.rstrip("/").removesuffix("/api")
    return f"{ui.rstrip('/')}/{page}"


def lead_to_mlflow(run: Run, uri: str, experiment: str, source: str) -> None:
    """Call the flow run like the run in MLflow, tag it, and give it a link there."""
    if run.flow_run_id is None:
        return
    tags = sorted({*flow_run.tags, f"experiment:{experiment}", f"data:{source}"})
    with get_client(sync_client=True) as client:
        client.update_flow_run(run.flow_run_id, name=run.name, tags=tags)  # type: ignore[arg-type]  # takes text
    show_link("mlflow-run", mlflow_page(uri, run_page(run)), f"{run.name} in MLflow")


def show_link(key: str, link: str | None, text: str) -> None:
    """Show a link on the flow run's page, where there is one."""
    if link:
        create_link_artifact(link, link_text=text, key=key, description=f"[{text}]({link})")
