import numpy as np
import pytest

from ripieno.data.npz_file import open_npz, read_npz_array
from ripieno.errors import DataError


def test_array_comes_back(tmp_path):
    np.savez(tmp_path / "a.npz", numbers=np.arange(5))
    with open_npz(tmp_path / "a.npz") as archive:
        assert read_npz_array(archive, "numbers", tmp_path / "a.npz").tolist() == [0, 1, 2, 3, 4]


def test_objects_are_refused_and_never_unpickled(tmp_path):
    class Trap:
        def __reduce__(self):
            return (print, ("unpickled",))

    path = tmp_path / "a.npz"
    np.savez(path, numbers=np.array([Trap()], dtype=object))
    with open_npz(path) as archive, pytest.raises(DataError, match="Python objects"):
        read_npz_array(archive, "numbers", path)


@pytest.mark.parametrize("content", [b"", b"PK", b"text", b"\x93NUMPY"])
def test_what_is_no_archive_is_refused(tmp_path, content):
    (tmp_path / "a.npz").write_bytes(content)
    with pytest.raises(DataError, match="no NumPy archive"), open_npz(tmp_path / "a.npz"):
        pass
