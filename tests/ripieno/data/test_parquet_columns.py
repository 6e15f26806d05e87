import json
from pathlib import Path

import pyarrow as pa
import pytest

from ripieno.data.parquet_columns import choose_columns
from ripieno.errors import DataError

IMAGE = pa.struct([("bytes", pa.binary()), ("path", pa.string())])


def choose(*schemas, image=None, label=None):
    named = {Path(f"{k}.parquet"): schema for k, schema in enumerate(schemas)}
    columns = choose_columns(named, image, label)
    return columns.image, columns.label


def noted(names):
    features = {"label": {"_type": "ClassLabel", "names": names}}
    return pa.schema(
        [("image", IMAGE), ("label", pa.int64())],
        metadata={"huggingface": json.dumps({"info": {"features": features}})},
    )


@pytest.mark.parametrize("kind", [IMAGE, pa.binary(), pa.large_binary()])
@pytest.mark.parametrize(
    "label", [pa.int8(), pa.string(), pa.bool_(), pa.dictionary(pa.int32(), pa.string())]
)
def test_only_fitting_columns_are_found(kind, label):
    assert choose(pa.schema([("pixels", kind), ("what", label)])) == ("pixels", "what")


def test_column_that_is_called_label_goes_before_others():
    schema = pa.schema([("id", pa.int64()), ("image", IMAGE), ("label", pa.int64())])
    assert choose(schema) == ("image", "label")


def test_columns_can_be_asked_for():
    schema = pa.schema([("a", IMAGE), ("b", IMAGE), ("fine", pa.int8()), ("coarse", pa.int8())])
    assert choose(schema, image="b", label="coarse") == ("b", "coarse")


def test_several_fitting_columns_are_refused_with_the_setting():
    schema = pa.schema([("image", IMAGE), ("fine", pa.int8()), ("coarse", pa.int8())])
    with pytest.raises(DataError, match=r"several: fine, coarse .* dataset\.label_column"):
        choose(schema)


def test_no_fitting_column_is_refused_with_the_setting():
    with pytest.raises(DataError, match=r"found none .* dataset\.image_column"):
        choose(pa.schema([("label", pa.int64())]))


def test_column_that_one_file_lacks_is_refused_with_the_file():
    both = pa.schema([("image", IMAGE), ("label", pa.int64())])
    with pytest.raises(DataError, match=r"1\.parquet: expected a column 'label'"):
        choose(both, pa.schema([("image", IMAGE)]))


def test_image_column_of_another_type_is_refused():
    schema = pa.schema([("image", pa.list_(pa.uint8())), ("label", pa.int64())])
    with pytest.raises(DataError, match="list<"):
        choose(schema, image="image")


def test_class_names_are_those_noted_in_any_file():
    plain = pa.schema([("image", IMAGE), ("label", pa.int64())])
    columns = choose_columns({Path("a"): plain, Path("b"): noted(["cat", "dog"])}, None, None)
    assert columns.class_names == ("cat", "dog")


def test_files_that_note_other_class_names_are_refused():
    with pytest.raises(DataError, match="same class names"):
        choose(noted(["cat", "dog"]), noted(["dog", "cat"]))
