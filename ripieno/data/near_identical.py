"""Pictures that stand in two splits, though not bit for bit: re-encoded, rescaled, shifted.

A perceptual hash proposes pairs, under a shift by one pixel too, and their pixels decide
(`ripieno.data.likeness`). A picture of one colour has a twin only where it is identical.

Copies of 1,000 images planted in a second split, and the share in per cent that was found, among
Fashion-MNIST, scikit-learn's digits, and 927 pieces of 32x32 grey pixels from six photographs with
a standard deviation of 15 levels or more:

                                  Fashion-MNIST   digits   photographs
    JPEG of quality 75                  99          93         85
    JPEG of quality 50                  90          57         55
    5 % brighter                       100         100         99
    13 levels brighter                 100         100         93
    three quarters of the size and back 92           1         95
    half the size and back              84           0         90
    shifted by one pixel               100           0        100
    noise of 4 levels                   99         100         68
    noise of 8 levels                   86          97         31

A copy is lost where what it adds is not small beside the contrast: a digit of 8x8 pixels at half
the size, noise on a faint photograph. Nothing was planted in Fashion-MNIST's own splits (48,000,
12,000 and 10,000 images): 49 pairs are found, of one label each; by eye about four in five show one
article, the others trousers or shirts of the same cut. None are found among digits or photographs.

70,000 images of 28x28 took 24 s and 320 MiB on one core, 60,000 RGB images of 32x32 25 s,
2,000 RGB images of 224x224 4 s; time grows with the square of the number of images.
"""

import logging
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ripieno.data.dataset import batches
from ripieno.data.likeness import are_alike
from ripieno.data.perceptual_hash import HashArray, close_pairs, perceptual_hashes
from ripieno.data.progress import LoadingProgress
from ripieno.data.twins import N_EXAMPLES, PAIRS, Twins
from ripieno.data.views import SHIFTS, Shift, Views, prepare, reduce, shifts_of, window
from ripieno.types import ImageArray, IntArray

MIN_SIDE = 8  # in fewer pixels there is too little to tell two pictures apart
_MAX_DISTANCE = 6  # bits of 64
_MAX_PROPOSED = 2**24  # pairs of two splits: about a minute to confirm
_N_SAMPLED = 1000  # images of a split from which the number of proposed pairs is foretold
_BLOCK_NUMBERS = 2**22  # of the second split, prepared at a time: ten views of 16 MiB
_PART_NUMBERS = 2**18  # of the first split, compared with a block at a time
_CONFIRMED_NUMBERS = 2**18  # of the pairs confirmed at a time: 1 MiB a side

logger = logging.getLogger(__name__)


@dataclass(frozen=True, eq=False)
class _Hashed:
    """A split and its hashes.

    Attributes:
        images: Shape (n_samples, height, width, channels).
        pictures: The number of each picture, of shape (n_samples,).
        shifts: Those that were hashed; the first is none.
        hashes: Of shape (n_shifts, n_samples).
        plain: Whether the window has one grey level, of shape (n_shifts, n_samples).
    """

    images: ImageArray
    pictures: IntArray
    shifts: tuple[Shift, ...]
    hashes: HashArray
    plain: NDArray[np.bool_]


def near_identical_twins(
    images: Mapping[str, ImageArray], pictures: Mapping[str, IntArray]
) -> dict[str, Twins]:
    """The pictures that stand in two splits, though not bit for bit.

    Args:
        images: Of the train, validation and test split, each of shape (n_samples, height, width,
            channels) with sides of `MIN_SIDE` pixels or more, and one image or more; floating-point
            ones at any scale whose squares float32 can hold.
        pictures: Of each split, as `picture_numbers` numbers them.

    Returns:
        For `train_validation`, `train_test` and `validation_test` the pictures with a twin that is
        not identical.
    """
    n_images = sum(len(each) for each in images.values())
    hashing = LoadingProgress(logger, "hashing images", n_images)
    hashed = {
        name: _hash(each, pictures[name], SHIFTS[:1] if name == "train" else SHIFTS, hashing)
        for name, each in images.items()
    }
    n_pairs = sum(len(images[first]) * len(images[second]) for first, second in PAIRS)
    comparing = LoadingProgress(logger, "comparing pairs of images", n_pairs)
    return {
        f"{first}_{second}": _Search(hashed[first], hashed[second]).run(comparing)
        for first, second in PAIRS
    }


def near_identical_groups(images: ImageArray, pictures: IntArray) -> IntArray:
    """The group of each image: those of one picture or of near-identical ones share it.

    So do images that are alike by way of others only.

    Args:
        images: As for `near_identical_twins`, of one set.
        pictures: Their numbers, as `picture_numbers` numbers them.

    Returns:
        Groups of shape (n_samples,), numbered from 0.
    """
    hashed = _hash(images, pictures, SHIFTS, LoadingProgress(logger, "hashing images", len(images)))
    search = _GroupSearch(hashed)
    search.run(LoadingProgress(logger, "comparing pairs of images", len(images) ** 2))
    return search.groups


def _hash(
    images: ImageArray, pictures: IntArray, shifts: tuple[Shift, ...], progress: LoadingProgress
) -> _Hashed:
    shifts = tuple(shift for shift in shifts if shift in shifts_of(reduce(images[:1])))
    hashes = np.empty((len(shifts), len(images)), np.uint64)
    plain = np.empty(hashes.shape, np.bool_)
    for part in batches(images):
        small = reduce(images[part])
        for s, shift in enumerate(shifts):
            grey = window(small, shift).mean(axis=3)
            hashes[s, part] = perceptual_hashes(grey)
            plain[s, part] = grey.min(axis=(1, 2)) == grey.max(axis=(1, 2))
        progress.advance(part.stop - part.start)
    return _Hashed(images, pictures, shifts, hashes, plain)


