"""What runs in a worker process. Imports no orchestrator: a worker would pay for it."""

import json
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from ripieno.data.storage import (
    TrainingSplits,
    open_all,
    open_fold,
    open_test_images,
    open_training,
)
from ripieno.models import MODELS
from ripieno.models.model_folders import model_folders
from ripieno.models.settings import split_settings
from ripieno.runtime.gate import Gate
from ripieno.runtime.progress import EpochLog

VALIDATION_PROBA = "validation_proba.npy"
OOF_PROBA = "oof_proba.npy"
"""Takes the place of the validation probabilities in a member that was trained in folds."""
TEST_PROBA = "test_proba.npy"
FACTS = "facts.json"


@dataclass(frozen=True)
class TrainingJob:
    """One member to train.

    Attributes:
        architecture: Name in `MODELS`.
        data: Folder of the training and validation split.
        directory: Where the artefact goes.
        epochs: File that gets a line an epoch.
        seed: Seed of initial weights, shuffling, dropout and augmentation.
        settings: Its resolved settings.
        verdicts: File that says after every epoch whether to go on; None to have all epochs.
        folds: Folder of the folds; None to train on the training split alone.
        fold: The fold that is held out and stands for the validation split; None with folds: the
            member is trained on all images, and nothing is held out.
        last_epoch: The epoch that ends such a training.
    """

    architecture: str
    data: Path
    directory: Path
    epochs: Path
    seed: int
    settings: Mapping[str, Any]
    verdicts: Path | None = None
    folds: Path | None = None
    fold: int | None = None
    last_epoch: int | None = None

    def open(self) -> TrainingSplits:
        """What it trains on.

        Raises:
            DataError: If a file is missing or damaged.
        """
        if self.folds is None:
            return open_training(self.data)
        return (
            open_all(self.data)
            if self.fold is None
            else open_fold(self.data, self.folds, self.fold)
        )


def train(job: TrainingJob) -> None:
    """Build, fit and save a member, with its validation probabilities and what its training cost.

    Without a validation split there are neither probabilities nor the time that they took.

    Raises:
        RipienoError: If the settings do not fit the data, the training diverges, or it was ended.
    """
    started, cpu = time.perf_counter(), time.process_time()
    architecture = MODELS[job.architecture]
    data = job.open()
    image_shape, n_classes = data.train.images.shape[1:], len(data.class_names)
    build_settings, fit_settings = split_settings(architecture, job.settings)
    model = architecture.build(image_shape, n_classes, data.normaliser, **build_settings)
    log = EpochLog(job.epochs)
    on_epoch = log if job.verdicts is None else Gate(log, job.verdicts)
    fitted = architecture.fit(model, data, job.seed, on_epoch, job.last_epoch, **fit_settings)
    architecture.save(fitted.model, job.directory)
    seconds = time.perf_counter() - started

    megabytes = sum(file.stat().st_size for file in job.directory.iterdir()) / 1e6

    # What is judged is the file: predict with the member as everybody else will load it.
    saved = architecture.load(job.directory)
    inference_ms = None
    if len(data.validation):
        predicting = time.perf_counter()
        proba = architecture.predict_proba(saved, data.validation.images)
        inference_ms = (time.perf_counter() - predicting) / len(proba) * 1000.0
        np.save(job.directory / VALIDATION_PROBA, proba)
    facts = {
        "n_parameters": architecture.n_parameters(saved),
        "best_epoch": fitted.best_epoch,
        "epochs": [asdict(epoch) for epoch in fitted.history],
        "train_seconds": seconds,
        "train_cpu_seconds": time.process_time() - cpu,
        "inference_ms": inference_ms,
        "megabytes": megabytes,
    }
    (job.directory / FACTS).write_text(json.dumps(facts))


def predict_test(architecture: str, member: Path, sealed: Path, directory: Path) -> None:
    """Write a member's probabilities for the test images; the labels stay closed.

    Those of a member that is the models of all folds have a first axis of these.
    """
    kind = MODELS[architecture]
    images = open_test_images(sealed)
    started = time.perf_counter()
    proba = [kind.predict_proba(kind.load(folder), images) for folder in model_folders(member)]
    np.save(directory / TEST_PROBA, proba[0] if len(proba) == 1 else np.stack(proba))
    seconds = time.perf_counter() - started
    (directory / FACTS).write_text(json.dumps({"predict_seconds": seconds}))
