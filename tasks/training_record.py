"""What a run leaves for those who compare new images with its own: the training record."""

from pathlib import Path

from ripieno.drift.reference import describe, write_reference
from ripieno.pooling.pool import Pool
from tasks.prediction import PoolData
from tasks.records import TrainingData

REFERENCE = "reference.json"


def record_training(data: TrainingData, fitted: PoolData, pool: Pool, directory: Path) -> None:
    """Write `reference.json`: of the images that the pool is fitted on, and its predictions.

    Args:
        data: Names the classes and the range of the pixels.
        fitted: What the pool was fitted on.
        pool: The pool.
        directory: The run's folder.
    """
    reference = describe(fitted.images, fitted.proba, pool, data.class_names, data.pixels)
    write_reference(reference, directory / REFERENCE)
