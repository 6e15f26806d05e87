import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from ripieno.data.parquet_files import find_parquet_files, read_contents, read_labels
from ripieno.errors import DataError


def touch(folder, *names):
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).touch()


def found(path, root):
    return [(split, str(file.relative_to(root))) for split, file in find_parquet_files(path, None)]


def write(path, **columns):
    pq.write_table(pa.table(columns), path)
    return path


def test_shards_of_a_directory_are_found_in_order_with_their_splits(tmp_path):
    touch(
        tmp_path,
        "data/train-00001-of-00002.parquet",
        "data/train-00000-of-00002.parquet",
        "data/test-00000-of-00001.parquet",
        "data/validation-00000-of-00001.parquet",
        "README.md",
        ".cache/train.parquet",
    )
    assert found(tmp_path, tmp_path) == [
        ("test", "data/test-00000-of-00001.parquet"),
        ("train", "data/train-00000-of-00002.parquet"),
        ("train", "data/train-00001-of-00002.parquet"),
        ("validation", "data/validation-00000-of-00001.parquet"),
    ]


def test_split_may_be_the_name_of_a_directory(tmp_path):
    touch(tmp_path, "split=train/0.parquet", "test/0.parquet", "more.parquet")
    assert dict(found(tmp_path, tmp_path)) == {
        "": "more.parquet",
        "train": "split=train/0.parquet",
        "test": "test/0.parquet",
    }


def test_directory_above_the_data_says_nothing_about_the_split(tmp_path):
    touch(tmp_path, "test/pictures.parquet")
    assert found(tmp_path / "test", tmp_path) == [("", "test/pictures.parquet")]


def test_pattern_names_several_files(tmp_path):
    touch(tmp_path, "a-0.parquet", "a-1.parquet", "b-0.parquet")
    assert found(tmp_path / "a-*.parquet", tmp_path) == [("", "a-0.parquet"), ("", "a-1.parquet")]


def test_one_file_may_have_any_name(tmp_path):
    touch(tmp_path, "pictures.pq")
    assert found(tmp_path / "pictures.pq", tmp_path) == [("", "pictures.pq")]


@pytest.mark.parametrize("name", ["", "*.parquet", "none"])
def test_nothing_there_says_the_hint(tmp_path, name):
    with pytest.raises(DataError, match="Ask Ada"):
        find_parquet_files(tmp_path / name, "Ask Ada.")


@pytest.mark.parametrize(
    ("column", "labels", "present"),
    [
        (pa.array([1, 0, 1], pa.int8()), [1, 0, 1], [True] * 3),
        (pa.array([1, None, 2]), [1, 0, 2], [True, False, True]),
        (pa.array(["b", None, "a"]), ["b", "", "a"], [True, False, True]),
        (pa.array(["b", "a", "b"]).dictionary_encode(), ["b", "a", "b"], [True] * 3),
        (pa.array([True, False, None]), [True, False, False], [True, True, False]),
        (pa.array([1.0, float("nan"), None]), [1.0, 0.0, 0.0], [True, False, False]),
        (pa.nulls(2), [0, 0], [False, False]),
    ],
)
def test_labels_and_which_rows_have_one(tmp_path, column, labels, present):
    read, has_label = read_labels(write(tmp_path / "a.parquet", label=column), "label")
    assert read.tolist() == labels
    assert has_label.tolist() == present


def test_labels_of_another_type_are_refused(tmp_path):
    path = write(tmp_path / "a.parquet", label=pa.array([[1], [2]]))
    with pytest.raises(DataError, match="list<"):
        read_labels(path, "label")


def test_bytes_are_read_plain_or_from_a_struct(tmp_path):
    plain = write(tmp_path / "a.parquet", image=pa.array([b"one", None]))
    struct = write(
        tmp_path / "b.parquet",
        image=pa.array([{"bytes": b"one", "path": "1.png"}, {"bytes": None, "path": None}, None]),
    )
    assert list(read_contents(plain, "image")) == [b"one", None]
    assert list(read_contents(struct, "image")) == [b"one", None, None]


def test_path_without_bytes_is_relative_to_its_file(tmp_path):
    column = pa.array([{"bytes": None, "path": "pictures/1.png"}])
    path = write(tmp_path / "a.parquet", image=column)
    assert list(read_contents(path, "image")) == [tmp_path / "pictures/1.png"]


def test_rows_come_in_order_over_batches_and_row_groups(tmp_path):
    values = [str(k).encode() for k in range(1000)]
    pq.write_table(pa.table({"image": values}), tmp_path / "a.parquet", row_group_size=300)
    assert list(read_contents(tmp_path / "a.parquet", "image")) == values


@pytest.mark.parametrize("content", [b"", b"PAR1", b"PAR1 garbage PAR1", b"no parquet at all"])
def test_what_is_no_parquet_file_is_refused_in_one_line(tmp_path, content):
    path = tmp_path / "a.parquet"
    path.write_bytes(content)
    for read in (lambda: read_labels(path, "label"), lambda: list(read_contents(path, "image"))):
        with pytest.raises(DataError, match=r"a\.parquet is no Parquet file") as caught:
            read()
        assert "\n" not in str(caught.value)


def test_corrupt_page_is_refused(tmp_path):
    path = tmp_path / "a.parquet"
    noise = np.random.default_rng(0).bytes(2000)
    pq.write_table(pa.table({"image": [noise]}), path, write_page_checksum=True)
    content = bytearray(path.read_bytes())
    content[500] ^= 0xFF
    path.write_bytes(content)
    with pytest.raises(DataError, match="damaged"):
        list(read_contents(path, "image"))
