import signal
import subprocess
import sys
import textwrap
import time

import pytest

from ripieno.runtime.progress import EpochLog, Status, mark
from ripieno.runtime.terminal import ProgressDisplay
from ripieno.training.epoch import Epoch

PROGRAM = """
    import logging, pathlib, sys, time
    from rich.console import Console
    from ripieno.runtime.progress import EpochLog, Status, mark
    from ripieno.runtime.terminal import ProgressDisplay
    from ripieno.training.epoch import Epoch

    class PrefectConsoleHandler(logging.StreamHandler):  # prints as Prefect's does
        def __init__(self):
            super().__init__(sys.stderr)
            self.console = Console(file=self.stream)
        def emit(self, record):
            self.console.print(self.format(record), soft_wrap=True)

    logging.getLogger("flow").addHandler(PrefectConsoleHandler())
    logging.getLogger("plain").addHandler(logging.StreamHandler())
    logging.getLogger("plain").propagate = False

    def epoch(number, n=10, seconds=1.5):
        metrics = {"validation_log_loss": 1 / number, "validation_accuracy": 1 - 0.5 / number}
        return Epoch(number, n, seconds, metrics | {"images_per_second": 1824.4})

    folder = pathlib.Path(sys.argv[1])
    names = ["separable_convnet", "forest", "hog", "dense", "later"]
    logs = {name: folder / name for name in names}
    with ProgressDisplay(logs):
        log = EpochLog(logs["separable_convnet"])
        for number in range(1, 6):
            log(epoch(number))
            logging.getLogger("flow").warning("a warning of the flow %d", number)
            logging.getLogger("plain").warning("a plain warning %d", number)
            print("printed", number, flush=True)
            print("to stderr", number, file=sys.stderr, flush=True)
            time.sleep(0.1)
        mark(logs["hog"], Status("reused"))
        scores = {"validation_log_loss": 0.4411, "validation_accuracy": 0.882}
        mark(logs["forest"], Status("done", seconds=12.34, metrics=scores))
        mark(logs["dense"], Status("failed", "The worker died while it ran train: ended by "
             "SIGKILL (most often the kernel, for want of memory: use fewer workers)."))
        time.sleep(0.6)
        if len(sys.argv) > 2:
            exec(sys.argv[2])
    logging.getLogger("flow").warning("afterwards")
"""


@pytest.fixture
def program(tmp_path):
    script = tmp_path / "program.py"
    script.write_text(textwrap.dedent(PROGRAM))
    (tmp_path / "logs").mkdir()
    return script


@pytest.fixture
def shown(program, on_terminal):
    def run(*arguments, **settings):
        return on_terminal(program, program.with_name("logs"), *arguments, **settings)

    return run


def test_a_terminal_shows_one_line_a_member(shown):
    screen, _, code = shown()
    assert code == 0
    start = next(i for i, line in enumerate(screen.lines) if line.startswith("Training 5"))
    head, titles, *members = screen.lines[start : start + 7]
    assert head.startswith("Training 5 members: 1 waiting, 1 training, 1 done, 1 reused, 1 failed")
    assert titles.split() == ["member", "epoch", "log-loss", "accuracy", "images/s", "time"]
    first = ["separable_convnet", "5/10", "0.2000", "90.00%", "1,824"]
    assert members[0].split()[:5] == first
    assert members[0].endswith(" s left")
    assert members[1].split() == ["forest", "done", "0.4411", "88.20%", "took", "12", "s"]
    assert members[2].split() == ["hog", "reused"]
    assert members[3].startswith("dense                failed The worker died")
    assert members[3].endswith("...")
    assert members[4].split() == ["later", "waiting"]


def test_logs_and_prints_appear_above_and_garble_nothing(shown):
    screen, _, _ = shown()
    for number in range(1, 6):
        for line in (f"a warning of the flow {number}", f"a plain warning {number}"):
            assert screen.lines.count(line) == 1
        assert screen.lines.count(f"printed {number}") == 1
        assert screen.lines.count(f"to stderr {number}") == 1
    headers = [line for line in screen.lines if line.startswith("Training 5")]
    assert len(headers) == 1


THREADS = """
import threading, ripieno.runtime.terminal
ripieno.runtime.terminal.POLL_SECONDS = 0.001

def write(k):
    for i in range(100):
        if k == 0: print("thread", k, "line", i)
        if k == 1: logging.getLogger("flow").warning("thread %d line %d", k, i)
        if k == 2: logging.getLogger("plain").warning("thread %d line %d", k, i)

threads = [threading.Thread(target=write, args=(k,)) for k in range(3)]
for thread in threads: thread.start()
for thread in threads: thread.join()
print("begun", end="")
"""


