"""What everything is chosen on: images that no model which predicts them was trained on.

Without folds they are the validation split. With folds they are the development images (training
split, then validation split), each predicted by a model that was trained without its fold.
"""

from dataclasses import dataclass

import numpy as np

from ripieno.data.storage import open_development, open_training, read_names
from ripieno.types import ImageArray, IntArray
from tasks.jobs import OOF_PROBA, VALIDATION_PROBA
from tasks.records import TrainingData


@dataclass(frozen=True, eq=False)
class HeldOut:
    """The images that weights are fitted on.

    Attributes:
        images: Of shape (n_samples, height, width, channels), read where they are asked for.
        labels: Their classes, of shape (n_samples,).
        names: What they are called in their source, (n_samples,).
        file: Name of the file, in a member's artefact, of its probabilities for them, of shape
            (n_samples, n_classes).
        split: What the images are called together.
        adjective: What scores on them are called.
        chosen: How a member was chosen by them.
    """

    images: ImageArray
    labels: IntArray
    names: tuple[str, ...]
    file: str
    split: str
    adjective: str
    chosen: str


def held_out(data: TrainingData) -> HeldOut:
    """The images that weights are fitted on, in the order of the members' probabilities."""
    names = read_names(data.names)
    if data.folds is None:
        validation = open_training(data.directory).validation
        return HeldOut(
            validation.images,
            np.asarray(validation.labels),
            names["validation"],
            VALIDATION_PROBA,
            "validation",
            "validation",
            "chosen on validation",
        )
    development = open_development(data.directory)
    return HeldOut(
        development.images,
        development.labels,
        names["train"] + names["validation"],
        OOF_PROBA,
        "development",
        "out-of-fold",
        "chosen out-of-fold",
    )
