"""What stays and what goes, on a real store and a real tracking store."""

import fcntl
import json
import os
import shutil
import sqlite3
from contextlib import closing
from dataclasses import dataclass, replace
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

    def run(self, name, shared=None):
        """A finished run with one member, its data and its artifacts."""
        run_id = self.tracker.start_run(name, {})
        tags = {"ripieno.kind": "member", "store.key": f"member-{shared or name}"}
        child = self.tracker.start_run("member", tags, parent=run_id)
        self.entry("data", f"data-{name}")
        self.entry("sealed", f"data-{name}")
        self.entry("names", f"names-{name}", data=f"data-{name}")
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

    def register(self, name, run_id, model="digits"):
        """Publish the last run's model."""
        registry = Registry(self.tracker.client, model)
        version = registry.register(self.model_id, run_id, "")
        registry.tag(version, {DATA: f"data-{name}", RUN: name, VERIFIED: "true"})
        return version

    def of(self, experiment):
        """The same workspace, used with another experiment."""
        tracker = open_tracker(self.tracker.uri, experiment, self.folder / "mlartifacts")
        return replace(self, tracker=tracker)

    def superfluous(self, n_recent=1, fresh=NEVER_FRESH, **limits):
        return find_superfluous(self.configuration, n_recent, fresh=fresh, **limits)

    def names(self, n_recent=1, **limits):
        return {(each.kind, each.path.name) for each in self.superfluous(n_recent, **limits)}


@pytest.fixture(scope="module")
def empty(tmp_path_factory):
    """An empty tracking store, which takes MLflow seconds to make."""
    folder = tmp_path_factory.mktemp("empty")
    open_tracker(f"sqlite:///{folder}/mlflow.db", "Default", folder)
    with closing(sqlite3.connect(folder / "mlflow.db")) as database:
        database.execute("VACUUM INTO ?", (str(folder / "copy.db"),))
    return folder / "copy.db"


@pytest.fixture
def workspace(tmp_path, empty, monkeypatch):
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    return workspace_in(tmp_path, "mlflow.db", empty)


@pytest.fixture
def elsewhere(tmp_path, empty, monkeypatch):
    """A workspace whose runs are in another database than its own."""
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    return workspace_in(tmp_path, "elsewhere.db", empty)


def workspace_in(folder, database, empty):
    shutil.copy(empty, folder / database)
    tracker = open_tracker(f"sqlite:///{folder}/{database}", "smoke", folder / "mlartifacts")
    return Workspace(folder, tracker, load_configuration("smoke", [f"workspace={folder}"]))


def in_store(name):
    return {
        ("data", f"data-{name}"),
        ("sealed", f"data-{name}"),
        ("names", f"names-{name}"),
        ("member", f"member-{name}"),
        ("prediction", f"p-{name}"),
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
    workspace.register("old", workspace.run("old"))
    workspace.run("new")
    assert workspace.names() == set()


def test_a_version_stays_that_another_tracking_store_does_not_know(
    workspace, tmp_path, monkeypatch
):
    workspace.register("old", workspace.run("old"))
    workspace.run("new")
    monkeypatch.setenv("MLFLOW_TRACKING_URI", f"sqlite:///{tmp_path}/other.db")
    assert workspace.names() == set()


def test_a_version_in_the_services_database_stays_while_they_are_down(elsewhere, monkeypatch):
    elsewhere.register("old", elsewhere.run("old"))
    elsewhere.run("new")
    monkeypatch.setenv("MLFLOW_BACKEND_STORE_URI", elsewhere.tracker.uri)
    assert elsewhere.names() == set()


def test_a_model_of_a_store_that_is_not_asked_is_no_orphan(elsewhere):
    elsewhere.register("old", elsewhere.run("old"))
    elsewhere.run("new")
    kinds = {each.kind for each in elsewhere.superfluous()}
    assert not kinds & {"orphan", "model", "artifacts", "version"}


def test_a_model_that_its_run_s_store_has_forgotten_is_an_orphan(workspace):
    workspace.run("new")
    workspace.tracker.client.delete_logged_model(workspace.model_id)
    assert workspace.names() == {("orphan", workspace.model_id)}


def test_a_configuration_limits_pruning_to_its_experiment(workspace):
    workspace.of("digits").run("of-digits")
    old = workspace.run("old")
    old_model = workspace.model_id
    workspace.run("new")
    expected = {("run", "old"), ("artifacts", old), ("model", old_model)} | in_store("old")
    assert workspace.names(whole_workspace=False) == expected
    assert ("run", "of-digits") in workspace.names()


def test_what_another_experiment_shares_stays_in_the_store(workspace):
    workspace.of("digits").run("of-digits", shared="old")
    workspace.run("old")
    workspace.run("new")
    gone = workspace.names(whole_workspace=False)
    assert ("run", "old") in gone
    assert not in_store("old") & gone


def test_an_unverified_version_of_another_workspace_is_its_own_affair(workspace, tmp_path):
    other = open_tracker(workspace.tracker.uri, "other", tmp_path / "elsewhere")
    there = replace(workspace, tracker=other)
    run_id = there.run("there")
    Registry(other.client, "other").register(there.model_id, run_id, "")
    assert "version" not in {each.kind for each in workspace.superfluous()}


def test_an_unverified_version_of_another_model_stays(workspace):
    run_id = workspace.run("new")
    Registry(workspace.tracker.client, "other").register(workspace.model_id, run_id, "")
    assert workspace.names() == {("version", "1")}
    assert workspace.names(whole_workspace=False) == set()


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


def test_the_folds_of_a_member_stay_and_go_with_it(workspace):
    for name in ("old", "new"):
        workspace.run(name)
        in_folds = {"data": f"data-{name}", "folds": {"n": 2}, "seed": 3}
        shutil.rmtree(workspace.store.path("member", f"member-{name}"))
        workspace.entry("member", f"member-{name}", fold="refit", combined="x", **in_folds)
        for fold in range(2):
            workspace.entry("member", f"fold-{name}-{fold}", fold=fold, **in_folds)
        workspace.entry("member", f"averaged-{name}", fold="average", **in_folds)
        workspace.entry("folds", f"folds-{name}", data=f"data-{name}")
    gone = {key for kind, key in workspace.names() if kind in ("member", "folds")}
    old = {"member-old", "fold-old-0", "fold-old-1", "averaged-old", "folds-old"}
    assert gone == old | {"averaged-new"}
