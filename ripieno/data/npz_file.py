"""Arrays out of one NumPy archive, never a pickle, with one clear line for whatever is wrong."""

import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

import numpy as np
from numpy.lib import format as npy_format
from numpy.lib.npyio import NpzFile
from numpy.typing import NDArray

from ripieno.data.array_stream import ArrayStream
from ripieno.data.paths import one_line, shown
from ripieno.errors import DataError

# What zipfile and NumPy raise on a damaged archive; RuntimeError covers an unknown compression.
_DAMAGE = (OSError, ValueError, EOFError, RuntimeError, zipfile.BadZipFile, zlib.error)


@contextmanager
def open_npz(path: Path) -> Iterator[NpzFile]:
    """The archive, open as long as the context; its arrays are read one by one.

    Raises:
        DataError: If the file is no NumPy archive.
    """
    with path.open("rb") as file:
        if not zipfile.is_zipfile(file):
            raise DataError(
                f"{shown(path)} is no NumPy archive (.npz), or it is truncated."
                " Write it with numpy.savez_compressed."
            )
        file.seek(0)
        try:
            archive: NpzFile = np.load(file, allow_pickle=False)
        except _DAMAGE as error:
            raise _unreadable(path, error) from error
        with archive:
            yield archive


def read_npz_array(archive: NpzFile, name: str, path: Path) -> NDArray[Any]:
    """One array of the archive.

    Raises:
        DataError: If it holds Python objects, or is damaged.
    """
    try:
        return np.asarray(archive[name])
    except MemoryError as error:
        raise DataError(f"{shown(path)}: array {name!r} does not fit in memory.") from error
    except _DAMAGE as error:
        if "allow_pickle" in str(error):
            raise DataError(
                f"{shown(path)}: array {name!r} holds Python objects, which only pickle could read"
                " and that is never done. Save it with a plain type: images as uint8, labels as"
                " int64 or with .astype(str)."
            ) from error
        raise _unreadable(path, error) from error


def stream_npz(path: Path, name: str) -> ArrayStream:
    """One array of an archive, to be read a few samples at a time.

    Raises:
        DataError: If it holds Python objects, is damaged, a single value or stored by columns.
    """

    @contextmanager
    def open_data() -> Iterator[IO[bytes]]:
        with zipfile.ZipFile(path) as archive, archive.open(f"{name}.npy") as file:
            _read_npy_header(file)
            yield file

    try:
        with zipfile.ZipFile(path) as archive, archive.open(f"{name}.npy") as file:
            shape, by_columns, dtype = _read_npy_header(file)
    except KeyError:
        with open_npz(path) as found:
            raise DataError(
                f"{shown(path)}: expected an array called {name!r}, received"
                f" {', '.join(found.files) or 'none'}."
            ) from None
    except _DAMAGE as error:
        raise _unreadable(path, error) from error
    if dtype.hasobject:
        raise DataError(
            f"{shown(path)}: array {name!r} holds Python objects, which only pickle could read and"
            " that is never done. Save it with a plain type, images as uint8."
        )
    if not shape or (by_columns and len(shape) > 1):
        raise DataError(
            f"{shown(path)}: array {name!r} is stored by columns or holds a single value."
            " Save numpy.ascontiguousarray(images)."
        )
    return ArrayStream(path, name, dtype, shape, open_data)


def _read_npy_header(file: IO[bytes]) -> tuple[tuple[int, ...], bool, np.dtype[Any]]:
    version = npy_format.read_magic(file)
    if version == (1, 0):
        return npy_format.read_array_header_1_0(file)
    return npy_format.read_array_header_2_0(file)


def _unreadable(path: Path, error: Exception) -> DataError:
    reason = one_line(error) or type(error).__name__
    return DataError(f"{shown(path)} is truncated or corrupt: {reason}. Get the file anew.")
