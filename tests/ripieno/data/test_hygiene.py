import io
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image
from sklearn.datasets import load_sample_image

from ripieno.data.dataset import LabelledImages
from ripieno.data.hygiene import check_hygiene
from ripieno.data.splits import Splits
from ripieno.data.twins import ImagePair
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


def test_pictures_to_show_are_named_by_split_and_position(splits):
    _, hygiene = check_hygiene(leaky(splits), drop="near_identical")
    assert hygiene.examples == (
        ImagePair("identical", "train", 4, "test", 21),
        ImagePair("near_identical", "train", 8, "test", 20),
    )


def test_image_with_an_identical_twin_does_not_count_as_near_identical(splits):
    given = leaky(splits)
    train = given.train.images.copy()
    train[9] = given.test.images[20]  # the test image that training image 8 became as JPEG
    given = replace(given, train=LabelledImages(train, given.train.labels))
    kept, hygiene = check_hygiene(given, drop="near_identical")
    assert hygiene.identical["train_test"] == 2
    assert hygiene.near_identical["train_test"] == 0
    assert hygiene.dropped_from_train == 3
    assert len(kept.train) == len(given.train) - 3


def test_twins_of_validation_and_test_alone_are_told_and_kept(splits):
    test = splits.test.images.copy()
    test[5] = splits.validation.images[2]
    given = replace(splits, test=LabelledImages(test, splits.test.labels))
    kept, hygiene = check_hygiene(given, drop="near_identical")
    assert kept is given
    assert hygiene.identical == {"train_validation": 0, "train_test": 0, "validation_test": 1}
    assert hygiene.dropped_from_train == 0


def test_near_identical_images_are_not_looked_for_where_that_is_switched_off(splits):
    _, hygiene = check_hygiene(leaky(splits), near_identical=False)
    assert hygiene.near_identical == {}
    assert hygiene.identical["train_test"] == 1


def test_unknown_choice_of_what_to_drop_is_refused(splits):
    with pytest.raises(ConfigurationError, match="near_identical"):
        check_hygiene(splits, drop="near")


def plain_split(*levels, dtype=np.uint8):
    images = np.array(levels, dtype).reshape(-1, 1, 1, 1) * np.ones((1, 4, 4, 1), dtype)
    return LabelledImages(images, np.zeros(len(levels), np.int64))


def duplicates(train, validation, test):
    return check_hygiene(Splits(train, validation, test, ("a", "b")))[1].identical


def test_identical_images_are_counted_in_the_second_split_of_a_pair():
    found = duplicates(plain_split(1, 2, 3), plain_split(3, 3, 4), plain_split(1, 4, 5))
    assert found == {"train_validation": 2, "train_test": 1, "validation_test": 1}


def test_copies_within_one_split_do_not_count():
    found = duplicates(plain_split(1, 1), plain_split(2, 2), plain_split(3, 3))
    assert found == {"train_validation": 0, "train_test": 0, "validation_test": 0}


def test_floating_point_images_are_compared_too():
    found = duplicates(*(plain_split(value, dtype=np.float32) for value in (0.5, 0.5, 0.25)))
    assert found["train_validation"] == 1
    assert found["train_test"] == 0


def test_one_pixel_tells_two_images_apart():
    other = plain_split(1)
    other.images[0, 3, 3, 0] = 2
    assert duplicates(plain_split(1), other, plain_split(9))["train_validation"] == 0
