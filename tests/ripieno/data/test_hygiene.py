import numpy as np

from ripieno.data.dataset import LabelledImages
from ripieno.data.hygiene import duplicates_across_splits
from ripieno.data.splits import Splits


def split(*levels, dtype=np.uint8):
    images = np.array(levels, dtype).reshape(-1, 1, 1, 1) * np.ones((1, 4, 4, 1), dtype)
    return LabelledImages(images, np.zeros(len(levels), np.int64))


def duplicates(train, validation, test):
    return duplicates_across_splits(Splits(train, validation, test, ("a", "b")))


def test_identical_images_are_counted_in_the_second_split_of_a_pair():
    found = duplicates(split(1, 2, 3), split(3, 3, 4), split(1, 4, 5))
    assert found == {"train_validation": 2, "train_test": 1, "validation_test": 1}


def test_copies_within_one_split_do_not_count():
    found = duplicates(split(1, 1), split(2, 2), split(3, 3))
    assert found == {"train_validation": 0, "train_test": 0, "validation_test": 0}


def test_floating_point_images_are_compared_too():
    found = duplicates(*(split(value, dtype=np.float32) for value in (0.5, 0.5, 0.25)))
    assert found["train_validation"] == 1
    assert found["train_test"] == 0


def test_one_pixel_tells_two_images_apart():
    other = split(1)
    other.images[0, 3, 3, 0] = 2
    assert duplicates(split(1), other, split(9))["train_validation"] == 0
