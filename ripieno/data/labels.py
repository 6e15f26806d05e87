"""Labels as people store them, to class indices and class names."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ripieno.errors import DataError
from ripieno.types import IntArray

RawLabels = NDArray[Any]


def encode_labels(
    splits: Sequence[RawLabels], class_names: Sequence[str] | None
) -> tuple[list[IntArray], tuple[str, ...]]:
    """Class indices for the labels of every split, and the names of the classes.

    Without `class_names` the classes are the values that occur in any split, sorted: numbers as
    numbers, strings as strings. With them, whole numbers are positions in `class_names` and
    strings are the names themselves.

    Args:
        splits: For each split whole numbers, or strings, of shape (n_samples,) or (n_samples, 1).
        class_names: The name of class k at position k; None where they are unknown.

    Returns:
        One int64 array of shape (n_samples,) a split, and the class names.

    Raises:
        DataError: If labels have another shape or type, the splits differ in type, or a label is
            negative or outside `class_names`.
    """
    columns = [_as_column(labels) for labels in splits]
    if len({column.dtype.kind for column in columns}) > 1:
        types = " and ".join(str(column.dtype) for column in columns)
        raise DataError(f"Expected labels of one type in every split, received {types}.")
    if class_names is None:
        return _from_values(columns)
    if columns[0].dtype.kind == "U":
        return _from_names(columns, tuple(class_names))
    for column in columns:
        _check_range(column, len(class_names))
    return [column.astype(np.int64) for column in columns], tuple(class_names)


def _as_column(labels: RawLabels) -> RawLabels:
    if labels.ndim == 2 and labels.shape[1] == 1:
        labels = labels[:, 0]
    if labels.ndim != 1:
        advice = " One-hot rows: store labels.argmax(axis=1)." if labels.ndim == 2 else ""
        raise DataError(
            f"Expected one label a sample, of shape (n_samples,), received {labels.shape}.{advice}"
        )
    return _as_integers_or_strings(labels)


def _as_integers_or_strings(labels: RawLabels) -> RawLabels:
    if labels.dtype.kind == "S":
        try:
            return np.char.decode(labels, "utf-8")
        except UnicodeDecodeError as error:
            raise DataError(
                f"Expected labels as UTF-8 strings, received {error.object!r}."
            ) from None
    if labels.dtype.kind == "U":
        return labels
    if labels.dtype.kind == "f":
        _check_whole(labels)
    elif labels.dtype.kind not in "biu":
        raise DataError(f"Expected labels as whole numbers or strings, received {labels.dtype}.")
    return labels.astype(np.int64)


def _check_whole(labels: RawLabels) -> None:
    wrong = np.flatnonzero(~np.isfinite(labels) | (labels != np.floor(labels)))
    if wrong.size:
        raise DataError(
            f"Expected labels as whole numbers or strings, received {labels[wrong[0]]} at sample"
            f" {wrong[0]} ({wrong.size} of {len(labels)} are no whole numbers). Mend these labels."
        )


def _from_values(columns: list[RawLabels]) -> tuple[list[IntArray], tuple[str, ...]]:
    values = np.unique(np.concatenate(columns))
    if values.dtype.kind != "U" and values.size and values[0] < 0:
        raise DataError(
            f"Expected labels of 0 and above, received {values[0]}."
            " Negative labels usually mark samples without a label: remove them."
        )
    labels: list[IntArray] = [np.searchsorted(values, column) for column in columns]
    return labels, tuple(str(value) for value in values)


def _from_names(
    columns: list[RawLabels], class_names: tuple[str, ...]
) -> tuple[list[IntArray], tuple[str, ...]]:
    names = np.array(class_names)
    unknown = np.setdiff1d(np.concatenate(columns), names)
    if unknown.size:
        raise DataError(
            f"Expected labels among the class names {', '.join(class_names)}; received"
            f" {', '.join(map(repr, unknown[:5].tolist()))}. Mend the labels or the class names."
        )
    order = np.argsort(names)
    return [order[np.searchsorted(names[order], column)] for column in columns], class_names


def _check_range(labels: RawLabels, n_classes: int) -> None:
    outside = np.flatnonzero((labels < 0) | (labels >= n_classes))
    if outside.size:
        raise DataError(
            f"Expected labels in [0, {n_classes - 1}] for the {n_classes} class names, received"
            f" {labels[outside[0]]} at sample {outside[0]} ({outside.size} of {len(labels)} are"
            " outside). Mend the labels or the class names."
        )
