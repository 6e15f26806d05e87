"""The scores on disk, in parts that are there whole or not at all.

A part is written under another name, brought to the disk and renamed, so that whatever has a
part's name is a finished part, however the process that wrote it ended.
"""

import fcntl
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from ripieno.errors import DataError
from ripieno.runtime.disk import one_line_errors
from ripieno.runtime.manifest import sync

UNFINISHED = ".unfinished-"


class Parts:
    """A directory of Parquet files, `part-00000.parquet` and so on.

    Args:
        directory: Made at the first write.
    """

    def __init__(self, directory: Path) -> None:
        self.directory = directory

    def path(self, number: int) -> Path:
        """Where a part is, or would be."""
        return self.directory / f"part-{number:05}.parquet"

    def is_finished(self, number: int, n_rows: int) -> bool:
        """Whether a part is there, sound to its footer, and of so many rows."""
        from pyarrow import ArrowException
        from pyarrow.parquet import read_metadata

        try:
            return bool(read_metadata(self.path(number)).num_rows == n_rows)
        except (OSError, ArrowException):
            return False

    def write(self, number: int, table: Any) -> None:
        """Write a `pyarrow.Table` as a part; one that is there is replaced.

        Raises:
            DiskError: If the disk is full or may not be written.
        """
        final = self.path(number)
        write_whole(final, lambda path: _write_table(table, path))

    def read(self, n_parts: int, columns: Sequence[str]) -> Iterator[Any]:
        """Some columns of each part, a `pyarrow.Table` at a time."""
        from pyarrow.parquet import read_table

        for number in range(n_parts):
            yield read_table(self.path(number), columns=list(columns))

    def sweep(self) -> None:
        """Remove what a killed process left unfinished."""
        for path in self.directory.glob(f"{UNFINISHED}*"):
            path.unlink(missing_ok=True)


def write_whole(final: Path, write: Any) -> None:
    """Give a file its name once all of it is on the disk.

    Args:
        final: Its name; the directory is made where it is missing.
        write: Given the path to write to.

    Raises:
        DiskError: If the disk is full or may not be written.
    """
    with one_line_errors(final.parent):
        final.parent.mkdir(parents=True, exist_ok=True)
        unfinished = final.with_name(f"{UNFINISHED}{final.name}")
        write(unfinished)
        sync(unfinished)
        unfinished.replace(final)
        sync(final.parent)


@contextmanager
def sole_writer(directory: Path) -> Iterator[None]:
    """Hold a directory alone; the kernel lets go of it however this process ends.

    Raises:
        DataError: If another process holds it.
        DiskError: If the directory cannot be made.
    """
    with one_line_errors(directory):
        directory.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(directory, os.O_RDONLY | os.O_DIRECTORY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(descriptor)
        raise DataError(
            f"{directory} is being written by another process. Wait for it, or score to another"
            " output."
        ) from None
    try:
        yield
    finally:
        os.close(descriptor)


def _write_table(table: Any, path: Path) -> None:
    from pyarrow.parquet import write_table

    write_table(table, path, compression="zstd")
