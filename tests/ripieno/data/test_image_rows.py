import numpy as np
import pytest

from ripieno.data.image_rows import ImageRows

PARTS = [np.arange(n * 12, dtype=np.float32).reshape(n, 2, 3, 2) + 1000 * n for n in (5, 3)]
ROWS = np.array([7, 0, 2, 5, 4])


@pytest.fixture
def plain():
    return np.concatenate(PARTS)[ROWS]


@pytest.mark.parametrize(
    "index",
    [
        slice(None),
        slice(1, 3),
        slice(0, 0),
        3,
        -1,
        np.array([4, 0, 0]),
        np.array([True, False, True, False, True]),
        (slice(1), slice(None), slice(1)),
        (2, 1),
        (slice(None), ..., 0),
    ],
    ids=str,
)
def test_indexing_gives_what_the_array_would(index, plain):
    np.testing.assert_array_equal(ImageRows(PARTS, ROWS)[index], plain[index])


def test_it_looks_like_the_array(plain):
    rows = ImageRows(PARTS, ROWS)
    assert (rows.shape, rows.dtype, rows.ndim, len(rows)) == (plain.shape, plain.dtype, 4, 5)
    np.testing.assert_array_equal(np.asarray(rows), plain)


def test_no_rows_have_the_shape_of_images():
    none = ImageRows(PARTS, np.array([], np.int64))
    assert none.shape == (0, 2, 3, 2)
    assert none[:].shape == (0, 2, 3, 2)
