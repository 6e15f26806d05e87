"""The flow process is ended in every way there is: no process that it started may survive."""

import os
import signal
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import pytest

MARKER = "RIPIENO_TEST_MARKER"

FLOW = """
    import sys, time
    from ripieno.runtime.workers import WorkerPool

    if __name__ == "__main__":
        with WorkerPool(2) as pool:
            print("entered", flush=True)
            if sys.argv[1] == "busy":
                futures = [pool.submit(exec, sys.argv[2]) for _ in range(3)]
                while sum(future.running() for future in futures) < 2:
                    time.sleep(0.01)
                time.sleep(0.5)
                print("running", flush=True)
            time.sleep(600)
"""
SLEEP = "import time; time.sleep(600)"
# Native code that never lets another thread of Python run, as a long computation may do.
HOLD = "import ctypes; ctypes.PyDLL(None).sleep(600)"
IGNORE = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); time.sleep(600)"


def survivors(marker):
    """Command lines of the living processes that have the marker in their environment."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            if marker.encode() in (process / "environ").read_bytes():
                found.append((process / "cmdline").read_bytes().replace(b"\0", b" "))
        except OSError:
            continue
    return found


def wait_for_none(marker, seconds=15.0):
    deadline = time.monotonic() + seconds
    while (left := survivors(marker)) and time.monotonic() < deadline:
        time.sleep(0.05)
    return left


@pytest.fixture
def flow(tmp_path):
    """Start a flow process in a process group of its own, and wait for a line from it."""
    marker = f"{MARKER}={tmp_path.name}-{os.getpid()}"
    script = tmp_path / "flow.py"
    script.write_text(textwrap.dedent(FLOW))
    name, _, value = marker.partition("=")
    started = []

    def start(*arguments):
        process = subprocess.Popen(
            [sys.executable, str(script), *arguments],
            env=os.environ | {name: value, "TMPDIR": str(tmp_path)},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=True,
        )
        started.append(process)
        process.marker = marker
        assert process.stdout.readline() == b"entered\n"
        if arguments[0] == "busy":
            assert process.stdout.readline() == b"running\n"
            assert len(survivors(marker)) >= 3
        return process

    yield start
    for process in started:
        process.kill()
        process.communicate()


@pytest.mark.parametrize("code", [SLEEP, HOLD, IGNORE])
@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_no_worker_outlives_a_flow_that_is_killed_at_work(flow, tmp_path, number, code):
    process = flow("busy", code)
    process.send_signal(number)
    process.wait(200)
    assert wait_for_none(process.marker) == []
    assert list(tmp_path.glob("ripieno-worker-*")) == []


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
@pytest.mark.parametrize("delay", [0.0, 0.05, 0.2])
def test_no_worker_outlives_a_flow_that_is_killed_while_they_start(flow, number, delay):
    process = flow("idle")
    time.sleep(delay)
    process.send_signal(number)
    process.wait(200)
    assert wait_for_none(process.marker) == []


@pytest.mark.parametrize("delay", [0.0, 0.1, 1.0])
def test_ctrl_c_reaches_the_flow_process_alone(flow, delay):
    process = flow("idle")
    time.sleep(delay)
    os.killpg(process.pid, signal.SIGINT)  # as a terminal does
    _, errors = process.communicate(timeout=200)
    assert errors.count(b"Traceback") == 1
    assert errors.rstrip().endswith(b"KeyboardInterrupt")
    assert wait_for_none(process.marker) == []


def test_a_second_ctrl_c_leaves_no_worker_either(flow):
    process = flow("busy", SLEEP)
    for _ in range(3):
        os.killpg(process.pid, signal.SIGINT)
        time.sleep(0.02)
    process.wait(200)
    assert wait_for_none(process.marker) == []


def test_a_stopped_worker_goes_with_its_flow(flow):
    process = flow("busy", "import os, signal; os.kill(os.getpid(), signal.SIGSTOP)")
    process.kill()
    process.wait(200)
    assert wait_for_none(process.marker) == []


def test_a_script_without_a_main_guard_is_told_and_ends(tmp_path):
    script = tmp_path / "unguarded.py"
    script.write_text(
        "from ripieno.runtime.workers import WorkerPool\n"
        "with WorkerPool(1) as pool:\n"
        "    print(pool.submit(abs, -1).result(200))\n"
    )
    done = subprocess.run([sys.executable, str(script)], capture_output=True, timeout=200)
    assert done.returncode == 1
    assert b"died while it started: exit code 1" in done.stderr
