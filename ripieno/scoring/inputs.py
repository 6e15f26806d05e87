"""Where images to be scored come from: a folder, or one file, known by what is in it.

Nothing is labelled. An input gives its images in an order that never changes, from any image on.
"""

import hashlib
import os
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path
from typing import Any

from ripieno.data.array_stream import ArrayStream
from ripieno.data.class_directories import pictures_below, report_passed_over
from ripieno.data.idx_file import stream_idx
from ripieno.data.npz_file import open_npz, stream_npz
from ripieno.data.parquet_columns import check_image_column, choose_image_column
from ripieno.data.parquet_files import count_rows, find_parquet_files, read_contents, read_schema
from ripieno.data.paths import existing_path, resolve_path, shown
from ripieno.data.pictures import SUFFIXES, Picture
from ripieno.data.pixel_range import PixelRange
from ripieno.data.unreadable import Unreadable
from ripieno.errors import DataError
from ripieno.scoring.images import ImageSettings, Readable

Row = int | None
N_FIRST = 16
"""Images that tell whether an input has the pixels that the ensemble was trained on."""


@dataclass(frozen=True)
class Batch:
    """Some images, in order.

    Attributes:
        sources: Where each comes from: a path, relative to the input.
        rows: Its row in that file; None for a picture file.
        images: Each image, or why it cannot be read.
    """

    sources: list[str]
    rows: list[Row]
    images: Readable


@dataclass(frozen=True)
class Input:
    """Images to be scored.

    Attributes:
        kind: A key of `INPUTS`.
        n_images: How many there are, unreadable ones included.
        identity: Differs where the images may differ; of JSON values.
        findings: What was passed over, a sentence each.
        read: `(first, size)` -> batches of `size` images from number `first` on.
    """

    kind: str
    n_images: int
    identity: dict[str, Any]
    findings: tuple[str, ...]
    read: Callable[[int, int], Iterator[Batch]]


def open_input(path: Path, images: ImageSettings, column: str | None = None) -> Input:
    """The input at a path.

    Args:
        path: A picture, a folder of pictures, flat or nested, an IDX or npz file, a Parquet file,
            a folder of them, or a pattern with `*`.
        images: What the ensemble was trained on.
        column: The column of a Parquet file, or the array of an npz file, that holds the images;
            None to find it.

    Raises:
        DataError: If nothing is there, it is of another kind, damaged, or empty, or its pixels
            are clearly not like those of training.
    """
    kind = kind_of(path)
    found = INPUTS[kind](resolve_path(path), images, column)
    if found.n_images == 0:
        raise DataError(f"Expected images in {shown(path)}, received none.")
    return _check_pixels(found, images, shown(path))


def _check_pixels(found: Input, images: ImageSettings, name: str) -> Input:
    """The input, with a finding where its first images are oddly unlike those of training.

    Raises:
        DataError: If most of them are clearly unlike those: then so is the input. A single one
            is listed with those that cannot be read, see `ripieno.scoring.table`.
    """
    if images.pixels is None:
        return found
    first = next(found.read(0, N_FIRST))
    readable = [image for image in first.images if not isinstance(image, Unreadable)]
    if not readable:
        return found
    screened = images.screened(readable, [name] * len(readable))
    unlike = [image for image in screened if isinstance(image, Unreadable)]
    if 2 * len(unlike) > len(readable):
        raise DataError(f"{name}: {unlike[0].reason}")
    doubt = images.pixels.doubt(PixelRange.of(images.stack(readable)))
    return replace(found, findings=(*found.findings, f"{name}: {doubt}.")) if doubt else found


def kind_of(path: Path) -> str:
    """The key of `INPUTS` that a path is for, by what is there.

    Raises:
        DataError: If nothing is there, or nothing that can be scored.
    """
    resolved = resolve_path(path)
    if "*" in str(resolved) and not resolved.exists():
        return "parquet"
    if existing_path(path).is_dir():
        has_pictures = any(True for _ in pictures_below(resolved, Counter()))
        has_parquet = any(True for _ in resolved.rglob("*.parquet"))
        return "parquet" if has_parquet and not has_pictures else "pictures"
    with resolved.open("rb") as file:
        magic = file.read(4)
    if resolved.suffix.lower() in SUFFIXES:
        return "pictures"
    if magic == b"PAR1":
        return "parquet"
    if magic == b"PK\x03\x04" or resolved.suffix.lower() == ".npz":
        return "npz"
    if magic[:2] in (b"\x00\x00", b"\x1f\x8b"):
        return "idx"
    raise DataError(
        f"{shown(resolved)} holds no images that can be scored. Expected a picture"
        f" ({', '.join(sorted(SUFFIXES))}), a folder of pictures, or an IDX, .npz or Parquet file."
    )


