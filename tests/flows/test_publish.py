"""Publish, serve, promote and roll back from the command line, with real servers."""

import json
import socket
import subprocess
import sys
import urllib.error
import urllib.request

import numpy as np
import psutil
import pytest

SMALL = ("--conf", "smoke")


@pytest.fixture(scope="module")
def stranger(make_stranger):
    return make_stranger()


@pytest.fixture(scope="module")
def published(stranger):
    return stranger.ripieno("train", *SMALL)


@pytest.fixture(scope="module")
def port(published, stranger):
    """Where the champion is served, by the command that serves it."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with stranger.start("serve", *SMALL, "--port", str(port)) as process:
        said = f"Serving smoke version 1 (champion) on http://127.0.0.1:{port}\n"
        assert said in process.stderr, published.stderr
        started = psutil.Process(process.pid).children(recursive=True)
        yield port
        process.terminate()
        process.communicate(timeout=200)
    assert process.returncode == 143
    assert psutil.wait_procs(started, timeout=60)[1] == []


def ask(port, body):
    """HTTP status and what the server says."""
    request = urllib.request.Request(
        f"http://127.0.0.1:{port}/invocations", body.encode(), {"Content-Type": "application/json"}
    )
    try:
        with urllib.request.urlopen(request, timeout=60) as reply:
            return reply.status, json.load(reply)
    except urllib.error.HTTPError as error:
        return error.code, json.load(error)


def test_the_run_says_what_it_published(published):
    assert published.returncode == 0, published.stderr
    assert "Published: smoke version 1 (champion)" in published.stdout


def test_the_snippet_of_the_model_card_loads_and_predicts(published, stranger, tmp_path):
    assert published.returncode == 0, published.stderr
    card = (stranger.workspace / "runs" / "latest" / "model_card.md").read_text("utf-8")
    code = card.partition("```python\n")[2].partition("```")[0]
    done = subprocess.run(
        [sys.executable, "-I", "-c", code],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=280,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    answers = [line.split() for line in done.stdout.splitlines()]
    assert [label in "0123456789" for label, _ in answers] == [True, True]
    assert all(10.0 <= float(share.rstrip("%")) <= 100.0 for _, share in answers)


def test_the_server_answers_with_the_evaluated_probabilities(port, stranger):
    workspace = stranger.workspace
    (sealed,) = (workspace / "store" / "sealed").glob("[0-9a-f]*")
    images = np.load(sealed / "test_images.npy")
    evaluated = np.load(workspace / "runs" / "latest" / "test_proba.npy")
    status, said = ask(port, json.dumps({"inputs": images.tolist()}))
    assert status == 200
    said = said["predictions"]
    np.testing.assert_allclose(said["probabilities"], evaluated, atol=1e-6)
    names = np.array(said["classes"])
    assert said["label"] == names[evaluated.argmax(axis=1)].tolist()
    assert np.shape(said["agreement"]) == (len(images), len(said["members"]))
    pool = json.loads((workspace / "runs" / "latest" / "pool.json").read_text())
    inside = evaluated >= pool["prediction_sets"]["threshold"]
    assert [set(each) for each in said["prediction_set"]] == [set(names[row]) for row in inside]


@pytest.mark.parametrize(
    ("images", "words"),
    [
        (np.zeros((1, 8, 7, 1), int), "expected shape (n, 8, 8, 1), received (1, 8, 7, 1)"),
        (np.full((1, 8, 8, 1), np.nan), "received NaN or infinity"),
        (np.full((1, 8, 8, 1), 0.5), "Send the pixels as they are, not normalised"),
        (np.zeros(0), "received an empty batch"),
        (np.full((1, 8, 8, 1), "x"), "expected numbers, received text"),
    ],
)
def test_what_is_no_image_gets_http_400_and_one_line(port, images, words):
    status, said = ask(port, json.dumps({"inputs": images.tolist()}))
    assert status == 400
    assert words in said["message"]
    assert "\n" not in said["message"]
    assert "stack_trace" not in said


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_a_challenger_is_judged_and_the_decision_recorded(published, stranger):
    other = stranger.ripieno("train", *SMALL, "--set", "members.forest.seed=5")
    assert "version 2 (challenger)" in other.stdout, other.stderr
    judged = stranger.ripieno("promote", "--conf", "smoke")
    assert judged.returncode == 0, judged.stderr
    assert "smoke: version 2 against version 1" in judged.stdout

    from mlflow import MlflowClient

    client = MlflowClient(stranger.tracking_uri)
    (run,) = client.search_runs(["1"], "tags.`ripieno.kind` = 'promotion'")
    champion = str(client.get_model_version_by_alias("smoke", "champion").version)
    assert champion == {"promote": "2", "keep": "1"}[run.data.tags["decision"]]
    assert run.data.metrics["n_images"] == 359
    assert run.data.metrics["log_loss_gain_low"] <= run.data.metrics["log_loss_gain_high"]


def test_serving_what_was_never_published_is_one_line(make_stranger):
    done = make_stranger().ripieno("serve", "--conf", "smoke", "--set", "publish.name=nobody")
    assert done.returncode == 2
    assert "The registered model 'nobody' has no champion" in done.stderr
    assert "Traceback" not in done.stderr
