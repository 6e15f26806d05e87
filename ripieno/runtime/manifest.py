"""What an artefact in the store says about itself, and whether that is true."""

import hashlib
import json
import os
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from ripieno.runtime.keys import canonical_json

MANIFEST = "manifest.json"
SCHEMA = 1
"""Raised when the layout of entries changes: entries of another schema are not used."""


def write_manifest(directory: Path, kind: str, key: str, inputs: Mapping[str, object]) -> None:
    """Describe every file under a directory, and bring all of it to the disk.

    Raises:
        ValueError: If there is something that is no plain file, or a `manifest.json` already.
    """
    if os.path.lexists(directory / MANIFEST):
        raise ValueError(f"Expected no file named {MANIFEST}: the store writes it")
    files = {name: _describe(directory / name) for name in plain_files(directory)}
    facts: dict[str, Any] = {
        "schema": SCHEMA,
        "kind": kind,
        "key": key,
        "created": datetime.now(UTC).isoformat(timespec="seconds"),
        "inputs": json.loads(canonical_json(inputs)),
        "files": files,
    }
    text = json.dumps(facts | {"digest": _digest(facts)}, indent=2, sort_keys=True)
    (directory / MANIFEST).write_text(f"{text}\n", encoding="utf-8")
    for name in (*files, MANIFEST):
        sync(directory / name)
    for folder, _, _ in os.walk(directory, topdown=False):
        sync(Path(folder))


def read_manifest(directory: Path) -> dict[str, Any]:
    """The manifest's facts; the files are not looked at.

    Raises:
        ValueError: If it is missing, damaged, or of another schema.
    """
    if (directory / MANIFEST).is_symlink():
        raise ValueError(f"{MANIFEST} is a link")
    try:
        facts = json.loads((directory / MANIFEST).read_bytes())
    except OSError as error:
        raise ValueError(f"{MANIFEST} cannot be read ({error.strerror})") from error
    except (ValueError, RecursionError) as error:
        raise ValueError(f"{MANIFEST} is not JSON") from error
    if not isinstance(facts, dict):
        raise ValueError(f"{MANIFEST} is not a JSON object")
    if facts.get("schema") != SCHEMA:
        raise ValueError(f"{MANIFEST} has schema {facts.get('schema')!r}, expected {SCHEMA}")
    if facts.pop("digest", None) != _digest(facts):
        raise ValueError(f"{MANIFEST} was altered")
    return facts


def verify(directory: Path, kind: str, key: str) -> None:
    """Check that an entry holds exactly what was written into it.

    Raises:
        ValueError: If anything is missing, added, altered, a link, or of another kind or key.
    """
    if directory.is_symlink() or not directory.is_dir():
        raise ValueError("it is not a directory")
    facts = read_manifest(directory)
    if (facts.get("kind"), facts.get("key")) != (kind, key):
        raise ValueError(f"{MANIFEST} is that of {facts.get('kind')}/{facts.get('key')}")
    found, expected = set(plain_files(directory)) - {MANIFEST}, dict(facts.get("files", {}))
    for problem, names in (("missing", set(expected) - found), ("added", found - set(expected))):
        if names:
            raise ValueError(f"{problem} since it was written: {', '.join(sorted(names))}")
    for name in sorted(found):
        if _describe(directory / name) != expected[name]:
            raise ValueError(f"{name} was altered")


def plain_files(directory: Path) -> list[str]:
    """Relative POSIX paths of the files under a directory, sorted.

    Raises:
        ValueError: If there is a link, or anything else that is no file and no directory.
    """
    names: list[str] = []
    for folder, folders, files in os.walk(directory, onerror=_fail):
        for name in (*folders, *files):
            path = Path(folder, name)
            if path.is_symlink() or not (path.is_file() or path.is_dir()):
                raise ValueError(f"{path.relative_to(directory)} is not a plain file")
        names += [Path(folder, name).relative_to(directory).as_posix() for name in files]
    return sorted(names)


def sync(path: Path) -> None:
    """Bring a file, or the names in a directory, to the disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _describe(path: Path) -> dict[str, Any]:
    try:
        with path.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
            return {"sha256": digest, "bytes": os.fstat(file.fileno()).st_size}
    except OSError as error:
        raise ValueError(f"{path.name} cannot be read ({error.strerror})") from error


def _digest(facts: Mapping[str, Any]) -> str:
    return hashlib.sha256(canonical_json(facts).encode()).hexdigest()


def _fail(error: OSError) -> None:
    raise ValueError(f"{error.filename} cannot be listed ({error.strerror})") from error
