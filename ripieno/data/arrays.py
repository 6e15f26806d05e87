"""Arrays of pixels as people store them, to the two kinds that members take."""

import numpy as np
from numpy.typing import NDArray

from ripieno.data.dataset import batches
from ripieno.errors import DataError
from ripieno.types import ImageArray

_MAX_CHANNELS_FIRST = 4


def to_images(pixels: NDArray[np.generic], name: str) -> ImageArray:
    """Images of shape (n_samples, height, width, channels), as uint8 or float32.

    Whole numbers that all lie in [0, 255] become uint8, other numbers float32: values are never
    rescaled. uint8 pixels are not copied.

    Args:
        pixels: Shape (n_samples, height, width) or (n_samples, height, width, channels).
        name: What the array is called where it comes from.

    Raises:
        DataError: If the pixels are no real numbers, or the shape is another one.
    """
    if pixels.dtype.kind not in "buif":
        raise DataError(
            f"{name}: expected pixels as integers or floats, received {pixels.dtype}."
            " Store them as uint8 or float32."
        )
    return _as_member_type(with_channels(pixels, name))


def with_channels(pixels: NDArray[np.generic], name: str) -> NDArray[np.generic]:
    """Pixels of shape (n_samples, height, width, channels), not copied.

    Args:
        pixels: Shape (n_samples, height, width) or (n_samples, height, width, channels).
        name: What the array is called where it comes from.

    Raises:
        DataError: If the shape is another one, or has the channels first.
    """
    if pixels.ndim == 3:
        return pixels[..., np.newaxis]
    if pixels.ndim != 4:
        advice = " Reshape the flat rows." if pixels.ndim == 2 else ""
        raise DataError(
            f"{name}: expected images of shape (n_samples, height, width) or"
            f" (n_samples, height, width, channels), received {pixels.shape}.{advice}"
        )
    _, first, second, last = pixels.shape
    if first <= _MAX_CHANNELS_FIRST < min(second, last):
        raise DataError(
            f"{name}: expected the channels last, (n_samples, height, width, channels), received"
            f" {pixels.shape}. Store np.moveaxis(images, 1, -1)."
        )
    return pixels


def _as_member_type(pixels: NDArray[np.generic]) -> ImageArray:
    if pixels.dtype == np.uint8 or pixels.dtype == np.float32:
        return np.ascontiguousarray(pixels)
    if pixels.dtype.kind == "b" or (pixels.dtype.kind in "iu" and _fits_uint8(pixels)):
        return pixels.astype(np.uint8)
    with np.errstate(over="ignore"):  # too large for float32 is infinite: check_dataset says so
        return pixels.astype(np.float32)


def _fits_uint8(pixels: ImageArray) -> bool:
    return all(
        pixels[part].min(initial=0) >= 0 and pixels[part].max(initial=0) <= 255
        for part in batches(pixels)
    )
