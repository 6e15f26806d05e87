import numpy as np
import pytest
from pydantic import ValidationError

from ripieno.errors import ConfigurationError
from ripieno.training.augmentation import Augmentation, augment, check_augmentation


@pytest.fixture
def images():
    return np.random.default_rng(1).integers(0, 256, (200, 6, 5, 2)).astype(np.uint8)


def changed(images, **settings):
    return augment(images, Augmentation(**settings), np.random.default_rng(0))


def test_nothing_is_changed_by_default(images):
    assert changed(images) is images


def test_flip_mirrors_about_half_of_the_images(images):
    flipped = changed(images, flip=True)

    same = (flipped == images).all(axis=(1, 2, 3))
    mirrored = (flipped == images[:, :, ::-1]).all(axis=(1, 2, 3))
    assert np.all(same | mirrored)
    assert 70 < mirrored.sum() < 130


def test_shift_repeats_edges_and_moves_each_image_by_itself(images):
    shifted = changed(images, shift=1)

    moves = set()
    padded = np.pad(images, ((0, 0), (1, 1), (1, 1), (0, 0)), mode="edge")
    for image, source in zip(shifted, padded, strict=True):
        found = [
            (down, across)
            for down in range(3)
            for across in range(3)
            if (source[down : down + 6, across : across + 5] == image).all()
        ]
        assert found
        moves.update(found)
    assert len(moves) == 9


def test_erase_fills_one_rectangle_of_the_chosen_share_of_images():
    images = np.zeros((400, 12, 10, 1), np.float32)
    images[0, 0, 0] = 1.0  # noise lies between the extremes of the batch

    erased = changed(images, erase=0.25)[1:, ..., 0]

    touched = (erased != 0).any(axis=(1, 2))
    assert 0.15 < touched.mean() < 0.35
    for image in erased[touched]:
        rows, columns = np.nonzero(image)
        box = image[rows.min() : rows.max() + 1, columns.min() : columns.max() + 1]
        assert np.all(box > 0)
        assert np.all(box < 1)


@pytest.mark.parametrize("dtype", [np.uint8, np.float32])
def test_type_and_shape_stay_and_the_original_is_left_alone(images, dtype):
    images = images.astype(dtype)
    before = images.copy()

    after = changed(images, flip=True, shift=2, erase=1.0)

    assert after.dtype == dtype
    assert after.shape == images.shape
    assert not np.array_equal(after, before)
    np.testing.assert_array_equal(images, before)


def test_same_seed_gives_the_same_images(images):
    settings = {"flip": True, "shift": 2, "erase": 0.5}

    np.testing.assert_array_equal(changed(images, **settings), changed(images, **settings))


def test_shift_as_large_as_the_image_is_refused():
    with pytest.raises(ConfigurationError, match=r"shift: expected fewer pixels .* \(8\), .* 8"):
        check_augmentation(Augmentation(shift=8), (8, 30, 1))


@pytest.mark.parametrize("settings", [{"shift": -1}, {"erase": 1.5}, {"rotate": 3}])
def test_settings_out_of_range_are_refused(settings):
    with pytest.raises(ValidationError):
        Augmentation(**settings)
