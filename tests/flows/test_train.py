"""The real flow, on real (tiny) data, under a real Prefect server, in processes of its own."""

import html
import json
import re
import signal
import sqlite3
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import psutil
import pytest
from sklearn.datasets import load_digits

from ripieno.runtime.progress import tail

SMALL = ("--conf", "smoke")


@dataclass(frozen=True)
class Finished:
    """A command that has ended."""

    code: int
    out: str
    error: str
    workspace: Path

    @property
    def summary(self):
        return json.loads((self.workspace / "runs" / "latest" / "summary.json").read_text())


def train(stranger, *arguments):
    done = stranger.ripieno("train", *arguments)
    return Finished(done.returncode, done.stdout, done.stderr, stranger.workspace)


@pytest.fixture(scope="module")
def stranger(make_stranger):
    return make_stranger()


@pytest.fixture(scope="module")
def first(stranger):
    return train(stranger, *SMALL)


@pytest.fixture(scope="module")
def second(first, stranger):
    return train(stranger, *SMALL)


def test_a_run_ends_well(first):
    assert first.code == 0, first.error


def test_every_member_is_trained_and_weighed(first):
    members = first.summary["members"]
    assert {member["status"] for member in members} == {"trained"}
    assert sum(member["weight"] for member in members) == pytest.approx(1.0)


def test_every_trained_member_is_said_to_be_done(first):
    run = first.workspace / "runs" / "latest"
    for member in first.summary["members"]:
        reader = tail(run / "epochs" / f"{member['name']}.jsonl")
        epochs = list(reader)
        best = min(epochs, key=lambda epoch: epoch.metrics.get("validation_log_loss", 0.0))
        assert reader.status.state == "done"
        assert reader.status.seconds == pytest.approx(member["train_seconds"])
        assert reader.status.metrics == best.metrics
        assert re.search(rf"^{member['name']}: done, .*took [\d.]+ s$", first.out, re.MULTILINE)


def test_the_certificate_is_tight(first):
    assert 0.0 <= first.summary["pool"]["certificate"] <= 1e-9


def test_the_ensemble_has_learned_the_digits(first):
    assert first.summary["ensemble"]["test"]["accuracy"] > 0.8


def test_the_terminal_shows_the_table_and_where_to_look(first):
    for expected in ("ensemble", "summary.json", "make prefect-ui", "make mlflow-ui"):
        assert expected in first.out
    assert first.summary["ensemble"]["headline"] in first.out
    assert "compare-runs" in first.out


def test_the_absence_of_a_gpu_is_told_once(first):
    assert (first.out + first.error).count("No GPU here") == 1


def test_the_run_leaves_a_report_and_a_model_card(first):
    latest = first.workspace / "runs" / "latest"
    report = html.unescape((latest / "report.html").read_text())
    assert first.summary["ensemble"]["headline"] in report
    assert (latest / "model_card.md").read_text().startswith("# ")


def test_the_summary_tells_what_the_ensemble_is_worth(first):
    ensemble = first.summary["ensemble"]
    assert {line["reference"] for line in ensemble["comparisons"]} == {
        "best_member",
        "uniform",
        "greedy_selection",
    }
    for member in first.summary["members"]:
        assert member["leave_one_out"].keys() == {"log_loss", "accuracy"}
        assert member["inference_ms"] > 0.0
        assert member["megabytes"] > 0.0
    assert first.summary["diversity"]["oracle_accuracy"] >= ensemble["test"]["accuracy"] - 0.05


def test_the_prediction_sets_are_measured_on_test(first):
    sets = first.summary["ensemble"]["prediction_sets"]["test"]
    low, mid, high = sets["coverage"]
    assert low <= mid <= high
    assert sum(sets["sizes"]) == first.summary["data"]["sizes"]["test"]
    report = (first.workspace / "runs" / "latest" / "report.html").read_text()
    assert '<section id="prediction-sets"' in report


