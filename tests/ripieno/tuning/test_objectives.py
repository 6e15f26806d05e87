import math

import pytest

from ripieno.tuning.objectives import OBJECTIVES

EPOCH = {"validation_log_loss": 0.25, "validation_accuracy": 0.9, "train_log_loss": 0.1}


@pytest.mark.parametrize("name", OBJECTIVES)
def test_every_value_has_a_direction(name):
    objective = OBJECTIVES[name]
    assert len(objective.metrics) == len(objective.directions) >= 1
    assert objective.is_single == (len(objective.metrics) == 1)


def test_directions_are_those_of_the_metrics():
    assert {name: each.directions for name, each in OBJECTIVES.items()} == {
        "log_loss": ("minimize",),
        "accuracy": ("maximize",),
        "marginal_gain": ("maximize",),
        "log_loss_and_inference_ms": ("minimize", "minimize"),
    }


@pytest.mark.parametrize(
    ("name", "value"), [("log_loss", 0.25), ("accuracy", 0.9), ("marginal_gain", -0.25)]
)
def test_an_epoch_is_reported_in_the_direction_of_the_objective(name, value):
    assert OBJECTIVES[name].reported(EPOCH) == value


def test_two_aims_report_nothing():
    assert math.isnan(OBJECTIVES["log_loss_and_inference_ms"].reported(EPOCH))


@pytest.mark.parametrize("name", OBJECTIVES)
@pytest.mark.parametrize("metrics", [{}, dict.fromkeys(EPOCH, float("nan"))])
def test_an_epoch_without_a_number_is_nan(name, metrics):
    assert math.isnan(OBJECTIVES[name].reported(metrics))
