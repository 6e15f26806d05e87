"""The tracker against a real SQLite store."""

import json
import sqlite3
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest
from mlflow.utils.mlflow_tags import MLFLOW_RUN_NOTE

from ripieno.errors import ConfigurationError
from tasks.tracking import Tracker, flatten, open_tracker
from tasks.tracking.views import VIEW_TAG


@pytest.fixture(scope="module")
def tracker(tmp_path_factory) -> Tracker:
    folder = tmp_path_factory.mktemp("mlflow")
    return open_tracker(f"sqlite:///{folder}/mlflow.db", "digits", folder / "artifacts")


def test_the_same_experiment_is_found_again(tracker, tmp_path):
    again = open_tracker(tracker.uri, "digits", tmp_path)
    assert again.experiment_id == tracker.experiment_id


def test_a_deleted_experiment_is_restored(tracker, tmp_path):
    first = open_tracker(tracker.uri, "deleted", tmp_path)
    first.client.delete_experiment(first.experiment_id)
    assert open_tracker(tracker.uri, "deleted", tmp_path).experiment_id == first.experiment_id


def test_an_experiment_says_what_it_is_until_people_say_it_better(tracker, tmp_path):
    first = open_tracker(tracker.uri, "described", tmp_path)
    tags = first.client.get_experiment(first.experiment_id).tags
    assert "described" in tags[MLFLOW_RUN_NOTE]
    assert "metrics.`test_log_loss`" in json.loads(tags[VIEW_TAG])["selectedColumns"]
    first.client.set_experiment_tag(first.experiment_id, MLFLOW_RUN_NOTE, "our own words")
    open_tracker(tracker.uri, "described", tmp_path)
    assert first.client.get_experiment(first.experiment_id).tags[MLFLOW_RUN_NOTE] == "our own words"


def test_a_member_hangs_below_its_parent(tracker):
    parent = tracker.start_run("parent", {})
    child = tracker.start_run("child", {"member": "child"}, parent=parent)
    assert tracker.client.get_run(child).data.tags["mlflow.parentRunId"] == parent


def test_curves_keep_their_steps(tracker):
    run_id = tracker.start_run("curves", {})
    tracker.log_steps(run_id, [(step, {"epoch.loss": 1.0 / step}) for step in range(1, 1501)])
    history = tracker.client.get_metric_history(run_id, "epoch.loss")
    assert [point.step for point in history] == list(range(1, 1501))
    assert history[-1].value == pytest.approx(1 / 1500)


def test_settings_are_recorded_under_their_dotted_names(tracker):
    run_id = tracker.start_run("settings", {})
    tracker.log(run_id, params={"runner": {"gpu": {"growth": True}}, "seed": 7})
    assert tracker.client.get_run(run_id).data.params == {"runner.gpu.growth": "True", "seed": "7"}


def test_ending_a_run_ends_what_is_open_below_it(tracker):
    parent = tracker.start_run("parent", {})
    done, still_open = (tracker.start_run(name, {}, parent=parent) for name in ("done", "open"))
    tracker.finish(done)
    tracker.finish_tree(parent, "KILLED")
    status = [tracker.client.get_run(run).info.status for run in (parent, done, still_open)]
    assert status == ["KILLED", "FINISHED", "KILLED"]


def test_the_data_set_carries_our_fingerprint(tracker):
    run_id = tracker.start_run("data", {})
    tracker.log_dataset(run_id, "digits", "f" * 32, {"source": "digits"}, {"train": 10})
    (entry,) = tracker.client.get_run(run_id).inputs.dataset_inputs
    assert entry.dataset.digest == "f" * 32


def test_flatten_keeps_lists_whole():
    assert flatten({"a": {"filters": (32, 64)}, "b": 1}) == {"a.filters": (32, 64), "b": 1}


def test_a_logged_model_keeps_its_signature_and_example(tracker, tmp_path):
    artefact = tmp_path / "member"
    artefact.mkdir()
    (artefact / "model.skops").write_bytes(b"stands for a model; logging never opens it")
    run_id = tracker.start_run("model", {})
    example = np.zeros((2, 8, 8, 1), np.uint8)
    model_id = tracker.log_model(run_id, "forest", artefact, example, 10, ["scikit-learn"])
    model = tracker.client.get_logged_model(model_id)
    assert model.status == "READY"
    assert model.source_run_id == run_id
    files = {Path(info.path).name for info in tracker.client.list_logged_model_artifacts(model_id)}
    assert {"MLmodel", "input_example.json", "member_model.py", "artifacts"} <= files


def test_a_store_of_another_version_is_refused_in_one_line(tmp_path):
    with closing(sqlite3.connect(tmp_path / "mlflow.db")) as database:
        database.execute("CREATE TABLE alembic_version (version_num VARCHAR(32))")
        database.execute("INSERT INTO alembic_version VALUES ('from the future')")
        database.commit()
    with pytest.raises(ConfigurationError, match=r"^MLflow's tracking store .*$"):
        open_tracker(f"sqlite:///{tmp_path}/mlflow.db", "digits", tmp_path / "files")