def test_the_least_likely_labels_are_listed(first):
    import csv

    from mlflow import MlflowClient

    found = first.summary["label_errors"]
    with (first.workspace / "runs" / "latest" / "label_errors.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == found["n_listed"] > 0
    assert [row["image"] for row in rows][: len(found["first"])] == [
        row["image"] for row in found["first"]
    ]
    shares = [float(row["proba_given"]) for row in rows]
    assert shares == sorted(shares)
    digits = load_digits()
    for row in rows:  # called by its position in the source
        assert int(row["given_label"]) == digits.target[int(row["image"])]
    client = MlflowClient(f"sqlite:///{first.workspace}/mlflow.db")
    logged = client.list_artifacts(first.summary["run"]["mlflow_run_id"])
    assert "label_errors.csv" in {file.path for file in logged}


def test_members_and_ensemble_share_their_metric_names_in_mlflow(first):
    from mlflow import MlflowClient

    client = MlflowClient(f"sqlite:///{first.workspace}/mlflow.db")
    parent = client.get_run(first.summary["run"]["mlflow_run_id"])
    children = client.search_runs(
        [parent.info.experiment_id], f"tags.`mlflow.parentRunId` = '{parent.info.run_id}'"
    )
    names = {member["name"] for member in first.summary["members"]} | {"ensemble"}
    assert {child.info.run_name for child in children} == names
    shared = {"validation_log_loss", "validation_accuracy", "test_log_loss", "test_accuracy"}
    for run in (parent, *children):
        assert shared <= set(run.data.metrics), run.info.run_name
        assert run.info.status == "FINISHED"


def test_a_logged_member_predicts_what_was_evaluated(first):
    import mlflow
    import numpy as np
    from mlflow import MlflowClient

    uri = f"sqlite:///{first.workspace}/mlflow.db"
    client = MlflowClient(uri)
    member = next(m for m in first.summary["members"] if m["architecture"] == "dense_batchnorm")
    outputs = client.get_run(member["run_id"]).outputs.model_outputs
    mlflow.set_tracking_uri(uri)
    model = mlflow.pyfunc.load_model(f"models:/{outputs[0].model_id}")
    key = client.get_run(member["run_id"]).data.tags["store.key"]
    store = first.workspace / "store"
    (data,) = (store / "data").glob("[0-9a-f]*")
    images = np.load(data / "validation_images.npy")
    stored = np.load(store / "member" / key / "validation_proba.npy")
    np.testing.assert_allclose(model.predict(images), stored, atol=1e-5)


def test_the_pool_is_what_its_stored_probabilities_say(first):
    import numpy as np
    from sklearn.metrics import log_loss

    store = first.workspace / "store"
    (data,) = (store / "data").glob("[0-9a-f]*")
    labels = np.load(data / "validation_labels.npy")
    for member in first.summary["members"]:
        keys = list((store / "member").glob("[0-9a-f]*"))
        scores = [log_loss(labels, np.load(key / "validation_proba.npy")) for key in keys]
        assert any(
            score == pytest.approx(member["validation"]["log_loss"], abs=1e-6) for score in scores
        )


def test_a_second_run_trains_nothing_and_says_so(second):
    assert second.code == 0, second.error
    assert {member["status"] for member in second.summary["members"]} == {"reused"}
    assert "not trained again" in second.out


def test_the_ensemble_is_published_once(first, second):
    assert "Published: smoke version 1 (champion)" in first.out
    assert "smoke version 1 is this model already" in second.out


def test_a_second_run_finds_the_same(first, second):
    runs = sorted((first.workspace / "runs").glob("smoke-*/summary.json"))
    a, b = (json.loads(path.read_text()) for path in runs[:2])
    for summary in (a, b):
        summary["ensemble"].pop("run_id")
    assert a["ensemble"] == b["ensemble"]
    assert a["pool"] == b["pool"]


def test_a_member_that_fails_leaves_a_degraded_run(second, stranger):
    # More neighbours than there are samples: only the fitted classifier finds out.
    done = train(
        stranger,
        *SMALL,
        "--set",
        "publish.enabled=false",
        "members.forest.estimator=KNeighborsClassifier",
        "members.forest.params={n_neighbors: 100000}",
    )
    assert done.code == 3, done.error
    status = {member["name"]: member["status"] for member in done.summary["members"]}
    assert status["forest"] == "failed"
    assert list(status.values()).count("reused") == len(status) - 1
    assert "forest failed" in done.out


def test_data_that_cannot_be_read_are_one_line_and_leave_no_run(make_stranger):
    stranger = make_stranger()
    done = train(stranger, *SMALL, "--set", "dataset={source: npz, path: missing.npz}")
    assert done.code == 2, done.error
    assert f"{stranger.folder}/missing.npz" in done.error
    assert "Traceback" not in done.error + done.out
    assert not list((stranger.workspace / "runs").glob("*"))
    assert not list((stranger.workspace / "store").glob("*/*"))


def test_nothing_lands_beside_the_workspace_and_prefect_s_home_is_inside(second, stranger):
    assert [path.name for path in stranger.folder.iterdir()] == ["workspace"]
    assert not (stranger.home / ".prefect" / "prefect.db").exists()
    assert (stranger.workspace / "services" / "prefect" / "prefect.db").exists()


@pytest.mark.slow
@pytest.mark.parametrize("number", [signal.SIGHUP, signal.SIGTERM], ids=["SIGHUP", "SIGTERM"])
def test_a_run_that_is_ended_by_a_signal_is_running_nowhere(number, make_stranger):
    stranger = make_stranger()
    process = stranger.start("train", *SMALL, "--set", "members.separable_convnet.epochs=100000")
    for line in process.stdout:
        if line.startswith("separable_convnet: epoch"):
            break
    started = psutil.Process(process.pid).children(recursive=True)
    assert started
    process.send_signal(number)
    _, error = process.communicate(timeout=280)
    assert process.returncode == 128 + number
    assert error.splitlines()[-1] == "ripieno: terminated"
    assert psutil.wait_procs(started, timeout=60)[1] == []
    from mlflow import MlflowClient

    client = MlflowClient(stranger.tracking_uri)
    experiments = [each.experiment_id for each in client.search_experiments()]
    statuses = {run.info.run_name: run.info.status for run in client.search_runs(experiments)}
    assert "RUNNING" not in statuses.values()
    assert [s for name, s in statuses.items() if name.startswith("smoke-")] == ["KILLED"]
    database = stranger.workspace / "services" / "prefect" / "prefect.db"
    with closing(sqlite3.connect(database)) as prefect:
        assert prefect.execute("select state_type from flow_run").fetchall() == [("CRASHED",)]
