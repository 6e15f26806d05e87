"""Score what is not scored yet, part by part."""

import json
import logging
from pathlib import Path
from typing import cast
from uuid import UUID

from prefect import task
from prefect.artifacts import create_progress_artifact, update_progress_artifact
from prefect.cache_policies import NO_CACHE

from conf.scoring import Scoring
from ripieno.data.progress import LoadingProgress
from ripieno.scoring.ensemble import ScoringEnsemble
from ripieno.scoring.inputs import Input, open_input
from ripieno.scoring.job import Job
from ripieno.scoring.prefetch import prefetched
from ripieno.scoring.table import score
from tasks.failures import mistakes_as_states
from tasks.scoring_model import find_ensemble

logger = logging.getLogger("ripieno.scoring")


@task(task_run_name="open-input", cache_policy=NO_CACHE)
@mistakes_as_states
def open_scoring(scoring: Scoring) -> tuple[ScoringEnsemble, Input]:
    """Find the ensemble and the images; nothing is loaded, decoded or written yet.

    Raises:
        ConfigurationError: If there is no such ensemble.
        DataError: If there are no images, or ones that the ensemble cannot take.
    """
    ensemble = find_ensemble(scoring.model, scoring.workspace)
    images = open_input(scoring.input, ensemble.images, scoring.column)
    for finding in images.findings:
        logger.info("%s", finding)
    return ensemble, images


@task(task_run_name="score-parts", cache_policy=NO_CACHE)
@mistakes_as_states
def score_parts(job: Job, ensemble: ScoringEnsemble, images: Input) -> int:
    """Write every part that is not there yet.

    Returns:
        How many parts were there already.

    Raises:
        DataError: If the input turns out to be damaged; finished parts stay.
        DiskError: If the disk is full or may not be written.
    """
    parts = job.parts
    parts.sweep()
    missing = list(job.missing())
    n_finished = job.n_parts - sum(n_parts for _, n_parts in missing)
    if not missing:
        return n_finished
    if n_finished:
        logger.info("going on: %d of %d parts are there already", n_finished, job.n_parts)
    artifact = cast("UUID", create_progress_artifact(0.0, "scoring", "Scoring images"))
    progress = LoadingProgress(logger, "scoring images", job.n_images)
    progress.advance(n_finished * job.part_size)
    predict = ensemble.load()
    n_done = n_finished
    for first, n_parts in missing:
        batches = prefetched(images.read(first * job.part_size, job.part_size))
        for number, batch in zip(range(first, first + n_parts), batches, strict=False):
            parts.write(number, score(batch, ensemble, predict))
            n_done += 1
            progress.advance(job.n_rows(number))
            update_progress_artifact(artifact, progress=100.0 * n_done / job.n_parts)
    return n_finished


def read_json(path: Path) -> dict[str, object]:
    """A JSON file; empty where there is none."""
    return dict(json.loads(path.read_text(encoding="utf-8"))) if path.exists() else {}
