from pathlib import Path

import pytest

from ripieno.data.paths import existing_directory, existing_file, one_line, resolve_path, shown
from ripieno.errors import DataError


def test_relative_path_starts_at_the_working_directory(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert resolve_path("data") == tmp_path / "data"


def test_home_and_variables_are_expanded(tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("PICTURES", "birds")
    assert resolve_path(Path("~/$PICTURES")) == tmp_path / "birds"


def test_missing_directory_says_the_hint(tmp_path):
    with pytest.raises(DataError, match=r"nothing does not exist[.] Get it from the archive[.]"):
        existing_directory(tmp_path / "nothing", "Get it from\n the archive.")


def test_file_in_place_of_a_directory_is_refused(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(DataError, match="Expected a directory"):
        existing_directory(tmp_path / "file")


def test_directory_in_place_of_a_file_is_refused(tmp_path):
    with pytest.raises(DataError, match="Expected a file"):
        existing_file(tmp_path)


def test_file_name_is_shown_as_one_line():
    assert shown("a\nb") == "a b"


def test_file_name_of_other_bytes_can_be_printed():
    shown(b"caf\xe9".decode(errors="surrogateescape")).encode()


def test_white_space_becomes_one_space():
    assert one_line(" a\n\t b ") == "a b"
