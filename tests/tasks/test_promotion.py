"""What a challenger and a champion can be compared on, and the way back."""

import numpy as np
import pytest

from conf.loading import load_configuration
from ripieno.data.dataset import LabelledImages
from ripieno.data.normalisation import fit_normaliser
from ripieno.data.splits import Splits
from ripieno.data.storage import write_splits
from ripieno.errors import ConfigurationError, DataError
from ripieno.runtime.store import Store
from tasks.promotion import Contest, contest_of, find_untouched, n_tried, roll_back
from tasks.publication import DATA
from tasks.tracking import CHAMPION, Registry, Version, open_tracker


def pictures(greys):
    images = np.array(greys, np.uint8).reshape(-1, 1, 1, 1)
    return LabelledImages(images, np.arange(len(greys)) % 2)


def write(workspace, fingerprint, train, validation, test, class_names=("a", "b")):
    splits = Splits(pictures(train), pictures(validation), pictures(test), class_names)
    normaliser = fit_normaliser(splits.train.images, (0, 1, 2))
    store = Store(workspace / "store")
    with (
        store.write("data", fingerprint, {}) as data,
        store.write("sealed", fingerprint, {}) as sealed,
    ):
        write_splits(splits, normaliser, data, sealed)


def contest(challenger, champion):
    return Contest(
        Version("digits", "2", "m-2", {DATA: challenger}),
        Version("digits", "1", "m-1", {DATA: champion}),
    )


@pytest.fixture
def configuration(tmp_path):
    write(tmp_path, "one", [1, 2], [3, 4], [5, 6, 7, 8])
    return load_configuration("smoke", [f"workspace={tmp_path}"])


def found(configuration, challenger, champion):
    return find_untouched.fn(configuration, contest(challenger, champion))


def test_models_of_the_same_data_meet_on_their_test_images(configuration):
    assert found(configuration, "one", "one").samples.images.ravel().tolist() == [5, 6, 7, 8]


def test_models_of_other_splits_meet_on_what_neither_has_seen(configuration, tmp_path):
    write(tmp_path, "two", [5, 9], [6, 10], [1, 3, 7, 11])
    untouched = found(configuration, "two", "one")
    assert sorted(untouched.samples.images.ravel().tolist()) == [7, 8, 11]
    assert untouched.n_seen == 4


def test_models_with_nothing_untouched_cannot_be_compared(configuration, tmp_path):
    write(tmp_path, "two", [5, 6], [7, 8], [1, 2, 3, 4])
    state = found(configuration, "two", "one")
    assert "no test image of either is untouched" in state.message


def test_models_of_other_classes_cannot_be_compared(configuration, tmp_path):
    write(tmp_path, "two", [1, 2], [3, 4], [5, 6], class_names=("a", "c"))
    state = found(configuration, "two", "one")
    assert "Expected models of the same image shape, type and classes" in state.message


def test_without_its_data_nobody_can_tell_what_a_model_has_seen(configuration):
    state = found(configuration, "gone", "one")
    assert isinstance(state.data, DataError)
    assert "The data gone are not in" in state.message


@pytest.fixture
def tracker(tmp_path):
    return open_tracker(f"sqlite:///{tmp_path}/mlflow.db", "smoke", tmp_path / "mlartifacts")


def test_other_challengers_on_the_same_images_are_counted_once_each(tracker):
    for challenger, digest, model in (
        ("3", "x", "digits"),
        ("3", "x", "digits"),
        ("4", "x", "digits"),
        ("5", "other images", "digits"),
        ("6", "x", "other model"),
        ("2", "x", "digits"),
    ):
        tags = {"ripieno.kind": "promotion", "ripieno.images": digest}
        tracker.start_run("promotion", tags | {"challenger": challenger, "model": model})
    assert n_tried(tracker, contest("one", "one"), "x") == 2


def published(tracker, folder):
    folder.mkdir(exist_ok=True)
    (folder / "model.skops").write_bytes(b"stands for a model")
    run_id = tracker.start_run("run", {})
    example = np.zeros((2, 8, 8, 1), np.uint8)
    model_id = tracker.log_model(run_id, "forest", folder, example, 10, ["scikit-learn"])
    registry = Registry(tracker.client, "smoke")
    version = registry.register(model_id, run_id, "")
    registry.challenge(version)
    return version


def test_a_rollback_restores_the_previous_champion_and_is_recorded(
    configuration, tracker, tmp_path, monkeypatch
):
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    registry = Registry(tracker.client, "smoke")
    published(tracker, tmp_path / "model")
    registry.promote(published(tracker, tmp_path / "model"), "decided")
    assert roll_back(configuration, tracker, "slow").startswith(
        "smoke: champion is version 1 again"
    )
    assert registry.alias(CHAMPION).number == "1"
    (tags,) = tracker.tags_of_runs({"ripieno.kind": "rollback"})
    assert (tags["from"], tags["to"], tags["reason"]) == ("2", "1", "slow")
    with pytest.raises(ConfigurationError, match="no earlier champion to go back to"):
        roll_back(configuration, tracker, "again")


def test_without_a_challenger_there_is_no_contest(tracker, tmp_path):
    published(tracker, tmp_path / "model")
    with pytest.raises(ConfigurationError, match="has no challenger"):
        contest_of(Registry(tracker.client, "smoke"))
