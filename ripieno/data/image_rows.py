"""Chosen rows of several memory maps as if they were one array, read where they are asked for."""

from collections.abc import Sequence
from typing import Any, cast

import numpy as np

from ripieno.types import ImageArray, IntArray


class ImageRows:
    """Images of one shape and type out of several arrays; only what is indexed is read.

    It has what training and statistics ask of an array: a length, a shape, a type, and indexing by
    a number, a slice, an array of positions, or a tuple that begins with one of them.

    Args:
        parts: Images of shape (n_samples, height, width, channels), one array after the other.
        rows: Positions in the parts together, of shape (n_rows,).
    """

    def __init__(self, parts: Sequence[ImageArray], rows: IntArray) -> None:
        self._parts = tuple(parts)
        self._starts = np.cumsum([0, *(len(part) for part in parts)])
        self._rows = np.asarray(rows)
        self.shape = (len(self._rows), *parts[0].shape[1:])
        self.dtype = parts[0].dtype
        self.ndim = len(self.shape)

    def __len__(self) -> int:
        return len(self._rows)

    def __getitem__(self, index: Any) -> ImageArray:
        if isinstance(index, tuple):
            first, *others = index
            images = self[first]
            return images[tuple([slice(None)] * (images.ndim - self.ndim + 1) + others)]
        rows = self._rows[index]
        images = self._read(np.atleast_1d(rows))
        return images if np.ndim(rows) else images[0]

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> ImageArray:
        return np.asarray(self[:], dtype=dtype)

    def _read(self, rows: IntArray) -> ImageArray:
        images = np.empty((len(rows), *self.shape[1:]), self.dtype)
        part_of = np.searchsorted(self._starts, rows, side="right") - 1
        for k, part in enumerate(self._parts):
            here = part_of == k
            images[here] = part[rows[here] - self._starts[k]]
        return images


def rows_of_parts(parts: Sequence[ImageArray], rows: IntArray) -> ImageArray:
    """`ImageRows`, under the type that functions of images take."""
    return cast("ImageArray", ImageRows(parts, rows))
