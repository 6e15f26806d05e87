"""Artefacts addressed by their content: same key, same artefact, never made twice.

    store/<kind>/<key>/                 an entry: files and the manifest that vouches for them
    store/<kind>/.writing-<key>-<hex>/  being written; swept once its writer is dead
    store/<kind>/.damaged-<key>-<hex>/  failed verification; kept for people to look at

An entry appears under its name all at once, by a rename, when all of it is on the disk. Its files
are hashed again each time before they are used. Any number of processes may share a store.
"""

import logging
import os
import re
import secrets
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ripieno.runtime.disk import (
    DiskError,
    link_latest,
    locked,
    make_locked_directory,
    one_line_errors,
    sweep,
)
from ripieno.runtime.keys import key_of, source_digest
from ripieno.runtime.manifest import read_manifest, sync, verify, write_manifest

__all__ = ["DiskError", "Entry", "Store", "key_of", "link_latest", "source_digest"]

logger = logging.getLogger(__name__)

NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]*")
WRITING = ".writing-"
DAMAGED = ".damaged-"


@dataclass(frozen=True)
class Entry:
    """One artefact as its manifest describes it; the files themselves are not verified.

    Attributes:
        kind: What it is, such as `member`.
        key: The hash of what made it.
        path: Its directory.
        inputs: What made it.
        created: When it was finished, ISO 8601 in UTC.
        n_bytes: Size of its files together.
    """

    kind: str
    key: str
    path: Path
    inputs: Mapping[str, Any]
    created: str
    n_bytes: int


class Store:
    """A directory of verified artefacts.

    Args:
        root: The store's directory, made at the first write.
    """

    def __init__(self, root: Path) -> None:
        self.root = Path(root)

    def path(self, kind: str, key: str) -> Path:
        """Where the entry is, or would be.

        Raises:
            ValueError: If the kind or the key is no plain name.
        """
        for name in (kind, key):
            if not NAME.fullmatch(name):
                raise ValueError(
                    f"Expected a name of letters, digits, '_', '-' and '.', received {name!r}."
                )
        return self.root / kind / key

    def find(self, kind: str, key: str) -> Path | None:
        """The entry's directory, once all its files have been found as they were written.

        An entry that is damaged, or of another layout, is moved aside with a warning.

        Returns:
            The directory, or None where there is no entry to be trusted.
        """
        path = self.path(kind, key)
        inode = _inode(path)
        if inode is None:
            return None
        try:
            verify(path, kind, key)
        except ValueError as problem:
            self._move_aside(path, inode, str(problem))
            return None
        return path

    @contextmanager
    def write(self, kind: str, key: str, inputs: Mapping[str, object]) -> Iterator[Path]:
        """Make an entry: fill the directory that this yields, and leave the context.

        On an exception nothing remains. Where another process made the same entry meanwhile, its
        entry stays and this one is dropped.

        Args:
            kind: What it is, such as `member`.
            key: The hash of what makes it, usually `key_of(inputs)`.
            inputs: What makes it; goes into the manifest.

        Yields:
            An empty directory, on the store's own file system.

        Raises:
            DiskError: If the disk is full or may not be written.
            ValueError: If what was written holds a link or a file named `manifest.json`.
        """
        final = self.path(kind, key)
        with one_line_errors(self.root):
            final.parent.mkdir(parents=True, exist_ok=True)
            sweep(final.parent, WRITING)
            unfinished, lock = make_locked_directory(final.parent, f"{WRITING}{key}-")
        try:
            with one_line_errors(self.root):
                yield unfinished
                write_manifest(unfinished, kind, key, inputs)
                self._publish(unfinished, final)
        finally:
            shutil.rmtree(unfinished, ignore_errors=True)
            os.close(lock)

    def entries(self, kind: str) -> list[Entry]:
        """The entries of a kind, oldest first; what has no readable manifest is left out."""
        found = []
        for path in (self.root / kind).glob("[!.]*"):
            with suppress(ValueError):
                facts = read_manifest(path)
                n_bytes = sum(file["bytes"] for file in facts["files"].values())
                entry = Entry(kind, path.name, path, facts["inputs"], facts["created"], n_bytes)
                found.append(entry)
        return sorted(found, key=lambda entry: (entry.created, entry.key))

    def _publish(self, unfinished: Path, final: Path) -> None:
        """Give a finished entry its name, unless a sound one has it already."""
        while True:
            with locked(final.parent):
                inode = _inode(final)
                if inode is None:
                    unfinished.rename(final)
                    sync(final.parent)
                    return
            if self.find(final.parent.name, final.name) is not None:
                logger.info("%s was written by another process meanwhile", final)
                return
            if _inode(final) == inode:
                raise DiskError(f"Cannot replace {final}, which is damaged. Remove it.")

    def _move_aside(self, path: Path, inode: tuple[int, int], problem: str) -> None:
        """Rename what failed verification, unless it has been replaced meanwhile."""
        aside = path.with_name(f"{DAMAGED}{path.name}-{secrets.token_hex(4)}")
        try:
            with locked(path.parent):
                if _inode(path) != inode:
                    return
                path.rename(aside)
        except OSError as error:
            logger.warning("Not using %s: %s (cannot move it: %s)", path, problem, error.strerror)
        else:
            logger.warning("Not using %s: %s (moved to %s)", path, problem, aside.name)


def _inode(path: Path) -> tuple[int, int] | None:
    """What tells this directory, or link, from a later one of the same name."""
    try:
        facts = path.lstat()
    except OSError:
        return None
    return facts.st_dev, facts.st_ino
