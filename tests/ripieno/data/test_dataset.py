import numpy as np
import pytest

from ripieno.data.dataset import Dataset, LabelledImages, batches, check_dataset
from ripieno.errors import DataError


def make_dataset(images=None, labels=(0, 1, 0, 1), class_names=("cat", "dog"), test=None):
    images = np.zeros((4, 8, 8, 1), np.uint8) if images is None else images
    return Dataset(images, np.array(labels, np.int64), class_names, test)


def refusal(dataset):
    with pytest.raises(DataError) as caught:
        check_dataset(dataset)
    message = str(caught.value)
    assert "\n" not in message
    return message


def test_sound_dataset_passes():
    check_dataset(make_dataset())


def test_image_shape_leaves_out_the_samples():
    assert make_dataset(np.zeros((4, 8, 6, 3), np.uint8)).image_shape == (8, 6, 3)


def test_class_that_is_only_in_the_test_split_passes():
    test = LabelledImages(np.zeros((1, 8, 8, 1), np.uint8), np.array([2]))
    check_dataset(make_dataset(class_names=("cat", "dog", "owl"), test=test))


def test_lengths_that_differ_are_refused():
    assert "4 images but 3 labels" in refusal(make_dataset(labels=(0, 1, 0)))


def test_empty_dataset_is_refused():
    empty = make_dataset(np.zeros((0, 8, 8, 1), np.uint8), labels=())
    assert "holds no images" in refusal(empty)


def test_empty_test_split_is_refused():
    test = LabelledImages(np.zeros((0, 8, 8, 1), np.uint8), np.zeros(0, np.int64))
    assert "test split holds no images" in refusal(make_dataset(test=test))


def test_label_outside_the_classes_is_named_with_its_sample():
    message = refusal(make_dataset(labels=(0, 1, 2, 1)))
    assert "received 2 at sample 2" in message
    assert "[0, 1]" in message


def test_negative_label_is_refused():
    assert "received -1" in refusal(make_dataset(labels=(0, 1, -1, 1)))


def test_label_outside_the_classes_in_the_test_split_is_refused():
    test = LabelledImages(np.zeros((1, 8, 8, 1), np.uint8), np.array([7]))
    assert "test labels" in refusal(make_dataset(test=test))


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_pixel_that_is_not_finite_is_named_with_its_sample(value):
    images = np.zeros((4, 8, 8, 1), np.float32)
    images[2, 3, 3, 0] = value
    assert "1 of 4 images, the first at sample 2" in refusal(make_dataset(images))


def test_bad_pixels_are_found_beyond_the_first_batch():
    images = np.zeros((5, 1024, 512, 1), np.float32)
    images[4, 0, 0, 0] = np.nan
    assert "at sample 4" in refusal(make_dataset(images, labels=(0, 1, 0, 1, 0)))


def test_one_class_only_is_refused():
    assert "all of class 'cat'" in refusal(make_dataset(labels=(0, 0, 0, 0)))


def test_test_images_of_another_shape_are_refused():
    test = LabelledImages(np.zeros((1, 9, 8, 1), np.uint8), np.array([0]))
    message = refusal(make_dataset(test=test))
    assert "(8, 8, 1)" in message
    assert "(9, 8, 1)" in message


def test_test_images_of_another_type_are_refused():
    test = LabelledImages(np.zeros((1, 8, 8, 1), np.float32), np.array([0]))
    assert "float32" in refusal(make_dataset(test=test))


def test_images_of_three_dimensions_are_refused():
    assert "(4, 8, 8)" in refusal(make_dataset(np.zeros((4, 8, 8), np.uint8)))


def test_images_without_pixels_are_refused():
    assert "(4, 0, 8, 1)" in refusal(make_dataset(np.zeros((4, 0, 8, 1), np.uint8)))


def test_images_of_other_types_are_refused():
    assert "float64" in refusal(make_dataset(np.zeros((4, 8, 8, 1))))


def test_class_name_that_occurs_twice_is_refused():
    assert "names that differ" in refusal(make_dataset(class_names=("cat", "cat")))


def test_batches_cover_every_sample_once():
    images = np.zeros((7, 1024, 512, 1), np.uint8)
    covered = [at for part in batches(images) for at in range(part.start, part.stop)]
    assert covered == list(range(7))
