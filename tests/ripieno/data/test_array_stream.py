import gzip
import struct

import numpy as np
import pytest

from ripieno.data.idx_file import stream_idx
from ripieno.data.npz_file import stream_npz
from ripieno.errors import DataError

ARRAY = np.arange(60, dtype=">i4").reshape(10, 2, 3)


def streams(directory):
    content = struct.pack(">BBBB3I", 0, 0, 0x0C, 3, *ARRAY.shape) + ARRAY.tobytes()
    (directory / "plain").write_bytes(content)
    (directory / "packed").write_bytes(gzip.compress(content))
    np.savez_compressed(directory / "a.npz", values=ARRAY)
    yield stream_idx(directory / "plain")
    yield stream_idx(directory / "packed")
    yield stream_npz(directory / "a.npz", "values")


@pytest.mark.parametrize("which", range(3))
@pytest.mark.parametrize("first", [0, 3, 10])
def test_samples_come_from_any_one_on(which, first, tmp_path):
    stream = list(streams(tmp_path))[which]
    stream.verify()
    assert stream.n_samples == 10
    parts = list(stream.read(first, 4))
    np.testing.assert_array_equal(np.concatenate([ARRAY[:0], *parts]), ARRAY[first:])
    assert all(len(part) <= 4 for part in parts)


def test_more_than_the_header_says_is_damage(tmp_path):
    stream = next(streams(tmp_path))
    with stream.path.open("ab") as file:
        file.write(b"\0")
    with pytest.raises(DataError, match="more than its header says"):
        stream.verify()


def test_less_than_the_header_says_is_damage(tmp_path):
    stream = next(streams(tmp_path))
    stream.path.write_bytes(stream.path.read_bytes()[:-1])
    with pytest.raises(DataError, match="ends early"):
        stream.verify()
    with pytest.raises(DataError, match="ends early"):
        list(stream.read(0, 4))


def test_arrays_stored_by_columns_are_refused_with_the_remedy(tmp_path):
    np.savez(tmp_path / "a.npz", values=np.asfortranarray(ARRAY))
    with pytest.raises(DataError, match="ascontiguousarray"):
        stream_npz(tmp_path / "a.npz", "values")


def test_objects_are_never_unpickled(tmp_path):
    np.savez(tmp_path / "a.npz", values=np.array([{}, {}], object))
    with pytest.raises(DataError, match="never done"):
        stream_npz(tmp_path / "a.npz", "values")


def test_a_missing_array_is_named(tmp_path):
    np.savez(tmp_path / "a.npz", values=ARRAY)
    with pytest.raises(DataError, match="pixels"):
        stream_npz(tmp_path / "a.npz", "pixels")
