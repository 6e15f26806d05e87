import logging

import pytest

from ripieno.data.unreadable import Unreadable, report_unreadable
from ripieno.errors import DataError


def unreadable(n):
    return [Unreadable(f"{k}.png", "truncated") for k in range(n)]


def test_nothing_unreadable_is_no_finding():
    assert report_unreadable([], 10, 0.0) == ()


def test_tolerated_share_is_one_finding_with_every_name():
    (finding,) = report_unreadable(unreadable(7), 70, 0.1)
    assert "7 of 70" in finding
    assert all(f"{k}.png (truncated)" in finding for k in range(7))


def test_more_than_the_tolerated_share_is_an_error_with_the_first_names():
    with pytest.raises(DataError) as caught:
        report_unreadable(unreadable(8), 70, 0.1)
    message = str(caught.value)
    assert "8 of 70 images cannot be read" in message
    assert "0.png (truncated)" in message
    assert "7.png" not in message
    assert "3 more" in message
    assert "dataset.max_unreadable_share" in message
    assert "\n" not in message


def test_log_has_every_name_where_the_error_has_not(caplog):
    caplog.set_level(logging.WARNING)
    with pytest.raises(DataError):
        report_unreadable(unreadable(8), 8, 0.5)
    assert [f"Unreadable: {k}.png (truncated)" for k in range(8)] == caplog.messages


def test_no_images_at_all_are_an_error():
    with pytest.raises(DataError, match="received none"):
        report_unreadable([], 0, 0.0)
