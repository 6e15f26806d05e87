"""Images that stand in two splits."""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

SPLITS = ("train", "validation", "test")
PAIRS = (("train", "validation"), ("train", "test"), ("validation", "test"))
Kind = Literal["identical", "near_identical", "conflicting_labels"]
N_EXAMPLES = 5  # pairs of a kind that a report can show


@dataclass(frozen=True, eq=False)
class Twins:
    """Which images of two splits have a twin in the other.

    Attributes:
        first: Whether an image of the first split has one, of shape (n_first,).
        second: Whether an image of the second split has one, of shape (n_second,).
        examples: Positions in the first and in the second split of at most `N_EXAMPLES` pairs.
    """

    first: NDArray[np.bool_]
    second: NDArray[np.bool_]
    examples: tuple[tuple[int, int], ...]


@dataclass(frozen=True)
class ImagePair:
    """Two images to show side by side, by the names of their splits and their positions there."""

    kind: Kind
    first_split: str
    first: int
    second_split: str
    second: int
