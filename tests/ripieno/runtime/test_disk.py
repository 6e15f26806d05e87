import errno
import os

import pytest

from ripieno.runtime.disk import DiskError, link_latest, one_line_errors


def test_link_points_to_the_newest_and_is_relative(tmp_path):
    for name in ("first", "second"):
        (tmp_path / name).mkdir()
        link = link_latest(tmp_path / name)
    assert link == tmp_path / "latest"
    assert str(link.readlink()) == "second"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["first", "latest", "second"]


def test_a_dangling_link_is_replaced(tmp_path):
    (tmp_path / "latest").symlink_to("gone")
    (tmp_path / "run").mkdir()
    assert link_latest(tmp_path / "run").resolve() == tmp_path / "run"


def test_a_real_directory_named_latest_is_left_alone(tmp_path):
    (tmp_path / "latest").mkdir()
    (tmp_path / "run").mkdir()
    with pytest.raises(DiskError, match="Move what is there away"):
        link_latest(tmp_path / "run")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["latest", "run"]


def test_a_full_disk_is_told_with_the_file(tmp_path):
    told = r"No space left on device \(/tmp/scratch\)"
    with pytest.raises(DiskError, match=told), one_line_errors(tmp_path):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), "/tmp/scratch")


def test_what_another_file_forbids_is_no_error_of_this_place(tmp_path):
    with pytest.raises(PermissionError), one_line_errors(tmp_path):
        raise PermissionError(errno.EACCES, "Permission denied", "/data/images")


def test_an_error_without_a_number_passes_while_there_is_room(tmp_path):
    with pytest.raises(OSError, match="100 requested and 3 written"), one_line_errors(tmp_path):
        raise OSError("100 requested and 3 written")
