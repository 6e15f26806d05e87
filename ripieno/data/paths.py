"""Where a source looks: paths as people write them, and clear words when nothing is there."""

import os
from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, ValidationInfo

from ripieno.errors import DataError

FOLDER = "folder"
"""Entry of pydantic's validation context: where relative paths of a configuration start."""


def resolve_path(path: Path | str, folder: Path | None = None) -> Path:
    """The absolute path, with `~` and `$VARIABLES` expanded.

    An unknown variable or user stays as it is written, so that the error for the missing path shows
    it.

    Args:
        path: As people write it.
        folder: Where a relative path starts; None: the working directory.

    Raises:
        ValueError: If it holds a zero byte, or the working directory is gone.
    """
    expanded = Path(os.path.expanduser(os.path.expandvars(path)))  # noqa: PTH111  Path's refuses ~unknown
    if "\0" in str(expanded):
        raise ValueError("expected a path, received one with a zero byte")
    try:
        return (folder / expanded if folder else expanded).absolute()
    except FileNotFoundError:
        raise ValueError("the working directory is gone: change to another") from None


def _absolute(path: Path, info: ValidationInfo) -> Path:
    return resolve_path(path, (info.context or {}).get(FOLDER))


AbsolutePath = Annotated[Path, AfterValidator(_absolute)]
"""A field of a configuration: a relative path starts where the command was typed."""


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
