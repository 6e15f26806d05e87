"""The real flow with `split.folds`, on real (tiny) data, in processes of its own."""

import csv
import json
import signal
import subprocess
import time

import numpy as np
import pytest
from sklearn.metrics import log_loss

from ripieno.data.storage import open_development, open_sealed

pytestmark = pytest.mark.timeout(
    1800
)  # the first test waits for a run that is killed and its rerun

N_FOLDS = 3
N_TRAININGS = 2 * (N_FOLDS + 1)
UNPUBLISHED = ("--set", "publish.enabled=false")
MEMBERS = ("dense_batchnorm", "forest")


def write_configuration(stranger, **split):
    """Two quick members of 300 digits, of which 20 stand twice; returns the file's name."""
    from sklearn.datasets import load_digits

    loaded = load_digits()
    images = (loaded.images[:300] * 15).astype(np.uint8)
    labels = loaded.target[:300]
    twins = np.arange(20)
    np.savez(
        stranger.folder / "digits.npz",
        images=np.concatenate([images, images[twins]]),
        labels=np.concatenate([labels, labels[twins]]),
    )
    values = {
        "dataset": {
            "source": "npz",
            "path": "digits.npz",
            "images": "images",
            "labels": "labels",
        },
        "split": {"validation": 0.2, "test": 0.2, "seed": 7, "folds": N_FOLDS} | split,
        "members": {
            "dense_batchnorm": {
                "architecture": "dense_batchnorm",
                "dense_units": [16],
                "epochs": 3,
                "batch_size": 32,
            },
            "forest": {
                "architecture": "scikit_learn",
                "estimator": "ExtraTreesClassifier",
                "params": {"n_estimators": 20},
            },
        },
        "ensemble": {"rule": "uniform"},
        "tracking": {"experiment": "folds"},
    }
    path = stranger.folder / "folds.yaml"
    path.write_text(json.dumps(values))
    return str(path)


def entries(stranger, kind):
    folder = stranger.workspace / "store" / kind
    return {path.name: path for path in folder.glob("[0-9a-f]*")}


def inputs_of(path):
    return json.loads((path / "manifest.json").read_text())["inputs"]


def trainings(stranger):
    """The trained artefacts: their member's architecture and fold, with when they were written."""
    found = {}
    for path in entries(stranger, "member").values():
        inputs = inputs_of(path)
        if "fold" in inputs:
            found[inputs["architecture"], inputs["fold"]] = path.stat().st_ino
    return found


def summary_of(stranger):
    return json.loads((stranger.workspace / "runs" / "latest" / "summary.json").read_text())


@pytest.fixture(scope="module")
def stranger(make_stranger):
    return make_stranger()


def train(stranger, *arguments):
    """A run to its end, however long that takes."""
    process = stranger.start("train", *arguments)
    out, error = process.communicate()
    return subprocess.CompletedProcess(arguments, process.returncode, out, error)


@pytest.fixture(scope="module")
def killed(stranger):
    """A run that was killed between two folds; what it had trained by then."""
    process = stranger.start("train", "--conf", write_configuration(stranger))
    while len(entries(stranger, "member")) < 2 and process.poll() is None:
        time.sleep(0.01)
    process.send_signal(signal.SIGKILL)
    process.communicate()
    return trainings(stranger)


@pytest.fixture(scope="module")
def first(killed, stranger):
    done = train(stranger, "--conf", write_configuration(stranger))
    assert done.returncode == 0, done.stderr
    return done


@pytest.fixture(scope="module")
def second(first, stranger):
    done = train(stranger, "--conf", write_configuration(stranger))
    assert done.returncode == 0, done.stderr
    return done, summary_of(stranger)


@pytest.fixture(scope="module")
def averaged(second, stranger):
    before = trainings(stranger)
    done = train(stranger, "--conf", write_configuration(stranger, member="average"))
    assert done.returncode == 0, done.stderr
    return done, before


