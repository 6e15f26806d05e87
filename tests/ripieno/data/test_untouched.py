import numpy as np

from ripieno.data.dataset import LabelledImages
from ripieno.data.untouched import untouched


def pictures(values, labels=None):
    """One-pixel images of these grey values."""
    images = np.array(values, np.uint8).reshape(-1, 1, 1, 1)
    return LabelledImages(images, np.array([0] * len(values) if labels is None else labels))


def values(found):
    return found.samples.images.ravel().tolist()


def test_images_that_either_has_seen_are_left_out():
    found = untouched([pictures([1, 2, 3])], [pictures([3, 9]), pictures([8])])
    assert values(found) == [1, 2]
    assert (found.n_candidates, found.n_seen) == (3, 1)


def test_the_tests_of_both_are_put_together_and_each_picture_counts_once():
    found = untouched([pictures([1, 2]), pictures([2, 3])], [pictures([9])])
    assert values(found) == [1, 2, 3]
    assert found.n_candidates == 3


def test_labels_stay_with_their_images():
    found = untouched([pictures([1, 2, 3], [5, 6, 7])], [pictures([2])])
    assert found.samples.labels.tolist() == [5, 7]


def test_a_picture_under_two_labels_is_left_out():
    found = untouched([pictures([1, 2], [0, 1]), pictures([2], [3])], [pictures([9])])
    assert values(found) == [1]
    assert found.n_contradicting == 1
    assert "1 have contradicting labels" in found.finding


def test_nothing_may_be_left():
    found = untouched([pictures([1])], [pictures([1])])
    assert len(found.samples) == 0
    assert found.finding.startswith("0 of 1 test images are untouched")


def test_the_digest_follows_images_and_labels():
    digests = {
        untouched([pictures(images, labels)], [pictures([9])]).digest
        for images, labels in (([1, 2], [0, 0]), ([1, 2], [0, 1]), ([1, 3], [0, 0]))
    }
    assert len(digests) == 3
