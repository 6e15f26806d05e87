"""Every member's probabilities for the sealed test images; the labels stay closed."""

import json
import logging
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ripieno.runtime.store import Store, key_of
from ripieno.runtime.workers import WorkerDied, Workers
from ripieno.types import FloatArray, ImageArray, IntArray
from tasks.held_out import held_out
from tasks.jobs import FACTS, TEST_PROBA, predict_test
from tasks.records import Member, MemberCosts, PreparedData, Run, TrainingData

logger = logging.getLogger("ripieno.prediction")


@dataclass(frozen=True, eq=False)
class PoolData:
    """What the pool is fitted on, and label errors are looked for in.

    Attributes:
        split: What the images are called together: `validation`, or `development` with folds.
        images: Of shape (n_samples, height, width, channels).
        labels: Of shape (n_samples,).
        names: What each image is called in its source.
        proba: Of members' models that were not fitted on them, (n_members, n_samples, n_classes).
        chosen: How a member was chosen by them, in words.
    """

    split: str
    images: ImageArray
    labels: IntArray
    names: tuple[str, ...]
    proba: FloatArray
    chosen: str


def pool_data(data: TrainingData, members: Sequence[Member]) -> PoolData:
    """The held-out images, and what the members make of them."""
    held = held_out(data)
    proba = np.stack([np.load(directory_of(member) / held.file) for member in members])
    return PoolData(held.split, held.images, held.labels, held.names, proba, held.chosen)


def predict_sealed(
    data: PreparedData, members: Sequence[Member], run: Run, workers: Workers
) -> tuple[list[FloatArray], list[float]]:
    """Every member's probabilities for the test images, from the store where it has them.

    Returns:
        For each member its probabilities, of shape (n_samples, n_classes), or (n_folds, n_samples,
        n_classes) where it is the models of all folds, and the seconds that they took.
    """
    store = Store(run.store)
    inputs = [{"member": m.key, "sealed": data.training.fingerprint} for m in members]
    keys = [key_of(value) for value in inputs]
    first = {key: i for i, key in reversed(list(enumerate(keys)))}  # equal members are one
    missing = [i for key, i in first.items() if store.find("prediction", key) is None]

    def predict(i: int) -> None:
        member = members[i]
        with store.write("prediction", keys[i], inputs[i]) as directory:
            call = (member.architecture, directory_of(member), data.sealed.directory, directory)
            try:
                workers.submit(predict_test, *call).result()
            except WorkerDied as death:  # the weights are fixed: this member cannot be left out
                logger.warning("%s: %s Trying once more.", member.name, death)
                workers.submit(predict_test, *call).result()

    with ThreadPoolExecutor(max(1, len(missing))) as threads:
        list(threads.map(predict, missing))
    folders = [store.path("prediction", key) for key in keys]
    seconds = [json.loads((f / FACTS).read_text())["predict_seconds"] for f in folders]
    return [np.load(folder / TEST_PROBA) for folder in folders], seconds


def stacked(proba: Sequence[FloatArray]) -> FloatArray:
    """The members' probabilities as a pool takes them.

    Args:
        proba: Of each member of shape (n_samples, n_classes), or of each with a first axis of as
            many folds.

    Returns:
        Of shape (n_members, n_samples, n_classes), or (n_folds, n_members, n_samples, n_classes).
    """
    return np.stack(proba, axis=-3)


def directory_of(member: Member) -> Path:
    """The artefact of a member that did not fail."""
    if member.directory is None:
        raise ValueError(f"{member.name} has no artefact: {member.error}")
    return member.directory


def costs_of(member: Member) -> MemberCosts:
    """What a member that did not fail costs."""
    if member.costs is None:
        raise ValueError(f"{member.name} has no artefact: {member.error}")
    return member.costs
