import pytest

from ripieno.runtime.member_progress import MemberProgress, duration
from ripieno.runtime.progress import EpochLog, Status, mark
from ripieno.training.epoch import Epoch

SCORES = {"validation_log_loss": 0.25, "validation_accuracy": 0.9, "images_per_second": 1200.0}


def epoch(number, seconds=2.0, n_epochs=10, metrics=SCORES):
    return Epoch(number, n_epochs, seconds, metrics)


@pytest.fixture
def member(tmp_path):
    return MemberProgress("forest", tmp_path / "forest", 100.0)


@pytest.fixture
def log(tmp_path):
    return EpochLog(tmp_path / "forest")


def test_a_member_waits_until_its_worker_says_otherwise(member):
    assert not member.poll(101.0)
    assert member.cells(101.0) == ("waiting", "", "", "", "")


def test_time_so_far_is_shown_until_the_first_epoch_ends(member, log):
    assert member.poll(110.0)
    assert not member.poll(111.0)
    assert member.cells(135.0) == ("training", "", "", "", "25 s so far")


def test_time_left_is_the_recent_pace_times_the_epochs_left(member, log):
    log(epoch(1, seconds=1000.0))
    for number in range(2, 7):
        log(epoch(number))
    member.poll(200.0)
    assert member.seconds_left(200.0) == 4 * 2.0
    assert member.seconds_left(203.0) == 5.0
    assert member.seconds_left(300.0) == 0.0
    assert member.cells(200.0) == ("6/10", "0.2500", "90.00%", "1,200", "8.0 s left")


def test_a_short_first_epoch_says_nothing_of_the_pace(member, log):
    member.poll(190.0)
    log(epoch(1, seconds=9.0))
    member.poll(200.0)
    assert member.seconds_left(200.0) is None
    assert member.cells(201.0)[-1] == "11 s so far"
    log(epoch(2, seconds=1.0))
    member.poll(202.0)
    assert member.seconds_left(202.0) == 8 * 1.0


def test_a_long_first_epoch_says_something(member, log):
    log(epoch(1, seconds=60.0))
    member.poll(200.0)
    assert member.seconds_left(200.0) == 9 * 60.0


def test_after_the_last_epoch_a_member_is_finishing(member, log):
    log(epoch(10))
    member.poll(200.0)
    assert member.cells(200.0)[-1] == "finishing"


def test_what_was_last_scored_is_shown_at_the_end(member, log, tmp_path):
    log(epoch(3))
    mark(tmp_path / "forest", Status("done", seconds=72.0))
    member.poll(200.0)
    assert member.ended
    assert member.cells(200.0) == ("done", "0.2500", "90.00%", "", "took 1:12")
    assert member.sentence(200.0) == "forest: done, log-loss 0.2500, accuracy 90.00%, took 1:12"


def test_a_model_without_epochs_needs_no_figures(member, log):
    log(epoch(1, n_epochs=1, metrics={}))
    member.poll(200.0)
    assert member.sentence(200.0) == "forest: epoch 1/1, finishing"


def test_a_diverged_training_says_so(member, log):
    log(epoch(1, metrics={"validation_log_loss": float("nan")}))
    member.poll(200.0)
    assert member.cells(200.0)[1] == "diverged"


def test_a_training_begun_anew_starts_from_nothing(member, log, tmp_path):
    log(epoch(9))
    mark(tmp_path / "forest", Status("failed", "its worker died"))
    member.poll(200.0)
    EpochLog(tmp_path / "forest")
    member.poll(210.0)
    assert member.cells(213.0) == ("training", "", "", "", "3.0 s so far")


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0, "0.0 s"),
        (9.94, "9.9 s"),
        (9.96, "10 s"),
        (59.4, "59 s"),
        (59.6, "1:00"),
        (190, "3:10"),
        (3599.7, "1:00:00"),
        (3723, "1:02:03"),
    ],
)
def test_durations_are_written_as_people_read_them(seconds, text):
    assert duration(seconds) == text
