"""64 bits that are nearly the same for pictures that look the same."""

import numpy as np
from numpy.typing import NDArray

from ripieno.types import FloatArray, IntArray

HashArray = NDArray[np.uint64]
_PAIRS_AT_A_TIME = 2**17  # 1 MiB of hashes: they stay in the cache


def perceptual_hashes(grey: FloatArray) -> HashArray:
    """The `phash` of imagehash for every picture, stretched to its own range of grey levels.

    A bit says whether one of the 64 lowest frequencies of the picture at 32x32 pixels is above
    their median; brightness and contrast play no part.

    Args:
        grey: Shape (n_samples, height, width); finite, each picture at any scale of its own.

    Returns:
        Of shape (n_samples,); of no meaning for a picture of one grey level.
    """
    import imagehash
    from PIL import Image

    low = grey.min(axis=(1, 2), keepdims=True)
    span = grey.max(axis=(1, 2), keepdims=True) - low
    levels = np.rint((grey - low) * (255 / np.where(span > 0, span, 1))).astype(np.uint8)
    bits = [imagehash.phash(Image.fromarray(picture)).hash.ravel() for picture in levels]
    packed = np.packbits(np.array(bits, np.bool_).reshape(-1, 64), axis=1)
    return packed.view(np.uint64)[:, 0]


def close_pairs(
    first: HashArray, second: HashArray, max_distance: int
) -> tuple[IntArray, IntArray]:
    """Positions in both arrays of all pairs of hashes that differ in few bits.

    Every pair is looked at: pictures of one kind share so many bits that buckets of hashes with
    some bits in common would hold most of the pairs.

    Args:
        first: Of shape (n_first,).
        second: Of shape (n_second,).
        max_distance: Bits at most, in [0, 64].

    Returns:
        Two arrays of shape (n_pairs,), in the order of `second`.
    """
    rows = max(1, _PAIRS_AT_A_TIME // max(1, len(first)))
    found: list[IntArray] = [np.empty(0, np.int64)]
    for start in range(0, len(second), rows):
        distance = np.bitwise_count(second[start : start + rows, np.newaxis] ^ first)
        found.append(start * len(first) + np.flatnonzero(distance <= max_distance))
    at = np.concatenate(found)  # in the (n_second, n_first) matrix
    return at % max(1, len(first)), at // max(1, len(first))
