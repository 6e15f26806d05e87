"""A workspace whose first command was killed is as good as new."""

import subprocess
import sys
import time

import pytest

from tasks.tracking import open_tracker

OPEN = """
import sys
from pathlib import Path
from tasks.tracking import open_tracker
print("begun", flush=True)
open_tracker(f"sqlite:///{sys.argv[1]}/mlflow.db", "digits", Path(sys.argv[1]) / "mlartifacts")
"""
MAKE = """
import sys
from mlflow import MlflowClient
MlflowClient(tracking_uri=f"sqlite:///{sys.argv[1]}/mlflow.db").search_experiments()
"""


def opened(folder):
    tracker = open_tracker(f"sqlite:///{folder}/mlflow.db", "digits", folder / "mlartifacts")
    return tracker.client.get_run(tracker.start_run("first", {})).info.status


@pytest.mark.parametrize("seconds", [0.1, 0.4, 0.9])
def test_a_kill_while_the_database_is_made_costs_nothing(seconds, tmp_path):
    with subprocess.Popen(
        [sys.executable, "-c", OPEN, tmp_path], stdout=subprocess.PIPE
    ) as process:
        process.stdout.readline()
        time.sleep(seconds)
        process.kill()
    assert opened(tmp_path) == "RUNNING"


def test_what_another_version_left_half_made_is_put_aside(tmp_path):
    database = tmp_path / "mlflow.db"
    with subprocess.Popen([sys.executable, "-c", MAKE, tmp_path]) as process:
        while not database.exists() or database.stat().st_size < 8192:
            assert process.poll() is None
            time.sleep(0.001)
        process.kill()
    assert opened(tmp_path) == "RUNNING"
    kept = sorted(path.name for path in tmp_path.glob("mlflow.db.unfinished-*"))
    assert len([name for name in kept if "-journal" not in name]) <= 1


def test_a_database_with_runs_is_never_put_aside(tmp_path):
    assert opened(tmp_path) == "RUNNING"
    assert opened(tmp_path) == "RUNNING"
    assert list(tmp_path.glob("*unfinished*")) == []
