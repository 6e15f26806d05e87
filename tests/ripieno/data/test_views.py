import numpy as np
import pytest

from ripieno.data.views import SHIFTS, prepare, reduce, shifts_of, window


def test_large_pictures_are_averaged_over_squares():
    picture = np.kron(np.arange(32 * 40).reshape(1, 32, 40, 1) % 251, np.ones((1, 3, 3, 1)))
    noisy = picture.astype(np.uint8)
    noisy[:, ::3, ::3] += 3  # one pixel of each square of nine
    noisy[:, 1::3, 1::3] += 1
    np.testing.assert_allclose(reduce(noisy), picture[:, ::3, ::3] + 4 / 9, rtol=1e-5)


def test_what_is_left_over_of_whole_squares_is_cut_off():
    assert reduce(np.zeros((2, 67, 100, 3), np.uint8)).shape == (2, 33, 50, 3)


def test_small_pictures_are_kept_as_they_are():
    pictures = np.random.default_rng(0).random((2, 63, 70, 1), np.float32)
    np.testing.assert_array_equal(reduce(pictures), pictures)


def test_memory_mapped_pictures_are_reduced_in_batches(tmp_path):
    pictures = np.random.default_rng(0).integers(0, 256, (40, 128, 128, 3), np.uint8)
    np.save(tmp_path / "images.npy", pictures)
    mapped = np.load(tmp_path / "images.npy", mmap_mode="r")
    by_hand = pictures.reshape(40, 32, 4, 32, 4, 3).mean(axis=(2, 4))
    np.testing.assert_allclose(reduce(mapped), by_hand, rtol=1e-5)


@pytest.mark.parametrize("shift", SHIFTS)
def test_shifted_picture_shows_the_same_in_its_window(shift):
    picture = np.random.default_rng(0).random((1, 20, 17, 2), np.float32)
    moved = np.roll(picture, shift, axis=(1, 2))
    np.testing.assert_array_equal(window(moved, shift), window(picture, (0, 0)))


def test_small_pictures_are_not_shifted_but_seen_whole():
    picture = np.zeros((1, 15, 30, 1), np.float32)
    assert shifts_of(picture) == ((0, 0),)
    assert window(picture, (0, 0)).shape == picture.shape


def test_point_is_smoothed_by_one_two_one_both_ways():
    picture = np.zeros((1, 9, 9, 1), np.float32)
    picture[0, 4, 4] = 16
    (views,) = prepare(picture, SHIFTS[:1])
    seen = views.sharp.pixels * views.sharp.contrast + views.sharp.mean[0]
    expected = np.zeros((9, 9))
    expected[3:6, 3:6] = [[1, 2, 1], [2, 4, 2], [1, 2, 1]]
    np.testing.assert_allclose(seen.reshape(9, 9), expected, atol=1e-6)


def test_views_have_mean_zero_and_deviation_one():
    pictures = np.random.default_rng(0).random((3, 20, 20, 3), np.float32) * 50 + 1000
    for views in prepare(pictures, SHIFTS):
        for view in (views.sharp, views.soft):
            np.testing.assert_allclose(view.pixels.mean(axis=1), 0, atol=1e-4)
            np.testing.assert_allclose(view.pixels.std(axis=1), 1, rtol=1e-4)


def test_picture_of_one_colour_is_seen_as_zeros():
    (views,) = prepare(np.full((1, 8, 8, 1), 200, np.float32), SHIFTS[:1])
    assert views.sharp.contrast.tolist() == [0.0]
    assert not views.sharp.pixels.any()
