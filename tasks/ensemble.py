"""The final task: weigh the members on held-out images, then open the sealed test set, once."""

import json
import logging
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from prefect import task
from prefect.cache_policies import NO_CACHE

from conf.schema import Configuration
from ripieno.assessment.diversity import diversity_section
from ripieno.assessment.ensemble import ensemble_section
from ripieno.assessment.evidence import Evidence
from ripieno.assessment.label_errors import find_label_errors
from ripieno.assessment.members import member_sections
from ripieno.assessment.weighing import Weighing, weigh
from ripieno.data.storage import open_sealed
from ripieno.evaluation.significance import gain_interval
from ripieno.report.facts import N_SHOWN, Pictures, choose_pictures, in_order
from ripieno.report.members import shares, sum_in_words
from ripieno.report.pictures_file import save_pictures
from ripieno.runtime.csv_file import write_csv
from ripieno.runtime.workers import Workers
from ripieno.types import FloatArray, ImageArray, IntArray
from tasks.failures import mistakes_as_states
from tasks.prediction import costs_of, pool_data, predict_sealed, stacked
from tasks.records import Member, PreparedData, Run
from tasks.search.records import SearchResult
from tasks.training_record import record_training

logger = logging.getLogger("ripieno.ensemble")

POOL = "pool.json"
PICTURES = "pictures.npz"
LABEL_ERRORS = "label_errors.csv"
ERROR_COLUMNS = (
    "image",
    "given_label",
    "suggested_label",
    "proba_given",
    "proba_suggested",
    "likely_error",
)
ENSEMBLE_PROBA = "test_proba.npy"


@task(task_run_name="ensemble", cache_policy=NO_CACHE)
@mistakes_as_states
def weigh_and_evaluate(
    configuration: Configuration,
    data: PreparedData,
    members: Sequence[Member],
    run: Run,
    workers: Workers,
    searches: Sequence[SearchResult] = (),
) -> dict[str, Any]:
    """Fit the pool on held-out images, write it, and only then look at the test labels.

    Args:
        configuration: The run's configuration.
        data: The prepared data; this task alone is given the sealed part.
        members: The members that have an artefact, at least one.
        run: Where `pool.json` goes, the ensemble's test probabilities, and the few test images
            that the report shows.
        workers: Where the members predict the test images.
        searches: What the members were found by.

    Returns:
        The `pool`, `members`, `ensemble` and `diversity` sections of `summary.json`, and what each
        search bought on test.
    """
    ensemble = configuration.ensemble
    names = [member.name for member in members]
    fitted = pool_data(data.training, members)
    labels, validation = fitted.labels, fitted.proba
    weighing = weigh(
        ensemble.rule,
        names,
        validation,
        labels,
        [costs_of(member).inference_ms for member in members],
        max_members=ensemble.max_members,
        max_inference_ms=ensemble.max_inference_ms,
        scale_temperatures=ensemble.scale_temperatures,
        objective=ensemble.objective,
        coverage=ensemble.coverage,
        seed=configuration.seed,
    )
    pool = weighing.to_dict()
    write_pool(run.directory / POOL, pool)
    record_training(data.training, fitted, weighing.pool, run.directory)
    errors = find_label_errors(weighing.choice.cross_fitted_proba, labels)
    error_rows = list(errors.rows(fitted.names, data.training.class_names))
    write_label_errors(run.directory / LABEL_ERRORS, error_rows)
    logger.info("%s: %s", pool["rule"], weights_in_words(pool))

    compared = compared_on_test(searches)
    predicted, predict_seconds = predict_sealed(data, [*members, *compared], run, workers)
    test = stacked(predicted[: len(members)])
    sealed = open_sealed(data.sealed.directory)
    class_names = data.training.class_names
    test_labels = np.asarray(sealed.labels)
    evidence = Evidence(validation, labels, test, test_labels, class_names, fitted.chosen)
    np.save(run.directory / ENSEMBLE_PROBA, weighing.pool.predict_proba(test))
    pictures = pictures_of(weighing, evidence, sealed.images)
    unlikely = in_order(fitted.images, errors.samples[:N_SHOWN])
    save_pictures(run.directory / PICTURES, *pictures, unlikely)
    sections = member_sections(weighing, evidence, configuration.seed)
    for name, seconds in zip(names, predict_seconds, strict=False):
        sections[name]["predict_seconds"] = seconds
    return {
        "members": sections,
        "pool": pool,
        "ensemble": ensemble_section(weighing, evidence, configuration.seed),
        "findings": weighing.findings(labels),
        "label_errors": {
            "split": fitted.split,
            "n_samples": errors.n_samples,
            "n_listed": len(error_rows),
            "n_likely": int(errors.likely.sum()),
            "first": error_rows[:N_SHOWN],
        },
        "bought": bought_on_test(
            searches,
            {
                each.key: proba
                for each, proba in zip(compared, predicted[len(members) :], strict=True)
            },
            test_labels,
            configuration.seed,
        ),
    } | ({"diversity": diversity_section(weighing, evidence)} if len(members) > 1 else {})


def compared_on_test(searches: Sequence[SearchResult]) -> list[Member]:
    """Of each search its first winner and the member as configured, both as the search had them.

    In a run with folds the members themselves are trained on more images than these two.
    """
    pairs = ((search.best, search.configured) for search in searches)
    return [member for pair in pairs for member in pair if member.status != "failed"]


def bought_on_test(
    searches: Sequence[SearchResult], proba: Mapping[str, FloatArray], labels: IntArray, seed: int
) -> dict[str, dict[str, list[float]]]:
    """Gains on test of each search's first winner over the member as configured, by metric.

    A search of which the latter is missing is left out.

    Args:
        searches: What the members were found by.
        proba: Test probabilities by the key of `compared_on_test`.
        labels: Test labels.
        seed: Of the resampling.
    """
    return {
        search.name: {
            metric: gain_interval(
                metric, proba[search.best.key], proba[search.configured.key], labels, seed=seed
            ).as_list()
            for metric in ("log_loss", "accuracy")
        }
        for search in searches
        if search.configured.key in proba
    }


def pictures_of(
    weighing: Weighing, evidence: Evidence, images: ImageArray
) -> tuple[Pictures, Pictures]:
    """The test images that nobody gets right, and those that only the ensemble does."""
    proba = weighing.pool.predict_proba(evidence.test)
    return choose_pictures(
        images, evidence.test_labels, evidence.member_test, proba, weighing.best_member
    )


def write_label_errors(path: Path, rows: Sequence[Mapping[str, Any]]) -> None:
    """Write every image that the ensemble puts into another class, the least likely label first."""
    with path.open("w", encoding="utf-8", newline="") as file:
        write_csv(file, ERROR_COLUMNS, rows)


def write_pool(path: Path, pool: Mapping[str, Any]) -> None:
    """Fix the weights on disk before any test label is read."""
    path.write_text(json.dumps(pool, indent=2) + "\n")


def weights_in_words(pool: Mapping[str, Any]) -> str:
    """`weight shares convnet 0.610, dense 0.390. The weights sum to 1.641, ...`."""
    listed = ", ".join(f"{name} {share:.3f}" for name, share in shares(pool).items())
    return f"weight shares {listed}. {sum_in_words(pool)}".rstrip()
