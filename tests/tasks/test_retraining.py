"""Once for an ensemble and its data: what tells the same from the new."""

import json
import os
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

from conf.loading import load_configuration
from conf.scoring import DriftFound
from ripieno.data.pixel_range import PixelRange
from tasks.records import TrainingData
from tasks.retraining import event_id, source_state, trained_before


@dataclass(frozen=True)
class Ensemble:
    """What is asked of the ensemble that scored."""

    name: str = "digits-1"
    data: str = "f"
    configuration: dict = field(default_factory=dict)


@pytest.fixture
def pictures(tmp_path):
    folder = tmp_path / "pictures" / "cat"
    folder.mkdir(parents=True)
    (folder / "1.png").write_bytes(b"one")
    return {"source": "image_folder", "directory": str(tmp_path / "pictures"), "image_size": 64}


def test_a_source_that_nobody_touched_is_in_the_same_state(pictures):
    assert source_state(pictures) == source_state(pictures)


def test_an_added_picture_is_another_state(pictures):
    before = source_state(pictures)
    (Path(pictures["directory"]) / "cat" / "2.png").write_bytes(b"two")
    assert source_state(pictures) != before


def test_a_file_that_was_written_anew_is_another_state(tmp_path):
    path = tmp_path / "images.npz"
    path.write_bytes(b"old")
    os.utime(path, ns=(1, 1))
    before = source_state({"source": "npz", "path": str(path)})
    path.write_bytes(b"new")
    assert source_state({"source": "npz", "path": str(path)}) != before


def test_one_ensemble_and_one_state_of_its_source_are_one_event(pictures):
    ensemble = Ensemble(configuration={"dataset": pictures})
    assert event_id(ensemble, 0) == event_id(ensemble, 0)
    others = [event_id(ensemble, 1), event_id(replace(ensemble, name="digits-2"), 0)]
    (Path(pictures["directory"]) / "cat" / "2.png").write_bytes(b"two")
    others.append(event_id(ensemble, 0))
    assert len({*others, event_id(ensemble, 1)}) == 4


@pytest.fixture
def configuration(tmp_path):
    """Of a workspace in which a run of the same experiment, and one of another, finished."""
    for run, experiment, data in (("smoke-2", "smoke", "new"), ("digits-1", "digits", "other")):
        folder = tmp_path / "runs" / run
        folder.mkdir(parents=True)
        configuration = {"tracking": {"experiment": experiment}}
        summary = {"run": {"configuration": configuration}, "data": {"fingerprint": data}}
        (folder / "summary.json").write_text(json.dumps(summary))
    return load_configuration("smoke", [f"workspace={tmp_path}"])


@pytest.mark.parametrize(
    ("data", "known"),
    [("old", "smoke-1"), ("new", "smoke-2"), ("other", None), ("newest", None)],
)
def test_only_data_that_no_run_of_the_experiment_had_are_new(configuration, data, known):
    drift = DriftFound(ensemble="smoke-1", data="old")
    pixels = PixelRange(0, 255, True)
    training = TrainingData(Path("data"), Path("names"), data, (8, 8, 1), ("0", "1"), 1, 1, pixels)
    assert trained_before(configuration, drift, training) == known
