"""Publication with real members, a real store, a real registry and fresh processes."""

import ast
import json
import subprocess
import sys
from dataclasses import dataclass, replace
from importlib.metadata import packages_distributions
from pathlib import Path
from typing import Any

import mlflow
import numpy as np
import pytest

from conf.loading import load_configuration
from ripieno.data.pixel_range import PixelRange
from ripieno.data.storage import open_test_images
from ripieno.errors import PublicationError
from ripieno.models import MODELS
from ripieno.pooling.pool import Pool
from tasks.data import prepare_data
from tasks.ensemble import ENSEMBLE_PROBA, POOL
from tasks.jobs import TrainingJob, train
from tasks.publication import LIBRARIES, VERIFIED, check_answer, publish_model
from tasks.records import Member, Outcome, Run
from tasks.reporting import CARD
from tasks.tracking import CHALLENGER, CHAMPION, Registry, Version, open_tracker
from tasks.tracking.fresh import FreshAnswer

pytestmark = pytest.mark.filterwarnings(
    "ignore:__array__ implementation"  # Keras 3.15 with NumPy 2.4
)
NAMES = ("dense_batchnorm", "forest")


@dataclass(frozen=True)
class Trained:
    """A run that has been evaluated."""

    configuration: Any
    data: Any
    members: list[Member]
    tracker: Any
    proba: Any
    folder: Path

    def publish(self, name, weights, shift=0.0):
        """Publish under a name of its own what a pool makes of the members, evaluated `shift` off.

        Returns:
            The registry, and what the task returned.
        """
        directory = self.folder / f"run-{name}-{weights[0]}-{shift}"
        directory.mkdir()
        pool = Pool("linear_pool", np.array(weights), np.ones(2))
        (directory / POOL).write_text(json.dumps(pool.to_dict() | {"members": list(NAMES)}))
        (directory / CARD).write_text("# Card")
        np.save(directory / ENSEMBLE_PROBA, pool.predict_proba(self.proba) + shift)
        run_id = self.tracker.start_run(name, {})
        run = Run(directory.name, directory, self.folder / "store", run_id, "1", None)
        publish = self.configuration.publish.model_copy(update={"name": name})
        result = publish_model.fn(
            self.configuration.model_copy(update={"publish": publish}),
            self.data,
            self.members,
            Outcome(run, directory / "summary.json", ()),
            self.tracker,
        )
        return Registry(self.tracker.client, name), result


@pytest.fixture(scope="module")
def trained(tmp_path_factory) -> Trained:
    folder = tmp_path_factory.mktemp("workspace")
    configuration = load_configuration("smoke", [f"workspace={folder}"])
    data = prepare_data.fn(configuration)
    images = open_test_images(data.sealed.directory)
    members, proba = [], []
    for name in NAMES:
        section = configuration.members[name]
        directory = folder / name
        directory.mkdir()
        epochs = folder / f"{name}.jsonl"
        job = TrainingJob(
            section.architecture, data.training.directory, directory, epochs, 0, section.settings
        )
        train(job)
        members.append(Member(name, section.architecture, "trained", f"key-{name}", directory, ""))
        architecture = MODELS[section.architecture]
        proba.append(architecture.predict_proba(architecture.load(directory), images))
    tracker = open_tracker(f"sqlite:///{folder}/mlflow.db", "smoke", folder / "mlartifacts")
    return Trained(configuration, data, members, tracker, np.stack(proba), folder)


def test_what_answers_as_evaluated_is_published_once_and_then_challenged(trained):
    registry, outcome = trained.publish("digits", [0.25, 0.75])
    champion = registry.alias(CHAMPION)
    assert champion.tags[VERIFIED] == "true"
    assert float(champion.tags["ripieno.max_difference"]) <= 1e-6
    assert outcome.published.startswith("digits version 1 (champion)")

    model = mlflow.pyfunc.load_model(champion.uri)
    assert model.predict(np.zeros((1, 8, 8, 1), np.uint8))["label"]
    pixels = model.unwrap_python_model()._ensemble.bundle.pixels
    assert pixels == PixelRange(0, 255, whole=True)

    registry, outcome = trained.publish("digits", [0.25, 0.75], shift=-0.0)  # another folder
    assert "is this model already" in outcome.published
    assert len(registry.versions()) == 1

    registry, outcome = trained.publish("digits", [0.5, 0.5])
    assert registry.alias(CHALLENGER).number == "2"
    assert registry.alias(CHAMPION).number == "1"


def test_what_answers_otherwise_leaves_nothing_registered(trained):
    registry, state = trained.publish("doctored", [0.25, 0.75], shift=2e-6)
    assert state.is_failed()
    assert isinstance(state.data, PublicationError)
    assert "differs by 2.0e-06 from the evaluated test probabilities" in state.message
    assert registry.versions() == []
    assert registry.alias(CHAMPION) is None


@pytest.mark.parametrize("value", [np.nan, 1e-5])
def test_an_answer_that_is_not_the_evaluated_one_is_refused(value):
    made = Version("digits", "1", "m-1", {})
    answer = FreshAnswer(np.zeros((2, 3)), np.array(["a", "b"]), 1.0, 1.0)
    with pytest.raises(PublicationError, match="Nothing was published"):
        check_answer(made, answer, np.full((2, 3), value))


def test_an_answer_for_fewer_images_is_refused():
    made = Version("digits", "1", "m-1", {})
    answer = FreshAnswer(np.zeros((2, 3)), np.array(["a", "b"]), 1.0, 1.0)
    with pytest.raises(PublicationError, match=r"expected probabilities of shape \(3, 3\)"):
        check_answer(made, answer, np.zeros((3, 3)))


def test_everything_that_the_published_code_imports_is_required():
    code = (
        "import sys; import ripieno.serving.ensemble, ripieno.serving.graph;"
        "import ripieno.models.pipeline_file;"
        "print(*sorted({m.__name__ for n, m in sys.modules.items() if n.startswith('ripieno')}))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    files = [
        Path(sys.modules["ripieno"].__file__).parent.parent / n.replace(".", "/")
        for n in done.stdout.split()
    ]
    imported = set()
    for file in files:
        path = file / "__init__.py" if file.is_dir() else file.with_suffix(".py")
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Import):
                imported |= {alias.name.split(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom):
                imported.add(node.module.split(".")[0])
    third_party = imported - set(sys.stdlib_module_names) - {"ripieno"}
    needed = {name for top in third_party for name in packages_distributions()[top]}
    members = {library for model in MODELS.values() for library in model.libraries}
    brought_along = {"joblib"}  # by scikit-learn
    assert needed <= {*LIBRARIES, *members} | brought_along


def test_a_member_whose_file_is_damaged_publishes_nothing(trained, tmp_path):
    damaged = tmp_path / "forest"
    damaged.mkdir()
    (damaged / "model.skops").write_bytes(b"no model")
    members = [trained.members[0], replace(trained.members[1], directory=damaged)]
    registry, state = replace(trained, members=members).publish("damaged", [0.75, 0.25])
    assert state.is_failed()
    assert "cannot be used in a fresh process" in state.message
    assert registry.versions() == []
