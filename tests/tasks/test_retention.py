"""What stays and what goes, on a real store and a real tracking store."""

import fcntl
import json
import os
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from conf.loading import load_configuration
from ripieno.runtime.store import Store
from tasks.publication import DATA, RUN, VERIFIED
from tasks.retention import find_superfluous
from tasks.runs import RUNNING
from tasks.tracking import Registry, Tracker, open_tracker

NEVER_FRESH = timedelta(seconds=-10)


@dataclass
class Workspace:
    """A workspace in which runs took place."""

    folder: Path
    tracker: Tracker
    configuration: Any
    n_runs: int = 0

    @property
    def store(self):
        return Store(self.folder / "store")

    def entry(self, kind, key, **inputs):
        with self.store.write(kind, key, inputs) as directory:
            (directory / "file").write_bytes(b"content")

    def run(self, name):
        """A finished run with one member, its data and its artifacts."""
        run_id = self.tracker.start_run(name, {})
        tags = {"ripieno.kind": "member", "store.key": f"member-{name}"}
        child = self.tracker.start_run("member", tags, parent=run_id)
        self.entry("data", f"data-{name}")
        self.entry("sealed", f"data-{name}")
        self.entry("member", f"member-{name}", data=f"data-{name}")
        self.entry("prediction", f"p-{name}", member=f"member-{name}", sealed=f"data-{name}")
        directory = self.folder / "runs" / name
        directory.mkdir(parents=True)
        summary = directory / "summary.json"
        summary.write_text(json.dumps({"run": {"mlflow_run_id": run_id}}))
        self.n_runs += 1
        os.utime(directory, (self.n_runs, self.n_runs))
        self.tracker.log_file(run_id, summary)
        example = np.zeros((2, 8, 8, 1), np.uint8)
        self.model_id = self.tracker.log_model(child, "m", directory, example, 10, ["numpy"])
        self.tracker.finish_tree(run_id, "FINISHED")
        return run_id

    def superfluous(self, n_recent=1, fresh=NEVER_FRESH):
        return find_superfluous(self.configuration, n_recent, fresh=fresh)

    def names(self, n_recent=1):
        return {(each.kind, each.path.name) for each in self.superfluous(n_recent)}


@pytest.fixture
def workspace(tmp_path, monkeypatch):
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    tracker = open_tracker(f"sqlite:///{tmp_path}/mlflow.db", "smoke", tmp_path / "mlartifacts")
    return Workspace(tmp_path, tracker, load_configuration("smoke", [f"workspace={tmp_path}"]))


def in_store(name):
    return {("data", f"data-{name}"), ("sealed", f"data-{name}"), ("member", f"member-{name}")} | {
        ("prediction", f"p-{name}")
    }


def test_all_of_an_old_run_goes_and_all_of_a_recent_one_stays(workspace):
    old = workspace.run("old")
    old_model = workspace.model_id
    workspace.run("new")
    expected = {("run", "old"), ("artifacts", old), ("model", old_model)}
    assert workspace.names() == expected | in_store("old")


def test_nothing_goes_where_all_runs_are_recent(workspace):
    workspace.run("old")
    workspace.run("new")
    assert workspace.superfluous(n_recent=2) == []


def test_removal_takes_what_was_listed_and_nothing_else(workspace):
    workspace.run("old")
    workspace.run("new")
    listed = workspace.superfluous()
    for each in listed:
        each.remove()
    assert not any(each.path.exists() for each in listed)
    assert workspace.superfluous() == []
    assert workspace.store.find("member", "member-new") is not None
    assert (workspace.folder / "runs" / "new" / "summary.json").exists()


def test_the_run_the_model_and_the_data_of_a_version_stay(workspace):
    run_id = workspace.run("old")
    registry = Registry(workspace.tracker.client, "digits")
    version = registry.register(workspace.model_id, run_id, "")
    registry.tag(version, {DATA: "data-old", RUN: "old", VERIFIED: "true"})
    workspace.run("new")
    assert workspace.names() == set()


def test_the_store_is_left_alone_while_a_flow_runs(workspace):
    workspace.run("old")
    workspace.run("new")
    directory = workspace.folder / "runs" / "running"
    directory.mkdir()
    with (directory / RUNNING).open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        assert not workspace.names() & in_store("old")
        assert ("run", "running") not in workspace.names()
    (directory / RUNNING).unlink()
    assert in_store("old") <= workspace.names()


def test_a_version_that_was_never_verified_goes(workspace):
    run_id = workspace.run("new")
    registry = Registry(workspace.tracker.client, "digits")
    registry.register(workspace.model_id, run_id, "")
    (found,) = workspace.superfluous()
    assert (found.kind, str(found.path)) == ("version", "digits/1")
    found.remove()
    assert registry.versions() == []


def test_fresh_entries_stay_whoever_needs_them(workspace):
    workspace.run("old")
    workspace.run("new")
    kinds = {each.kind for each in workspace.superfluous(fresh=timedelta(hours=1))}
    assert kinds == {"run", "artifacts", "model"}


def test_entries_of_other_kinds_are_left_alone(workspace):
    workspace.run("new")
    workspace.entry("trial", "of-a-search")
    assert workspace.names() == set()


def test_the_trials_of_a_recent_search_stay_two_levels_below_its_run(workspace):
    run_id = workspace.tracker.start_run("tuning", {})
    search = workspace.tracker.start_run("search-net", {}, parent=run_id)
    tags = {"ripieno.kind": "trial", "store.key": "trial-0"}
    trial = workspace.tracker.start_run("net-trial-0", tags, parent=search)
    workspace.entry("data", "data")
    workspace.entry("member", "trial-0", data="data")
    directory = workspace.folder / "runs" / "tuning"
    directory.mkdir(parents=True)
    (directory / "tuning.json").write_text(json.dumps({"run": {"mlflow_run_id": run_id}}))
    for each in (trial, search, run_id):
        workspace.tracker.finish(each)
    assert workspace.names(n_recent=1) == set()
    assert ("member", "trial-0") in workspace.names(n_recent=0)
