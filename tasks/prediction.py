"""Every member's probabilities for the sealed test images; the labels stay closed."""

import json
import logging
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np

from ripieno.runtime.store import Store, key_of
from ripieno.runtime.workers import WorkerDied, Workers
from ripieno.types import FloatArray
from tasks.jobs import FACTS, TEST_PROBA, VALIDATION_PROBA, predict_test
from tasks.records import Member, MemberCosts, PreparedData, Run

logger = logging.getLogger("ripieno.prediction")


def validation_proba(members: Sequence[Member]) -> FloatArray:
    """What the members made of the validation images: (n_members, n_samples, n_classes)."""
    return np.stack([np.load(directory_of(member) / VALIDATION_PROBA) for member in members])


def predict_sealed(
    data: PreparedData, members: Sequence[Member], run: Run, workers: Workers
) -> tuple[FloatArray, list[float]]:
    """Every member's probabilities for the test images, from the store where it has them."""
    store = Store(run.store)
    inputs = [{"member": m.key, "sealed": data.training.fingerprint} for m in members]
    keys = [key_of(value) for value in inputs]
    missing = [i for i, key in enumerate(keys) if store.find("prediction", key) is None]

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
    return np.stack([np.load(folder / TEST_PROBA) for folder in folders]), seconds


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
