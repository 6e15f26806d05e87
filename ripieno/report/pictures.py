"""Images as small PNG files inside the page."""

from base64 import b64encode
from io import BytesIO

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from ripieno.types import ImageArray

MAX_SIDE = 96
"""Pixels of the longer side of a thumbnail; smaller images keep every pixel."""


def data_uris(images: ImageArray) -> list[str]:
    """A PNG data URI for each image.

    Args:
        images: Of shape (n_samples, height, width, channels), 1 or 3 channels. float32 in [0, 1]
            or [0, 255] is taken as such, and stretched over its own range otherwise.
    """
    return [_data_uri(image) for image in _as_bytes(images)]


def _as_bytes(images: ImageArray) -> NDArray[np.uint8]:
    if images.dtype == np.uint8 or images.size == 0:
        return np.asarray(images, dtype=np.uint8)
    values = np.nan_to_num(images.astype(np.float64), posinf=0.0, neginf=0.0)
    low, high = values.min(), values.max()
    if low >= 0 and high <= 1:
        low, high = 0.0, 1.0
    elif low >= 0 and high <= 255:
        low, high = 0.0, 255.0
    return np.asarray(np.rint((values - low) / ((high - low) or 1.0) * 255), dtype=np.uint8)


def _data_uri(pixels: NDArray[np.uint8]) -> str:
    image = Image.fromarray(pixels[..., 0] if pixels.shape[-1] == 1 else pixels)
    if max(image.size) > MAX_SIDE:
        image.thumbnail((MAX_SIDE, MAX_SIDE), Image.Resampling.LANCZOS)
    if image.width * image.height > MAX_SIDE**2 // 4 and image.mode == "RGB":
        image = image.quantize(256)  # a third of the bytes, and no eye can tell at this size
    buffer = BytesIO()
    image.save(buffer, "PNG", optimize=True)
    return f"data:image/png;base64,{b64encode(buffer.getvalue()).decode()}"
