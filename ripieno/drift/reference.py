"""The training record: what images, and the ensemble's predictions of them, looked like.

It is made from the validation split, which members were not fitted on, or from all development
images, each predicted by models that were not fitted on it, and never from test; the range of the
pixels is that of the training split.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ripieno.data.paths import one_line, shown
from ripieno.data.pixel_range import PixelRange
from ripieno.drift.statistics import Values, image_statistics, prediction_statistics
from ripieno.errors import DataError
from ripieno.pooling.pool import Pool
from ripieno.types import FloatArray, ImageArray, ImageShape

SCHEMA = 1
MAX_VALUES = 2000
"""Values kept of a statistic: a distribution function is off by at most 1/4000 for it."""


@dataclass(frozen=True, eq=False)
class Reference:
    """What new images are compared with.

    Attributes:
        n_samples: Validation images.
        image_shape: Height, width and channels of one image.
        dtype: Of the images: `uint8` or `float32`.
        class_names: The name of class k at position k.
        class_counts: How many validation images the ensemble puts into each class, (n_classes,).
        statistics: By name, values in ascending order: all of them, or evenly many of each part.
        pixels: The range of the training pixels; None in a record of before it was kept.
    """

    n_samples: int
    image_shape: ImageShape
    dtype: str
    class_names: tuple[str, ...]
    class_counts: NDArray[np.int64]
    statistics: Mapping[str, Values]
    pixels: PixelRange | None = None

    def to_dict(self) -> dict[str, Any]:
        """The record as JSON values."""
        return {
            "schema": SCHEMA,
            "n_samples": self.n_samples,
            "image_shape": list(self.image_shape),
            "dtype": self.dtype,
            **({"pixels": self.pixels.to_dict()} if self.pixels else {}),
            "classes": list(self.class_names),
            "class_counts": self.class_counts.tolist(),
            "statistics": {name: values.tolist() for name, values in self.statistics.items()},
        }

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> "Reference":
        """The record that `to_dict` described."""
        height, width, channels = values["image_shape"]
        return cls(
            n_samples=int(values["n_samples"]),
            image_shape=(height, width, channels),
            dtype=values["dtype"],
            class_names=tuple(values["classes"]),
            class_counts=np.asarray(values["class_counts"], np.int64),
            statistics={
                name: np.asarray(each, np.float64) for name, each in values["statistics"].items()
            },
            pixels=PixelRange.from_dict(values["pixels"]) if "pixels" in values else None,
        )


def describe(
    images: ImageArray,
    proba: FloatArray,
    pool: Pool,
    class_names: tuple[str, ...],
    pixels: PixelRange,
) -> Reference:
    """The record of images and of what an ensemble makes of them.

    Args:
        images: Validation images of shape (n_samples, height, width, channels).
        proba: The members' probabilities of shape (n_members, n_samples, n_classes).
        pool: Fitted on these members.
        class_names: The name of class k at position k.
        pixels: The range of the training pixels.
    """
    pooled = pool.predict_proba(proba)
    statistics = image_statistics(images)
    statistics |= prediction_statistics(pooled, proba[np.flatnonzero(pool.weights)])
    _, height, width, channels = images.shape
    return Reference(
        n_samples=len(images),
        image_shape=(height, width, channels),
        dtype=images.dtype.name,
        class_names=class_names,
        class_counts=np.bincount(pooled.argmax(axis=1), minlength=len(class_names)),
        statistics={name: thinned(values) for name, values in statistics.items()},
        pixels=pixels,
    )


def thinned(values: Values, most: int = MAX_VALUES) -> Values:
    """The values in ascending order; of many, the middle one of each of `most` equal parts."""
    ordered = np.sort(values)
    if len(ordered) <= most:
        return ordered
    middles = (np.arange(most) + 0.5) * len(ordered) / most
    return np.asarray(ordered[middles.astype(np.int64)])


def write_reference(reference: Reference, path: Path) -> None:
    """Write a record as JSON."""
    path.write_text(json.dumps(reference.to_dict()) + "\n", encoding="utf-8")


def read_reference(path: Path) -> Reference:
    """Read what `write_reference` wrote.

    Raises:
        DataError: If the file is missing, damaged, or of another layout.
    """
    try:
        values = json.loads(path.read_text(encoding="utf-8"))
        if values["schema"] != SCHEMA:
            raise ValueError(f"schema {values['schema']}, expected {SCHEMA}")
        return Reference.from_dict(values)
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise DataError(
            f"{shown(path)} is no training record: {one_line(error)}. Run the training again:"
            " what is in the store is not trained twice."
        ) from error
