"""Whether the splits are as separate as they should be."""

from hashlib import blake2b

import numpy as np

from ripieno.data.splits import Splits
from ripieno.types import ImageArray


def duplicates_across_splits(splits: Splits) -> dict[str, int]:
    """How many images stand, bit for bit the same, in two splits.

    Labels play no part. Images are compared by a 128-bit hash of their bytes.

    Args:
        splits: The splits; a source's own test split may well repeat training images.

    Returns:
        For `train_validation`, `train_test` and `validation_test` the number of images of the
        second split of which the first has a copy.
    """
    hashes = {
        name: _hashes(split.images)
        for name, split in (
            ("train", splits.train),
            ("validation", splits.validation),
            ("test", splits.test),
        )
    }
    pairs = (("train", "validation"), ("train", "test"), ("validation", "test"))
    known = {name: set(values) for name, values in hashes.items()}
    return {
        f"{first}_{second}": sum(value in known[first] for value in hashes[second])
        for first, second in pairs
    }


def _hashes(images: ImageArray) -> list[bytes]:
    return [blake2b(np.ascontiguousarray(image).data, digest_size=16).digest() for image in images]
