"""What a published ensemble takes: raw images, checked before anything computes with them."""

from typing import Any

import numpy as np

from ripieno.data.pixel_range import PixelRange
from ripieno.errors import DataError
from ripieno.types import ImageArray, ImageShape

_KINDS = {
    "b": "true and false",
    "c": "complex numbers",
    "U": "text",
    "S": "text",
    "O": "null or objects",
}


def checked_images(
    images: Any,
    image_shape: ImageShape,
    dtype: np.dtype[Any],
    pixels: PixelRange | None = None,
) -> ImageArray:
    """Images as the members were trained on them, or one line that says what is wrong.

    A model of bytes refuses fractions: pixels that somebody divided by 255 would be cut to 0 and 1.

    Args:
        images: An array, or nested lists of numbers as JSON gives them.
        image_shape: Height, width and channels of one image.
        dtype: uint8 or float32.
        pixels: The range of the training pixels; None where it is not known.

    Returns:
        An array of shape (n_samples, height, width, channels) and of this dtype.

    Raises:
        DataError: If they are not numbers, of another shape, none, not finite, or out of range:
            see `PixelRange.mismatch`.
    """
    array = _as_numbers(images)
    if array.ndim > 0 and len(array) == 0:
        raise DataError("images: expected at least one image, received an empty batch.")
    expected = f"(n, {', '.join(map(str, image_shape))})"
    if array.shape[1:] != image_shape:
        hint = " Put a single image into a list." if array.shape == image_shape else ""
        raise DataError(f"images: expected shape {expected}, received {_shown(array.shape)}.{hint}")
    if array.dtype.kind == "f" and not np.isfinite(array).all():
        raise DataError("images: expected finite numbers, received NaN or infinity.")
    checked = _as_bytes(array) if dtype == np.uint8 else array.astype(dtype, copy=False)
    if pixels is not None and (problem := pixels.mismatch(PixelRange.of(checked))):
        raise DataError(f"images: {problem}")
    return checked


def _as_numbers(images: Any) -> ImageArray:
    try:
        array = np.asarray(images)
    except (ValueError, TypeError, OverflowError):
        raise DataError("images: expected images of one shape, received uneven lists.") from None
    if array.size and array.dtype.kind not in "iuf":
        received = _KINDS.get(array.dtype.kind, str(array.dtype))
        raise DataError(f"images: expected numbers, received {received}.")
    return array


def _as_bytes(array: ImageArray) -> ImageArray:
    if array.dtype == np.uint8:
        return array
    if array.dtype.kind == "f":
        raise DataError(
            f"images: expected whole numbers from 0 to 255 (uint8), received {array.dtype}."
            " Send the pixels as they are, not normalised."
        )
    low, high = int(array.min()), int(array.max())
    if low < 0 or high > 255:
        raise DataError(f"images: expected values from 0 to 255, received {low} to {high}.")
    return array.astype(np.uint8)


def _shown(shape: tuple[int, ...]) -> str:
    return f"({', '.join(map(str, shape))}{',' if len(shape) == 1 else ''})"
