"""One IDX file, the format of MNIST: a header of sizes, then the raw numbers, big end first.

References:
    LeCun, Cortes & Burges, The MNIST database of handwritten digits: "The IDX file format".
"""

import gzip
import logging
import math
import struct
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from io import BufferedReader
from pathlib import Path
from typing import IO, Any, cast

import numpy as np
from numpy.typing import NDArray

from ripieno.data.array_stream import ArrayStream
from ripieno.data.paths import one_line, shown
from ripieno.data.progress import LoadingProgress
from ripieno.errors import DataError

logger = logging.getLogger(__name__)

_TYPES = {0x08: "u1", 0x09: "i1", 0x0B: ">i2", 0x0C: ">i4", 0x0D: ">f4", 0x0E: ">f8"}
_MAX_DIMENSIONS = 4
_GZIP_MAGIC = b"\x1f\x8b"
_MAX_DEFLATE_RATIO = 1032  # no gzip file expands further: bounds what a forged header can claim
_CHUNK = 2**24


def read_idx(path: Path) -> NDArray[Any]:
    """The array in an IDX file; gzipped or not is seen from its first bytes, not from its name.

    Raises:
        DataError: If the file cannot be read, is no IDX file, or holds less or more than its
            header says.
    """
    try:
        with path.open("rb") as raw:
            is_gzip = raw.read(2) == _GZIP_MAGIC
            raw.seek(0)
            capacity = path.stat().st_size * (_MAX_DEFLATE_RATIO if is_gzip else 1)
            if not is_gzip:
                return _read_array(raw, capacity, path)
            with gzip.open(raw) as unzipped:
                return _read_array(unzipped, capacity, path)
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise DataError(
            f"{shown(path)} is truncated or corrupt: {one_line(error)}. Get the file anew."
        ) from error
    except OSError as error:
        raise DataError(f"{shown(path)} cannot be read: {error.strerror}.") from error


def stream_idx(path: Path) -> ArrayStream:
    """The array in an IDX file, to be read a few samples at a time.

    Raises:
        DataError: If the file cannot be read or is no IDX file.
    """

    @contextmanager
    def open_data() -> Iterator[IO[bytes]]:
        with _unzipped(path) as file:
            _read_header(file, path)
            yield file

    try:
        with _unzipped(path) as file:
            dtype, shape = _read_header(file, path)
    except (EOFError, zlib.error, OSError) as error:
        raise DataError(f"{shown(path)} cannot be read: {one_line(error)}.") from error
    return ArrayStream(path, path.name, dtype, shape, open_data)


@contextmanager
def _unzipped(path: Path) -> Iterator[IO[bytes]]:
    with path.open("rb") as raw:
        is_gzip = raw.read(2) == _GZIP_MAGIC
        raw.seek(0)
        if not is_gzip:
            yield raw
            return
        with gzip.open(raw) as unzipped:
            yield cast("IO[bytes]", unzipped)


def _read_array(file: BufferedReader | gzip.GzipFile, capacity: int, path: Path) -> NDArray[Any]:
    dtype, shape = _read_header(file, path)
    n_bytes = dtype.itemsize * math.prod(shape)
    if n_bytes > capacity:
        raise _wrong_length(path, shape, n_bytes, "fewer")
    array = np.empty(shape, dtype)
    # Bytes are read in place and in chunks: gzip makes a copy of each read on the way.
    target = memoryview(array.reshape(-1).view(np.uint8).data)
    progress = LoadingProgress(logger, f"reading bytes of {shown(path.name)}", n_bytes)
    n_read = 0
    while n_read < n_bytes:
        n_new = file.readinto(target[n_read : n_read + _CHUNK])
        if not n_new:
            raise _wrong_length(path, shape, n_bytes, f"{n_read:,}")
        n_read += n_new
        progress.advance(n_new)
    if file.read(1):  # for a gzip file this also verifies the checksum behind the data
        raise _wrong_length(path, shape, n_bytes, "more")
    return array


def _read_header(
    file: BufferedReader | gzip.GzipFile | IO[bytes], path: Path
) -> tuple[np.dtype[Any], tuple[int, ...]]:
    magic = file.read(4)
    is_idx = len(magic) == 4 and magic[:2] == b"\x00\x00" and magic[2] in _TYPES
    if not is_idx or not 1 <= magic[3] <= _MAX_DIMENSIONS:
        raise DataError(
            f"{shown(path)} is no IDX file: expected it to start with the bytes 00 00, a type and"
            f" a number of dimensions, received {magic.hex(' ') or 'nothing'}. Get the file anew."
        )
    n_dimensions = magic[3]
    sizes = file.read(4 * n_dimensions)
    if len(sizes) < 4 * n_dimensions:
        raise DataError(f"{shown(path)} ends within its header. Get the file anew.")
    return np.dtype(_TYPES[magic[2]]), struct.unpack(f">{n_dimensions}I", sizes)


def _wrong_length(path: Path, shape: tuple[int, ...], n_bytes: int, received: str) -> DataError:
    return DataError(
        f"{shown(path)}: its header promises {n_bytes:,} bytes of data (shape {shape}), received"
        f" {received}. Get the file anew."
    )
