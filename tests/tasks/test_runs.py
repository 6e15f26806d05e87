"""What is left of a killed process, in a real SQLite store."""

import json
import signal
import subprocess
import sys

import pytest

from conf.workspace import Workspace
from tasks.runs import RUNNING, end_if_killed, end_killed_runs, mark_running
from tasks.tracking import open_tracker

HOLD = """
import sys, time
from pathlib import Path
from tasks.runs import mark_running
with mark_running(Path(sys.argv[1]), sys.argv[2]):
    print("marked", flush=True)
    time.sleep(60)
"""


@pytest.fixture(scope="module")
def tracker(tmp_path_factory):
    folder = tmp_path_factory.mktemp("mlflow")
    return open_tracker(f"sqlite:///{folder}/mlflow.db", "runs", folder / "artifacts")


def status(tracker, run_id):
    return tracker.client.get_run(run_id).info.status


@pytest.fixture
def holder(tracker, tmp_path):
    run_id = tracker.start_run("held", {})
    path = tmp_path / RUNNING
    process = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(path), run_id], stdout=subprocess.PIPE, text=True
    )
    with process:
        assert process.stdout.readline() == "marked\n"
        yield process, path, run_id
        process.kill()


def test_a_run_whose_process_lives_is_left_alone(tracker, holder):
    _, path, run_id = holder
    end_if_killed(path, tracker)
    assert status(tracker, run_id) == "RUNNING"
    assert path.exists()


def test_a_run_whose_process_was_killed_is_ended(tracker, holder):
    process, path, run_id = holder
    process.send_signal(signal.SIGKILL)
    process.wait()
    end_if_killed(path, tracker)
    assert status(tracker, run_id) == "KILLED"
    assert not path.exists()


def test_a_mark_that_was_never_written_is_removed(tracker, tmp_path):
    path = tmp_path / RUNNING
    path.touch()
    end_if_killed(path, tracker)
    assert not path.exists()


def test_a_run_that_ends_leaves_no_mark(tmp_path):
    path = tmp_path / RUNNING
    with mark_running(path, "id"):
        assert json.loads(path.read_text())["mlflow_run_id"] == "id"
    assert not path.exists()


def test_a_run_that_fails_leaves_no_mark(tmp_path):
    path = tmp_path / RUNNING
    with pytest.raises(KeyError), mark_running(path, "id"):
        raise KeyError
    assert not path.exists()


def test_what_was_killed_is_found_in_the_workspace_by_its_name(tracker, tmp_path):
    run_id = tracker.start_run("runs-20261124-013300-4f2a", {})
    path = tmp_path / "runs" / "runs-20261124-013300-4f2a" / RUNNING
    path.parent.mkdir(parents=True)
    path.write_text(json.dumps({"mlflow_run_id": run_id, "prefect_flow_run_id": None}))
    end_killed_runs(Workspace(tmp_path), tracker.uri)
    assert status(tracker, run_id) == "KILLED"
    assert not path.exists()
