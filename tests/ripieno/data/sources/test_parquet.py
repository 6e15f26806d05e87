import json
from io import BytesIO

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from PIL import Image

from ripieno.data.sources.parquet import load
from ripieno.errors import DataError


def encoded(level=0, mode="L", size=(8, 8)):
    buffer = BytesIO()
    Image.new(mode, size, level).save(buffer, "PNG")
    return buffer.getvalue()


def write(path, labels, contents=None, names=None, plain=False, label_type=None):
    contents = [encoded(k) for k in range(len(labels))] if contents is None else contents
    if not plain:
        contents = [c and {"bytes": c, "path": f"{k}.png"} for k, c in enumerate(contents)]
    table = pa.table({"image": contents, "label": pa.array(labels, label_type)})
    if names:
        features = {
            "image": {"_type": "Image"},
            "label": {"_type": "ClassLabel", "names": names},
        }
        note = {"huggingface": json.dumps({"info": {"features": features}})}
        table = table.replace_schema_metadata(note)
    path.parent.mkdir(parents=True, exist_ok=True)
    pq.write_table(table, path)
    return path


def refusal(path, **settings):
    with pytest.raises(DataError) as caught:
        load(path=path, **settings)
    assert "\n" not in str(caught.value)
    return str(caught.value)


@pytest.mark.parametrize("plain", [True, False])
def test_rows_are_images_and_labels(tmp_path, plain):
    dataset = load(path=write(tmp_path / "a.parquet", [0, 1, 0], plain=plain))
    assert dataset.images[:, 0, 0].tolist() == [[0], [1], [2]]
    assert dataset.images.shape == (3, 8, 8, 1)
    assert dataset.labels.tolist() == [0, 1, 0]
    assert dataset.class_names == ("0", "1")
    assert dataset.test is None


def test_class_names_are_those_of_the_class_label(tmp_path):
    path = write(tmp_path / "a.parquet", [0, 2, 0], names=["cat", "owl", "dog"])
    dataset = load(path=path)
    assert dataset.class_names == ("cat", "owl", "dog")
    assert dataset.labels.tolist() == [0, 2, 0]


def test_string_labels_name_the_classes(tmp_path):
    dataset = load(path=write(tmp_path / "a.parquet", ["dog", "cat", "dog"]))
    assert dataset.class_names == ("cat", "dog")
    assert dataset.labels.tolist() == [1, 0, 1]


def test_string_labels_may_be_encoded_as_a_dictionary(tmp_path):
    kind = pa.dictionary(pa.int32(), pa.string())
    dataset = load(path=write(tmp_path / "a.parquet", ["dog", "cat"], label_type=kind))
    assert dataset.class_names == ("cat", "dog")


def test_shards_of_a_directory_are_told_apart_by_their_names(tmp_path):
    write(tmp_path / "data/train-00000-of-00002.parquet", [0, 1])
    write(tmp_path / "data/train-00001-of-00002.parquet", [1, 1, 0])
    write(tmp_path / "data/test-00000-of-00001.parquet", [1, 0])
    dataset = load(path=tmp_path)
    assert dataset.labels.tolist() == [0, 1, 1, 1, 0]
    assert dataset.test.labels.tolist() == [1, 0]
    assert dataset.findings == ()


def test_validation_shards_join_the_training_split(tmp_path):
    write(tmp_path / "train.parquet", [0, 1])
    write(tmp_path / "validation.parquet", [1])
    dataset = load(path=tmp_path)
    assert dataset.labels.tolist() == [0, 1, 1]
    assert "validation.parquet" in dataset.findings[0]


def test_files_can_be_listed(tmp_path):
    paths = tuple(write(tmp_path / f"{k}.parquet", [0, 1]) for k in range(3))
    assert load(path=paths).labels.tolist() == [0, 1] * 3


def test_test_files_can_be_named(tmp_path):
    path = write(tmp_path / "a.parquet", [0, 1])
    dataset = load(path=path, test_path=write(tmp_path / "b.parquet", [1]))
    assert dataset.labels.tolist() == [0, 1]
    assert dataset.test.labels.tolist() == [1]


