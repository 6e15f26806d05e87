"""The real study, tiny, on real data, under a real Prefect server, in processes of its own."""

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from flows.__main__ import main

ROOT = Path(__file__).parents[2]
SMALL = ("--conf", "smoke", "--repeats", "2")
NAMES = ("separable_convnet", "dense_batchnorm")


@dataclass(frozen=True)
class Finished:
    """A command that has ended, and what its run left."""

    code: int
    out: str
    error: str
    directory: Path | None

    @property
    def study(self):
        return json.loads((self.directory / "study.json").read_text())


def study(folder, *arguments):
    environment = os.environ | {
        "RIPIENO_WORKSPACE": str(folder / "workspace"),
        "PREFECT_HOME": str(folder / "prefect"),
        "COLUMNS": "200",
    }
    for name in ("PREFECT_API_URL", "MLFLOW_TRACKING_URI"):
        environment.pop(name, None)
    done = subprocess.run(
        [sys.executable, "-m", "flows", "diversity-study", *arguments],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        timeout=280,
        check=False,
    )
    runs = sorted((folder / "workspace" / "runs").glob("*-diversity-*"))
    return Finished(done.returncode, done.stdout, done.stderr, runs[-1] if runs else None)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("study")


@pytest.fixture(scope="module")
def first(folder):
    return study(folder, *SMALL)


@pytest.fixture(scope="module")
def second(first, folder):
    return study(folder, *SMALL)


@pytest.fixture(scope="module")
def third(second, folder):
    plain = ("ensemble.rule=uniform", "ensemble.scale_temperatures=false")
    return study(folder, "--conf", "smoke", "--repeats", "3", "--set", *plain)


@pytest.mark.slow
def test_a_study_ends_well_and_says_its_sentence(first):
    assert first.code == 0, first.error
    assert "On these data the claim" in first.out
    for name in ("study.json", "study.md", "study.png", "pools.json"):
        assert name in first.out
        assert (first.directory / name).stat().st_size > 0


@pytest.mark.slow
def test_all_members_that_train_in_epochs_are_compared(first):
    assert [entry["name"] for entry in first.study["architectures"]] == list(NAMES)
    assert first.study["left_out"] == ["forest"]
    assert first.study["n_repeats"] == 2


@pytest.mark.slow
def test_every_training_is_a_child_of_the_study_in_mlflow(first):
    from mlflow import MlflowClient

    client = MlflowClient(f"sqlite:///{first.directory.parents[1]}/mlflow.db")
    parent = client.get_run(first.study["run"]["mlflow_run_id"])
    children = client.search_runs(
        [parent.info.experiment_id], f"tags.`mlflow.parentRunId` = '{parent.info.run_id}'"
    )
    names = {child.info.run_name for child in children}
    planned = {f"{name}-r{r}-s{s}" for name in NAMES for r in (1, 2) for s in (1, 2)}
    assert planned <= names
    assert "different_over_same.log_loss" in parent.data.metrics
    assert parent.data.tags["ripieno.kind"] == "diversity study"


@pytest.mark.slow
def test_a_second_study_trains_nothing_and_finds_the_same(first, second):
    assert second.code == 0, second.error
    assert "not trained again: 8 trainings" in second.out
    assert second.directory != first.directory
    for key in ("sentence", "comparisons", "budget", "architectures"):
        assert second.study[key] == first.study[key]


@pytest.mark.slow
def test_more_repeats_train_only_those_that_are_new(third):
    assert third.code == 0, third.error
    assert third.study["n_repeats"] == 3
    assert third.study["n_reused"] == 8


@pytest.mark.slow
def test_the_gains_are_those_of_the_stored_probabilities(third):
    import numpy as np
    from sklearn.metrics import log_loss

    proba = stored_proba(third)  # (n_repeats, n_architectures, n_seeds, n_samples, n_classes)
    (sealed,) = (third.directory.parents[1] / "store" / "sealed").glob("[0-9a-f]*")
    labels = np.load(sealed / "test_labels.npy")
    comparison = third.study["comparisons"]["uniform"]["log_loss"]
    for k, name in enumerate(NAMES):
        for repeat in range(3):
            of_repeat = proba[repeat]
            single = np.mean([log_loss(labels, each) for each in of_repeat[k]])
            same = log_loss(labels, of_repeat[k].mean(axis=0))
            different = np.mean([log_loss(labels, of_repeat[:, s].mean(axis=0)) for s in (0, 1)])
            gains = comparison["gains_by_architecture"][name]
            for gain, expected in (
                ("same_over_single", single - same),
                ("different_over_single", single - different),
                ("different_over_same", same - different),
            ):
                assert gains[gain]["repeats"][repeat] == pytest.approx(expected, abs=1e-6)


def stored_proba(finished):
    """What every training predicts for the test images, found through MLflow and the store."""
    import numpy as np
    from mlflow import MlflowClient

    workspace = finished.directory.parents[1]
    client = MlflowClient(f"sqlite:///{workspace}/mlflow.db")
    parent = finished.study["run"]["mlflow_run_id"]
    experiment = client.get_run(parent).info.experiment_id
    children = client.search_runs([experiment], f"tags.`mlflow.parentRunId` = '{parent}'")
    keys = {child.info.run_name: child.data.tags["store.key"] for child in children}
    folders = {}
    for manifest in (workspace / "store" / "prediction").glob("[0-9a-f]*/manifest.json"):
        member = json.loads(manifest.read_text())["inputs"]["member"]
        folders[member] = manifest.parent
    return np.array(
        [
            [
                [np.load(folders[keys[f"{n}-r{r}-s{s}"]] / "test_proba.npy") for s in (1, 2)]
                for n in NAMES
            ]
            for r in (1, 2, 3)
        ]
    )


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--conf", "smoke", "--set", "members.dense_batchnorm=null"), "at least two that train"),
        (("--conf", "smoke", "--repeats", "1"), "expected an integer >= 2, received 1"),
        (("--conf", "smoke", "--repeats", "many"), "--repeats"),
    ],
    ids=["one architecture", "one repeat", "no number"],
)
def test_what_cannot_be_compared_is_refused_at_once(arguments, words, capsys):
    assert main(["diversity-study", *arguments]) == 2
    error = capsys.readouterr().err
    assert words in error
    assert error.count("\n") == 1
