"""An array in a file, read a few samples at a time from any sample on."""

import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray

from ripieno.data.paths import one_line, shown
from ripieno.errors import DataError

_CHUNK = 2**24
# What a damaged file makes of gzip, zipfile and zlib.
_DAMAGE = (OSError, EOFError, zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError)


@dataclass(frozen=True)
class ArrayStream:
    """An array of samples that stays in its file.

    Attributes:
        path: The file.
        name: What reports call the array.
        dtype: Of the array; no Python objects.
        shape: The number of samples first.
        open: Opens the file at the first byte of the data, which lie sample after sample.
    """

    path: Path
    name: str
    dtype: np.dtype[Any]
    shape: tuple[int, ...]
    open: Callable[[], AbstractContextManager[IO[bytes]]]

    @property
    def n_samples(self) -> int:
        """How many samples there are."""
        return self.shape[0]

    def read(self, first: int, size: int) -> Iterator[NDArray[Any]]:
        """The samples from `first` on, `size` at a time; the last array may be shorter.

        Raises:
            DataError: If the file is damaged or too short.
        """
        bytes_each = self.dtype.itemsize * int(np.prod(self.shape[1:], dtype=np.int64))
        with self._damage_named(), self.open() as file:
            file.seek(first * bytes_each, 1)
            for start in range(first, self.n_samples, size):
                n_samples = min(size, self.n_samples - start)
                content = _read_exactly(file, n_samples * bytes_each)
                yield np.frombuffer(content, self.dtype).reshape(n_samples, *self.shape[1:])

    def verify(self) -> None:
        """Read all of the file once, checksums included.

        Raises:
            DataError: If it is damaged, or holds less or more than it promises.
        """
        n_bytes = self.dtype.itemsize * int(np.prod(self.shape, dtype=np.int64))
        with self._damage_named(), self.open() as file:
            while n_bytes > 0:
                chunk = file.read(min(_CHUNK, n_bytes))
                if not chunk:
                    raise EOFError("it ends early")
                n_bytes -= len(chunk)
            if file.read(1):
                raise EOFError("it holds more than its header says")

    @contextmanager
    def _damage_named(self) -> Iterator[None]:
        try:
            yield
        except _DAMAGE as error:
            raise DataError(
                f"{shown(self.path)} is truncated or corrupt:"
                f" {one_line(error) or type(error).__name__}. Get the file anew."
            ) from error


def _read_exactly(file: IO[bytes], n_bytes: int) -> bytearray:
    content = bytearray()
    while len(content) < n_bytes:
        chunk = file.read(n_bytes - len(content))
        if not chunk:
            raise EOFError("it ends early")
        content += chunk
    return content
