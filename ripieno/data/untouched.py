"""Test images that two models, trained from other splits perhaps, have both never seen."""

from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256

import numpy as np
from numpy.typing import NDArray

from ripieno.data.dataset import LabelledImages
from ripieno.data.identical import picture_numbers
from ripieno.types import IntArray


@dataclass(frozen=True, eq=False)
class Untouched:
    """Images to compare two models on.

    Attributes:
        samples: Test images of either that neither was fitted or chosen on, each picture once.
        n_candidates: Distinct test images of the two together.
        n_seen: Of these, images that stand in a training or validation split of either.
        n_contradicting: Of these, images whose labels contradict each other.
    """

    samples: LabelledImages
    n_candidates: int
    n_seen: int
    n_contradicting: int

    @property
    def digest(self) -> str:
        """What tells one set of images and labels from another, 32 hexadecimal digits."""
        digest = sha256()
        for array in (self.samples.images, self.samples.labels):
            digest.update(f"{array.dtype.str}{array.shape}".encode())
            digest.update(np.ascontiguousarray(array).data)
        return digest.hexdigest()[:32]

    @property
    def finding(self) -> str:
        """What was left out, in a sentence."""
        left_out = [
            f"{number:,} {why}"
            for number, why in (
                (self.n_seen, "stand in a training or validation split of one of the two"),
                (self.n_contradicting, "have contradicting labels"),
            )
            if number
        ]
        without = f" ({'; '.join(left_out)})" if left_out else ""
        return f"{len(self.samples):,} of {self.n_candidates:,} test images are untouched{without}."


def untouched(tests: Sequence[LabelledImages], seen: Sequence[LabelledImages]) -> Untouched:
    """The test images of several models that none of them has seen.

    Images are the same where their bytes are. Of an image that stands in the tests more than once
    the first counts; under different labels it is left out.

    Args:
        tests: The sealed test splits, of images of one shape and type.
        seen: All training and validation splits.
    """
    splits = {f"test {i}": split.images for i, split in enumerate(tests)}
    splits |= {f"seen {i}": split.images for i, split in enumerate(seen)}
    numbers = picture_numbers(splits)
    of_tests = np.concatenate([numbers[f"test {i}"] for i in range(len(tests))])
    of_seen = np.concatenate([numbers[f"seen {i}"] for i in range(len(seen))])
    images = np.concatenate([np.asarray(split.images) for split in tests])
    labels = np.concatenate([np.asarray(split.labels) for split in tests])
    _, first = np.unique(of_tests, return_index=True)
    first.sort()
    is_seen = np.isin(of_tests[first], of_seen)
    contradicts = np.isin(of_tests[first], _contradicting(of_tests, labels)) & ~is_seen
    kept = first[~is_seen & ~contradicts]
    return Untouched(
        LabelledImages(images[kept], labels[kept]),
        len(first),
        int(is_seen.sum()),
        int(contradicts.sum()),
    )


def _contradicting(pictures: IntArray, labels: IntArray) -> NDArray[np.int64]:
    """Pictures that stand under more than one label."""
    pairs = np.unique(np.stack([pictures, labels], axis=1), axis=0)
    numbers, counts = np.unique(pairs[:, 0], return_counts=True)
    return np.asarray(numbers[counts > 1])
