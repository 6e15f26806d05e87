import numpy as np
import pytest

from ripieno.data.dataset import LabelledImages
from ripieno.data.hygiene_findings import describe_conflicts, describe_dropping, describe_twins
from ripieno.data.label_conflicts import LabelConflicts
from ripieno.data.splits import Splits
from ripieno.data.twins import ImagePair


@pytest.fixture
def splits():
    parts = [
        LabelledImages(np.zeros((n, 1, 1, 1), np.uint8), np.arange(n) % 2) for n in (9, 4000, 12)
    ]
    return Splits(*parts, ("coat", "shirt"))


def test_twins_are_told_for_each_pair_of_splits(splits):
    told = describe_twins(splits, {"train_validation": 1200}, {"validation_test": 2})
    assert list(told) == [
        "1,200 of the 4,000 validation images stand in the training split as well, bit for bit.",
        "2 of the 12 test images are all but identical to validation images.",
    ]


def test_one_twin_is_told_in_the_singular(splits):
    assert list(describe_twins(splits, {"train_test": 1}, {"train_test": 1})) == [
        "1 of the 12 test images stands in the training split as well, bit for bit.",
        "1 of the 12 test images is all but identical to training images.",
    ]


def test_nothing_is_said_where_there_is_nothing_to_say(splits):
    assert list(describe_twins(splits, {"train_test": 0}, {})) == []
    assert list(describe_conflicts(splits, LabelConflicts(0, 0, ()))) == []
    assert list(describe_dropping(0, 0)) == []


@pytest.mark.parametrize(("n", "start"), [(1, "1 picture stands"), (7, "7 pictures stand")])
def test_conflicting_labels_are_told_by_the_names_of_an_example(splits, n, start):
    pair = ImagePair("conflicting_labels", "train", 3, "test", 6)
    (told,) = describe_conflicts(splits, LabelConflicts(n, 15, (pair,)))
    assert told.startswith(start)
    assert "in 15 images" in told
    assert "as 'shirt' and as 'coat'" in told


def test_dropped_and_remaining_training_images_are_told():
    dropped, left = describe_dropping(3, 1)
    assert "3 images with twins" in dropped
    assert left.startswith("1 training image has its twin")
    assert "hygiene.drop" in left
