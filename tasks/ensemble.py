"""The final task: weigh the members on validation, then open the sealed test set, once."""

import json
import logging
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from prefect import task
from prefect.cache_policies import NO_CACHE

from conf.schema import Configuration
from ripieno.data.storage import open_sealed, open_training
from ripieno.evaluation.cross_fit import cross_fitted_scores
from ripieno.evaluation.metrics import METRICS, log_loss
from ripieno.evaluation.significance import gain_interval
from ripieno.pooling import fit_pool
from ripieno.pooling.pool import Pool
from ripieno.runtime.workers import Workers
from ripieno.types import FloatArray, IntArray
from tasks.failures import mistakes_as_states
from tasks.prediction import predict_sealed, validation_proba
from tasks.records import Member, PreparedData, Run

logger = logging.getLogger("ripieno.ensemble")

POOL = "pool.json"


@task(task_run_name="weigh-and-evaluate", cache_policy=NO_CACHE)
@mistakes_as_states
def weigh_and_evaluate(
    configuration: Configuration,
    data: PreparedData,
    members: Sequence[Member],
    run: Run,
    workers: Workers,
) -> dict[str, Any]:
    """Fit the pool on validation, write it, and only then look at the test labels.

    Args:
        configuration: The run's configuration.
        data: The prepared data; this task alone is given the sealed part.
        members: The members that have an artefact, at least one.
        run: Where `pool.json` goes.
        workers: Where the members predict the test images.

    Returns:
        The `pool`, `members` and `ensemble` sections of `summary.json`.
    """
    labels = np.asarray(open_training(data.training.directory).validation.labels)
    validation = validation_proba(members)
    fit = partial(
        fit_pool,
        configuration.ensemble.rule,
        scale_temperatures=configuration.ensemble.scale_temperatures,
    )
    pool = fit(validation, labels)
    names = [member.name for member in members]
    write_pool(run.directory / POOL, pool, names)
    logger.info("Weights %s, certificate %s", weights_in_words(pool, names), pool.certificate)

    test, predict_seconds = predict_sealed(data, members, run, workers)
    test_labels = np.asarray(open_sealed(data.sealed.directory).labels)
    return {
        "members": {
            member.name: {
                "validation": scores(validation[i], labels),
                "test": scores(test[i], test_labels),
                "weight": float(pool.weights[i]),
                "temperature": float(pool.temperatures[i]),
                "predict_seconds": predict_seconds[i],
            }
            for i, member in enumerate(members)
        },
        "pool": pool.to_dict() | {"members": names},
        "ensemble": {
            # Cross-fitted: on the samples that chose the weights the score would be too good.
            "validation": cross_fitted_scores(fit, validation, labels, seed=configuration.seed),
            "test": scores(pool.predict_proba(test), test_labels),
        }
        | gain_over_best_member(
            names, pool, validation, labels, test, test_labels, configuration.seed
        ),
        "confusion_matrix": confusion(pool.predict_proba(test), test_labels).tolist(),
    }


def scores(proba: FloatArray, labels: IntArray) -> dict[str, float]:
    """Every metric of the registry; proba has shape (n_samples, n_classes)."""
    return {name: float(metric(proba, labels)) for name, metric in METRICS.items()}


def confusion(proba: FloatArray, labels: IntArray) -> IntArray:
    """Counts of shape (n_classes, n_classes): true classes down, predicted across."""
    n_classes = proba.shape[1]
    cells = labels * n_classes + proba.argmax(axis=1)
    return np.bincount(cells, minlength=n_classes**2).reshape(n_classes, n_classes)


def gain_over_best_member(
    names: Sequence[str],
    pool: Pool,
    validation: FloatArray,
    labels: IntArray,
    test: FloatArray,
    test_labels: IntArray,
    seed: int,
) -> dict[str, Any]:
    """What the pool gains on test over the member that is best on validation.

    Positive is better; accuracy in shares, log-loss in nats, each `[low, mid, high]` of a 95%
    interval.
    """
    best = int(np.argmin([log_loss(proba, labels) for proba in validation]))
    combined = pool.predict_proba(test)
    return {
        "best_member": names[best],
        "gain_over_best_member": {
            metric: gain_interval(metric, combined, test[best], test_labels, seed=seed).as_list()
            for metric in ("accuracy", "log_loss")
        },
    }


def write_pool(path: Path, pool: Pool, names: Sequence[str]) -> None:
    """Fix the weights on disk before any test label is read."""
    path.write_text(json.dumps(pool.to_dict() | {"members": list(names)}, indent=2) + "\n")


def weights_in_words(pool: Pool, names: Sequence[str]) -> str:
    """`convnet 0.61, dense 0.02`."""
    return ", ".join(f"{name} {w:.3f}" for name, w in zip(names, pool.weights, strict=True))
