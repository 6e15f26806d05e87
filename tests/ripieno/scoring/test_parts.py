import pyarrow as pa
import pytest

from ripieno.errors import DataError
from ripieno.scoring.parts import UNFINISHED, Parts, sole_writer

TABLE = pa.table({"a": [1, 2, 3]})


def test_a_part_comes_back(tmp_path):
    parts = Parts(tmp_path / "new")
    parts.write(0, TABLE)
    parts.write(1, TABLE.slice(1))
    assert [part["a"].to_pylist() for part in parts.read(2, ["a"])] == [[1, 2, 3], [2, 3]]


def test_a_part_is_finished_when_it_has_all_its_rows(tmp_path):
    parts = Parts(tmp_path)
    parts.write(0, TABLE)
    assert parts.is_finished(0, 3)
    assert not parts.is_finished(0, 4)
    assert not parts.is_finished(1, 3)


def test_a_damaged_part_is_not_finished(tmp_path):
    parts = Parts(tmp_path)
    parts.write(0, TABLE)
    parts.path(0).write_bytes(parts.path(0).read_bytes()[:-3])
    assert not parts.is_finished(0, 3)


def test_equal_tables_make_equal_files(tmp_path):
    parts = Parts(tmp_path)
    parts.write(0, TABLE)
    parts.write(1, TABLE)
    assert parts.path(0).read_bytes() == parts.path(1).read_bytes()


def test_what_was_left_unfinished_is_swept(tmp_path):
    parts = Parts(tmp_path)
    parts.write(0, TABLE)
    (tmp_path / f"{UNFINISHED}part-00001.parquet").write_bytes(b"half")
    parts.sweep()
    assert [path.name for path in tmp_path.iterdir()] == ["part-00000.parquet"]


def test_only_one_may_write(tmp_path):
    with (
        sole_writer(tmp_path / "new"),
        pytest.raises(DataError, match="another process"),
        sole_writer(tmp_path / "new"),
    ):
        pass
    with sole_writer(tmp_path / "new"):
        assert (tmp_path / "new").is_dir()
