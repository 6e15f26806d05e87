"""Which picture files a directory holds, of which class and of which split."""

import os
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from ripieno.data.paths import shown
from ripieno.data.pictures import SUFFIXES
from ripieno.errors import DataError

_SPLITS = {"train": "train", "training": "train", "test": "test", "testing": "test"}
_SPLITS |= dict.fromkeys(("val", "valid", "validation"), "validation")
_ORDER = ("train", "validation", "test")
_NOT_DATA = frozenset({"__MACOSX"})  # what macOS adds to an archive


@dataclass(frozen=True)
class PictureFile:
    """A picture file: its split (`train`, `validation` or `test`), its class and its path."""

    split: str
    class_name: str
    path: Path


@dataclass(frozen=True)
class PictureTree:
    """The picture files below class directories.

    Attributes:
        files: Training split first, then validation, then test; by name within a class.
        class_names: Names of all class directories, sorted; also of those without pictures.
        splits: Which splits there are; `train` alone where none are told apart.
        findings: What was passed over, a sentence each.
    """

    files: tuple[PictureFile, ...]
    class_names: tuple[str, ...]
    splits: tuple[str, ...]
    findings: tuple[str, ...]


def find_pictures(root: Path) -> PictureTree:
    """Every picture file below the class directories, or below those of `train/` and `test/`.

    The class of a picture is the class directory it lies in, however deep. Symbolic links are
    followed, except back up the tree; what is hidden is passed over.

    Args:
        root: A directory that exists.

    Raises:
        DataError: If there are no class directories, a test split alone, or a directory that may
            not be read.
    """
    passed_over: Counter[str] = Counter()
    try:
        splits = _find_splits(root, passed_over)
        class_directories = [
            (split, each)
            for split in _ORDER
            for directory in splits.get(split, [])
            for each in _subdirectories(directory)
        ]
        files = [
            PictureFile(split, shown(directory.name), path)
            for split, directory in class_directories
            for path in pictures_below(directory, passed_over)
        ]
    except OSError as error:
        raise DataError(f"{shown(error.filename)} cannot be read: {error.strerror}.") from error
    if not class_directories:
        raise DataError(_no_class_directories(root))
    names = sorted({shown(directory.name) for _, directory in class_directories})
    found = tuple(split for split in _ORDER if split in splits)
    return PictureTree(tuple(files), tuple(names), found, report_passed_over(passed_over))


def _find_splits(root: Path, passed_over: Counter[str]) -> dict[str, list[Path]]:
    """The directories of each split; the root itself where it holds the class directories.

    `train` and `test` are splits where nothing but splits lies beside them, or where both have
    directories in them: a data set of vehicles may well have a class called train.
    """
    splits: dict[str, list[Path]] = {}
    beside: list[Path] = []
    for directory in _subdirectories(root):
        split = _SPLITS.get(directory.name.casefold())
        (splits.setdefault(split, []) if split else beside).append(directory)
    layered = {
        split: layers
        for split, members in splits.items()
        if (layers := [each for each in members if any(_subdirectories(each))])
    }
    if "test" in layered and "train" not in splits and not beside:
        raise DataError(
            f"{shown(root)} holds a test split but no train/ beside it. Add train/ with the class"
            " directories, or set dataset.directory to the directory above the classes."
        )
    if "train" not in layered or (beside and "test" not in layered):
        layered, beside, splits = {"train": [root]}, [], {}
    for directory in {root, *(each for members in splits.values() for each in members)}:
        passed_over["pictures outside any class directory"] += _n_loose_pictures(directory)
    passed_over["directories beside the splits"] += len(beside)
    return layered


def _visible(directory: Path) -> Iterator[os.DirEntry[str]]:
    entries = sorted(os.scandir(directory), key=lambda entry: entry.name)
    return (e for e in entries if not e.name.startswith(".") and e.name not in _NOT_DATA)


def _subdirectories(directory: Path) -> Iterator[Path]:
    return (Path(entry) for entry in _visible(directory) if entry.is_dir())


def _n_loose_pictures(directory: Path) -> int:
    return sum(
        not entry.is_dir() and Path(entry.name).suffix.lower() in SUFFIXES
        for entry in _visible(directory)
    )


def pictures_below(
    directory: Path, passed_over: Counter[str], above: tuple[str, ...] = ()
) -> Iterator[Path]:
    """The picture files of a directory, by name and at any depth, as `find_pictures` finds them.

    Args:
        directory: Where to look.
        passed_over: Counts the other files, by kind.
        above: Real paths of the directories above, which links may not lead back to.
    """
    above = (*above, os.path.realpath(directory))
    for entry in _visible(directory):
        path = Path(entry)
        if not entry.is_dir():
            if path.suffix.lower() in SUFFIXES:
                yield path
            else:
                passed_over[f"{shown(path.suffix.lower()) or 'other'} files"] += 1
        elif os.path.realpath(path) not in above:  # else a link back up the tree
            yield from pictures_below(path, passed_over, above)


def report_passed_over(passed_over: Counter[str]) -> tuple[str, ...]:
    """The finding that counts what was passed over; nothing where that was nothing."""
    counts = [f"{what} ({n:,})" for what, n in sorted(passed_over.items()) if n]
    return (f"Passed over: {', '.join(counts)}.",) if counts else ()


def _no_class_directories(root: Path) -> str:
    n_loose = _n_loose_pictures(root)
    received = f"{n_loose:,} pictures directly in it" if n_loose else "none"
    return (
        f"Expected a directory of pictures for each class in {shown(root)}, received {received}."
        " Make one directory a class, named after it, and put its pictures there."
    )
