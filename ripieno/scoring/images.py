"""The images that an ensemble was trained on, and new ones made just like them."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ripieno.data.arrays import with_channels
from ripieno.data.decoding import in_threads
from ripieno.data.pictures import Mode, Picture, Size, convert_pixels, read_picture
from ripieno.data.pixel_range import PixelRange
from ripieno.data.unreadable import Unreadable
from ripieno.errors import DataError
from ripieno.types import ImageArray, ImageShape

_MODES: dict[int, Mode] = {1: "L", 3: "RGB"}
_STORED = (1, 2, 3, 4)  # channels of grey, grey with alpha, RGB and RGBA

Readable = list[NDArray[Any] | Unreadable]


@dataclass(frozen=True)
class ImageSettings:
    """What the training source made of its images.

    Attributes:
        shape: Height, width and channels.
        dtype: `uint8` or `float32`.
        background: Grey level under transparent pixels.
        pixels: The range of the training pixels; None where the run did not keep it.
    """

    shape: ImageShape
    dtype: str
    background: int = 255
    pixels: PixelRange | None = None

    @property
    def size(self) -> Size:
        """Height and width."""
        return self.shape[:2]

    @property
    def mode(self) -> Mode:
        """The mode that pictures are converted to.

        Raises:
            DataError: If no picture can become such an image.
        """
        _, _, channels = self.shape
        if self.dtype != "uint8" or channels not in _MODES:
            raise DataError(
                f"The ensemble was trained on {self.dtype} images of {channels} channels, which"
                " pictures cannot become. Score an .npz file made like the training data."
            )
        return _MODES[channels]

    def read(self, pictures: Sequence[Picture]) -> Readable:
        """Each picture as the training source would have decoded it, or why it cannot be read."""
        read = partial(read_picture, mode=self.mode, size=self.size, background=self.background)
        return list(in_threads(read, pictures, None, len(pictures)))

    def convert(self, pixels: NDArray[Any], names: Sequence[str]) -> Readable:
        """Each image of an array as the training source would have stored it, or why not.

        Images of the ensemble's own shape stay as they are; bytes of another one are treated as
        decoded pictures are.

        Args:
            pixels: Shape (n_samples, height, width) or (n_samples, height, width, channels), of
                the type that `check_array` accepts.
            names: Of the images, for those that cannot be used.
        """
        images = with_channels(pixels, "images")
        if self.dtype != "uint8":
            return [
                image if np.isfinite(image).all() else Unreadable(name, "NaN or infinite pixels")
                for image, name in zip(images.astype(self.dtype), names, strict=True)
            ]
        with ThreadPoolExecutor(thread_name_prefix="convert") as pool:
            return list(pool.map(self._as_bytes, images, names))

    def check_array(self, dtype: np.dtype[Any], shape: tuple[int, ...], name: str) -> None:
        """Refuse an array that cannot become such images.

        Raises:
            DataError: If its type or its shape does not allow it.
        """
        kinds = "bui" if self.dtype == "uint8" else "buif"
        if dtype.kind not in kinds:
            raise DataError(
                f"{name}: the ensemble was trained on whole numbers from 0 to 255, received"
                f" {dtype}. Score the pixels as the training data have them, not normalised."
                if dtype.kind == "f"
                else f"{name}: expected pixels as numbers, received {dtype}."
            )
        # A view of one sample's worth of memory: only its shape is looked at.
        sample = np.broadcast_to(np.zeros((), np.uint8), shape)
        images = with_channels(sample, name)
        same = images.shape[1:] == self.shape
        if not same and (self.dtype != "uint8" or images.shape[3] not in _STORED):
            raise DataError(
                f"{name}: expected images of shape {self.shape} as in training, received"
                f" {images.shape[1:]}."
            )
        if 0 in images.shape[1:]:
            raise DataError(f"{name}: expected images, received the shape {images.shape}.")

    def _as_bytes(self, image: NDArray[Any], name: str) -> NDArray[Any] | Unreadable:
        low, high = int(image.min()), int(image.max())
        if low < 0 or high > 255:
            return Unreadable(name, f"values from {low} to {high}, expected 0 to 255")
        pixels = image.astype(np.uint8)
        if pixels.shape == self.shape:
            return pixels
        return convert_pixels(pixels, self.mode, self.size, self.background)

    def screened(
        self, images: Sequence[NDArray[Any] | Unreadable], names: Sequence[str]
    ) -> Readable:
        """The same images, less those whose pixels are clearly not like those of training.

        Args:
            images: As `read` and `convert` give them.
            names: Of the images, for those that are taken out.
        """
        readable = [image for image in images if not isinstance(image, Unreadable)]
        trained = self.pixels
        if trained is None or not readable or not _unlike(trained, self.stack(readable)):
            return list(images)
        screened: Readable = []
        for image, name in zip(images, names, strict=True):
            reason = None
            if not isinstance(image, Unreadable):
                reason = _unlike(trained, image[np.newaxis])
            screened.append(image if reason is None else Unreadable(name, reason))
        return screened

    def stack(self, images: Sequence[NDArray[Any]]) -> ImageArray:
        """Images of shape (n_samples, height, width, channels); n_samples may be 0."""
        return np.stack(images) if images else np.empty((0, *self.shape), self.dtype)


def _unlike(trained: PixelRange, images: ImageArray) -> str | None:
    return trained.mismatch(PixelRange.of(images))
