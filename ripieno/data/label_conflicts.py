"""Pictures that stand under more than one label."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from ripieno.data.twins import N_EXAMPLES, ImagePair
from ripieno.types import IntArray


@dataclass(frozen=True)
class LabelConflicts:
    """What is known of the pictures that stand under more than one label.

    Attributes:
        n_pictures: How many there are.
        n_images: How many images show them.
        examples: At most `N_EXAMPLES` pairs of one picture each, with different labels.
    """

    n_pictures: int
    n_images: int
    examples: tuple[ImagePair, ...]


def find_label_conflicts(
    pictures: Mapping[str, IntArray], labels: Mapping[str, IntArray]
) -> LabelConflicts:
    """Look for identical images with different labels, within a split and across splits.

    Args:
        pictures: Of each split the numbers of its pictures, of shape (n_samples,), as
            `picture_numbers` numbers them.
        labels: Of each split, of shape (n_samples,).
    """
    picture = np.concatenate(list(pictures.values()))
    label = np.concatenate([labels[name] for name in pictures])
    starts = np.cumsum([0, *(len(each) for each in pictures.values())])

    def place(at: int) -> tuple[str, int]:
        split = int(np.searchsorted(starts, at, side="right")) - 1
        return list(pictures)[split], at - int(starts[split])

    distinct = np.unique(np.stack([picture, label], axis=1), axis=0)
    numbers, n_labels = np.unique(distinct[:, 0], return_counts=True)
    several = numbers[n_labels > 1]
    examples = []
    for number in several[:N_EXAMPLES]:
        shown = np.flatnonzero(picture == number)
        other = shown[label[shown] != label[shown[0]]][0]
        examples.append(ImagePair("conflicting_labels", *place(int(shown[0])), *place(int(other))))
    n_images = int(np.isin(picture, several).sum())
    return LabelConflicts(len(several), n_images, tuple(examples))
