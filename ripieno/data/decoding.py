"""Many pictures, decoded in threads into one array.

Pictures are gone through twice: their headers first, which tell the sizes and whether the data are
grey or colour, then the pixels, straight into an array of the right shape. Only a batch of encoded
pictures is in memory at a time.
"""

import logging
import math
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from itertools import islice
from typing import TypeVar

import numpy as np

from ripieno.data.pictures import (
    Mode,
    Picture,
    PictureHeader,
    Size,
    read_header,
    read_picture,
    unreadable_because,
)
from ripieno.data.progress import LoadingProgress
from ripieno.data.unreadable import Unreadable, report_unreadable
from ripieno.errors import DataError
from ripieno.types import ImageArray, IntArray

logger = logging.getLogger(__name__)
T = TypeVar("T")

_BATCH = 256  # pictures that are encoded in memory at a time
_N_SHOWN = 5  # sizes that a line lists


@dataclass(frozen=True)
class DecodedPictures:
    """The pictures that could be read.

    Attributes:
        images: Shape (n_kept, height, width, channels), uint8.
        kept: Shape (n_kept,): position of each image among all the pictures, ascending.
        names: What each image is called, n_kept.
        findings: What was left out, and what was resized.
    """

    images: ImageArray
    kept: IntArray
    names: tuple[str, ...]
    findings: tuple[str, ...]


def decode_pictures(
    pictures: Callable[[], Iterable[Picture]],
    *,
    image_size: int | tuple[int, int] | None,
    channels: str,
    background: int,
    max_unreadable_share: float,
) -> DecodedPictures:
    """Decode all pictures to one size and one number of channels.

    Args:
        pictures: Gives the same pictures in the same order at every call.
        image_size: Height and width in pixels, or one number for both; None where all pictures
            have one size already.
        channels: `"grey"`, `"rgb"`, or `"auto"`: grey where every file stores grey levels.
        background: Grey level in [0, 255] under transparent pixels.
        max_unreadable_share: Share of unreadable pictures, in [0, 1), that is only reported.

    Raises:
        DataError: If there is no picture, sizes are mixed and none is asked for, or more than the
            tolerated share cannot be read.
    """
    headers = list(in_threads(read_header, pictures(), "reading image headers", None))
    unreadable = {at: each for at, each in enumerate(headers) if isinstance(each, Unreadable)}
    readable = {at: each for at, each in enumerate(headers) if isinstance(each, PictureHeader)}
    if not readable:
        report_unreadable(list(unreadable.values()), len(headers), max_unreadable_share=0)
    sizes = Counter(header.size for header in readable.values())
    size = _asked_size(image_size) or _common_size(sizes)
    mode: Mode = "L" if _all_grey(readable.values(), channels) else "RGB"
    images = _allocate(len(readable), size, mode)

    read = partial(read_picture, mode=mode, size=size, background=background)
    called: list[str] = []

    def sound() -> Iterator[Picture]:
        for at, picture in enumerate(pictures()):
            if at in readable:
                called.append(picture.name)
                yield picture

    kept: list[int] = []
    names: list[str] = []
    decoded = in_threads(read, sound(), "decoding images", len(readable))
    for i, (at, pixels) in enumerate(zip(readable, decoded, strict=True)):
        if isinstance(pixels, Unreadable):
            unreadable[at] = pixels
        else:
            images[len(kept)] = pixels
            kept.append(at)
            names.append(called[i])
    in_order = [unreadable[at] for at in sorted(unreadable)]
    findings = report_unreadable(in_order, len(headers), max_unreadable_share)
    findings += _report_resized(sizes, size)
    return DecodedPictures(images[: len(kept)], np.array(kept, np.int64), tuple(names), findings)


def in_threads(
    read: Callable[[Picture], T],
    pictures: Iterable[Picture],
    doing: str | None,
    n_total: int | None,
) -> Iterator[T | Unreadable]:
    """What `read` makes of every picture, in order; a batch of them is in memory at a time.

    Args:
        read: Given one picture; whatever it raises makes the picture unreadable.
        pictures: May be endless.
        doing: What is going on, for the log; None to log nothing.
        n_total: How many pictures there are; None where that is unknown.
    """

    def attempt(picture: Picture) -> T | Unreadable:
        try:
            return read(picture)
        except Exception as error:  # a broken file makes Pillow's parsers raise anything
            return Unreadable(picture.name, unreadable_because(error))

    progress = LoadingProgress(logger, doing, n_total) if doing else None
    remaining = iter(pictures)
    with ThreadPoolExecutor(thread_name_prefix="decode") as pool:
        while batch := list(islice(remaining, _BATCH)):
            yield from pool.map(attempt, batch)
            if progress is not None:
                progress.advance(len(batch))


def _asked_size(image_size: int | tuple[int, int] | None) -> Size | None:
    if image_size is None:
        return None
    height, width = (image_size, image_size) if isinstance(image_size, int) else image_size
    return height, width


def _all_grey(headers: Iterable[PictureHeader], channels: str) -> bool:
    if channels == "auto":
        return all(header.is_grey for header in headers)
    return channels == "grey"


def _common_size(sizes: Counter[Size]) -> Size:
    commonest = sizes.most_common(1)[0][0]
    if len(sizes) == 1:
        return commonest
    raise DataError(
        f"Expected images of one size, received {_in_words(sizes)}."
        f" Set dataset.image_size to resize them, for example to {min(*commonest, 64)}."
    )


def _in_words(sizes: Counter[Size]) -> str:
    shown = [f"{height}x{width} ({n:,})" for (height, width), n in sizes.most_common(_N_SHOWN)]
    more = f" and {len(sizes) - _N_SHOWN:,} more" if len(sizes) > _N_SHOWN else ""
    noun = "size" if len(sizes) == 1 else "sizes"
    return f"{len(sizes):,} {noun} (height x width): {', '.join(shown)}{more}"


def _allocate(n: int, size: Size, mode: Mode) -> ImageArray:
    shape = (n, *size, 1 if mode == "L" else 3)
    try:
        return np.empty(shape, np.uint8)
    except MemoryError:
        raise DataError(
            f"{n:,} images of {size[0]}x{size[1]} pixels need {math.prod(shape) / 2**30:,.0f} GiB,"
            " more memory than there is. Set a smaller dataset.image_size."
        ) from None


def _report_resized(sizes: Counter[Size], size: Size) -> tuple[str, ...]:
    n_resized = sizes.total() - sizes[size]
    if n_resized == 0:
        return ()
    height, width = size
    return (f"{n_resized:,} images were resized to {height}x{width}, from {_in_words(sizes)}.",)
