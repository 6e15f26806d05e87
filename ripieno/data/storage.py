"""Splits on disk: what training may open in one directory, the sealed test split in another."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

import numpy as np

from ripieno.data.dataset import LabelledImages
from ripieno.data.normalisation import Normaliser, load_normaliser, save_normaliser
from ripieno.data.paths import one_line, shown
from ripieno.data.splits import Splits
from ripieno.errors import DataError
from ripieno.types import ImageArray, ImageShape


@dataclass(frozen=True)
class TrainingSplits:
    """All that a member may see: the training and validation splits, never the test split.

    Attributes:
        train: What members are fitted on; images are memory-mapped, read-only.
        validation: What members are stopped and chosen on; memory-mapped as well.
        class_names: The name of class k at position k.
        normaliser: Fitted on the training split.
    """

    train: LabelledImages
    validation: LabelledImages
    class_names: tuple[str, ...]
    normaliser: Normaliser

    @property
    def image_shape(self) -> ImageShape:
        """Height, width and channels of one image."""
        _, height, width, channels = self.train.images.shape
        return height, width, channels


def write_splits(
    splits: Splits, normaliser: Normaliser, directory: Path, sealed_directory: Path
) -> None:
    """Write the splits as `.npy` files, and the normaliser and the class names beside them.

    Args:
        splits: What to write; contiguous arrays go to disk without a copy.
        normaliser: Fitted on `splits.train`.
        directory: Takes the training and validation splits; made where it is missing.
        sealed_directory: Takes the test split; nothing else points at it.
    """
    directory.mkdir(parents=True, exist_ok=True)
    sealed_directory.mkdir(parents=True, exist_ok=True)
    _write_labelled(splits.train, directory, "train")
    _write_labelled(splits.validation, directory, "validation")
    _write_labelled(splits.test, sealed_directory, "test")
    save_normaliser(normaliser, directory / "normaliser.npz")
    (directory / "classes.json").write_text(
        json.dumps(list(splits.class_names), ensure_ascii=False), encoding="utf-8"
    )


def open_training(directory: Path) -> TrainingSplits:
    """The training and validation splits of a directory, memory-mapped.

    Raises:
        DataError: If a file of the directory is missing or damaged.
    """
    try:
        class_names = json.loads((directory / "classes.json").read_text(encoding="utf-8"))
        return TrainingSplits(
            _open_labelled(directory, "train"),
            _open_labelled(directory, "validation"),
            tuple(class_names),
            load_normaliser(directory / "normaliser.npz"),
        )
    except (OSError, ValueError, EOFError) as error:
        raise _damaged(directory, error) from error


def open_sealed(sealed_directory: Path) -> LabelledImages:
    """The test split, memory-mapped: for the final evaluation only.

    Raises:
        DataError: If a file of the directory is missing or damaged.
    """
    try:
        return _open_labelled(sealed_directory, "test")
    except (OSError, ValueError, EOFError) as error:
        raise _damaged(sealed_directory, error) from error


def open_test_images(sealed_directory: Path) -> ImageArray:
    """The test images without their labels, memory-mapped: what a member may predict.

    Raises:
        DataError: If the file is missing or damaged.
    """
    try:
        return _open_images(sealed_directory, "test")
    except (OSError, ValueError, EOFError) as error:
        raise _damaged(sealed_directory, error) from error


def fingerprint(splits: Splits, recipe: Mapping[str, object]) -> str:
    """What tells one set of splits from another: 32 hexadecimal digits of a SHA-256.

    Args:
        splits: The bytes, shapes and types of its arrays count, and the class names.
        recipe: How the splits came about, of what JSON can hold and paths; the order of its keys
            does not count.
    """
    digest = sha256()
    for split in (splits.train, splits.validation, splits.test):
        for array in (split.images, split.labels):
            digest.update(f"{array.dtype.str}{array.shape}".encode())
            digest.update(np.ascontiguousarray(array).data)
    names = json.dumps(splits.class_names)
    digest.update(f"{names}{json.dumps(recipe, sort_keys=True, default=str)}".encode())
    return digest.hexdigest()[:32]


def _write_labelled(split: LabelledImages, directory: Path, name: str) -> None:
    np.save(directory / f"{name}_images.npy", split.images, allow_pickle=False)
    np.save(directory / f"{name}_labels.npy", split.labels, allow_pickle=False)


def _open_labelled(directory: Path, name: str) -> LabelledImages:
    labels = np.load(directory / f"{name}_labels.npy", allow_pickle=False)
    return LabelledImages(_open_images(directory, name), labels)


def _open_images(directory: Path, name: str) -> ImageArray:
    images: ImageArray = np.load(
        directory / f"{name}_images.npy", mmap_mode="r", allow_pickle=False
    )
    return images


def _damaged(directory: Path, error: Exception) -> DataError:
    return DataError(
        f"{shown(directory)} does not hold whole splits: {one_line(error)}."
        " Remove it; the next run writes it anew."
    )
