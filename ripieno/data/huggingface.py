"""What the Hugging Face `datasets` library notes in the schema of a Parquet file."""

import json
from typing import Any

_KEY = b"huggingface"


def image_column(schema: Any) -> str | None:
    """The first column of the feature type `Image`; None where none is noted.

    Args:
        schema: A `pyarrow.Schema`.
    """
    return _first_of_type(schema, "Image")


def label_column(schema: Any) -> str | None:
    """The first column of the feature type `ClassLabel`; None where none is noted."""
    return _first_of_type(schema, "ClassLabel")


def class_names(schema: Any, column: str) -> tuple[str, ...] | None:
    """The names of a `ClassLabel` column, label 0 first; None where none are noted."""
    feature = _features(schema).get(column)
    names = feature.get("names") if isinstance(feature, dict) else None
    if isinstance(names, list) and names and all(isinstance(name, str) for name in names):
        return tuple(names)
    return None


def _first_of_type(schema: Any, feature_type: str) -> str | None:
    for name, feature in _features(schema).items():
        if isinstance(feature, dict) and feature.get("_type") == feature_type:
            return name if name in schema.names else None
    return None


def _features(schema: Any) -> dict[str, Any]:
    """The noted features; empty where there is no note, or it cannot be understood."""
    try:
        features = json.loads((schema.metadata or {})[_KEY])["info"]["features"]
    except (KeyError, TypeError, ValueError):
        return {}
    return features if isinstance(features, dict) else {}
