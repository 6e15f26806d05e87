"""What scoring asks of an ensemble, wherever it was loaded from."""

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from ripieno.drift.reference import Reference
from ripieno.models import MODELS
from ripieno.models.model_folders import model_folders
from ripieno.pooling.pool import Pool, by_fold
from ripieno.runtime.quiet import quiet_errors
from ripieno.scoring.images import ImageSettings
from ripieno.training.inference import in_batches
from ripieno.types import FloatArray, ImageArray

Predict = Callable[[ImageArray], FloatArray]


@dataclass(frozen=True, eq=False)
class ScoringEnsemble:
    """An ensemble that is known but not yet in memory.

    Attributes:
        name: Where it comes from, for people.
        key: Differs where the members or their pool differ.
        experiment: What its runs are called, in MLflow and as a deployment.
        members: Names of the members with weight, in the pool's order.
        pool: Of these members.
        images: What they were trained on.
        configuration: What trained it, as JSON values: retraining is given it.
        data: Fingerprint of the data that it was trained on.
        reference: The training record; its `class_names` are the classes.
        load: Gives a function from images (n, h, w, c) to the members' probabilities
            (n_members, n, n_classes), with a first axis of folds where members are the models of
            all folds.
    """

    name: str
    key: str
    experiment: str
    configuration: Mapping[str, Any]
    data: str
    members: tuple[str, ...]
    pool: Pool
    images: ImageSettings
    reference: Reference
    load: Callable[[], Predict]

    @property
    def class_names(self) -> tuple[str, ...]:
        """The name of class k at position k."""
        return self.reference.class_names


def load_members(artefacts: Sequence[tuple[str, Path]], images: ImageSettings) -> Predict:
    """Read members into memory, to predict side by side.

    Args:
        artefacts: Architecture and directory of each.
        images: What they were trained on.
    """
    with quiet_errors():
        predict = [
            _load_member(architecture, model, images)
            for architecture, folder in artefacts
            for model in model_folders(folder)
        ]
        for each in predict:  # what is left to say is said at the first call
            each(np.zeros((1, *images.shape), images.dtype))
    threads = ThreadPoolExecutor(len(predict), thread_name_prefix="predict")

    def all_members(batch: ImageArray) -> FloatArray:
        proba = np.stack(list(threads.map(lambda each: each(batch), predict)))
        return by_fold(proba, len(artefacts))

    return all_members


def _load_member(architecture: str, directory: Path, images: ImageSettings) -> Predict:
    kind = MODELS[architecture]
    model = kind.load(directory)
    if not kind.needs_tensorflow:
        return lambda batch: kind.predict_proba(model, batch)
    from ripieno.training.step import compile_inference

    # Once for all parts: `predict_proba` would compile it anew for each.
    function = compile_inference(model, np.empty((0, *images.shape), images.dtype))

    def predict(batch: ImageArray) -> FloatArray:
        proba = in_batches(function, batch)
        return np.asarray(proba / proba.sum(axis=1, keepdims=True))

    return predict
