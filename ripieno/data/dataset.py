"""Labelled images as a source gives them, and the checks that every data set passes."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from ripieno.errors import DataError
from ripieno.types import ImageArray, ImageShape, IntArray

_BATCH_SIZE = 2**20  # numbers looked at in one go: 8 MiB as float64


@dataclass(frozen=True)
class LabelledImages:
    """Images of shape (n_samples, height, width, channels) and labels of shape (n_samples,).

    Attributes:
        images: uint8 in [0, 255], or finite float32.
        labels: int64 in [0, n_classes).
        names: What each image is called in its source; empty where nobody asks.
    """

    images: ImageArray
    labels: IntArray
    names: tuple[str, ...] = ()

    def __len__(self) -> int:
        return len(self.images)


@dataclass(frozen=True)
class Dataset:
    """What a source loads: images, labels, and a test split where the source has one of its own.

    Attributes:
        images: Shape (n_samples, height, width, channels); uint8 in [0, 255], or finite float32.
        labels: Shape (n_samples,); int64 in [0, n_classes).
        class_names: The name of class k at position k.
        test: The source's own test split; None where it has none.
        findings: What the reader should know about the data, a sentence each.
        names: What each image is called, such as the path of its file; None where it has no name
            but its position.
    """

    images: ImageArray
    labels: IntArray
    class_names: tuple[str, ...]
    test: LabelledImages | None = None
    findings: tuple[str, ...] = ()
    names: tuple[str, ...] | None = None

    @property
    def image_shape(self) -> ImageShape:
        """Height, width and channels of one image."""
        _, height, width, channels = self.images.shape
        return height, width, channels


def batches(images: ImageArray) -> Iterator[slice]:
    """Slices over the first axis, each of about 2**20 numbers."""
    size = max(1, _BATCH_SIZE // max(1, images[:1].size))
    for start in range(0, len(images), size):
        yield slice(start, min(start + size, len(images)))


def check_dataset(dataset: Dataset) -> None:
    """Refuse what no member could be trained on.

    A class without samples, or one that is only in the test split, passes: `split_dataset` knows
    what is too small.

    Args:
        dataset: As a source loads it.

    Raises:
        DataError: If lengths differ, a split is empty, images are not four-dimensional uint8 or
            float32, the test images have another shape, a pixel is NaN or infinite, a label is
            outside the classes, or fewer than two classes have samples.
    """
    n_classes = len(dataset.class_names)
    if len(set(dataset.class_names)) < n_classes:
        raise DataError(f"Expected class names that differ, received {dataset.class_names}.")
    _check_split(dataset.images, dataset.labels, n_classes, "training")
    n_filled = len(np.unique(dataset.labels))
    if n_filled < 2:
        only = dataset.class_names[int(dataset.labels[0])]
        raise DataError(
            f"Expected images of at least two classes, received {len(dataset.labels)} images,"
            f" all of class {only!r}. Add images of another class."
        )
    if dataset.test is not None:
        _check_split(dataset.test.images, dataset.test.labels, n_classes, "test")
        _check_same_shape(dataset.images, dataset.test.images)


def _check_split(images: ImageArray, labels: IntArray, n_classes: int, split: str) -> None:
    _check_images(images, split)
    if labels.ndim != 1 or labels.dtype.kind not in "iu":
        raise DataError(
            f"The {split} labels: expected integers of shape (n_samples,),"
            f" received {labels.dtype} of shape {labels.shape}."
        )
    check_lengths(images, labels, split)
    if len(images) == 0:
        raise DataError(f"The {split} split holds no images: expected at least one.")
    _check_labels(labels, n_classes, split)
    _check_finite(images, split)


def check_lengths(images: ImageArray, labels: IntArray, split: str) -> None:
    """Refuse a split whose images and labels differ in number.

    Raises:
        DataError: If they do.
    """
    if len(images) != len(labels):
        raise DataError(
            f"The {split} split has {len(images)} images but {len(labels)} labels."
            " Give each image exactly one label."
        )


def _check_images(images: ImageArray, split: str) -> None:
    if images.ndim != 4 or 0 in images.shape[1:]:
        raise DataError(
            f"The {split} images: expected the shape (n_samples, height, width, channels),"
            f" received {images.shape}."
        )
    if images.dtype not in (np.uint8, np.float32):
        raise DataError(f"The {split} images: expected uint8 or float32, received {images.dtype}.")


def _check_labels(labels: IntArray, n_classes: int, split: str) -> None:
    outside = np.flatnonzero((labels < 0) | (labels >= n_classes))
    if outside.size:
        raise DataError(
            f"The {split} labels: expected values in [0, {n_classes - 1}] for {n_classes} classes,"
            f" received {labels[outside[0]]} at sample {outside[0]}"
            f" ({outside.size} of {len(labels)} are outside). Mend these labels."
        )


def _check_finite(images: ImageArray, split: str) -> None:
    if images.dtype == np.uint8:
        return
    bad: list[int] = []
    for part in batches(images):
        finite = np.isfinite(images[part]).reshape(part.stop - part.start, -1).all(axis=1)
        bad.extend((part.start + np.flatnonzero(~finite)).tolist())
    if bad:
        raise DataError(
            f"The {split} images: expected finite pixels, received NaN or infinity in {len(bad)}"
            f" of {len(images)} images, the first at sample {bad[0]}. Mend or remove them."
        )


def _check_same_shape(images: ImageArray, test_images: ImageArray) -> None:
    if images.shape[1:] != test_images.shape[1:]:
        raise DataError(
            "Expected test images of the training images' shape"
            f" {images.shape[1:]}, received {test_images.shape[1:]}. Resize one of the two."
        )
    if images.dtype != test_images.dtype:
        raise DataError(
            f"Expected test images of the training images' type {images.dtype},"
            f" received {test_images.dtype}. Store both alike."
        )
