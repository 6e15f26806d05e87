"""Where a source looks: paths as people write them, and clear words when nothing is there."""

import os
from pathlib import Path

from ripieno.errors import DataError


def resolve_path(path: Path | str) -> Path:
    """The absolute path, with `~` and `$VARIABLES` expanded.

    A relative path starts at the working directory. An unknown variable stays as it is written,
    so that the error for the missing path shows it.
    """
    return Path(os.path.expandvars(path)).expanduser().absolute()


def existing_directory(path: Path | str, hint: str | None = None) -> Path:
    """The resolved path of a directory.

    Args:
        path: As `resolve_path` takes it.
        hint: What the error adds when nothing is there, such as how to get the data.

    Raises:
        DataError: If it does not exist, or is no directory.
    """
    directory = existing_path(path, hint)
    if not directory.is_dir():
        raise DataError(f"Expected a directory, received the file {shown(directory)}.")
    return directory


def existing_file(path: Path | str, hint: str | None = None) -> Path:
    """The resolved path of a file; see `existing_directory`.

    Raises:
        DataError: If it does not exist, or is no file.
    """
    file = existing_path(path, hint)
    if not file.is_file():
        raise DataError(f"Expected a file, received the directory {shown(file)}.")
    return file


def existing_path(path: Path | str, hint: str | None = None) -> Path:
    """The resolved path of a file or a directory; see `existing_directory`.

    Raises:
        DataError: If nothing is there, or it may not be read.
    """
    resolved = resolve_path(path)
    if not resolved.exists():
        advice = hint or "Check the path and the working directory."
        raise DataError(f"{shown(resolved)} does not exist. {one_line(advice)}")
    if not os.access(resolved, os.R_OK):
        raise DataError(f"{shown(resolved)} may not be read. Check its permissions.")
    return resolved


def shown(path: Path | str) -> str:
    """A file name as one printable line, whatever bytes it is made of."""
    return one_line(os.fsencode(path).decode(errors="replace"))


def one_line(text: object) -> str:
    """The text with every run of white space, line breaks included, as one space."""
    return " ".join(str(text).split())
