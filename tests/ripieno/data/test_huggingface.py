import json

import pyarrow as pa
import pytest

from ripieno.data.huggingface import class_names, image_column, label_column


def schema(features):
    note = features if isinstance(features, bytes) else json.dumps({"info": {"features": features}})
    fields = [("picture", pa.binary()), ("kind", pa.int64())]
    return pa.schema(fields, metadata={"huggingface": note})


NOTED = schema(
    {
        "picture": {"_type": "Image"},
        "kind": {"_type": "ClassLabel", "names": ["cat", "dog"]},
    }
)


def test_columns_are_known_by_their_feature_types():
    assert image_column(NOTED) == "picture"
    assert label_column(NOTED) == "kind"


def test_class_names_are_those_of_the_class_label():
    assert class_names(NOTED, "kind") == ("cat", "dog")
    assert class_names(NOTED, "picture") is None


def test_noted_column_that_the_file_lacks_is_not_taken():
    assert image_column(schema({"other": {"_type": "Image"}})) is None


@pytest.mark.parametrize(
    "note", [b"{", b"[]", b"null", b'{"info": 3}', b'{"info": {"features": []}}', b"\xff"]
)
def test_note_that_cannot_be_understood_is_no_note(note):
    assert image_column(schema(note)) is None
    assert class_names(schema(note), "kind") is None


def test_schema_without_notes_has_none():
    plain = pa.schema([("picture", pa.binary())])
    assert image_column(plain) is None
    assert class_names(plain, "picture") is None


@pytest.mark.parametrize("names", [[], [1, 2], "cat", None])
def test_names_that_are_no_list_of_strings_are_left_out(names):
    assert class_names(schema({"kind": {"_type": "ClassLabel", "names": names}}), "kind") is None
