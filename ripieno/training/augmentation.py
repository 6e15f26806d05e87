"""Random changes to training images, made on whole batches in NumPy.

Keras's own augmentation layers cost more than a training step on a CPU; these cost a few per cent
of one.
"""

from typing import Annotated

import numpy as np
from pydantic import BaseModel, ConfigDict, Field

from ripieno.errors import ConfigurationError
from ripieno.types import ImageArray, ImageShape

ERASED_AREA = (0.02, 0.3)  # shares of the image, as in Zhong et al. with a smaller largest one
ERASED_ASPECT = (0.3, 1 / 0.3)  # height over width


class Augmentation(BaseModel):
    """Random changes that leave the class of an image alone."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    flip: Annotated[
        bool, Field(description="Mirror every other image, at random, left to right.")
    ] = False
    shift: Annotated[
        int, Field(ge=0, description="Shift by at most this many pixels, edges repeated.")
    ] = 0
    erase: Annotated[
        float, Field(ge=0, le=1, description="Share of images with a rectangle of noise in them.")
    ] = 0.0


def check_augmentation(augmentation: Augmentation, image_shape: ImageShape) -> None:
    """Refuse changes that images of this shape do not allow.

    Raises:
        ConfigurationError: If images would be shifted by their own size or more.
    """
    smallest = min(image_shape[:2])
    if augmentation.shift >= smallest:
        raise ConfigurationError(
            f"augmentation.shift: expected fewer pixels than images have ({smallest}),"
            f" received {augmentation.shift}."
        )


def augment(images: ImageArray, augmentation: Augmentation, rng: np.random.Generator) -> ImageArray:
    """A changed copy of a batch of images.

    Args:
        images: Images of shape (n, h, w, c), any dtype; left as they are.
        augmentation: What to change; the order is flip, shift, erase.
        rng: Source of randomness.

    Returns:
        Images of the same shape and dtype.
    """
    if augmentation.flip:
        mirrored = rng.random(len(images)) < 0.5
        images = np.where(mirrored[:, None, None, None], images[:, :, ::-1], images)
    if augmentation.shift:
        images = _shift(images, augmentation.shift, rng)
    if augmentation.erase:
        images = _erase(images, augmentation.erase, rng)
    return images


def _shift(images: ImageArray, pixels: int, rng: np.random.Generator) -> ImageArray:
    n, height, width, _ = images.shape
    margin = (pixels, pixels)
    padded = np.pad(images, ((0, 0), margin, margin, (0, 0)), mode="edge")
    top, left = rng.integers(0, 2 * pixels + 1, (2, n))
    rows = top[:, None] + np.arange(height)  # (n, h)
    columns = left[:, None] + np.arange(width)  # (n, w)
    shifted: ImageArray = padded[np.arange(n)[:, None, None], rows[:, :, None], columns[:, None, :]]
    return shifted


def _erase(images: ImageArray, share: float, rng: np.random.Generator) -> ImageArray:
    n, height, width, _ = images.shape
    rows, columns = _rectangles(n, height, width, rng)
    chosen = rng.random((n, 1, 1)) < share
    inside = chosen & rows[:, :, None] & columns[:, None, :]  # (n, h, w)
    # Noise between the batch's own extremes serves 0..255 and standardised images alike.
    noise = rng.random(images.shape, dtype=np.float32)
    low, high = float(images.min()), float(images.max())
    return np.where(inside[..., None], (low + noise * (high - low)).astype(images.dtype), images)


def _rectangles(
    n: int, height: int, width: int, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """Rows (n, h) and columns (n, w) that lie inside one random rectangle an image."""
    low, high = ERASED_ASPECT
    area = rng.uniform(*ERASED_AREA, n) * height * width
    aspect = np.exp(rng.uniform(np.log(low), np.log(high), n))
    return (
        _interval(np.sqrt(area * aspect), height, rng),
        _interval(np.sqrt(area / aspect), width, rng),
    )


def _interval(lengths: np.ndarray, size: int, rng: np.random.Generator) -> np.ndarray:
    lengths = np.clip(np.rint(lengths), 1, size)[:, None]
    start = np.floor(rng.random(lengths.shape) * (size - lengths + 1))
    positions = np.arange(size)
    inside: np.ndarray = (positions >= start) & (positions < start + lengths)
    return inside
