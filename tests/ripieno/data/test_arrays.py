import numpy as np
import pytest

from ripieno.data.arrays import to_images
from ripieno.errors import DataError


def test_three_dimensions_gain_one_channel():
    assert to_images(np.zeros((5, 8, 6), np.uint8), "x").shape == (5, 8, 6, 1)


def test_uint8_is_not_copied():
    pixels = np.zeros((5, 8, 8, 3), np.uint8)
    assert np.shares_memory(to_images(pixels, "x"), pixels)


def test_whole_numbers_up_to_255_become_uint8():
    images = to_images(np.full((5, 8, 8), 255, np.int64), "x")
    assert images.dtype == np.uint8
    assert images.max() == 255


@pytest.mark.parametrize("value", [256, -1])
def test_whole_numbers_beyond_become_float32_unscaled(value):
    images = to_images(np.full((5, 8, 8), value, np.int32), "x")
    assert images.dtype == np.float32
    assert (images == value).all()


def test_booleans_become_zero_and_one():
    images = to_images(np.ones((5, 8, 8), bool), "x")
    assert images.dtype == np.uint8
    assert images.max() == 1


@pytest.mark.parametrize("dtype", ["float16", "float64", ">f4", "<f4"])
def test_floats_become_float32_and_keep_their_values(dtype):
    images = to_images(np.full((5, 8, 8, 1), 0.5, dtype), "x")
    assert images.dtype == np.float32
    assert (images == 0.5).all()


def test_number_too_large_for_float32_becomes_infinite_without_a_warning():
    assert np.isinf(to_images(np.full((2, 8, 8), 1e300), "x")).all()


def test_flat_rows_are_refused_with_advice():
    with pytest.raises(DataError, match=r"x: expected images .* received \(5, 64\). Reshape"):
        to_images(np.zeros((5, 64), np.uint8), "x")


def test_channels_first_are_refused_with_advice():
    with pytest.raises(DataError, match="moveaxis"):
        to_images(np.zeros((5, 3, 32, 24), np.uint8), "x")


def test_many_channels_last_pass():
    assert to_images(np.zeros((5, 16, 16, 13), np.float32), "x").shape == (5, 16, 16, 13)


@pytest.mark.parametrize("dtype", ["complex64", "U3", "datetime64[s]"])
def test_what_is_no_number_is_refused(dtype):
    with pytest.raises(DataError, match="integers or floats"):
        to_images(np.zeros((5, 8, 8), dtype), "x")
