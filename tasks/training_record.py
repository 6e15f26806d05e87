"""What a run leaves for those who compare new images with its own: the training record."""

from pathlib import Path

from ripieno.drift.reference import describe, write_reference
from ripieno.pooling.pool import Pool
from ripieno.types import FloatArray, ImageArray
from tasks.records import TrainingData

REFERENCE = "reference.json"


def record_training(
    data: TrainingData, images: ImageArray, proba: FloatArray, pool: Pool, directory: Path
) -> None:
    """Write `reference.json`: of held-out images, and what the ensemble predicts of them.

    Args:
        data: The training and validation splits.
        images: Held-out images of shape (n_samples, height, width, channels).
        proba: The members' probabilities for them, of shape (n_members, n_samples, n_classes).
        pool: Fitted on these members.
        directory: The run's folder.
    """
    reference = describe(images, proba, pool, data.class_names, data.pixels)
    write_reference(reference, directory / REFERENCE)
