"""Scoring for real: a tiny ensemble, pictures on disk, a real Prefect server, kill -9."""

import hashlib
import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest
from PIL import Image

ROOT = Path(__file__).parents[2]
PARTS = 12


def environment(folder, **more):
    names = {
        "RIPIENO_WORKSPACE": str(folder / "workspace"),
        "PREFECT_HOME": str(folder / "prefect"),
        "COLUMNS": "200",
    }
    kept = {key: value for key, value in os.environ.items() if key != "MLFLOW_TRACKING_URI"}
    return kept | names | more


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    """The address of a Prefect server that stands for the module."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    home = tmp_path_factory.mktemp("server")
    command = [Path(sys.executable).with_name("prefect"), "server", "start"]
    process = subprocess.Popen(
        [*command, "--host", "127.0.0.1", "--port", str(port)],
        env=os.environ | {"PREFECT_HOME": str(home), "PREFECT_SERVER_API_PORT": str(port)},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    url = f"http://127.0.0.1:{port}/api"
    for _ in range(240):
        try:
            urllib.request.urlopen(f"{url}/health", timeout=2)
            break
        except OSError:
            time.sleep(0.5)
    yield url
    process.terminate()
    process.wait(200)


@pytest.fixture(scope="module")
def folder(tmp_path_factory, server):
    """A workspace with a finished run."""
    made = tmp_path_factory.mktemp("score")
    done = flows(made, server, "train", "--conf", "smoke")
    assert done.returncode == 0, done.stderr
    return made


def flows(folder, server, *arguments):
    return subprocess.run(
        [sys.executable, "-m", "flows", *arguments],
        cwd=ROOT,
        env=environment(folder, PREFECT_API_URL=server),
        capture_output=True,
        text=True,
        timeout=280,
        check=False,
    )


@pytest.fixture(scope="module")
def sealed(folder):
    """The test digits and their labels."""
    (data,) = (folder / "workspace" / "store" / "sealed").glob("[0-9a-f]*")
    return np.load(data / "test_images.npy"), np.load(data / "test_labels.npy")


def rows(output):
    return pq.read_table(output / "predictions").to_pylist()


@pytest.fixture(scope="module")
def scored(folder, server, sealed):
    """The test digits as pictures in nested folders, three broken ones among them, scored."""
    images, _ = sealed
    for i, image in enumerate(images):
        path = folder / "pictures" / f"{i % 3}" / f"{i:04}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(image[..., 0]).convert(("L", "RGB", "RGBA")[i % 3]).save(path)
    whole = path.read_bytes()
    (path.parent / "truncated.png").write_bytes(whole[: len(whole) // 2])
    (path.parent / "text.png").write_text("no picture")
    (path.parent / "empty.png").write_bytes(b"")
    output = folder / "scores"
    done = flows(
        folder, server, "score", "--input", str(folder / "pictures"), "--output", str(output)
    )
    assert done.returncode == 0, done.stderr
    return output, done.stdout


@pytest.mark.slow
def test_pictures_score_as_the_test_split_did(folder, scored, sealed):
    _, labels = sealed
    summary = json.loads((folder / "workspace/runs/latest/summary.json").read_text())
    found = {Path(row["source"]).stem: row["label"] for row in rows(scored[0])}
    right = [found[f"{i:04}"] == str(label) for i, label in enumerate(labels)]
    assert np.mean(right) == pytest.approx(summary["ensemble"]["test"]["accuracy"])


@pytest.mark.slow
def test_broken_pictures_are_listed_and_not_fatal(scored):
    output, told = scored
    listed = (output / "unreadable.csv").read_text()
    assert listed.count("\n") == 4
    for name in ("truncated.png", "text.png", "empty.png"):
        assert name in listed
        assert name in told


@pytest.mark.slow
def test_unshifted_pictures_do_not_alarm(scored):
    drift = json.loads((scored[0] / "drift.json").read_text())
    assert drift["drifted"] == []
    assert drift["enough_images"]


@pytest.mark.slow
def test_a_second_call_scores_nothing_again(folder, server, scored):
    output, _ = scored
    before = {path: path.stat().st_mtime_ns for path in (output / "predictions").iterdir()}
    done = flows(
        folder, server, "score", "--input", str(folder / "pictures"), "--output", str(output)
    )
    assert done.returncode == 0, done.stderr
    assert "Scored already" in done.stdout
    assert {path: path.stat().st_mtime_ns for path in (output / "predictions").iterdir()} == before


@pytest.mark.slow
def test_a_killed_scoring_ends_as_an_uninterrupted_one(folder, server, sealed):
    images = np.concatenate([sealed[0]] * (PARTS * 4096 // len(sealed[0])))
    path = folder / "many.npz"
    np.savez(path, images=images)
    outputs = [folder / "killed", folder / "whole"]
    command = [sys.executable, "-m", "flows", "score", "--input", str(path), "--output"]
    process = subprocess.Popen(
        [*command, str(outputs[0])],
        cwd=ROOT,
        env=environment(folder, PREFECT_API_URL=server),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    first = outputs[0] / "predictions" / "part-00000.parquet"
    while not first.exists() and process.poll() is None:
        time.sleep(0.01)
    os.kill(process.pid, signal.SIGKILL)
    process.wait(200)
    assert not (outputs[0] / "drift.json").exists()
    kept = first.stat().st_mtime_ns
    for output in outputs:
        done = flows(folder, server, "score", "--input", str(path), "--output", str(output))
        assert done.returncode == 0, done.stderr
    assert first.stat().st_mtime_ns == kept
    killed, whole = (
        {
            file.relative_to(output): hashlib.sha256(file.read_bytes()).hexdigest()
            for file in sorted(output.rglob("*.*"))
            if file.suffix in (".parquet", ".json")
        }
        for output in outputs
    )
    assert killed == whole


TRAIN = """
import json, sys
from flows.train import train_ensemble
state = train_ensemble(**json.loads(sys.argv[1]), return_state=True)
print(state.name, state.message)
"""


@pytest.fixture(scope="module")
def drifted(folder, server, sealed):
    """What the terminal told of three drifted batches, and the trainings that were asked for."""
    assert flows(folder, server, "automate").returncode == 0
    deployment = deploy(server, "train-ensemble", "train")
    told = []
    for i, images in enumerate(np.array_split(255 - sealed[0], 3)):
        np.savez(folder / f"inverted-{i}.npz", images=images)
        paths = ("--input", folder / f"inverted-{i}.npz", "--output", folder / f"inverted-{i}")
        told.append(flows(folder, server, "score", *map(str, paths)).stdout)
    runs = post(server, "flow_runs/filter", {"deployments": {"id": {"any_": [deployment]}}})
    return told, runs


@pytest.mark.slow
def test_drift_starts_the_deployment_that_retrains_once(drifted, server):
    told, runs = drifted
    page = f"{server.removesuffix('/api')}/runs/flow-run/{runs[0]['id']}"
    assert all("Drift in " in each for each in told)
    assert f"Retraining is asked for: {page}." in told[0]
    assert all(f"Retraining was asked for before: {page}" in each for each in told[1:])
    assert len(runs) == 1
    assert runs[0]["parameters"]["configuration"]["tracking"] == {"experiment": "smoke"}


@pytest.mark.slow
def test_a_retraining_on_the_same_data_trains_nothing(drifted, folder, server):
    before = sorted((folder / "workspace" / "runs").iterdir())
    done = subprocess.run(
        [sys.executable, "-c", TRAIN, json.dumps(drifted[1][0]["parameters"])],
        cwd=ROOT,
        env=environment(folder, PREFECT_API_URL=server),
        capture_output=True,
        text=True,
        timeout=280,
        check=False,
    )
    assert "Unchanged Nothing new to train on" in done.stdout, done.stderr
    assert sorted((folder / "workspace" / "runs").iterdir()) == before


def deploy(server, flow, name):
    flow_id = post(server, "flows/", {"name": flow})["id"]
    return post(server, "deployments/", {"name": name, "flow_id": flow_id})["id"]


def post(server, path, values):
    request = urllib.request.Request(
        f"{server}/{path}",
        json.dumps(values).encode(),
        {"Content-Type": "application/json"},
    )
    with urllib.request.urlopen(request, timeout=30) as reply:
        return json.load(reply)
