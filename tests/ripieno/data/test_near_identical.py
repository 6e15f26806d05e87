import io
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image
from sklearn.datasets import load_sample_image

from ripieno.data.dataset import LabelledImages
from ripieno.data.hygiene import check_hygiene
from ripieno.data.splits import Splits
from ripieno.errors import ConfigurationError, DataError


def pieces():
    """A hundred pieces of 32x32 grey pixels from a photograph."""
    photograph = np.asarray(Image.fromarray(load_sample_image("china.jpg")).convert("L"))
    tops, lefts = np.meshgrid(range(64, 384, 32), range(64, 384, 32))
    cut = [photograph[y : y + 32, x : x + 32] for y, x in zip(tops.flat, lefts.flat, strict=True)]
    return np.stack(cut)[..., np.newaxis]


def as_jpeg(image):
    file = io.BytesIO()
    Image.fromarray(image[..., 0]).save(file, "JPEG", quality=85)
    return np.asarray(Image.open(file))[..., np.newaxis]


def split(images):
    return LabelledImages(images, np.arange(len(images)) % 2)


@pytest.fixture(scope="module")
def splits():
    """No picture of one split stands in another."""
    images = pieces()
    return Splits(split(images[:60]), split(images[60:80]), split(images[80:]), ("a", "b"))


def leaky(splits):
    """A JPEG copy of training image 8, and training image 4 bit for bit, join the test split."""
    train, test = splits.train, splits.test
    copies = np.stack([as_jpeg(train.images[8]), train.images[4]])
    images = np.concatenate([test.images, copies])
    return replace(splits, test=LabelledImages(images, np.append(test.labels, [0, 0])))


def test_different_pictures_are_no_twins(splits):
    kept, hygiene = check_hygiene(splits)
    assert kept is splits
    assert not any(hygiene.near_identical.values())
    assert hygiene.findings == ()


def test_a_copy_bit_for_bit_and_one_by_jpeg_are_found(splits):
    _, hygiene = check_hygiene(leaky(splits))
    assert hygiene.identical["train_test"] == 1
    assert hygiene.near_identical["train_test"] == 1
    assert hygiene.dropped_from_train == 0
    assert any("hygiene.drop" in finding for finding in hygiene.findings)


@pytest.mark.parametrize(("drop", "dropped"), [("identical", [4]), ("near_identical", [4, 8])])
def test_twins_are_dropped_from_train_alone(splits, drop, dropped):
    given = leaky(splits)
    kept, hygiene = check_hygiene(given, drop=drop)
    expected = np.delete(given.train.images, dropped, axis=0)
    np.testing.assert_array_equal(kept.train.images, expected)
    assert len(kept.train.labels) == len(expected)
    assert kept.test is given.test
    assert hygiene.dropped_from_train == len(dropped)


def test_equal_pictures_under_two_labels_are_reported(splits):
    labels = splits.train.labels.copy()
    images = splits.train.images.copy()
    images[1] = images[0]
    train = LabelledImages(images, labels)
    _, hygiene = check_hygiene(replace(splits, train=train))
    assert hygiene.conflicting_labels == 1
    assert any("more than one label" in finding for finding in hygiene.findings)


def test_a_class_that_would_lose_all_its_images_is_named(splits):
    only = LabelledImages(splits.test.images[:2], np.array([0, 1]))
    with pytest.raises(DataError, match="none of 'a'"):
        check_hygiene(replace(splits, train=only), drop="identical")


def test_dropping_needs_looking(splits):
    with pytest.raises(ConfigurationError, match="near_identical"):
        check_hygiene(splits, drop="near_identical", near_identical=False)


def test_pictures_too_small_to_tell_are_compared_bit_for_bit(splits):
    tiny = {
        name: LabelledImages(part.images[:, :4, :4], part.labels)
        for name, part in (
            ("train", splits.train),
            ("validation", splits.validation),
            ("test", splits.test),
        )
    }
    _, hygiene = check_hygiene(Splits(**tiny, class_names=("a", "b")))
    assert hygiene.near_identical == {}


def test_pictures_of_one_colour_are_not_taken_for_one_another(splits):
    def plain(level, n):
        return split(np.full((n, 32, 32, 1), level, np.uint8))

    _, hygiene = check_hygiene(Splits(plain(10, 4), plain(90, 4), plain(200, 4), ("a", "b")))
    assert not any(hygiene.near_identical.values())
