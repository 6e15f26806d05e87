import logging

from ripieno.data.progress import LoadingProgress

logger = logging.getLogger(__name__)


def test_line_tells_how_much_is_done(caplog):
    caplog.set_level(logging.INFO)
    progress = LoadingProgress(logger, "decoding images", 2000, every=0)
    progress.advance(1500)
    assert caplog.messages == ["decoding images: 1,500 of 2,000"]


def test_quick_load_logs_nothing(caplog):
    caplog.set_level(logging.INFO)
    LoadingProgress(logger, "decoding images", 2000).advance(2000)
    assert caplog.messages == []


def test_unknown_total_is_left_out(caplog):
    caplog.set_level(logging.INFO)
    LoadingProgress(logger, "reading", every=0).advance(3)
    assert caplog.messages == ["reading: 3"]
