import json
from dataclasses import asdict

from ripieno.runtime.progress import EpochLog, JoinedEpochs, Status, mark, tail
from ripieno.training.epoch import Epoch


def epoch(number):
    return Epoch(number, 10, 1.5, {"validation_log_loss": 1.0 / number})


def test_epochs_come_back_as_they_were_written(tmp_path):
    log = EpochLog(tmp_path / "epochs" / "forest.jsonl")
    log(epoch(1))
    log(epoch(2))
    assert list(tail(tmp_path / "epochs" / "forest.jsonl")) == [epoch(1), epoch(2)]


def test_each_reading_yields_what_is_new(tmp_path):
    log, reader = EpochLog(tmp_path / "log"), tail(tmp_path / "log")
    log(epoch(1))
    assert list(reader) == [epoch(1)]
    assert list(reader) == []
    log(epoch(2))
    log(epoch(3))
    assert list(reader) == [epoch(2), epoch(3)]


def test_a_file_that_is_not_there_yet_has_no_epochs(tmp_path):
    reader = tail(tmp_path / "log")
    assert list(reader) == []
    EpochLog(tmp_path / "log")(epoch(1))
    assert list(reader) == [epoch(1)]


def test_a_half_line_is_read_once_it_is_whole(tmp_path):
    reader = tail(tmp_path / "log")
    line = json.dumps(asdict(epoch(1))).encode() + b"\n"
    for n in range(1, len(line)):
        (tmp_path / "log").write_bytes(line[:n])
        assert list(reader) == []
    with (tmp_path / "log").open("ab") as file:
        file.write(line[-1:])
    assert list(reader) == [epoch(1)]


def test_a_line_that_makes_no_sense_is_passed_over(tmp_path):
    log = EpochLog(tmp_path / "log")
    with (tmp_path / "log").open("ab") as file:
        file.write(b'{"number": \xff\n\x00\n5\n{"state": 1, "colour": 2}\n{"number": 1}\n')
    log(epoch(1))
    assert list(tail(tmp_path / "log")) == [epoch(1)]


def test_a_file_begun_anew_is_read_from_its_beginning(tmp_path):
    log, reader = EpochLog(tmp_path / "log"), tail(tmp_path / "log")
    log(epoch(1))
    log(epoch(2))
    list(reader)
    EpochLog(tmp_path / "log")(epoch(1))
    assert list(reader) == [epoch(1)]


def test_a_training_that_diverged_can_be_told(tmp_path):
    EpochLog(tmp_path / "log")(Epoch(1, 2, 0.5, {"validation_log_loss": float("nan")}))
    (read,) = tail(tmp_path / "log")
    assert read.metrics["validation_log_loss"] != read.metrics["validation_log_loss"]


def test_status_is_the_last_one_written(tmp_path):
    reader = tail(tmp_path / "log")
    assert reader.status is None
    log = EpochLog(tmp_path / "log")
    list(reader)
    assert reader.status == Status("training")
    log(epoch(1))
    mark(tmp_path / "log", Status("done", seconds=12.5, metrics={"validation_accuracy": 0.9}))
    assert list(reader) == [epoch(1)]
    assert reader.status == Status("done", "", 12.5, {"validation_accuracy": 0.9})


def test_the_epochs_of_several_trainings_are_counted_through(tmp_path):
    joined = JoinedEpochs(tmp_path / "member.jsonl", n_parts=3)
    joined.begin()
    joined.begin()
    joined.add("fold-0", [epoch(1), epoch(2)])
    joined.add("fold-1", [epoch(1)])
    joined.end("fold-0", 10)  # stopped early, or was in the store
    last = joined.add("refit", [epoch(1)])
    reader = tail(tmp_path / "member.jsonl")
    assert [(e.number, e.n_epochs) for e in reader] == [(1, 30), (2, 30), (3, 30), (12, 30)]
    assert reader.status == Status("training")
    assert last.number == 12
    assert joined.add("refit", []) is None
