"""Copies of a workspace, with MLflow's own files and database."""

import shutil
from pathlib import Path

import mlflow
import numpy as np
import pytest

from tasks.tracking import Registry, open_registry, open_tracker
from tasks.tracking.connection import bring_along, database_of


def tracker_of(workspace, experiment="digits"):
    return open_tracker(f"sqlite:///{workspace}/mlflow.db", experiment, workspace / "mlartifacts")


def files(folder):
    return {path: path.stat().st_mtime_ns for path in folder.rglob("*") if path.is_file()}


@pytest.fixture
def original(tmp_path):
    """A workspace with one run, one registered model, and an experiment without a run."""
    workspace = tmp_path / "käse 50%" / "workspace"
    workspace.mkdir(parents=True)
    tracker = tracker_of(workspace)
    run_id = tracker.start_run("old", {})
    note = workspace / "note.txt"
    note.write_text("old")
    tracker.log_file(run_id, note)
    artefact = workspace / "member"
    artefact.mkdir()
    (artefact / "model.skops").write_bytes(b"stands for a model; logging never opens it")
    example = np.zeros((2, 8, 8, 1), np.uint8)
    model_id = tracker.log_model(run_id, "forest", artefact, example, 10, ["scikit-learn"])
    registry = Registry(tracker.client, "digits")
    registry.challenge(registry.register(model_id, run_id, ""))
    tracker_of(workspace, "empty")
    return workspace


@pytest.fixture
def copy(original, tmp_path):
    return shutil.copytree(original, tmp_path / "copy")


def test_a_copy_writes_into_its_own_folder(original, copy):
    before = files(original)
    for experiment in ("digits", "empty"):
        tracker = tracker_of(copy, experiment)
        tracker.log_file(tracker.start_run("new", {}), copy / "note.txt")
    assert len(list((copy / "mlartifacts").glob("*/*/artifacts/note.txt"))) == 3
    assert files(original) == before


def test_a_copy_reads_without_the_original(original, copy):
    shutil.rmtree(original)
    registry = open_registry(f"sqlite:///{copy}/mlflow.db", "digits")
    client = registry.client
    mlflow.set_tracking_uri(client.tracking_uri)
    fetched = Path(mlflow.artifacts.download_artifacts("models:/digits@champion"))
    assert fetched.is_relative_to(copy)
    assert (fetched / "MLmodel").is_file()
    (run,) = client.search_runs([client.get_experiment_by_name("digits").experiment_id])
    assert [each.path for each in client.list_artifacts(run.info.run_id)] == ["note.txt"]


def test_the_original_stays_as_it_is(original, copy):
    tracker_of(copy)
    location = tracker_of(original).client.get_experiment_by_name("digits").artifact_location
    assert location == (original / "mlartifacts" / "digits").as_uri()


def test_a_folder_that_was_asked_for_stays(tmp_path):
    asked = tmp_path / "large disk" / "mlartifacts"
    workspace = tmp_path / "workspace"
    (workspace / "mlartifacts" / "of-another-time").mkdir(parents=True)
    uri = f"sqlite:///{workspace}/mlflow.db"
    open_tracker(uri, "digits", asked)
    location = tracker_of(workspace).client.get_experiment_by_name("digits").artifact_location
    assert location == (asked / "digits").as_uri()


def test_a_link_to_the_workspace_is_no_copy(original, tmp_path, caplog):
    link = tmp_path / "link"
    link.symlink_to(original)
    bring_along(link / "mlflow.db")
    assert caplog.messages == []


@pytest.mark.parametrize("uri", ["http://host:5000", "postgresql://host/runs", "sqlite:///no.db"])
def test_only_a_file_that_is_there_is_a_database_to_mend(uri):
    assert database_of(uri) is None
