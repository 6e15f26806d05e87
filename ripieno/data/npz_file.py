"""Arrays out of one NumPy archive, never a pickle, with one clear line for whatever is wrong."""

import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
from numpy.lib.npyio import NpzFile
from numpy.typing import NDArray

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


def _unreadable(path: Path, error: Exception) -> DataError:
    reason = one_line(error) or type(error).__name__
    return DataError(f"{shown(path)} is truncated or corrupt: {reason}. Get the file anew.")
