"""The data sets of `keras.datasets`, from Keras's cache or, on a connected machine, downloaded.

MNIST and Fashion-MNIST are read from the cache directly, so that a run pays for no import of Keras
and TensorFlow. The CIFAR archives hold pickles. Those are left to Keras's own function, which
verifies the archive's SHA-256 and unpickles nothing but arrays; nothing here unpickles anything.
"""

import logging
import os
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field

from ripieno.data.arrays import to_images
from ripieno.data.dataset import Dataset, LabelledImages, check_dataset
from ripieno.data.keras_classes import CLASS_NAMES
from ripieno.data.labels import encode_labels
from ripieno.data.paths import one_line, shown
from ripieno.data.sources.idx import load as load_idx
from ripieno.data.sources.npz import load as load_npz
from ripieno.errors import DataError

logger = logging.getLogger(__name__)

Name = Literal["mnist", "fashion_mnist", "cifar10", "cifar100"]

_GOOGLE = "https://storage.googleapis.com/tensorflow/tf-keras-datasets"
_TORONTO = "https://www.cs.toronto.edu/~kriz"
_FASHION_FILES = tuple(
    f"{split}-{kind}-ubyte.gz"
    for split in ("train", "t10k")
    for kind in ("images-idx3", "labels-idx1")
)
_CACHED: dict[str, dict[str, str]] = {  # where Keras keeps the file of each address
    "mnist": {"mnist.npz": f"{_GOOGLE}/mnist.npz"},
    "fashion_mnist": {f"fashion-mnist/{file}": f"{_GOOGLE}/{file}" for file in _FASHION_FILES},
    "cifar10": {"cifar-10-batches-py-target_archive": f"{_TORONTO}/cifar-10-python.tar.gz"},
    "cifar100": {"cifar-100-python-target_archive": f"{_TORONTO}/cifar-100-python.tar.gz"},
}


def load(
    *, name: Annotated[Name, Field(description="Name of the keras.datasets data set.")]
) -> Dataset:
    """Load one of Keras's image data sets, with its own test split.

    Args:
        name: `mnist`, `fashion_mnist`, `cifar10` or `cifar100` (the fine classes).

    Returns:
        uint8 images of shape (n_samples, 28, 28, 1) or (n_samples, 32, 32, 3).

    Raises:
        DataError: If the data set is neither in the cache, `$KERAS_HOME` or `~/.keras`, nor can be
            downloaded, or what is in the cache is damaged.
    """
    cache = Path(os.environ.get("KERAS_HOME") or "~/.keras").expanduser() / "datasets"
    if name.startswith("cifar") or not all((cache / file).exists() for file in _CACHED[name]):
        return _load_through_keras(name, cache)
    try:
        if name == "mnist":
            return load_npz(path=cache / "mnist.npz", class_names=CLASS_NAMES[name])
        return load_idx(directory=cache / "fashion-mnist", class_names=CLASS_NAMES[name])
    except DataError as error:
        raise DataError(f"{error} Delete it: Keras downloads it again where it can.") from error


def _load_through_keras(name: Name, cache: Path) -> Dataset:
    import keras

    logger.info("Loading %s through Keras, which downloads what its cache lacks", name)
    try:
        training, test = getattr(keras.datasets, name).load_data()
    except Exception as error:  # Keras raises a bare Exception when a download fails
        raise DataError(_how_to_get(name, cache, error)) from error
    labels, class_names = encode_labels([training[1], test[1]], CLASS_NAMES[name])
    dataset = Dataset(
        to_images(training[0], "training images"),
        labels[0],
        class_names,
        LabelledImages(to_images(test[0], "test images"), labels[1]),
    )
    check_dataset(dataset)
    return dataset


def _how_to_get(name: Name, cache: Path, error: Exception) -> str:
    places = " and ".join(
        f"{address} as {shown(cache / file)}" for file, address in _CACHED[name].items()
    )
    return (
        f"{name} is not in Keras's cache and cannot be downloaded: {one_line(error)}."
        f" On a connected machine get {places}; copy that here."
    )
