"""Locks that die with their holder, links replaced at once, and errors of the disk in one line."""

import errno
import fcntl
import os
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from ripieno.errors import RipienoError

FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EROFS}
BLOCKED = {errno.EACCES, errno.EPERM, errno.ENOTDIR, errno.EEXIST, errno.EIO, errno.ELOOP}
ALMOST_NOTHING = 1 << 20
"""Bytes. With less free than this a short write is put down to a full disk."""


class DiskError(RipienoError):
    """Files cannot be written where they should go."""


@contextmanager
def one_line_errors(place: Path) -> Iterator[None]:
    """Turn an error of the disk into one line that names the place and says what to do.

    Errors of files elsewhere, where that disk is not full, pass as they are.

    Raises:
        DiskError: If the disk is full, or may not be written.
    """
    try:
        yield
    except OSError as error:
        reason = _reason(error, place)
        if reason is None:
            raise
        raise DiskError(
            f"Cannot write to {place}: {reason}. "
            "Make room or mend its permissions, or choose another workspace."
        ) from error


def _reason(error: OSError, place: Path) -> str | None:
    """What the disk refuses; None where the error has another cause."""
    if error.errno in FULL or _refused(error, place.absolute()):
        file = f" ({error.filename})" if error.filename not in (None, str(place)) else ""
        return f"{error.strerror}{file}"
    # NumPy says only "requested and written" when a disk is full.
    if error.errno is None and place.exists() and shutil.disk_usage(place).free < ALMOST_NOTHING:
        return os.strerror(errno.ENOSPC)
    return None


def _refused(error: OSError, place: Path) -> bool:
    """Whether it is about a file in the place, or about a folder on the way to it."""
    if not isinstance(error.filename, str):
        return False
    file = Path(error.filename).absolute()
    within = file.is_relative_to(place) and error.errno in BLOCKED
    return within or place.is_relative_to(file)


@contextmanager
def locked(directory: Path) -> Iterator[None]:
    """Hold a directory's lock, waiting for it. The kernel drops it if this process dies."""
    descriptor = os.open(directory, os.O_RDONLY | os.O_DIRECTORY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def make_locked_directory(parent: Path, prefix: str) -> tuple[Path, int]:
    """A new directory whose lock is held for as long as the returned descriptor is open."""
    while True:
        directory = parent / f"{prefix}{secrets.token_hex(4)}"
        directory.mkdir()
        # Another process may sweep it before it is locked: then try another name.
        with suppress(FileNotFoundError):
            descriptor = os.open(directory, os.O_RDONLY | os.O_DIRECTORY)
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            if directory.exists():
                return directory, descriptor
            os.close(descriptor)


def sweep(parent: Path, prefix: str) -> None:
    """Remove the directories of `make_locked_directory` whose makers are dead."""
    for directory in parent.glob(f"{prefix}*"):
        try:
            descriptor = os.open(directory, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
        except OSError:
            continue
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            shutil.rmtree(directory, ignore_errors=True)
        except BlockingIOError:
            pass  # its maker lives
        finally:
            os.close(descriptor)


def link_latest(directory: Path) -> Path:
    """Point the link `latest` beside a directory to it, so that the link is never missing.

    Returns:
        The link.

    Raises:
        DiskError: If the link cannot be written, or there is a real directory of that name.
    """
    link = directory.parent / "latest"
    new = directory.parent / f".latest-{secrets.token_hex(4)}"
    with one_line_errors(directory.parent):
        new.symlink_to(directory.name)
        try:
            new.replace(link)
        except OSError as error:
            new.unlink(missing_ok=True)
            raise DiskError(
                f"Cannot make {link} a link to {directory.name}: {error.strerror}. "
                "Move what is there away."
            ) from error
    return link
