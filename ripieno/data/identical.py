"""Which images are the same, bit for bit."""

from collections.abc import Mapping
from hashlib import blake2b

import numpy as np

from ripieno.data.twins import N_EXAMPLES, PAIRS, Twins
from ripieno.types import ImageArray, IntArray


def picture_numbers(images: Mapping[str, ImageArray]) -> dict[str, IntArray]:
    """A number for every image, the same for the same bytes, whichever split they stand in.

    Images are compared by a 128-bit hash of their bytes: -0.0 and 0.0 differ.

    Args:
        images: Of each split, of shape (n_samples, height, width, channels); may be memory-mapped.

    Returns:
        For each split an int64 array of shape (n_samples,), numbered from 0 in order of appearance.
    """
    known: dict[bytes, int] = {}
    return {
        name: np.array([known.setdefault(_digest(image), len(known)) for image in split], np.int64)
        for name, split in images.items()
    }


def identical_twins(pictures: Mapping[str, IntArray]) -> dict[str, Twins]:
    """The images that stand in two splits, bit for bit.

    Args:
        pictures: Of each split, as `picture_numbers` numbers them.

    Returns:
        For `train_validation`, `train_test` and `validation_test`.
    """
    return {
        f"{first}_{second}": _identical_twins(pictures[first], pictures[second])
        for first, second in PAIRS
    }


def _identical_twins(first: IntArray, second: IntArray) -> Twins:
    in_first = np.isin(second, first)
    shown = np.flatnonzero(in_first)[:N_EXAMPLES]
    examples = tuple((int(np.flatnonzero(first == second[j])[0]), int(j)) for j in shown)
    return Twins(np.isin(first, second), in_first, examples)


def _digest(image: ImageArray) -> bytes:
    return blake2b(np.ascontiguousarray(image).data, digest_size=16).digest()
