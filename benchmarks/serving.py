"""The published ensemble against its members as MLflow and Keras run them.

    python -m benchmarks.serving [--conf digits] [--alias champion] [--rounds 7]

Needs a published model: `make run-flow`. Both sides take turns in one process, and medians count:

- one image: the ensemble's MLflow model against that of its fastest Keras member alone, logged with
  `mlflow.tensorflow`, which calls `Model.predict`;
- 10,000 images: the ensemble against the sum of `Model.predict` over its Keras members and of
  `predict_proba` over its scikit-learn pipelines, in Keras's batches of 32 and in batches of 500;
- requests a second of one image through `mlflow models serve`, against a model that does nothing.

The digits' five members (three networks, an SVC, a forest of 300 trees), 9 rounds, two shared cores
that did much other work as well (load 12): one image 12.3 ms against 205 to 241 ms (16.6 times as
fast as the fastest member alone; 3.3 ms against 52 to 68 on the machine when it was quiet); 10,000
images 5.9 times the members' throughput in batches of 32, 2.7 times in batches of 500; with one
client 0.27 of the requests a second of a model that does nothing, with eight 0.23.
"""

import argparse
import json
import os
import statistics
import sys
import tempfile
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from benchmarks.timing import in_turns
from ripieno.errors import RipienoError

N_IMAGES = 10_000
N_REQUESTS = 200


def main() -> None:
    """Parse the command line, measure, print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--conf", default="digits", help="the configuration that was published")
    parser.add_argument("--set", nargs="+", action="extend", default=[], metavar="FIELD=VALUE")
    parser.add_argument("--alias", default="champion")
    parser.add_argument("--rounds", type=int, default=7, help="rounds, of which the median counts")
    arguments = parser.parse_args()
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

    import mlflow
    import numpy as np

    from conf.loading import load_configuration
    from tasks.runs import model_name
    from tasks.serving import require_version
    from tasks.tracking import open_registry

    configuration = load_configuration(arguments.conf, arguments.set)
    uri = configuration.workspace.tracking_uri
    mlflow.set_tracking_uri(uri)
    version = require_version(open_registry(uri, model_name(configuration)), arguments.alias)
    published = mlflow.pyfunc.load_model(version.uri)
    bundle = published.unwrap_python_model()._ensemble.bundle
    rng = np.random.default_rng(0)
    low, high = (bundle.pixels.low, bundle.pixels.high) if bundle.pixels else (0, 255)
    images = rng.uniform(low, high, (N_IMAGES, *bundle.image_shape)).astype(bundle.dtype)
    members = load_members(bundle)
    names = ", ".join(member.name for member in bundle.members)
    print(f"{version.name} version {version.number}: {names}; images {bundle.image_shape}")
    print(f"medians of {arguments.rounds} rounds in turns, {os.cpu_count()} cores\n")
    compare_one(published, members, images[:1], arguments.rounds)
    compare_many(published, members, images, arguments.rounds)
    compare_requests(version.uri, uri, images[:1], arguments.rounds)


def load_members(bundle: Any) -> dict[str, tuple[bool, Any]]:
    """Each member's model, and whether it is a Keras model."""
    from ripieno.models import MODELS

    return {
        member.name: (
            MODELS[member.architecture].needs_tensorflow,
            MODELS[member.architecture].load(member.directory),
        )
        for member in bundle.members
    }


def compare_one(published: Any, members: Mapping[str, Any], one: Any, n_rounds: int) -> None:
    """One image: the whole ensemble against any one Keras member."""
    import keras
    import mlflow

    keras.config.disable_interactive_logging()  # a progress bar would count against the members
    with tempfile.TemporaryDirectory() as folder:
        theirs: dict[str, Callable[[], Any]] = {}
        for name, (is_keras, model) in members.items():
            if is_keras:
                path = str(Path(folder) / name)
                mlflow.tensorflow.save_model(model, path, pip_requirements=["tensorflow"])
                logged = mlflow.pyfunc.load_model(path)
                theirs[name] = lambda logged=logged: logged.predict(one)
        ours = {"ensemble": lambda: published.predict(one)["probabilities"]}
        times, _ = in_turns(ours | theirs, n_rounds, budget=60.0)
    print("one image, ms")
    for name, each in times.items():
        print(f"  {name:24} {1000 * each.median:9.2f}")
    fastest = min(times[name].median for name in theirs)
    print(f"  ratio to the fastest member {fastest / times['ensemble'].median:6.1f}\n")


def compare_many(published: Any, members: Mapping[str, Any], images: Any, n_rounds: int) -> None:
    """Many images: the whole ensemble against its members one after the other."""
    from ripieno.models.scikit_learn import predict_proba

    def one_by_one(batch_size: int) -> None:
        for is_keras, model in members.values():
            if is_keras:
                model.predict(images, batch_size=batch_size, verbose=0)
            else:
                predict_proba(model, images)

    runs: dict[str, Callable[[], Any]] = {
        "ensemble": lambda: published.predict(images)["probabilities"],
        "members, batches of 32": lambda: one_by_one(32),
        "members, batches of 500": lambda: one_by_one(500),
    }
    times, _ = in_turns(runs, n_rounds, budget=240.0)
    print(f"{len(images):,} images, images a second")
    for name, each in times.items():
        ratio = each.median / times["ensemble"].median
        print(f"  {name:24} {len(images) / each.median:9.0f}   ensemble / this {ratio:5.2f}")
    print()


def compare_requests(model_uri: str, tracking_uri: str, one: Any, n_rounds: int) -> None:
    """Requests of one image to the ensemble, and to a model that does nothing."""
    import mlflow

    from benchmarks.served import requests_per_second, served

    body = json.dumps({"inputs": one.tolist()}).encode()
    rates: dict[tuple[str, int], list[float]] = {}
    with ExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory())
        identity = str(Path(folder) / "identity")
        code = str(Path(__file__).with_name("identity_model.py"))
        mlflow.pyfunc.save_model(identity, python_model=code, pip_requirements=["mlflow"])
        uris = {"ensemble": model_uri, "identity": identity}
        ports = {name: stack.enter_context(served(uri, tracking_uri)) for name, uri in uris.items()}
        for turn in range(n_rounds + 1):
            for name, port in ports.items():
                for n_clients in (1, 8):
                    rate = requests_per_second(port, body, N_REQUESTS, n_clients)
                    if turn:  # the first warms up
                        rates.setdefault((name, n_clients), []).append(rate)
    print("requests a second of one image, `mlflow models serve`")
    medians = {key: statistics.median(values) for key, values in rates.items()}
    for n_clients in (1, 8):
        ours, theirs = medians["ensemble", n_clients], medians["identity", n_clients]
        print(
            f"  {n_clients} client(s): ensemble {ours:6.0f}, identity {theirs:6.0f},"
            f" ensemble / identity {ours / theirs:5.2f}"
        )


if __name__ == "__main__":
    try:
        main()
    except RipienoError as error:
        sys.exit(f"ripieno: error: {error}")
