import numpy as np

from ripieno.data.label_conflicts import find_label_conflicts
from ripieno.data.twins import ImagePair


def find(pictures, labels):
    return find_label_conflicts(
        {name: np.array(each) for name, each in pictures.items()},
        {name: np.array(each) for name, each in labels.items()},
    )


def test_picture_under_two_labels_within_a_split_is_a_conflict():
    found = find({"train": [4, 7, 4], "test": [1]}, {"train": [0, 0, 1], "test": [1]})
    assert (found.n_pictures, found.n_images) == (1, 2)
    assert found.examples == (ImagePair("conflicting_labels", "train", 0, "train", 2),)


def test_picture_under_two_labels_across_splits_is_a_conflict():
    found = find({"train": [4, 7, 7], "test": [1, 7]}, {"train": [0, 1, 1], "test": [0, 2]})
    assert (found.n_pictures, found.n_images) == (1, 3)
    assert found.examples == (ImagePair("conflicting_labels", "train", 1, "test", 1),)


def test_copies_under_one_label_are_no_conflict():
    found = find({"train": [4, 4], "test": [4]}, {"train": [2, 2], "test": [2]})
    assert (found.n_pictures, found.n_images, found.examples) == (0, 0, ())


def test_picture_counts_once_however_many_labels_it_has():
    found = find({"train": [4, 4, 4, 5], "test": [4, 5]}, {"train": [0, 1, 2, 3], "test": [3, 0]})
    assert (found.n_pictures, found.n_images) == (2, 6)