def _open_pictures(path: Path, images: ImageSettings, column: str | None) -> Input:  # noqa: ARG001  the registry's signature
    _ = images.mode  # refuses an ensemble that pictures cannot be made for
    passed_over: Counter[str] = Counter()
    root = path if path.is_dir() else path.parent
    try:
        found = pictures_below(path, passed_over) if path.is_dir() else iter([path])
        names, digest = _list(found, root)
    except OSError as error:
        raise DataError(f"{shown(error.filename)} cannot be read: {error.strerror}.") from error
    findings = report_passed_over(passed_over)
    if not names:
        raise DataError(
            f"Expected pictures in {shown(path)}, found none. {' '.join(findings)}".rstrip()
        )

    def read(first: int, size: int) -> Iterator[Batch]:
        for start in range(first, len(names), size):
            sources = [shown(name) for name in names[start : start + size]]
            pictures = [
                Picture(source, root / name)
                for source, name in zip(sources, names[start : start + size], strict=True)
            ]
            yield Batch(sources, [None] * len(sources), images.read(pictures))

    return Input("pictures", len(names), {"path": str(path), "files": digest}, findings, read)


def _list(paths: Iterator[Path], root: Path) -> tuple[list[str], str]:
    """The names of files below a root, and a digest of names, sizes and times of change."""
    names: list[str] = []
    digest = hashlib.sha256()
    for path in paths:
        name = os.path.relpath(path, root)
        facts = path.stat() if path.exists() else None  # a link that leads nowhere is unreadable
        digest.update(os.fsencode(name))
        digest.update(f"\0{facts and (facts.st_size, facts.st_mtime_ns)}\0".encode())
        names.append(name)
    return names, digest.hexdigest()[:32]


def _open_idx(path: Path, images: ImageSettings, column: str | None) -> Input:  # noqa: ARG001  the registry's signature
    return _of_stream("idx", stream_idx(path), images)


def _open_npz(path: Path, images: ImageSettings, column: str | None) -> Input:
    return _of_stream("npz", stream_npz(path, column or _find_array(path)), images)


def _find_array(path: Path) -> str:
    """The one array of an archive that has the dimensions of images."""
    with open_npz(path) as archive:
        names = list(archive.files)
    candidates = [name for name in names if len(stream_shape(path, name)) in (3, 4)]
    if len(candidates) == 1:
        return candidates[0]
    raise DataError(
        f"{shown(path)}: expected one array of images, found"
        f" {', '.join(candidates) or 'none'} among {', '.join(names) or 'no arrays'}."
        " Name it with --column."
    )


def stream_shape(path: Path, name: str) -> tuple[int, ...]:
    """The shape of an array of an archive; () where it cannot be streamed."""
    try:
        return stream_npz(path, name).shape
    except DataError:
        return ()


def _of_stream(kind: str, stream: ArrayStream, images: ImageSettings) -> Input:
    name = f"{shown(stream.path)}: {stream.name}"
    images.check_array(stream.dtype, stream.shape, name)
    stream.verify()
    source = shown(stream.path.name)

    def read(first: int, size: int) -> Iterator[Batch]:
        for pixels in stream.read(first, size):
            rows: list[Row] = list(range(first, first + len(pixels)))
            names = [f"{source} row {row}" for row in rows]
            yield Batch([source] * len(rows), rows, images.convert(pixels, names))
            first += len(rows)

    identity = {**_facts([stream.path]), "array": stream.name}
    return Input(kind, stream.n_samples, identity, (), read)


def _open_parquet(path: Path, images: ImageSettings, column: str | None) -> Input:
    _ = images.mode
    files = [file for _, file in find_parquet_files(path, None)]
    schemas = [read_schema(file) for file in files]
    chosen = choose_image_column(schemas[0], column)
    for file, schema in zip(files, schemas, strict=True):
        check_image_column(file, schema, chosen)
    n_rows = [count_rows(file) for file in files]
    base = Path(os.path.commonpath([file.parent for file in files]))

    def read(first: int, size: int) -> Iterator[Batch]:
        rows = islice(_rows(files, n_rows, chosen, base, first), None)
        while batch := list(islice(rows, size)):
            pictures = [Picture(f"{name} row {row}", content) for name, row, content in batch]
            yield Batch([b[0] for b in batch], [b[1] for b in batch], images.read(pictures))

    return Input("parquet", sum(n_rows), {**_facts(files), "column": chosen}, (), read)


def _rows(
    files: Sequence[Path], n_rows: Sequence[int], column: str, base: Path, first: int
) -> Iterator[tuple[str, int, bytes | Path | None]]:
    """File, row and encoded image from image number `first` on; files before it stay closed."""
    for file, n_here in zip(files, n_rows, strict=True):
        if first < n_here:
            name = shown(file.relative_to(base))
            rows = enumerate(read_contents(file, column))
            yield from ((name, row, content) for row, content in islice(rows, first, None))
        first = max(first - n_here, 0)


def _facts(files: Sequence[Path]) -> dict[str, Any]:
    return {"files": [[str(file), file.stat().st_size, file.stat().st_mtime_ns] for file in files]}


INPUTS: dict[str, Callable[[Path, ImageSettings, str | None], Input]] = {
    "pictures": _open_pictures,
    "idx": _open_idx,
    "npz": _open_npz,
    "parquet": _open_parquet,
}