def test_threads_that_write_at_once_garble_nothing(shown):
    screen, _, _ = shown(THREADS)
    lines = [line for line in screen.lines if line.startswith("thread")]
    assert sorted(lines) == sorted(f"thread {k} line {i}" for k in range(3) for i in range(100))
    assert len([line for line in screen.lines if line.startswith("Training 5")]) == 1
    assert "begun" in screen.lines


def test_the_whole_reason_of_a_failure_is_left_at_the_end(shown):
    screen, _, _ = shown()
    after = "".join(screen.lines[-6:])
    assert "want of memory: use fewer workers)." in after


def test_handlers_write_as_before_afterwards(shown):
    screen, _, _ = shown()
    assert screen.lines[-2:] == ["afterwards", ""]


@pytest.mark.parametrize("columns", [30, 60, 80, 200])
def test_lines_fit_the_terminal(shown, columns):
    screen, _, code = shown(columns=columns)
    assert code == 0
    assert len([line for line in screen.lines if line.startswith("Training")]) == 1
    assert max(map(len, screen.lines)) <= columns


def test_a_low_terminal_shows_what_matters_most(shown):
    screen, _, _ = shown(lines=7)
    start = next(i for i, line in enumerate(screen.lines) if line.startswith("Training 5"))
    assert [line.split()[0] for line in screen.lines[start + 2 : start + 6]] == [
        "separable_convnet",
        "dense",
        "later",
        "and",
    ]


def test_colours_are_left_out_on_request(shown):
    assert "\x1b[31m" in shown()[1]
    assert "\x1b[31m" not in shown(environment={"NO_COLOR": "1"})[1]


def test_cursor_is_visible_even_after_a_kill(shown):
    screen, written, code = shown("import os; os.kill(os.getpid(), 9)")
    assert code == -signal.SIGKILL
    assert "\x1b[?25l" in written
    assert screen.cursor_shown


def test_ctrl_c_leaves_a_clean_terminal(shown):
    screen, _, code = shown("import os; os.kill(os.getpid(), 2); time.sleep(5)")
    assert code != 0
    assert screen.cursor_shown
    assert "KeyboardInterrupt" in screen.lines[-2]
    assert len([line for line in screen.lines if line.startswith("Training 5")]) == 1


def test_a_dumb_terminal_gets_plain_lines(shown):
    _, written, _ = shown(environment={"TERM": "dumb"})
    assert "\x1b" not in written
    assert "hog: reused from the store" in written


def test_without_a_terminal_there_are_plain_lines(program):
    folder = program.with_name("logs")
    told = subprocess.run([sys.executable, program, folder], capture_output=True, timeout=200)
    assert b"\x1b" not in told.stdout + told.stderr
    lines = told.stdout.decode().splitlines()
    assert "hog: reused from the store" in lines
    assert "forest: done, log-loss 0.4411, accuracy 88.20%, took 12 s" in lines
    assert any(line.startswith("separable_convnet: epoch ") for line in lines)
    assert any(line.endswith("use fewer workers).") for line in lines)
    assert b"a plain warning 3" in told.stderr


def test_a_closed_pipe_ends_nothing(program):
    folder = program.with_name("logs")
    command = f"{sys.executable} {program} {folder} | true; exit ${{PIPESTATUS[0]}}"
    done = subprocess.run(["bash", "-c", command], capture_output=True, timeout=200)
    assert b"afterwards" in done.stderr or b"BrokenPipeError" in done.stderr


def epoch(number):
    return Epoch(number, 1000, 0.01, {"validation_log_loss": 0.5})


def test_fast_epochs_are_not_all_told(tmp_path, capsys):
    with ProgressDisplay({"fast": tmp_path / "fast"}):
        log = EpochLog(tmp_path / "fast")
        for number in range(1, 1001):
            log(epoch(number))
            time.sleep(0.001)
        time.sleep(0.6)
    lines = capsys.readouterr().out.splitlines()
    assert 2 <= len(lines) < 200
    assert lines[-1] == "fast: epoch 1000/1000, log-loss 0.5000, finishing"


def test_the_end_is_told_even_if_it_comes_at_the_last_moment(tmp_path, capsys):
    with ProgressDisplay({"late": tmp_path / "late"}):
        mark(tmp_path / "late", Status("failed", "no [memory] left"))
    assert capsys.readouterr().out == "late: failed: no [memory] left\n"


def test_nothing_is_said_of_members_that_wait(tmp_path, capsys):
    with ProgressDisplay({"waiting": tmp_path / "waiting"}):
        time.sleep(0.6)
    assert capsys.readouterr().out == ""


def test_no_members_are_no_error(tmp_path, capsys):
    with ProgressDisplay({}):
        pass
    assert capsys.readouterr().out == ""
