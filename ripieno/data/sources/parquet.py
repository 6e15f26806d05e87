"""Rows of encoded images and a label, as the Hugging Face hub stores image data sets."""

import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Annotated

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from ripieno.data.dataset import Dataset, LabelledImages, check_dataset
from ripieno.data.decoding import decode_pictures
from ripieno.data.labels import RawLabels, encode_labels
from ripieno.data.parquet_columns import choose_columns
from ripieno.data.parquet_files import (
    find_parquet_files,
    read_contents,
    read_labels,
    read_schema,
)
from ripieno.data.paths import AbsolutePath, shown
from ripieno.data.pictures import Picture
from ripieno.data.settings import (
    Background,
    Channels,
    ClassNames,
    Hint,
    ImageSize,
    MaxUnreadableShare,
)
from ripieno.errors import DataError
from ripieno.types import IntArray

Paths = AbsolutePath | tuple[AbsolutePath, ...]
Names = tuple[str, ...]
Present = NDArray[np.bool_]


def load(
    *,
    path: Annotated[
        Paths, Field(description="Parquet file, directory of them, pattern with *, or a list.")
    ],
    test_path: Annotated[
        Paths | None, Field(description="The same for the test split; by default by file names.")
    ] = None,
    image_column: Annotated[
        str | None, Field(description="Column of encoded images; found by itself by default.")
    ] = None,
    label_column: Annotated[
        str | None, Field(description="Column of labels; found by itself by default.")
    ] = None,
    class_names: ClassNames = None,
    image_size: ImageSize = None,
    channels: Channels = "auto",
    background: Background = 255,
    max_unreadable_share: MaxUnreadableShare = 0.0,
    hint: Hint = None,
) -> Dataset:
    """Load PNG, JPEG, WebP and BMP images from Parquet files, in batches of rows.

    Images are binary values, or structs of `bytes` and `path` (where the bytes are missing, the
    path is read, relative to its file). Labels are whole numbers or strings. Files whose names say
    `train`, `validation` or `test`, as on the hub, are told apart; validation rows join the
    training split, as ripieno draws a validation split of its own. A row without image or without
    label counts as unreadable. `ripieno.data.pictures` says how images are converted.

    Args:
        path: The files; all of them are training files where `test_path` is given.
        test_path: The files of the test split.
        image_column: By default the one that the schema notes as `Image`, or the only one of bytes.
        label_column: By default the one that the schema notes as `ClassLabel`, one that is called
            `label` or alike, or the only one of whole numbers or strings.
        class_names: By default those of the `ClassLabel`, or the labels that occur, sorted.
        image_size: Height and width in pixels, or one number for both, to stretch images to.
        channels: `"grey"`, `"rgb"`, or `"auto"`: grey where every image is stored as grey levels.
        background: Grey level under transparent pixels; 255, white, as on a page.
        max_unreadable_share: Share of unreadable images that is only reported.
        hint: What the error says when nothing is at the path: how to get the data.

    Returns:
        uint8 images of shape (n_samples, height, width, 1 or 3).

    Raises:
        DataError: If a file is missing or damaged, a column is missing or could be several, a
            label is outside the classes, sizes are mixed without `image_size`, or too many images
            cannot be read.
    """
    training_files, test_files, findings = _find_splits(path, test_path, hint)
    files = [*training_files, *test_files]
    schemas = {file: read_schema(file) for file in files}
    columns = choose_columns(schemas, image_column, label_column)
    rows = [read_labels(file, columns.label) for file in files]
    has_label = np.concatenate([present for _, present in rows])
    labels, names = _encode(rows, has_label, class_names or columns.class_names)

    decoded = decode_pictures(
        lambda: _pictures(files, columns.image, has_label),
        image_size=image_size,
        channels=channels,
        background=background,
        max_unreadable_share=max_unreadable_share,
    )
    labels = labels[decoded.kept]
    n_training_rows = sum(len(present) for _, present in rows[: len(training_files)])
    n_training = int(np.searchsorted(decoded.kept, n_training_rows))
    test = LabelledImages(decoded.images[n_training:], labels[n_training:])
    dataset = Dataset(
        decoded.images[:n_training],
        labels[:n_training],
        names,
        test if test_files else None,
        decoded.findings + findings,
        decoded.names[:n_training],
    )
    check_dataset(dataset)
    return dataset


def _find_splits(
    path: Paths, test_path: Paths | None, hint: str | None
) -> tuple[list[Path], list[Path], tuple[str, ...]]:
    """Training files, test files, and the finding that validation files joined the former."""
    found = [each for one in _as_tuple(path) for each in find_parquet_files(one, hint)]
    if test_path is not None:
        test = [file for one in _as_tuple(test_path) for _, file in find_parquet_files(one, hint)]
        return [file for _, file in found if file not in test], test, ()
    if all(split == "test" for split, _ in found):  # then the word tells nothing apart
        return [file for _, file in found], [], ()
    validation = [shown(file.name) for split, file in found if split == "validation"]
    finding = (
        f"The source's own validation split ({', '.join(validation)}) joined the training split;"
        " the validation split is drawn from all of it."
    )
    return (
        [file for split, file in found if split != "test"],
        [file for split, file in found if split == "test"],
        (finding,) if validation else (),
    )


def _as_tuple(path: Paths) -> tuple[Path, ...]:
    return tuple(path) if isinstance(path, tuple | list) else (path,)


def _encode(
    rows: Sequence[tuple[RawLabels, Present]], has_label: Present, class_names: Names | None
) -> tuple[IntArray, Names]:
    """The class index of every row, -1 where it has no label, and the class names."""
    given = [labels[present] for labels, present in rows if present.any()]
    if not given:
        raise DataError(f"Expected labels, received none in {len(has_label):,} rows.")
    encoded, names = encode_labels(given, class_names)
    labels = np.full(len(has_label), -1, np.int64)
    labels[has_label] = np.concatenate(encoded)
    return labels, names


def _pictures(files: Sequence[Path], column: str, has_label: Present) -> Iterator[Picture]:
    base = os.path.commonpath([file.parent for file in files])
    row = 0
    for file in files:
        name = shown(file.relative_to(base))
        for at, content in enumerate(read_contents(file, column)):
            defect = None if has_label[row] else "no label"
            yield Picture(f"{name} row {at}", content, defect)
            row += 1