class _Search:
    """Finds the twins of two splits, a block of either at a time."""

    def __init__(self, first: _Hashed, second: _Hashed) -> None:
        self._first = first
        self._second = second
        self._in_first = np.zeros(len(first.images), np.bool_)
        self._in_second = np.zeros(len(second.images), np.bool_)
        self._examples: list[tuple[int, int]] = []
        self._max_distance = _max_distance(first, second)

    def run(self, progress: LoadingProgress) -> Twins:
        """Compare all pairs."""
        n_numbers = reduce(self._first.images[:1]).size
        for block in _slices(len(self._second.images), _BLOCK_NUMBERS // n_numbers):
            seconds = prepare(reduce(self._second.images[block]), self._second.shifts)
            for part in _slices(len(self._first.images), _PART_NUMBERS // n_numbers):
                self._compare(part, block, seconds)
                progress.advance((part.stop - part.start) * (block.stop - block.start))
        return Twins(self._in_first, self._in_second, tuple(self._examples))

    def _compare(self, part: slice, block: slice, seconds: list[Views]) -> None:
        proposed = [self._propose(part, block, s) for s in range(len(seconds))]
        needed = np.unique(np.concatenate([i for i, _ in proposed]))
        if needed.size == 0:
            return
        (firsts,) = prepare(reduce(self._first.images[needed]), SHIFTS[:1])
        size = max(1, _CONFIRMED_NUMBERS // firsts.sharp.pixels.shape[1])
        for views, (all_i, all_j) in zip(seconds, proposed, strict=True):
            for some in _slices(len(all_i), size):
                i, j = self._unknown(all_i[some], all_j[some])
                alike = are_alike(firsts, np.searchsorted(needed, i), views, j - block.start)
                self._add(i[alike], j[alike])

    def _propose(self, part: slice, block: slice, s: int) -> tuple[IntArray, IntArray]:
        """Positions of pairs whose hashes are close under a shift, less those of one picture."""
        first, second = self._first, self._second
        from_first = part.start + np.flatnonzero(~first.plain[0, part])
        from_second = block.start + np.flatnonzero(~second.plain[s, block])
        i, j = close_pairs(
            first.hashes[0, from_first], second.hashes[s, from_second], self._max_distance
        )
        i, j = from_first[i], from_second[j]
        two = first.pictures[i] != second.pictures[j]
        return self._unknown(i[two], j[two])

    def _unknown(self, i: IntArray, j: IntArray) -> tuple[IntArray, IntArray]:
        """The pairs that can tell something new: not both images are known to have a twin."""
        unknown = ~(self._in_first[i] & self._in_second[j])
        return i[unknown], j[unknown]

    def _add(self, i: IntArray, j: IntArray) -> None:
        for pair in zip(i.tolist(), j.tolist(), strict=True):
            if len(self._examples) < N_EXAMPLES and pair not in self._examples:
                self._examples.append(pair)
        self._in_first[i] = True
        self._in_second[j] = True


class _GroupSearch(_Search):
    """Finds the groups of one set: a pair tells something new where it joins two of them."""

    def __init__(self, hashed: _Hashed) -> None:
        super().__init__(hashed, hashed)
        self.groups = hashed.pictures

    def _unknown(self, i: IntArray, j: IntArray) -> tuple[IntArray, IntArray]:
        apart = self.groups[i] != self.groups[j]
        return i[apart], j[apart]

    def _add(self, i: IntArray, j: IntArray) -> None:
        if i.size:
            self.groups = _joined(self.groups, i, j)


def _joined(groups: IntArray, i: IntArray, j: IntArray) -> IntArray:
    """The groups when those of each pair of images have become one."""
    # Here, since configurations are read with this module and answered within a moment.
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    n_groups = int(groups.max()) + 1
    pairs = coo_array((np.ones(len(i)), (groups[i], groups[j])), shape=(n_groups, n_groups))
    _, joined = connected_components(pairs, directed=False)
    return np.asarray(joined[groups], np.int64)


def _max_distance(first: _Hashed, second: _Hashed) -> int:
    """Bits that may differ: fewer where so many pictures look alike that confirming takes hours."""
    a, b = (
        each.hashes[0, ~each.plain[0]][:: max(1, len(each.images) // _N_SAMPLED)]
        for each in (first, second)
    )
    if len(a) == 0 or len(b) == 0:
        return _MAX_DISTANCE
    counts = np.bincount(np.bitwise_count(a[:, np.newaxis] ^ b).ravel(), minlength=65)
    n_pairs = len(first.images) * len(second.images) * len(second.shifts)
    proposed = np.cumsum(counts)[: _MAX_DISTANCE + 1] * (n_pairs / (len(a) * len(b)))
    distance = max(0, int(np.searchsorted(proposed, _MAX_PROPOSED, side="right")) - 1)
    if distance < _MAX_DISTANCE:
        logger.info(
            "many images look alike: compared only where %d bits of 64 differ or fewer", distance
        )
    return distance


def _slices(n: int, size: int) -> Iterator[slice]:
    size = max(1, size)
    for start in range(0, n, size):
        yield slice(start, min(start + size, n))
