"""A published ensemble in memory: raw images in; classes, probabilities and agreement out."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ripieno.models import MODELS
from ripieno.pooling.pool import by_fold, mean_over_folds
from ripieno.serving.bundle import Bundle, BundledMember, open_bundle
from ripieno.serving.images import checked_images
from ripieno.serving.pipeline import FEW_IMAGES, compile_pipeline
from ripieno.training.inference import in_batches
from ripieno.types import FloatArray, ImageArray

Predict = Callable[[ImageArray], FloatArray]


@dataclass(frozen=True, eq=False)
class Answer:
    """What the ensemble makes of images.

    Attributes:
        labels: Predicted classes of shape (n_samples,).
        proba: Class probabilities of shape (n_samples, n_classes).
        agreement: Whether each member by itself predicts the ensemble's class, (n_samples,
            n_members).
        prediction_sets: Names of the classes in each image's prediction set, the most probable
            first; None of an ensemble without sets.
    """

    labels: NDArray[np.int64]
    proba: NDArray[np.float64]
    agreement: NDArray[np.bool_]
    prediction_sets: list[list[str]] | None = None


class Ensemble:
    """A bundle, loaded and compiled; safe to call from several threads.

    Args:
        bundle: What to load.
    """

    def __init__(self, bundle: Bundle) -> None:
        self.bundle = bundle
        self._models = [model for member in bundle.members for model in member.models()]
        self._keras = [i for i, m in enumerate(self._models) if _in_graph(m)]
        self._others = [i for i, m in enumerate(self._models) if not _in_graph(m)]
        self._graph = _compile_graph(bundle, [self._models[i] for i in self._keras])
        self._pipelines = [_compile_pipeline(self._models[i]) for i in self._others]
        self._threads = ThreadPoolExecutor(max(1, len(self._others)))

    @classmethod
    def load(cls, directory: Path) -> "Ensemble":
        """The ensemble of a folder that `write_bundle` made.

        Raises:
            DataError: If a file is missing, added or altered.
        """
        return cls(open_bundle(directory))

    def predict(self, images: Any) -> Answer:
        """Check images and answer for them.

        Args:
            images: Raw images of shape (n_samples, h, w, c), n_samples > 0: an array, or lists.

        Raises:
            DataError: If they are not images such as the members were trained on.
        """
        bundle = self.bundle
        checked = checked_images(images, bundle.image_shape, bundle.dtype, bundle.pixels)
        proba = self.member_proba(checked)
        pooled = bundle.pool.predict_proba(proba)
        labels = pooled.argmax(axis=1)
        agreement = mean_over_folds(proba).argmax(axis=2) == labels
        sets = bundle.pool.prediction_sets
        names = None if sets is None else sets.names(pooled, bundle.class_names)
        return Answer(labels, pooled, agreement.T, names)

    def member_proba(self, images: ImageArray) -> NDArray[np.float64]:
        """The members' probabilities of shape (n_members, n_samples, n_classes).

        With a first axis of folds where members are the models of all folds.
        """
        shape = (len(self._models), len(images), len(self.bundle.class_names))
        proba = np.empty(shape)
        if len(images) <= FEW_IMAGES:
            others = [predict(images) for predict in self._pipelines]
            proba[self._keras] = self._keras_proba(images)
        else:  # scikit-learn works outside the interpreter's lock, and so does TensorFlow
            running = [self._threads.submit(predict, images) for predict in self._pipelines]
            proba[self._keras] = self._keras_proba(images)
            others = [future.result() for future in running]
        for i, each in zip(self._others, others, strict=True):
            proba[i] = each
        return by_fold(proba, len(self.bundle.members))

    def _keras_proba(self, images: ImageArray) -> NDArray[np.float64]:
        if self._graph is None:
            return np.empty((0, len(images), len(self.bundle.class_names)))
        graph = self._graph
        rows = in_batches(lambda batch: np.moveaxis(graph(batch), 0, 1), images)
        proba = np.moveaxis(rows, 1, 0)
        return np.asarray(proba / proba.sum(axis=2, keepdims=True))


def _in_graph(member: BundledMember) -> bool:
    return MODELS[member.architecture].needs_tensorflow


def _compile_graph(bundle: Bundle, members: Sequence[BundledMember]) -> Predict | None:
    if not members:
        return None
    from ripieno.serving.graph import compile_members

    models = [MODELS[member.architecture].load(member.directory) for member in members]
    return compile_members(models, bundle.image_shape, bundle.dtype)


def _compile_pipeline(member: BundledMember) -> Predict:
    return compile_pipeline(MODELS[member.architecture].load(member.directory))
