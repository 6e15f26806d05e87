"""Splits on disk: what training may open in one directory, the sealed test split in another."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ripieno.data.dataset import LabelledImages
from ripieno.data.image_rows import rows_of_parts
from ripieno.data.normalisation import (
    AXES,
    Normaliser,
    fit_normaliser,
    load_normaliser,
    save_normaliser,
)
from ripieno.data.paths import one_line, shown
from ripieno.data.splits import Splits
from ripieno.errors import DataError
from ripieno.types import ImageArray, ImageShape, IntArray

_FOLDS, _GROUPS, _NAMES = "folds.npy", "groups.npy", "names.json"


@dataclass(frozen=True)
class TrainingSplits:
    """All that a member may see: the training and validation splits, never the test split.

    Attributes:
        train: What members are fitted on; images are memory-mapped, read-only.
        validation: What members are stopped and chosen on; memory-mapped as well. Without images
            where a member is fitted on all there are.
        class_names: The name of class k at position k.
        normaliser: Fitted on `train`.
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


def open_development(directory: Path) -> LabelledImages:
    """The development images of a directory: training split, then validation split.

    Raises:
        DataError: If a file of the directory is missing or damaged.
    """
    whole = open_training(directory)
    parts = (whole.train, whole.validation)
    labels = np.concatenate([part.labels for part in parts])
    rows = np.arange(len(labels))
    return LabelledImages(rows_of_parts([part.images for part in parts], rows), labels)


def write_folds(folds: IntArray, groups: IntArray, directory: Path) -> None:
    """Write the fold of each development image into an existing directory.

    Args:
        folds: Of shape (n_samples,).
        groups: Which images are copies of one another, of shape (n_samples,).
        directory: Holds nothing else of these names.
    """
    np.save(directory / _FOLDS, folds, allow_pickle=False)
    np.save(directory / _GROUPS, groups, allow_pickle=False)


def read_folds(directory: Path) -> IntArray:
    """The fold of each development image, as `write_folds` wrote it.

    Raises:
        DataError: If the file is missing or damaged.
    """
    return _open_numbers(directory, _FOLDS)


def read_groups(directory: Path) -> IntArray:
    """The group of each development image, as `write_folds` wrote it.

    Raises:
        DataError: If the file is missing or damaged.
    """
    return _open_numbers(directory, _GROUPS)


def _open_numbers(directory: Path, name: str) -> IntArray:
    try:
        numbers: IntArray = np.load(directory / name, allow_pickle=False)
    except (OSError, ValueError, EOFError) as error:
        raise _damaged(directory, error) from error
    return numbers


def open_fold(directory: Path, folds_directory: Path, fold: int) -> TrainingSplits:
    """The development images but those of a fold to train on, that fold to validate on.

    Args:
        directory: Holds the training and validation splits.
        folds_directory: Holds the folds of both.
        fold: Which one is held out; its normaliser is fitted on the others.

    Raises:
        DataError: If a file of the directories is missing or damaged.
    """
    return _split_at(directory, read_folds(folds_directory) == fold)


def open_all(directory: Path) -> TrainingSplits:
    """All development images to train on, none to validate on.

    Raises:
        DataError: If a file of the directory is missing or damaged.
    """
    n_images = len(open_development(directory))
    return _split_at(directory, np.zeros(n_images, np.bool_))


def _split_at(directory: Path, held_out: NDArray[np.bool_]) -> TrainingSplits:
    whole = open_training(directory)
    labels = np.concatenate([whole.train.labels, whole.validation.labels])
    train, validation = (
        LabelledImages(
            rows_of_parts([whole.train.images, whole.validation.images], rows), labels[rows]
        )
        for rows in (np.flatnonzero(~held_out), np.flatnonzero(held_out))
    )
    normaliser = fit_normaliser(train.images, AXES[whole.normaliser.per])
    return TrainingSplits(train, validation, whole.class_names, normaliser)


def write_names(splits: Splits, directory: Path) -> None:
    """Write what the training and validation images are called, into an existing directory."""
    names = {"train": splits.train.names, "validation": splits.validation.names}
    (directory / _NAMES).write_text(json.dumps(names), encoding="utf-8")


def read_names(directory: Path) -> dict[str, tuple[str, ...]]:
    """What the images of the `train` and the `validation` split are called.

    Raises:
        DataError: If the file is missing or damaged.
    """
    try:
        names = json.loads((directory / _NAMES).read_text(encoding="utf-8"))
        return {split: tuple(called) for split, called in names.items()}
    except (OSError, ValueError) as error:
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
