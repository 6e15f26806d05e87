"""Parquet files of images and labels: which there are, and what their rows hold."""

import glob
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ripieno.data.labels import RawLabels
from ripieno.data.parquet_columns import holds_labels
from ripieno.data.paths import existing_path, one_line, resolve_path, shown
from ripieno.errors import DataError

_ROWS = 256  # rows of encoded images in memory at a time
_SPLIT_WORDS = {"train": ("train", "training"), "validation": ("validation", "valid", "val", "dev")}
_SPLIT_WORDS |= {"test": ("test", "testing", "eval", "evaluation")}


def find_parquet_files(path: Path, hint: str | None) -> list[tuple[str, Path]]:
    """The files at a path in the order of their names, each with the split its name tells.

    Args:
        path: A file, a directory that is searched at any depth, or a pattern with `*`.
        hint: What the error says when nothing is there: how to get the data.

    Returns:
        A split (`train`, `validation`, `test`, or an empty string) and a path for every file.

    Raises:
        DataError: If there is no Parquet file.
    """
    resolved = resolve_path(path)
    if glob.has_magic(str(resolved)) and not resolved.exists():
        files = [Path(file) for file in sorted(glob.glob(str(resolved), recursive=True))]  # noqa: PTH207 - absolute patterns
        base = None
    else:
        base = existing_path(path, hint)
        files = sorted(base.rglob("*.parquet")) if base.is_dir() else [base]
    named = []
    for file in files:
        parts = file.relative_to(base).parts if base and base.is_dir() else (file.name,)
        if not any(part.startswith(".") for part in parts) and file.is_file():
            named.append((_split_of("/".join(parts)), file))
    if not named:
        advice = one_line(hint or "Check the path.")
        raise DataError(f"Expected Parquet files at {shown(resolved)}, found none. {advice}")
    return named


def _split_of(name: str) -> str:
    words = re.findall("[a-z]+", name.lower())
    for split, known in _SPLIT_WORDS.items():
        if any(word in known for word in words):
            return split
    return ""


def read_labels(file: Path, column: str) -> tuple[RawLabels, NDArray[np.bool_]]:
    """The labels of a file, and which rows have one; a row without holds anything.

    Raises:
        DataError: If the file is damaged, or the labels are neither whole numbers nor strings.
    """
    import pyarrow as pa
    import pyarrow.compute as pc

    with _damage_named(file):
        values = _open(file).read(columns=[column]).column(column).combine_chunks()
        if pa.types.is_dictionary(values.type):
            values = pc.cast(values, values.type.value_type)
        if pa.types.is_boolean(values.type) or pa.types.is_null(values.type):
            values = pc.cast(values, pa.int8())
        present = values.is_valid().to_numpy(zero_copy_only=False)
        if pa.types.is_integer(values.type):
            return values.fill_null(0).to_numpy(zero_copy_only=False), present
        if pa.types.is_floating(values.type):  # whole numbers become floats beside a missing one
            numbers = values.to_numpy(zero_copy_only=False)
            return np.nan_to_num(numbers), present & ~np.isnan(numbers)
        if holds_labels(values.type):
            return np.array(values.fill_null("").to_pylist(), dtype=np.str_), present
    raise DataError(
        f"{shown(file)}: expected labels as whole numbers or strings in column {column!r},"
        f" received {values.type}."
    )


def read_contents(file: Path, column: str) -> Iterator[bytes | Path | None]:
    """The encoded image of every row; a path, relative to the file, where only that is stored.

    Raises:
        DataError: If the file is damaged.
    """
    with _damage_named(file):
        for batch in _open(file).iter_batches(batch_size=_ROWS, columns=[column]):
            for value in batch.column(0).to_pylist():
                yield _content(value, file.parent)


def _content(value: bytes | dict[str, Any] | None, directory: Path) -> bytes | Path | None:
    if not isinstance(value, dict):
        return value
    content: bytes | None = value["bytes"]
    path: str | None = value.get("path")
    return directory / path if content is None and path else content


def read_schema(file: Path) -> Any:
    """The `pyarrow.Schema` of a file.

    Raises:
        DataError: If it is no Parquet file, or its footer is damaged.
    """
    with _damage_named(file):
        schema = _open(file).schema_arrow
        _ = schema.names  # a name that is no UTF-8 is found here, not where it is first used
        return schema


def count_rows(file: Path) -> int:
    """How many rows a file has, by its footer.

    Raises:
        DataError: If it is no Parquet file, or its footer is damaged.
    """
    with _damage_named(file):
        return int(_open(file).metadata.num_rows)


def _open(file: Path) -> Any:
    from pyarrow.parquet import ParquetFile

    # Column chunks are read as they are needed: buffered ahead, the images would all be in memory.
    return ParquetFile(file, pre_buffer=False, page_checksum_verification=True)


@contextmanager
def _damage_named(file: Path) -> Iterator[None]:
    from pyarrow import ArrowException

    try:
        yield
    except (OSError, ValueError, ArrowException) as error:
        if isinstance(error, DataError):
            raise
        raise DataError(
            f"{shown(file)} is no Parquet file, or it is damaged: {one_line(error)}"
        ) from error
