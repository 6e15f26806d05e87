"""What is left of a killed process, in a real SQLite store."""

import json
import signal
import subprocess
import sys

import pytest
from mlflow import MlflowClient

from conf.workspace import Workspace
from tasks.runs import RUNNING, close, end_killed_runs, mark_running
from tasks.tracking import Tracker, open_tracker

NAME = "runs-20261124-013300-4f2a"
HOLD = """
import sys, time
from pathlib import Path
from tasks.runs import mark_running
from tasks.tracking import open_tracker
path, uri, known = Path(sys.argv[1]), sys.argv[2], sys.argv[3] == "known"
tracker = open_tracker(uri, "runs", path.parents[2] / "mlartifacts")
with mark_running(path, uri, "runs") as mark:
    run_id = tracker.start_run(path.parent.name, {})
    if known:
        mark.update(mlflow_run_id=run_id)
    print(run_id, flush=True)
    time.sleep(60)
"""


@pytest.fixture
def workspace(tmp_path):
    return Workspace(tmp_path)


@pytest.fixture
def tracker(workspace):
    return open_tracker(workspace.tracking_uri, "runs", workspace.artifacts)


@pytest.fixture
def path(workspace):
    path = workspace.runs / NAME / RUNNING
    path.parent.mkdir(parents=True)
    return path


def status(tracker, run_id):
    return tracker.client.get_run(run_id).info.status


@pytest.fixture(params=["known", "killed before its id was written down"])
def holder(request, tracker, path):
    command = [sys.executable, "-c", HOLD, str(path), tracker.uri, request.param]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        yield process, process.stdout.readline().strip()
        process.kill()


def test_a_run_whose_process_lives_is_left_alone(workspace, tracker, path, holder):
    _, run_id = holder
    end_killed_runs(workspace)
    assert status(tracker, run_id) == "RUNNING"
    assert path.exists()


def test_a_run_whose_process_was_killed_is_ended(workspace, tracker, path, holder):
    process, run_id = holder
    process.send_signal(signal.SIGKILL)
    process.wait()
    child = open_tracker(tracker.uri, "another", workspace.artifacts).start_run("c", {}, run_id)
    (workspace.runs / "latest").symlink_to(NAME)
    end_killed_runs(workspace)
    assert status(tracker, run_id) == "KILLED"
    assert status(tracker, child) == "KILLED"
    assert not path.exists()


def test_a_mark_that_was_never_written_is_removed(workspace, path):
    path.touch()
    end_killed_runs(workspace)
    assert not path.exists()


def test_a_run_that_ends_leaves_no_mark(tracker, path):
    run_id = tracker.start_run(NAME, {})
    with mark_running(path, tracker.uri, "runs") as mark:
        mark.update(mlflow_run_id=run_id)
        assert json.loads(path.read_text())["mlflow_run_id"] == run_id
        close(mark, tracker, "FINISHED")
    assert status(tracker, run_id) == "FINISHED"
    assert not path.exists()


def test_a_run_that_is_gone_from_its_store_stops_nothing(workspace, path):
    path.write_text(json.dumps({"mlflow_run_id": "0" * 32, "tracking_uri": None}))
    end_killed_runs(workspace)
    assert not path.exists()


@pytest.mark.parametrize("uri", ["http://127.0.0.1:9", "sqlite:////proc/gone.db", "ftp://gone"])
def test_a_store_that_is_gone_stops_nothing_and_is_asked_again(workspace, path, uri, caplog):
    path.write_text(json.dumps({"mlflow_run_id": "1", "tracking_uri": uri, "experiment": "runs"}))
    end_killed_runs(workspace)
    assert f"The end of {NAME} waits" in caplog.text
    assert path.exists()


def test_an_end_that_could_not_be_told_is_told_later(workspace, tracker, path, monkeypatch):
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "0")
    run_id = tracker.start_run(NAME, {})
    gone = Tracker(MlflowClient("http://127.0.0.1:9"), "http://127.0.0.1:9", "1")
    with mark_running(path, tracker.uri, "runs") as mark:
        mark.update(mlflow_run_id=run_id)
        close(mark, gone, "FINISHED")
    assert json.loads(path.read_text())["status"] == "FINISHED"
    end_killed_runs(workspace)
    assert status(tracker, run_id) == "FINISHED"
    assert not path.exists()
