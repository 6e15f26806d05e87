"""Turns at a data set: their names, and who gets them at a real Prefect server."""

import json
import os
import subprocess
import sys
import time
import urllib.request
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from conf.loading import load_configuration
from conf.workspace import Workspace
from flows.prefect_server import TemporaryServer
from tasks.turns import WAITING, limit_name

ROOT = Path(__file__).parents[2]


def name(*changes):
    return limit_name(load_configuration("smoke", changes).dataset)


def test_a_data_set_is_told_by_its_source_and_name():
    assert name() == "data-digits"
    assert name("dataset={source: keras, name: fashion_mnist}") == "data-keras-fashion_mnist"


def test_two_files_are_two_data_sets():
    one, two = (name(f"dataset={{source: npz, path: {path}}}") for path in ("a/x.npz", "b/x.npz"))
    assert one != two


@pytest.mark.parametrize("path", ["a & b/<x>%.npz", "/tmp/x.npz"])
def test_a_name_holds_nothing_that_prefect_refuses(path):
    assert not set(name(f"dataset={{source: npz, path: '{path}'}}")) & set("/%&<> ")


TAKE = """
import sys, time
from pathlib import Path
from prefect import flow
from conf.loading import load_configuration
from tasks.failures import mistakes_as_states
from tasks.turns import own_turn

name, folder = sys.argv[1], Path(sys.argv[2])

@flow(name="take-a-turn", flow_run_name=name, persist_result=False, retries=1)
@mistakes_as_states
def take_a_turn():
    with own_turn(load_configuration("smoke")):
        with (folder / "order").open("a") as order:
            order.write(f"{name}\\n")
        while not (folder / name).exists():
            time.sleep(0.1)

take_a_turn(return_state=True)
"""


@dataclass
class Queue:
    """Flows that take turns at a real Prefect server."""

    url: str
    folder: Path
    processes: dict[str, subprocess.Popen] = field(default_factory=dict)

    def start(self, name):
        command = [sys.executable, "-c", TAKE, name, str(self.folder)]
        environment = os.environ | {"PREFECT_API_URL": self.url}
        self.processes[name] = subprocess.Popen(command, env=environment, cwd=ROOT)

    def release(self, name):
        (self.folder / name).touch()

    @property
    def order(self):
        path = self.folder / "order"
        return path.read_text().split() if path.exists() else []

    def runs(self):
        request = urllib.request.Request(
            f"{self.url}/flow_runs/filter", b"{}", {"Content-Type": "application/json"}
        )
        with urllib.request.urlopen(request, timeout=60) as reply:
            return {run["name"]: run for run in json.load(reply)}

    def wait_for_state(self, name, state):
        self.wait(lambda: self.runs().get(name, {}).get("state_name") == state, name, state)

    def wait_for_turn_of(self, name):
        self.wait(lambda: name in self.order, name, "its turn")

    def wait(self, reached, *what):
        for _ in range(1200):
            if reached():
                return
            time.sleep(0.1)
        pytest.fail(f"{what}: {self.order}, {self.runs()}")


@pytest.fixture
def queue(tmp_path, monkeypatch):
    monkeypatch.setenv("PREFECT_SERVER_ANALYTICS_ENABLED", "false")
    server = TemporaryServer(Workspace(tmp_path / "workspace"))
    server.wait()
    queue = Queue(server.url, tmp_path)
    yield queue
    for process in queue.processes.values():
        process.kill()
        process.wait()


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_the_first_that_came_is_served_first_and_none_that_waits_runs(queue):
    queue.start("first")
    queue.wait_for_turn_of("first")
    for name in ("killed", "cancelled", "second", "third"):
        queue.start(name)
        queue.wait_for_state(name, WAITING)
    runs = queue.runs()
    assert {runs[name]["state_type"] for name in ("killed", "second", "third")} == {"PENDING"}
    queue.processes["killed"].kill()
    cancel(queue.url, runs["cancelled"]["id"])
    queue.release("first")
    queue.wait_for_turn_of("second")
    queue.wait_for_state("second", "Running")
    assert queue.order == ["first", "second"]
    queue.release("second")
    queue.wait_for_turn_of("third")
    queue.release("third")
    queue.wait_for_state("third", "Completed")
    runs = queue.runs()
    states = {name: run["state_name"] for name, run in runs.items()}
    assert states == {
        "first": "Completed",
        "killed": "Crashed",
        "cancelled": "Cancelled",
        "second": "Completed",
        "third": "Completed",
    }
    assert runs["third"]["run_count"] == 1  # to have waited is no retry
    assert queue.order == ["first", "second", "third"]


def cancel(url, run_id):
    body = json.dumps({"state": {"type": "CANCELLED", "name": "Cancelled"}}).encode()
    headers = {"Content-Type": "application/json"}
    request = urllib.request.Request(f"{url}/flow_runs/{run_id}/set_state", body, headers)
    urllib.request.urlopen(request, timeout=60).close()
