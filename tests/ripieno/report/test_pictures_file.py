import numpy as np
import pytest

from ripieno.errors import DataError
from ripieno.report.facts import Pictures
from ripieno.report.pictures_file import load_pictures, save_pictures


def pictures(n_shown, n_total, dtype=np.uint8):
    rng = np.random.default_rng(n_shown)
    images = rng.integers(0, 255, (n_shown, 4, 5, 1)).astype(dtype)
    labels = [rng.integers(0, 3, n_shown) for _ in range(3)]
    return Pictures(images, *labels, n_total)


@pytest.mark.parametrize("dtype", [np.uint8, np.float32])
def test_what_was_saved_comes_back(dtype, tmp_path):
    saved = pictures(3, 40, dtype), pictures(0, 0, dtype)
    unlikely = pictures(2, 2, dtype).images
    save_pictures(tmp_path / "pictures.npz", *saved, unlikely)

    *both, alone = load_pictures(tmp_path / "pictures.npz")
    np.testing.assert_array_equal(alone, unlikely)
    for loaded, expected in zip(both, saved, strict=True):
        np.testing.assert_array_equal(loaded.images, expected.images)
        assert loaded.images.dtype == dtype
        np.testing.assert_array_equal(loaded.labels, expected.labels)
        np.testing.assert_array_equal(loaded.ensemble_labels, expected.ensemble_labels)
        np.testing.assert_array_equal(loaded.best_member_labels, expected.best_member_labels)
        assert loaded.n_total == expected.n_total


def test_a_damaged_file_is_named(tmp_path):
    (tmp_path / "pictures.npz").write_bytes(b"nothing of the kind")
    with pytest.raises(DataError, match=r"pictures\.npz"):
        load_pictures(tmp_path / "pictures.npz")
