"""Pictures prepared for a comparison of their pixels: reduced, cut to a window, smoothed."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ripieno.data.dataset import batches
from ripieno.types import FloatArray, ImageArray

Shift = tuple[int, int]
"""Pixels down and to the right."""
SHIFTS: tuple[Shift, ...] = ((0, 0), (0, 1), (0, -1), (1, 0), (-1, 0))

_REDUCED_SIDE = 32  # pixels of the shorter side that are left of twice as many and more
_SHIFTED_SIDE = 16  # of a smaller picture, a pixel is no small shift
_MARGIN = 2  # pixels: one to shift by, and one whose smoothing what lies beyond the border reaches


@dataclass(frozen=True, eq=False)
class View:
    """Some pictures, each brought to mean 0 and standard deviation 1.

    Attributes:
        pixels: float32 of shape (n_samples, n_numbers); 0 where a picture has no contrast.
        mean: What was subtracted, of shape (n_samples,).
        contrast: The standard deviation that it was divided by, of shape (n_samples,).
    """

    pixels: FloatArray
    mean: FloatArray
    contrast: FloatArray


@dataclass(frozen=True, eq=False)
class Views:
    """Some pictures as sharp as they are, and as soft as if they had been rescaled.

    Both are smoothed: what coding and noise add is finer than that.
    """

    sharp: View
    soft: View


def reduce(images: ImageArray) -> FloatArray:
    """The pictures as float32 with a shorter side below 64 pixels.

    Larger ones are averaged over squares of whole pixels; what is left over at the right and at the
    bottom is cut off.

    Args:
        images: Shape (n_samples, height, width, channels), one or more; may be memory-mapped.
    """
    return np.concatenate([_averaged(images[part]) for part in batches(images)])


def shifts_of(images: FloatArray) -> tuple[Shift, ...]:
    """The shifts to try: none where a side has fewer than 16 pixels.

    Args:
        images: Reduced, of shape (n_samples, height, width, channels).
    """
    return SHIFTS if min(images.shape[1:3]) >= _SHIFTED_SIDE else SHIFTS[:1]


def window(images: FloatArray, shift: Shift) -> FloatArray:
    """What a picture shows within a margin of two pixels, found again in one that was shifted.

    Args:
        images: Reduced, of shape (n_samples, height, width, channels).
        shift: By which the pictures were moved.

    Returns:
        A view of them, without the margins; the whole of them where no shift is tried.
    """
    if len(shifts_of(images)) == 1:
        return images
    down, right = shift
    height, width = images.shape[1:3]
    top, left = _MARGIN + down, _MARGIN + right
    return images[:, top : height - 2 * _MARGIN + top, left : width - 2 * _MARGIN + left]


def prepare(images: FloatArray, shifts: Sequence[Shift]) -> list[Views]:
    """The windows of pictures that are compared, for each shift.

    Args:
        images: Reduced, of shape (n_samples, height, width, channels).
        shifts: By which they may have been moved.
    """
    sharp = _smooth(images)
    soft = _smooth(_smooth(sharp))
    return [
        Views(*(_standardised(window(each, shift)) for each in (sharp, soft))) for shift in shifts
    ]


def _averaged(images: ImageArray) -> FloatArray:
    n_samples, height, width, channels = images.shape
    factor = min(height, width) // _REDUCED_SIDE
    if factor < 2:
        return images.astype(np.float32)
    height, width = height // factor, width // factor
    squares = images[:, : height * factor, : width * factor].reshape(
        n_samples, height, factor, width, factor, channels
    )
    return np.asarray(squares.mean(axis=(2, 4), dtype=np.float32))


def _smooth(images: FloatArray) -> FloatArray:
    """Weights 1, 2, 1 down and across; the outermost pixels stand for those beyond them."""
    for axis in (1, 2):
        along = np.moveaxis(images, axis, 0)
        smooth = 2 * along
        smooth[1:] += along[:-1]
        smooth[:-1] += along[1:]
        smooth[0] += along[0]
        smooth[-1] += along[-1]
        images = np.moveaxis(smooth, 0, axis)
    return images / 16


def _standardised(images: FloatArray) -> View:
    rows = images.reshape(len(images), -1)
    mean = rows.mean(axis=1)
    pixels = rows - mean[:, np.newaxis]
    contrast = np.sqrt(np.einsum("ij,ij->i", pixels, pixels) / rows.shape[1])
    pixels /= np.where(contrast > 0, contrast, 1)[:, np.newaxis]
    return View(pixels, mean, contrast)
