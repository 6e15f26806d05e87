"""Aliases and history against a real SQLite store."""

import numpy as np
import pytest

from tasks.tracking import CHALLENGER, CHAMPION, Registry, open_tracker


@pytest.fixture(scope="module")
def tracker(tmp_path_factory):
    folder = tmp_path_factory.mktemp("mlflow")
    return open_tracker(f"sqlite:///{folder}/mlflow.db", "digits", folder / "artifacts")


@pytest.fixture
def registry(tracker, request):
    return Registry(tracker.client, request.node.name)


def made(tracker, registry, folder):
    """A version of a model that nobody loads."""
    artefact = folder / "member"
    artefact.mkdir(exist_ok=True)
    (artefact / "model.skops").write_bytes(b"stands for a model")
    run_id = tracker.start_run("run", {})
    example = np.zeros((2, 8, 8, 1), np.uint8)
    model_id = tracker.log_model(run_id, "forest", artefact, example, 10, ["scikit-learn"])
    return registry.register(model_id, run_id, "# Card")


def test_the_first_version_becomes_champion_and_the_next_challenger(tracker, registry, tmp_path):
    assert registry.challenge(made(tracker, registry, tmp_path)) == CHAMPION
    assert registry.challenge(made(tracker, registry, tmp_path)) == CHALLENGER
    assert registry.alias(CHAMPION).number == "1"
    assert registry.alias(CHALLENGER).number == "2"


def test_a_registered_model_says_what_it_is_until_people_say_it_better(tracker, registry, tmp_path):
    made(tracker, registry, tmp_path)
    page = tracker.client.get_registered_model
    assert "challenger" in page(registry.name).description
    tracker.client.update_registered_model(registry.name, "our own words")
    made(tracker, registry, tmp_path)
    assert page(registry.name).description == "our own words"


def test_a_promotion_moves_champion_and_leaves_no_challenger(tracker, registry, tmp_path):
    registry.challenge(made(tracker, registry, tmp_path))
    second = made(tracker, registry, tmp_path)
    registry.challenge(second)
    registry.promote(second, "decided")
    assert registry.alias(CHAMPION).number == "2"
    assert registry.alias(CHALLENGER) is None
    assert registry.previous().number == "1"


def test_the_history_tells_who_was_champion_and_why(tracker, registry, tmp_path):
    registry.challenge(made(tracker, registry, tmp_path))
    second = made(tracker, registry, tmp_path)
    registry.challenge(second)
    registry.promote(second, "decided")
    registry.restore(registry.previous(), "regretted")
    told = [(entry["version"], entry["by"]) for entry in registry.history()]
    assert told == [
        ("1", "the first version"),
        ("2", "promotion decided"),
        ("1", "rollback regretted"),
    ]


def test_the_first_champion_has_nobody_to_go_back_to(tracker, registry, tmp_path):
    registry.challenge(made(tracker, registry, tmp_path))
    assert registry.previous() is None


def test_dropping_the_only_version_leaves_no_registered_model(tracker, registry, tmp_path):
    registry.drop(made(tracker, registry, tmp_path))
    assert registry.versions() == []
    assert not tracker.client.search_registered_models(f"name = '{registry.name}'")


def test_dropping_a_version_leaves_the_others(tracker, registry, tmp_path):
    first, second = (made(tracker, registry, tmp_path) for _ in range(2))
    registry.drop(second)
    assert [version.number for version in registry.versions()] == [first.number]


def test_a_model_that_was_never_registered_has_no_champion(registry):
    assert registry.alias(CHAMPION) is None
    assert registry.versions() == []
