import os
import signal
import subprocess
import sys
import textwrap
import time

import pytest

from ripieno.runtime.guard import descendants, guarded_children, is_alive

FLOW = """
    import os, subprocess, sys, time
    from ripieno.runtime.guard import descendants, guarded_children
    with guarded_children():
        server = [sys.executable, "-c", "import subprocess; subprocess.run(['sleep', '600'])"]
        subprocess.Popen(server, start_new_session=True, stdout=subprocess.DEVNULL)
        while len(descendants(os.getpid())) < 3:
            time.sleep(0.1)
        print("running", flush=True)
        if sys.argv[1] == "wait":
            time.sleep(600)
        sys.stdin.readline()
"""


def alive(processes):
    return [pid for pid, started in processes if is_alive(pid, started)]


def none_left(processes, seconds=200.0):
    deadline = time.monotonic() + seconds
    while alive(processes) and time.monotonic() < deadline:
        time.sleep(0.1)
    return not alive(processes)


@pytest.fixture
def flow(tmp_path):
    """Start a flow process: it, and the child and grandchild that it has beside its guard."""
    script = tmp_path / "flow.py"
    script.write_text(textwrap.dedent(FLOW))
    begun = []

    def start(way):
        process = subprocess.Popen(
            [sys.executable, str(script), way],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            start_new_session=True,
        )
        assert process.stdout.readline() == b"running\n"
        processes = descendants(process.pid)
        assert len(processes) == 3
        begun.append((process, processes))
        return process, processes

    yield start
    for process, processes in begun:
        process.kill()
        process.stdin.close()
        process.stdout.close()
        process.wait()
        for pid in alive(processes):
            os.kill(pid, signal.SIGKILL)


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
def test_what_a_killed_process_started_is_ended(flow, number):
    process, processes = flow("wait")
    process.send_signal(number)
    process.wait(200)
    assert none_left(processes)


def test_a_kill_of_the_whole_group_does_not_reach_the_guard(flow):
    process, processes = flow("wait")
    os.killpg(process.pid, signal.SIGKILL)
    process.wait(200)
    assert none_left(processes)


def test_leaving_in_good_order_ends_nothing(flow):
    process, processes = flow("leave")
    process.stdin.close()
    assert process.wait(200) == 0
    assert not none_left(processes, 1.0)
    assert len(alive(processes)) == 2  # all but the guard


def test_no_guard_is_left():
    before = descendants(os.getpid())
    with guarded_children():
        assert len(descendants(os.getpid()) - before) == 1
    assert descendants(os.getpid()) <= before


def test_a_process_that_does_not_exist_has_no_descendants():
    assert descendants(2**30) == set()