def test_single_file_with_test_in_its_name_is_training_data(tmp_path):
    dataset = load(path=write(tmp_path / "my-test.parquet", [0, 1]))
    assert len(dataset.images) == 2
    assert dataset.test is None


def test_class_that_is_only_in_the_test_split_is_a_class(tmp_path):
    write(tmp_path / "train.parquet", ["a", "b"])
    write(tmp_path / "test.parquet", ["b", "c"])
    dataset = load(path=tmp_path)
    assert dataset.class_names == ("a", "b", "c")
    assert dataset.test.labels.tolist() == [1, 2]


def test_missing_images_and_labels_count_as_unreadable(tmp_path):
    contents = [encoded(0), None, encoded(2), b"text", encoded(4)]
    path = write(tmp_path / "a.parquet", ["x", "y", None, "y", "y"], contents)
    message = refusal(path)
    assert "3 of 5" in message
    assert "a.parquet row 1 (no image)" in message
    assert "a.parquet row 2 (no label)" in message
    assert "a.parquet row 3 (no PNG" in message
    dataset = load(path=path, max_unreadable_share=0.6)
    assert dataset.images[:, 0, 0, 0].tolist() == [0, 4]
    assert dataset.labels.tolist() == [0, 1]
    assert dataset.names == ("a.parquet row 0", "a.parquet row 4")


def test_rows_left_out_do_not_shift_the_test_split(tmp_path):
    write(tmp_path / "train.parquet", [0, None, 1], label_type=pa.int64())
    write(tmp_path / "test.parquet", [None, 1], label_type=pa.int64())
    dataset = load(path=tmp_path, max_unreadable_share=0.5)
    assert dataset.labels.tolist() == [0, 1]
    assert dataset.test.labels.tolist() == [1]
    assert dataset.test.images[0, 0, 0, 0] == 1


def test_rows_without_any_label_are_refused(tmp_path):
    path = write(tmp_path / "a.parquet", [None, None], label_type=pa.int64())
    assert "received none in 2 rows" in refusal(path)


def test_label_outside_the_class_names_is_refused(tmp_path):
    path = write(tmp_path / "a.parquet", [0, 1, 2], names=["cat", "dog"])
    assert "received 2 at sample 2" in refusal(path)


def test_unlabelled_test_split_of_the_hub_is_refused(tmp_path):
    write(tmp_path / "train.parquet", [0, 1], names=["cat", "dog"])
    write(tmp_path / "test.parquet", [-1, -1], names=["cat", "dog"])
    assert "received -1" in refusal(tmp_path)


def test_mixed_sizes_and_modes_are_converted(tmp_path):
    contents = [encoded(7), encoded((1, 2, 3), "RGB", (20, 10)), encoded((0, 0, 0, 0), "RGBA")]
    path = write(tmp_path / "a.parquet", [0, 1, 0], contents)
    assert "dataset.image_size" in refusal(path)
    dataset = load(path=path, image_size=8)
    assert dataset.images[:, 0, 0].tolist() == [[7, 7, 7], [1, 2, 3], [255, 255, 255]]


def test_pictures_beside_the_file_are_read_by_their_paths(tmp_path):
    Image.new("L", (8, 8), 9).save(tmp_path / "1.png")
    table = pa.table({"image": [{"bytes": None, "path": "1.png"}] * 2, "label": [0, 1]})
    pq.write_table(table, tmp_path / "a.parquet")
    np.testing.assert_array_equal(load(path=tmp_path / "a.parquet").images, 9)


def test_truncated_file_is_named(tmp_path):
    path = write(tmp_path / "a.parquet", [0, 1])
    path.write_bytes(path.read_bytes()[:-20])
    assert "a.parquet is no Parquet file" in refusal(path)


def test_file_without_rows_is_refused(tmp_path):
    empty = pa.table({"image": pa.array([], pa.binary()), "label": pa.array([], pa.int64())})
    pq.write_table(empty, tmp_path / "a.parquet")
    assert "received none" in refusal(tmp_path / "a.parquet")


def test_missing_path_says_the_hint(tmp_path):
    assert "Ask Ada." in refusal(tmp_path / "none", hint="Ask Ada.")
