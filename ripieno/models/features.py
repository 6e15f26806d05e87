"""Histograms of oriented gradients of many images at once.

The same figures as `skimage.feature.hog` with `block_norm="L2-Hys"` (tests hold the two together),
from whole batches instead of one image a call.
"""

from typing import Annotated

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from pydantic import BaseModel, ConfigDict, Field

from ripieno.errors import ConfigurationError
from ripieno.types import FloatArray, ImageArray, ImageShape, IntArray

BATCH_SIZE = 256  # gradients of so many small images stay in the cache
EPSILON = 1e-5
LARGEST_SHARE = 0.2  # of a block's length, where Dalal & Triggs clip


class Hog(BaseModel):
    """How finely histograms of oriented gradients look at an image."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    orientations: Annotated[int, Field(gt=0, description="Bins over half a turn.")] = 9
    cell_size: Annotated[int, Field(gt=0, description="Height and width of a cell, in pixels.")] = 4
    block_size: Annotated[
        int, Field(gt=0, description="Height and width, in cells, of what contrast is evened over.")
    ] = 2

    def n_features(self, image_shape: ImageShape) -> int:
        """Number of features of an image; 0 where it has fewer cells than a block."""
        down, across = (
            max(size // self.cell_size - self.block_size + 1, 0) for size in image_shape[:2]
        )
        return down * across * self.block_size**2 * self.orientations


def check_hog(settings: Hog, image_shape: ImageShape) -> None:
    """Refuse cells that these images are too small for.

    Raises:
        ConfigurationError: If an image has fewer cells than a block.
    """
    if settings.n_features(image_shape) == 0:
        height, width, _ = image_shape
        raise ConfigurationError(
            f"hog: images of {height}x{width} pixels are smaller than one block of"
            f" {settings.block_size}x{settings.block_size} cells of {settings.cell_size} pixels."
            " Lower hog.cell_size or hog.block_size."
        )


def hog(images: ImageArray, settings: Hog) -> FloatArray:
    """Histograms of oriented gradients.

    Of several channels, each pixel counts the one with the steepest gradient. A constant image
    gives zeros.

    Args:
        images: Images of shape (n_samples, h, w, c).
        settings: Of cells and blocks. Blocks overlap by all but one cell; pixels left over at the
            right and the bottom are not seen.

    Returns:
        Features of shape (n_samples, n_features), float32, each in [0, 1].

    References:
        Dalal & Triggs (2005), Histograms of Oriented Gradients for Human Detection.
    """
    starts = range(0, len(images), BATCH_SIZE)
    batches = (np.asarray(images[start : start + BATCH_SIZE], np.float64) for start in starts)
    return np.concatenate([_hog_of_batch(batch, settings) for batch in batches])


def _hog_of_batch(images: FloatArray, settings: Hog) -> FloatArray:
    histograms = _cell_histograms(*_gradients(images), settings.orientations, settings.cell_size)
    return _normalise_blocks(histograms, settings.block_size)


def _gradients(images: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Magnitude, and direction in half turns [0, 1), of shape (n, h, w)."""
    down, across = np.zeros_like(images), np.zeros_like(images)
    down[:, 1:-1] = images[:, 2:] - images[:, :-2]
    across[:, :, 1:-1] = images[:, :, 2:] - images[:, :, :-2]
    magnitude = np.hypot(down, across)
    steepest = magnitude.argmax(axis=-1)[..., None]
    down, across, magnitude = (
        np.take_along_axis(values, steepest, axis=-1)[..., 0]
        for values in (down, across, magnitude)
    )
    return magnitude, np.mod(np.arctan2(down, across) / np.pi, 1.0)


def _cell_histograms(
    magnitude: FloatArray, direction: FloatArray, orientations: int, cell_size: int
) -> FloatArray:
    """Mean magnitude by cell and orientation, of shape (n, cells down, cells across, bins)."""
    n, height, width = magnitude.shape
    rows, columns = height // cell_size, width // cell_size
    kept = np.s_[:, : rows * cell_size, : columns * cell_size]
    bins = np.minimum((direction[kept] * orientations).astype(np.int64), orientations - 1)
    cells = _cell_numbers(rows, columns, cell_size) + rows * columns * np.arange(n)[:, None, None]
    sums = np.bincount(
        (cells * orientations + bins).ravel(),
        weights=magnitude[kept].ravel(),
        minlength=n * rows * columns * orientations,
    )
    return (sums / cell_size**2).reshape(n, rows, columns, orientations)


def _cell_numbers(rows: int, columns: int, cell_size: int) -> IntArray:
    """Number of the cell each pixel is in, of shape (h, w)."""
    numbers = np.arange(rows * columns).reshape(rows, columns)
    return numbers.repeat(cell_size, axis=0).repeat(cell_size, axis=1)


def _normalise_blocks(histograms: FloatArray, block_size: int) -> FloatArray:
    windows = sliding_window_view(histograms, (block_size, block_size), axis=(1, 2))
    blocks = np.moveaxis(windows, 3, -1)  # (n, down, across, block, block, orientations)
    blocks = np.minimum(_unit_length(blocks), LARGEST_SHARE)
    return _unit_length(blocks).reshape(len(blocks), -1).astype(np.float32)


def _unit_length(blocks: FloatArray) -> FloatArray:
    squares = np.square(blocks).sum(axis=(3, 4, 5), keepdims=True)
    unit: FloatArray = blocks / np.sqrt(squares + EPSILON**2)
    return unit