def test_a_run_that_was_killed_trains_only_what_is_missing(killed, first, stranger):
    assert 2 <= len(killed) < N_TRAININGS
    after = trainings(stranger)
    assert len(after) == N_TRAININGS
    assert {key: after[key] for key in killed} == killed


def test_every_member_is_trained_once_a_fold_and_once_on_all(first, stranger):
    expected = {
        (architecture, fold)
        for architecture in ("dense_batchnorm", "scikit_learn")
        for fold in (*range(N_FOLDS), "refit")
    }
    assert trainings(stranger).keys() >= expected


def test_copies_of_an_image_never_stand_in_two_folds(first, stranger):
    (data,), (folded,) = entries(stranger, "data").values(), entries(stranger, "folds").values()
    folds = np.load(folded / "folds.npy")
    images = np.asarray(open_development(data).images).reshape(len(folds), -1)
    _, picture = np.unique(images, axis=0, return_inverse=True)
    n_twice = sum(np.sum(picture == p) > 1 for p in np.unique(picture))
    assert n_twice >= 5
    for p in np.unique(picture):
        assert len(np.unique(folds[picture == p])) == 1


def test_weights_are_fitted_on_the_out_of_fold_probabilities_of_all_development_images(
    first, stranger
):
    (data,), (folded,) = entries(stranger, "data").values(), entries(stranger, "folds").values()
    labels, folds = open_development(data).labels, np.load(folded / "folds.npy")
    members = {member["name"]: member for member in summary_of(stranger)["members"]}
    by_fold = {
        (inputs_of(path)["architecture"], inputs_of(path)["fold"]): path
        for path in entries(stranger, "member").values()
    }
    for name, architecture in zip(MEMBERS, ("dense_batchnorm", "scikit_learn"), strict=True):
        out_of_fold = np.load(by_fold[architecture, "refit"] / "oof_proba.npy")
        for fold in range(N_FOLDS):
            of_fold = np.load(by_fold[architecture, fold] / "validation_proba.npy")
            np.testing.assert_array_equal(out_of_fold[folds == fold], of_fold)
        score = log_loss(labels, np.clip(out_of_fold, 1e-15, 1))
        assert members[name]["validation"]["log_loss"] == pytest.approx(score, rel=1e-3)


def test_label_errors_are_looked_for_in_all_development_images(first, stranger):
    found = summary_of(stranger)["label_errors"]
    assert (found["split"], found["n_samples"]) == ("development", 256)
    text = (stranger.workspace / "runs" / "latest" / "label_errors.csv").read_text()
    rows = list(csv.DictReader(text.splitlines()))
    with np.load(stranger.folder / "digits.npz") as digits:
        labels = digits["labels"]
    assert len(rows) == found["n_listed"] > 0
    assert [int(row["given_label"]) for row in rows] == [labels[int(row["image"])] for row in rows]


def test_what_is_said_of_validation_is_said_of_folds(first, stranger):
    run = stranger.workspace / "runs" / "latest"
    report, card = ((run / name).read_text() for name in ("report.html", "model_card.md"))
    n_images = summary_of(stranger)["data"]["folds"]["n_images"]
    sentence = f"out-of-fold probabilities of {n_images} development images in {N_FOLDS} folds"
    assert sentence in report
    assert sentence in card
    assert "out-of-fold log-loss" in first.stdout
    for text in (first.stdout, report, card):
        assert "on validation" not in text


def test_a_second_run_trains_nothing(first, second, stranger):
    done, summary = second
    assert {member["status"] for member in summary["members"]} == {"reused"}
    assert "version 1 is this model already" in done.stdout
    assert len(trainings(stranger)) >= N_TRAININGS


def test_the_refitted_ensemble_is_published_as_evaluated(first):
    assert "Published: folds version 1 (champion)" in first.stdout


