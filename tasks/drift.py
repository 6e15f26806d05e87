"""What the scores of a batch come to: files beside them, MLflow, Prefect, a retraining on drift."""

import json
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from prefect import task
from prefect.artifacts import create_markdown_artifact
from prefect.cache_policies import NO_CACHE

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
from tasks.links import lead_to_mlflow, run_page
from tasks.observers import BestEffort
from tasks.reporting import with_figures
from tasks.retraining import ask_for_retraining
from tasks.runs import prefect_tags
from tasks.tracking import open_tracker

SCORES, DRIFT, FIGURE = "scores.json", "drift.json", "drift.png"


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
    with BestEffort("Prefect's report on drift"):
        create_markdown_artifact(with_figures(markdown, figures), key="drift")
    verdict = {"sentence": verdict_sentence(drift), **drift.to_dict(), "settings": settings}
    with BestEffort("MLflow's run of this scoring"):
        log_scoring(scoring, ensemble, results, drift, markdown)
    if drift.drifted:
        verdict["retraining"] = announce(scoring, ensemble, drift)
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
    name = f"score-{scoring.input.name}"
    run_id = tracker.start_run(name, tags | prefect_tags(name))
    page = run_page(tracker.experiment_id, run_id)
    lead_to_mlflow(name, page, tracker.uri, ensemble.experiment)
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


def announce(scoring: Scoring, ensemble: ScoringEnsemble, drift: Drift) -> str:
    """Ask for a retraining, and say what has become of that."""
    payload = {
        "input": str(scoring.input),
        "output": str(scoring.output),
        "drifted": {each: round(drift.shifts[each].psi, 4) for each in drift.drifted},
        "n_images": drift.n_images,
    }
    return ask_for_retraining(scoring.retrain, ensemble, payload)


def _write_json(path: Path, values: Mapping[str, Any]) -> None:
    text = json.dumps(values, indent=2) + "\n"
    write_whole(path, lambda unfinished: unfinished.write_text(text, encoding="utf-8"))
