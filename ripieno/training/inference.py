"""Applying a model to many images in large batches."""

from collections.abc import Callable
from typing import Any

import numpy as np

from ripieno.types import FloatArray, ImageArray

BATCH_PIXELS = 400_000
"""Pixels in a batch of images, 500 images of 28x28: enough to keep a core busy, and activations
that fit in memory for large images too."""


def in_batches(
    function: Callable[[ImageArray], Any], images: ImageArray, batch_size: int | None = None
) -> FloatArray:
    """The rows that a function gives for images, one batch at a time.

    Args:
        function: Takes images (n, h, w, c), returns n rows.
        images: Images of shape (n_samples, h, w, c), n_samples > 0; may be a memory map.
        batch_size: Images in a batch, > 0; None fits them to the size of the images.

    Returns:
        Rows of shape (n_samples, n_columns), float64.
    """
    _, height, width, _ = images.shape
    batch_size = batch_size or max(BATCH_PIXELS // (height * width), 1)
    starts = range(0, len(images), batch_size)
    batches = (np.asarray(images[start : start + batch_size]) for start in starts)
    return np.concatenate([np.asarray(function(batch), dtype=np.float64) for batch in batches])
