"""What the scores of a batch come to: files beside them, MLflow, Prefect, and an event on drift."""

import json
import logging
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any
from uuid import NAMESPACE_URL, UUID, uuid5

from prefect import task
from prefect.artifacts import create_markdown_artifact
from prefect.cache_policies import NO_CACHE
from prefect.client.orchestration import get_client
from prefect.events import emit_event
from prefect.exceptions import ObjectNotFound

from conf.scoring import Scoring
from ripieno.drift.detection import Drift, DriftMeter
from ripieno.drift.figure import drift_figure
from ripieno.drift.markdown import drift_markdown, verdict_sentence
from ripieno.report.plots import save
from ripieno.scoring.ensemble import ScoringEnsemble
from ripieno.scoring.job import Job
from ripieno.scoring.parts import write_whole
from ripieno.scoring.results import Results, gather
from tasks.failures import mistakes_as_states
from tasks.reporting import with_figures
from tasks.runs import prefect_tags
from tasks.tracking import open_tracker

logger = logging.getLogger("ripieno.drift")

SCORES, DRIFT, FIGURE = "scores.json", "drift.json", "drift.png"
EVENT = "ripieno.drift.detected"
"""What `automations/retrain.yaml` waits for."""


@task(task_run_name="measure-drift", cache_policy=NO_CACHE)
@mistakes_as_states
def measure_drift(scoring: Scoring, job: Job, ensemble: ScoringEnsemble) -> dict[str, Any]:
    """Compare the scored images with the training record, and tell everybody.

    `drift.json` is written last: where it is there, all the rest was done.

    Returns:
        The content of `scores.json` and, as `drift`, of `drift.json`.
    """
    settings = scoring.drift.model_dump()
    meter = DriftMeter(ensemble.reference)
    results = gather(job, ensemble, meter)
    drift = meter.verdict(**settings)
    scores = describe(job, ensemble, results)
    _write_json(job.directory / SCORES, scores)
    figures = []
    if drift.shifts:
        path = job.directory / FIGURE
        write_whole(path, lambda unfinished: save(drift_figure(drift, settings["psi"]), unfinished))
        figures.append(path)
    markdown = drift_markdown(drift, ensemble.name, str(scoring.input))
    create_markdown_artifact(with_figures(markdown, figures), key="drift")
    verdict = {"sentence": verdict_sentence(drift), **drift.to_dict(), "settings": settings}
    log_scoring(scoring, ensemble, results, drift, markdown)
    if drift.drifted:
        announce(scoring, job, ensemble, drift)
    _write_json(job.directory / DRIFT, verdict)
    return scores | {"drift": verdict}


def describe(job: Job, ensemble: ScoringEnsemble, results: Results) -> dict[str, Any]:
    """The content of `scores.json`."""
    return {
        "ensemble": ensemble.name,
        "members": list(ensemble.members),
        "input": job.facts["input"].get("path", job.facts["input"].get("files")),
        **asdict(results),
    }


def log_scoring(
    scoring: Scoring, ensemble: ScoringEnsemble, results: Results, drift: Drift, markdown: str
) -> None:
    """Record the batch as an MLflow run of the ensemble's experiment."""
    workspace = scoring.workspace
    tracker = open_tracker(workspace.tracking_uri, ensemble.experiment, workspace.artifacts)
    tags = {"ripieno.kind": "scoring", "ripieno.run": ensemble.name}
    run_id = tracker.start_run(
        f"score {scoring.input.name}", tags | prefect_tags(ensemble.experiment)
    )
    metrics = {
        f"drift_{measure}_{name}": getattr(shift, measure)
        for name, shift in drift.shifts.items()
        for measure in ("psi", "distance", "adjusted_p_value")
    }
    metrics |= {"n_images": results.n_images, "n_unreadable": results.n_unreadable}
    metrics |= {"n_drifted": len(drift.drifted)}
    if results.mean_confidence is not None:
        metrics["mean_confidence"] = results.mean_confidence
    tracker.log(run_id, metrics=metrics, params=scoring.model_dump(mode="json"))
    tracker.describe(run_id, markdown)
    tracker.finish(run_id)


def announce(scoring: Scoring, job: Job, ensemble: ScoringEnsemble, drift: Drift) -> None:
    """Emit the event that an automation can react to, with the deployment that would retrain.

    The same images, output and thresholds give the event the same id, which Prefect takes once: a
    rerun after a kill does not retrain twice.
    """
    emit_event(
        event=EVENT,
        resource={
            "prefect.resource.id": f"ripieno.ensemble.{ensemble.experiment}",
            "prefect.resource.name": ensemble.name,
        },
        related=[] if scoring.retrain is None else deployment_resources(scoring.retrain),
        payload={
            "input": str(scoring.input),
            "output": str(scoring.output),
            "drifted": {each: round(drift.shifts[each].psi, 4) for each in drift.drifted},
            "n_images": drift.n_images,
            "configuration": dict(ensemble.configuration),
        },
        id=event_id(scoring, job),
    )


def deployment_resources(name: str) -> list[dict[str, str]]:
    """What an event says of the deployment that would retrain; nothing where there is none."""
    deployment = find_deployment(name)
    if deployment is None:
        logger.info("drift: Prefect has no deployment %s, so nothing will be retrained", name)
        return []
    return [
        {
            "prefect.resource.id": f"prefect.deployment.{deployment}",
            "prefect.resource.role": "deployment",
            "prefect.resource.name": name,
        }
    ]


def event_id(scoring: Scoring, job: Job) -> UUID:
    """The same for the same images, ensemble, output and thresholds."""
    parts = (EVENT, job.key, str(scoring.output.absolute()), scoring.drift.model_dump_json())
    return uuid5(NAMESPACE_URL, "/".join(parts))


def find_deployment(name: str) -> UUID | None:
    """The id of a deployment `FLOW/NAME`; None where the server has none."""
    with get_client(sync_client=True) as client:
        try:
            return client.read_deployment_by_name(name).id
        except ObjectNotFound:
            return None


def _write_json(path: Path, values: Mapping[str, Any]) -> None:
    text = json.dumps(values, indent=2) + "\n"
    write_whole(path, lambda unfinished: unfinished.write_text(text, encoding="utf-8"))
