import json
from pathlib import Path

import pytest

from conf.loading import load_configuration
from ripieno.data.pixel_range import PixelRange
from ripieno.errors import TrainingError
from tasks.records import Member, TrainingData
from tasks.study_budget import long_pilots, share_budget, short_pilots
from tasks.study_plan import pilot_name, study_configuration

DATA = TrainingData(
    Path(),
    Path(),
    "",
    (8, 8, 1),
    ("a", "b"),
    n_train=10_000,
    n_validation=100,
    pixels=PixelRange(0, 255, True),
)


@pytest.fixture
def study():
    epochs = ["members.separable_convnet.epochs=10", "members.dense_batchnorm.epochs=20"]
    return study_configuration(load_configuration("smoke", epochs))


@pytest.fixture
def pilot(tmp_path):
    """Makes the record of a pilot that took so many processor seconds; None: it failed."""

    def make(name, n_epochs, seconds):
        named = pilot_name(name, n_epochs)
        if seconds is None:
            return Member(named, name, "failed", "", None, "", error="it diverged")
        directory = tmp_path / named
        directory.mkdir()
        (directory / "facts.json").write_text(json.dumps({"train_cpu_seconds": seconds}))
        return Member(named, name, "trained", "", directory, "")

    return make


def test_the_longer_pilots_see_enough_images(study):
    assert short_pilots(study) == {"separable_convnet": 1, "dense_batchnorm": 1}
    assert long_pilots(study, DATA) == {"separable_convnet": 4, "dense_batchnorm": 4}


def test_each_member_gets_the_epochs_that_cost_the_mean(study, pilot):
    # Seconds: 1 and 5 an epoch make 51 in 10 epochs, 1 and 0.5 make 11 in 20.
    pilots = [
        pilot("separable_convnet", 1, 6.0),
        pilot("separable_convnet", 4, 21.0),
        pilot("dense_batchnorm", 1, 1.5),
        pilot("dense_batchnorm", 4, 3.0),
    ]
    budget = share_budget(study, DATA, pilots)
    assert budget.seconds == pytest.approx((51.0 + 11.0) / 2)
    assert budget.n_epochs == {"separable_convnet": 6, "dense_batchnorm": 60}
    assert budget.failed == {}


def test_fewer_than_two_members_with_pilots_are_an_error_that_says_why(study, pilot):
    pilots = [
        pilot("separable_convnet", 1, 6.0),
        pilot("separable_convnet", 4, None),
        pilot("dense_batchnorm", 1, 1.5),
        pilot("dense_batchnorm", 4, 3.0),
    ]
    with pytest.raises(TrainingError, match=r"received 1 \(separable_convnet-pilot-4: it"):
        share_budget(study, DATA, pilots)
