import subprocess
import sys
import textwrap
import time
from contextlib import suppress

import pytest

from ripieno.runtime import progress_line as module
from ripieno.runtime.progress import Status, mark
from ripieno.runtime.progress_line import now_doing, pause_progress_line, progress_line
from ripieno.runtime.terminal import ProgressDisplay

PROGRAM = """
    import logging, pathlib, sys, time
    from ripieno.runtime.progress import EpochLog, Status, mark
    from ripieno.runtime.progress_line import now_doing, progress_line
    from ripieno.runtime.terminal import ProgressDisplay

    log = pathlib.Path(sys.argv[1])
    with progress_line():
        now_doing("Loading")
        logging.getLogger("late").addHandler(logging.StreamHandler())
        for number in range(3):
            print("printed", number)
            print("to stderr", number, file=sys.stderr)
            time.sleep(0.3)
        with ProgressDisplay({"forest": log}):
            EpochLog(log)
            logging.getLogger("late").warning("a warning")
            mark(log, Status("failed", "no memory " * 20))
            time.sleep(0.6)
        now_doing("Evaluating " + "at length " * 20)
        time.sleep(0.6)
        print("the result")
    print("afterwards")
"""


@pytest.fixture
def program(tmp_path):
    script = tmp_path / "program.py"
    script.write_text(textwrap.dedent(PROGRAM))
    return script


@pytest.fixture
def fast(monkeypatch):
    monkeypatch.setattr(module, "PLAIN_SECONDS", 0.1)
    monkeypatch.setattr(module, "REFRESH_SECONDS", 0.02)


def test_what_goes_on_is_told_at_once(capsys):
    with progress_line():
        now_doing("Loading")
        assert capsys.readouterr().out == "Loading\n"
        now_doing("Evaluating")
        assert capsys.readouterr().out == "Evaluating\n"


def test_it_is_told_again_with_the_time_it_has_taken(fast, capsys):
    with progress_line():
        now_doing("Loading")
        time.sleep(0.5)
    first, *lines = capsys.readouterr().out.splitlines()
    assert first == "Loading"
    assert len(lines) >= 2
    assert all(line.startswith("Loading: 0.") and line.endswith(" s so far") for line in lines)


def test_the_same_again_is_not_told_twice(capsys):
    with progress_line():
        now_doing("Waiting")
        now_doing("Waiting")
    assert capsys.readouterr().out == "Waiting\n"


def test_a_command_that_tells_nothing_prints_nothing(fast, capsys):
    with progress_line():
        time.sleep(0.3)
    assert capsys.readouterr().out == ""


def test_nothing_is_told_outside(fast, capsys):
    now_doing("Loading")
    with progress_line():
        now_doing("Evaluating")
    now_doing("Loading")
    time.sleep(0.3)
    assert capsys.readouterr().out == "Evaluating\n"


def test_what_tells_its_own_progress_is_not_told_over(fast, capsys):
    with progress_line():
        now_doing("Training")
        with pause_progress_line():
            capsys.readouterr()
            time.sleep(0.3)
            assert capsys.readouterr().out == ""
        time.sleep(0.3)
        assert "Training: " in capsys.readouterr().out


def test_it_stops_when_the_command_fails(fast, capsys):
    with suppress(KeyError), progress_line():
        now_doing("Loading")
        raise KeyError
    capsys.readouterr()
    time.sleep(0.3)
    assert capsys.readouterr().out == ""


def test_on_a_terminal_one_line_is_kept_up_to_date_below_what_is_printed(program, on_terminal):
    screen, written, code = on_terminal(program, program.with_name("log"))
    assert code == 0
    assert "Loading: 0." in written
    assert "Evaluating at length" in written
    assert not [line for line in screen.lines if line.startswith(("Loading", "Evaluating"))]
    for line in [f"{stream} {n}" for stream in ("printed", "to stderr") for n in range(3)]:
        assert screen.lines.count(line) == 1
    assert screen.lines.count("a warning") == 1
    assert len([line for line in screen.lines if line.startswith("Training 1 members")]) == 1
    assert "".join(screen.lines).count("forest: failed: no memory") == 1
    assert screen.lines[-3:] == ["the result", "afterwards", ""]
    assert screen.cursor_shown


def test_without_a_terminal_there_are_plain_lines(program):
    told = subprocess.run(
        [sys.executable, program, program.with_name("log")], capture_output=True, timeout=60
    )
    assert b"\x1b" not in told.stdout + told.stderr
    lines = told.stdout.decode().splitlines()
    assert lines[0] == "Loading"
    assert lines[-2:] == ["the result", "afterwards"]
    assert lines[-3].startswith("Evaluating at length")


def test_members_of_whom_nothing_is_new_are_told_together(tmp_path, capsys, monkeypatch):
    monkeypatch.setattr("ripieno.runtime.terminal.PLAIN_SECONDS", 0.5)
    mark(tmp_path / "forest", Status("done", seconds=1.0))
    with ProgressDisplay({"forest": tmp_path / "forest", "late": tmp_path / "late"}):
        time.sleep(1.2)
    first, *others = capsys.readouterr().out.splitlines()
    assert first == "forest: done, took 1.0 s"
    assert others[0].startswith("Training 2 members: 1 waiting, 1 done, ")
    assert others[0].endswith(" s so far")
