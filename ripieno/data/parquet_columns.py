"""Which columns of Parquet files hold the images and the labels."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ripieno.data import huggingface
from ripieno.data.paths import shown
from ripieno.errors import DataError

_LABEL_NAMES = ("label", "labels", "class", "target", "category", "y")


@dataclass(frozen=True)
class Columns:
    """The two columns that count, and the class names noted beside them."""

    image: str
    label: str
    class_names: tuple[str, ...] | None


def choose_columns(
    schemas: Mapping[Path, Any], image_column: str | None, label_column: str | None
) -> Columns:
    """The image and the label column: those asked for, those noted in the schema, or the only fit.

    Args:
        schemas: The `pyarrow.Schema` of every file: each must have both columns, and note the
            same class names.
        image_column: The name asked for; None to find it.
        label_column: The name asked for; None to find it.

    Raises:
        DataError: If a column is missing or could be several.
    """
    first = next(iter(schemas.values()))
    image = choose_image_column(first, image_column)
    label = label_column or huggingface.label_column(first) or _find_label(first, image)
    for file, schema in schemas.items():
        _check_columns(file, schema, image, label)
    noted = {huggingface.class_names(schema, label) for schema in schemas.values()} - {None}
    if len(noted) > 1:
        raise DataError(
            f"Expected the same class names in every file, received {len(noted)} lists."
        )
    return Columns(image, label, noted.pop() if noted else None)


def choose_image_column(schema: Any, asked: str | None) -> str:
    """The image column: the one asked for, the one noted in the schema, or the only fit.

    Args:
        schema: A `pyarrow.Schema`.
        asked: A name, which is not looked for; None to find it.

    Raises:
        DataError: If there is none, or it could be several.
    """
    return (
        asked
        or huggingface.image_column(schema)
        or _only("image", [field.name for field in schema if holds_images(field.type)], schema)
    )


def check_image_column(file: Path, schema: Any, image: str) -> None:
    """Refuse a file whose images are not in that column.

    Raises:
        DataError: If the column is missing or can hold no encoded images.
    """
    if image not in schema.names:
        raise DataError(
            f"{shown(file)}: expected a column {image!r}, received"
            f" {', '.join(schema.names) or 'none'}."
        )
    if not holds_images(schema.field(image).type):
        raise DataError(
            f"{shown(file)}: expected encoded images as binary or as a struct with bytes in"
            f" column {image!r}, received {schema.field(image).type}."
        )


def _check_columns(file: Path, schema: Any, image: str, label: str) -> None:
    check_image_column(file, schema, image)
    if label not in schema.names:
        raise DataError(
            f"{shown(file)}: expected a column {label!r}, received {', '.join(schema.names)}."
        )


def _find_label(schema: Any, image: str) -> str:
    for name in _LABEL_NAMES:
        if name in schema.names and name != image:
            return name
    return _only("label", [f.name for f in schema if holds_labels(f.type)], schema)


def _only(kind: str, candidates: list[str], schema: Any) -> str:
    if len(candidates) != 1:
        found = f"several: {', '.join(candidates)}" if candidates else "none"
        raise DataError(
            f"Expected one column of {kind}s, found {found} (columns: {', '.join(schema.names)})."
            f" Set dataset.{kind}_column."
        )
    return candidates[0]


def holds_images(arrow_type: Any) -> bool:
    """Whether a `pyarrow.DataType` can hold encoded images: bytes, or a struct with bytes."""
    import pyarrow.types as types

    if types.is_struct(arrow_type):
        at = arrow_type.get_field_index("bytes")
        if at < 0:
            return False
        inner = arrow_type.field(at).type
        return types.is_null(inner) or holds_images(inner)  # all null where paths are stored alone
    is_binary = (types.is_binary, types.is_large_binary, types.is_binary_view)
    return any(is_kind(arrow_type) for is_kind in is_binary)


def holds_labels(arrow_type: Any) -> bool:
    """Whether a `pyarrow.DataType` is one of labels: whole numbers or strings."""
    import pyarrow.types as types

    if types.is_dictionary(arrow_type):
        return holds_labels(arrow_type.value_type)
    is_label = (types.is_integer, types.is_boolean, types.is_string, types.is_large_string)
    return any(is_kind(arrow_type) for is_kind in is_label)
