from dataclasses import replace

import numpy as np
import pytest

from ripieno.data.dataset import LabelledImages
from ripieno.data.dropping import drop_from_train
from ripieno.data.splits import Splits
from ripieno.errors import DataError


def split(*labels):
    images = np.arange(len(labels), dtype=np.float32).reshape(-1, 1, 1, 1)
    return LabelledImages(images, np.array(labels))


@pytest.fixture
def splits():
    return Splits(split(0, 1, 0, 2, 1, 2), split(0, 1, 2), split(0, 1, 2), ("a", "b", "c"), ("x",))


def test_images_and_labels_are_left_out_together(splits):
    kept = drop_from_train(splits, np.array([False, True, False, True, False, False]))
    assert kept.train.images.ravel().tolist() == [0, 2, 4, 5]
    assert kept.train.labels.tolist() == [0, 0, 1, 2]
    assert kept.validation is splits.validation
    assert kept.test is splits.test
    assert kept.findings == ("x",)


def test_nothing_to_leave_out_leaves_the_splits_as_they_are(splits):
    assert drop_from_train(splits, np.zeros(6, np.bool_)) is splits


def test_classes_left_without_images_are_named_with_their_number(splits):
    with pytest.raises(DataError) as caught:
        drop_from_train(splits, np.array([False, True, False, True, True, True]))
    message = str(caught.value)
    assert "received none of 'b' (2), 'c' (2)." in message
    assert "hygiene.drop: none" in message
    assert "\n" not in message


def test_class_that_never_had_training_images_is_no_reason_to_refuse(splits):
    named = Splits(splits.train, splits.validation, splits.test, ("a", "b", "c", "d"))
    assert len(drop_from_train(named, np.arange(6) == 0).train) == 5


def test_names_are_left_out_with_their_images(splits):
    train = replace(splits.train, names=tuple("uvwxyz"))
    kept = drop_from_train(
        replace(splits, train=train), np.array([False, True, False, True, False, False])
    )
    assert kept.train.names == ("u", "w", "y", "z")
