import imagehash
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from ripieno.data.perceptual_hash import close_pairs, perceptual_hashes


@pytest.fixture
def pictures():
    levels = np.random.default_rng(0).integers(0, 256, (20, 28, 24))
    levels[:, 0, :2] = 0, 255  # each has the full range: stretching it changes nothing
    return levels.astype(np.float32)


def test_hash_of_a_picture_of_full_range_is_the_librarys(pictures):
    expected = [
        int(str(imagehash.phash(Image.fromarray(each.astype(np.uint8)))), 16) for each in pictures
    ]
    bits = perceptual_hashes(pictures).view(np.uint8).reshape(-1, 8)
    assert [int.from_bytes(each.tobytes(), "big") for each in bits] == expected


@pytest.mark.parametrize(("contrast", "brightness"), [(0.25, 40), (1 / 255, 0), (100, -9000)])
def test_scale_of_a_picture_plays_no_part(pictures, contrast, brightness):
    scaled = perceptual_hashes(pictures * np.float32(contrast) + np.float32(brightness))
    np.testing.assert_array_equal(scaled, perceptual_hashes(pictures))


def test_picture_of_one_level_has_a_hash_all_the_same():
    assert perceptual_hashes(np.full((2, 8, 8), 7, np.float32)).shape == (2,)


@given(
    st.lists(st.integers(0, 2**64 - 1), max_size=12),
    st.lists(st.integers(0, 2**64 - 1), max_size=12),
    st.integers(20, 40),
)
def test_close_pairs_are_those_of_few_bits_in_difference(first, second, limit):
    i, j = close_pairs(np.array(first, np.uint64), np.array(second, np.uint64), limit)
    expected = [
        (a, b)
        for b, y in enumerate(second)
        for a, x in enumerate(first)
        if (x ^ y).bit_count() <= limit
    ]
    assert list(zip(i.tolist(), j.tolist(), strict=True)) == expected


def test_close_pairs_of_many_hashes_are_found_in_several_rounds():
    hashes = np.arange(1000, dtype=np.uint64) << np.uint64(20)
    i, j = close_pairs(hashes, hashes[::-1], 0)
    assert i.tolist() == list(range(999, -1, -1))
    assert j.tolist() == list(range(1000))
