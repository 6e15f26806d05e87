"""The end of a tuning run: its page, its file, and what Prefect and MLflow show of it."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from prefect import task
from prefect.artifacts import create_markdown_artifact
from prefect.cache_policies import NO_CACHE

from conf.schema import Configuration
from ripieno.report.html import render_tuning
from ripieno.report.markdown import bullets, markdown_table
from ripieno.report.provenance import git_commit, versions
from ripieno.report.sections.search import best_table, sentences
from tasks.observers import BestEffort
from tasks.records import PreparedData, Run
from tasks.search.records import SearchResult
from tasks.stages import Stages
from tasks.tracking import Tracker

TUNING, PAGE = "tuning.json", "tuning.html"


@dataclass(frozen=True)
class Tuned:
    """A finished tuning run: where it lies, and the overlays that train its winners."""

    run: Run
    summary: Path
    overlays: tuple[Path, ...]


@task(task_run_name="publish-tuning", cache_policy=NO_CACHE)
def publish_tuning(
    configuration: Configuration,
    data: PreparedData,
    results: Sequence[SearchResult],
    run: Run,
    tracker: Tracker,
    stages: Stages,
) -> Tuned:
    """Write the run's files and log them."""
    content: dict[str, Any] = {
        "search": [dict(result.summary) for result in results],
        "run": {
            "name": run.name,
            "configuration": configuration.model_dump(mode="json"),
            "seed": configuration.seed,
            "versions": versions(),
            "git_commit": git_commit(),
            "started": stages.started,
            "seconds": stages.total,
            "stages": stages.to_dict(),
            "mlflow_run_id": run.run_id,
        },
        "data": {
            "source": configuration.dataset.source,
            "fingerprint": data.training.fingerprint,
            "sizes": {"train": data.training.n_train, "validation": data.training.n_validation},
        },
    }
    (run.directory / TUNING).write_text(json.dumps(content, indent=2) + "\n")
    (run.directory / PAGE).write_text(render_tuning(content), encoding="utf-8")
    page = in_markdown(content["search"])
    with BestEffort("MLflow's copy of the report"):
        for name in (TUNING, PAGE):
            tracker.log_file(run.run_id, run.directory / name)
        tracker.describe(run.run_id, page)
    with BestEffort("Prefect's copy of the report"):
        create_markdown_artifact(page, key="tuning-report")
    return Tuned(run, run.directory / TUNING, tuple(result.overlay for result in results))


def in_markdown(entries: Sequence[dict[str, Any]]) -> str:
    """What was tried and what it bought, with the best trials."""
    said = [sentence for entry in entries for sentence in sentences(entry)]
    return "\n\n".join([bullets(said), *(markdown_table(best_table(entry)) for entry in entries)])
