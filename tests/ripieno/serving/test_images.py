import numpy as np
import pytest

from ripieno.data.pixel_range import PixelRange
from ripieno.errors import DataError
from ripieno.serving.images import checked_images

SHAPE = (2, 2, 1)
BYTES, FLOATS = np.dtype(np.uint8), np.dtype(np.float32)


def test_bytes_pass_without_a_copy():
    images = np.zeros((3, *SHAPE), np.uint8)
    assert checked_images(images, SHAPE, BYTES) is images


def test_whole_numbers_in_lists_become_bytes():
    images = checked_images([[[[0], [255]], [[1], [2]]]], SHAPE, BYTES)
    assert images.dtype == np.uint8
    assert images.ravel().tolist() == [0, 255, 1, 2]


def test_floats_are_taken_where_members_were_trained_on_floats():
    images = checked_images(np.full((1, *SHAPE), 0.25), SHAPE, FLOATS)
    assert images.dtype == np.float32
    assert images.ravel().tolist() == [0.25] * 4


@pytest.mark.parametrize(
    ("images", "words"),
    [
        ([], "received an empty batch"),
        (np.zeros((0, *SHAPE), np.uint8), "received an empty batch"),
        (np.zeros(SHAPE, np.uint8), r"received \(2, 2, 1\)\. Put a single image into a list"),
        (np.zeros((1, 3, 2, 1), np.uint8), r"expected shape \(n, 2, 2, 1\), received \(1, 3, 2, 1"),
        (np.zeros((1, *SHAPE)), "received float64. Send the pixels as they are, not normalised"),
        (np.full((1, *SHAPE), np.nan), "received NaN or infinity"),
        (np.full((1, *SHAPE), 256), "expected values from 0 to 255, received 256 to 256"),
        (np.full((1, *SHAPE), -1), "received -1 to -1"),
        (np.full((1, *SHAPE), "a"), "expected numbers, received text"),
        (np.ones((1, *SHAPE), np.bool_), "received true and false"),
        ([[1, 2], [3]], "received uneven lists"),
        (None, "received null or objects"),
        ([[[[10**30], [0]], [[0], [0]]]], "received null or objects"),
        (3, r"received \(\)"),
    ],
)
def test_what_is_no_image_is_refused_in_one_line(images, words):
    with pytest.raises(DataError, match=words) as refused:
        checked_images(images, SHAPE, BYTES)
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_floats_that_are_not_finite_are_refused(value):
    with pytest.raises(DataError, match="received NaN or infinity"):
        checked_images(np.full((1, *SHAPE), value, np.float32), SHAPE, FLOATS)


WHOLE_FLOATS, UNIT = PixelRange(0, 255, whole=True), PixelRange(0, 1, whole=False)


@pytest.mark.parametrize(
    ("dtype", "trained", "value", "words"),
    [
        (FLOATS, UNIT, 255, "training, fractions from 0 to 1, received whole numbers from 0 to 2"),
        (FLOATS, WHOLE_FLOATS, 0.5, "received fractions from 0 to 0.5. They look normalised"),
        (BYTES, PixelRange(0, 16, whole=True), 255, "from 0 to 16, received whole numbers from 0"),
    ],
)
def test_pixels_of_another_scale_are_refused_in_one_line(dtype, trained, value, words):
    images = np.zeros((2, *SHAPE), np.asarray(value).dtype)
    images[1, 0, 0, 0] = value
    with pytest.raises(DataError, match=words) as refused:
        checked_images(images.tolist(), SHAPE, dtype, trained)
    assert "\n" not in str(refused.value)
    assert checked_images(images.tolist(), SHAPE, dtype).max() == value  # of a range not known


@pytest.mark.parametrize("trained", [WHOLE_FLOATS, UNIT, PixelRange(273, 310, whole=False)])
@pytest.mark.parametrize("dtype", [BYTES, FLOATS])
def test_a_black_image_alone_is_taken(trained, dtype):
    assert not checked_images(np.zeros((1, *SHAPE), dtype), SHAPE, dtype, trained).any()
