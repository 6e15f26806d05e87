from dataclasses import dataclass

import numpy as np
import pytest

from ripieno.data.normalisation import fit_normaliser
from ripieno.models import MODELS
from ripieno.serving.bundle import BundledMember
from ripieno.types import FloatArray, ImageArray, IntArray


@dataclass(frozen=True)
class Trained:
    """Three small members on disk, and what they say of some images."""

    members: list[BundledMember]
    images: ImageArray
    labels: IntArray
    proba: FloatArray
    class_names = ("top", "middle", "bottom")


@pytest.fixture(scope="session")
def trained(tmp_path_factory) -> Trained:
    """Two networks with the weights they were born with, and a forest that has learnt."""
    rng = np.random.default_rng(0)
    labels = np.arange(300) % 3
    images = rng.integers(0, 200, (300, 8, 8, 1)).astype(np.uint8)
    for row in range(8):
        images[:, row] += (55 * (labels == row // 3)).astype(np.uint8)[:, None, None]
    normaliser = fit_normaliser(images, (0, 1, 2))
    members, proba = [], []
    for name, settings in (
        ("convnet_batchnorm", {"filters": [[4]]}),
        ("dense_batchnorm", {"dense_units": [8]}),
        ("scikit_learn", {"params": {"n_estimators": 20, "max_depth": 3, "random_state": 0}}),
    ):
        architecture = MODELS[name]
        model = architecture.build((8, 8, 1), 3, normaliser, **settings)
        if not architecture.needs_tensorflow:
            rows = model[0].transform(images.astype(np.float32).reshape(300, -1))
            model[-1].fit(rows, labels)
        directory = tmp_path_factory.mktemp(name)
        architecture.save(model, directory)
        members.append(BundledMember(name, name, directory))
        proba.append(architecture.predict_proba(architecture.load(directory), images))
    return Trained(members, images, labels, np.stack(proba))