def test_the_models_of_all_folds_are_published_as_evaluated(averaged):
    assert "Published: folds version 2 (challenger)" in averaged[0].stdout


def test_averaging_trains_no_fold_again(averaged, stranger):
    _, before = averaged
    after = trainings(stranger)
    assert {key: after[key] for key in before} == before
    assert {fold for _, fold in after.keys() - before.keys()} == {"average"}


def test_averaged_members_are_pooled_within_each_fold(averaged, stranger):
    members = {
        inputs_of(path)["architecture"]: path
        for path in entries(stranger, "member").values()
        if inputs_of(path).get("fold") == "average"
    }
    (sealed,) = entries(stranger, "sealed").values()
    images = open_sealed(sealed).images
    from ripieno.models import MODELS

    proba = np.stack(
        [
            [
                MODELS[architecture].predict_proba(MODELS[architecture].load(folder), images)
                for folder in sorted(path.glob("fold-*"))
            ]
            for architecture, path in members.items()
        ]
    )  # (n_members, n_folds, n_samples, n_classes)
    run = stranger.workspace / "runs" / "latest"
    pool = json.loads((run / "pool.json").read_text())
    evaluated = np.load(run / "test_proba.npy")
    if pool["temperatures"] == [1.0, 1.0] and pool["temperature"] == 1.0:
        np.testing.assert_allclose(evaluated, proba.mean(axis=(0, 1)), atol=1e-6)
    assert proba.shape[:2] == (2, N_FOLDS)
    assert evaluated.shape == proba.shape[2:]


def test_a_run_of_averaged_members_scores_what_it_evaluated(averaged, stranger):
    (sealed,) = entries(stranger, "sealed").values()
    np.savez(stranger.folder / "new.npz", images=np.asarray(open_sealed(sealed).images))
    process = stranger.start("score", "--model", "latest", "--input", "new.npz", "--output", "s")
    _, error = process.communicate()
    assert process.returncode == 0, error
    import pyarrow.parquet as pq

    table = pq.read_table(sorted((stranger.folder / "s").glob("**/*.parquet"))[0])
    evaluated = np.load(stranger.workspace / "runs" / "latest" / "test_proba.npy")
    scored = np.stack(
        [table[name].to_numpy() for name in table.column_names if name.startswith("proba_")], axis=1
    )
    np.testing.assert_allclose(scored, evaluated, atol=1e-5)


def test_the_test_split_is_sealed_as_it_is_without_folds(averaged, stranger):
    before = {key: inputs_of(path) for key, path in entries(stranger, "sealed").items()}
    done = train(stranger, "--conf", write_configuration(stranger, folds=0), *UNPUBLISHED)
    assert done.returncode == 0, done.stderr
    after = {key: inputs_of(path) for key, path in entries(stranger, "sealed").items()}
    assert after == before
    assert len(after) == 1
    assert summary_of(stranger)["data"]["folds"] is None


def test_a_member_of_which_a_fold_fails_is_missing_and_the_others_go_on(averaged, stranger):
    # More neighbours than there are samples: only the fitted classifier finds out.
    done = train(
        stranger,
        "--conf",
        write_configuration(stranger),
        *UNPUBLISHED,
        "members.forest.estimator=KNeighborsClassifier",
        "members.forest.params={n_neighbors: 100000}",
    )
    assert done.returncode == 3, done.stderr
    status = {member["name"]: member for member in summary_of(stranger)["members"]}
    assert status["forest"]["status"] == "failed"
    assert status["forest"]["error"].startswith("fold ")
    assert status["dense_batchnorm"]["status"] == "reused"
    assert "Traceback" not in done.stderr


def test_more_folds_than_a_class_has_images_are_one_line(averaged, stranger):
    done = train(stranger, "--conf", write_configuration(stranger, folds=200))
    assert done.returncode == 2
    assert done.stderr.count("split.folds: expected at most") == 1
    assert "Traceback" not in done.stderr
