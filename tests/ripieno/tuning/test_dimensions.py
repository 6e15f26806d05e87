import json

import optuna
import pytest

from ripieno.tuning.dimensions import Choices, Fixed, Range

INTEGER = Range(2, 9, integer=True)
STEPPED = Range(0, 12, step=4, integer=True)
LOG = Range(1e-4, 1e-1, log=True)


def drawn(dimension, n=60):
    study = optuna.create_study(sampler=optuna.samplers.RandomSampler(seed=5))
    return [dimension.suggest(study.ask(), "x") for _ in range(n)]


def distribution(dimension):
    trial = optuna.create_study().ask()
    dimension.suggest(trial, "x")
    return trial.distributions["x"]


def test_a_fixed_value_is_not_asked_for():
    trial = optuna.create_study().ask()
    assert Fixed([32, 64]).suggest(trial, "filters") == [32, 64]
    assert trial.params == {}
    assert Fixed(0.1).points(5) == Fixed(0.1).ends == [0.1]


@pytest.mark.parametrize("value", [None, True, 3, "relu", [1, 2]])
def test_a_fixed_value_is_written_as_it_is(value):
    assert Fixed(value).to_json() == value


def test_a_number_is_drawn_from_its_range():
    values = drawn(Range(-2.0, 3.0))
    assert all(-2.0 <= value <= 3.0 and type(value) is float for value in values)


def test_an_integer_is_drawn_with_both_ends():
    values = drawn(INTEGER, 200)
    assert set(values) == {2, 3, 4, 5, 6, 7, 8, 9}
    assert {type(value) for value in values} == {int}


def test_a_step_is_kept():
    assert set(drawn(STEPPED)) == {0, 4, 8, 12}
    assert set(drawn(Range(0.0, 1.0, step=0.25))) == {0.0, 0.25, 0.5, 0.75, 1.0}


@pytest.mark.parametrize(
    ("dimension", "expected"),
    [
        (Range(0.0, 0.5), optuna.distributions.FloatDistribution(0.0, 0.5)),
        (LOG, optuna.distributions.FloatDistribution(1e-4, 1e-1, log=True)),
        (Range(0.0, 1.0, step=0.5), optuna.distributions.FloatDistribution(0, 1, step=0.5)),
        (INTEGER, optuna.distributions.IntDistribution(2, 9)),
        (STEPPED, optuna.distributions.IntDistribution(0, 12, step=4)),
        (
            Range(8.0, 64.0, log=True, integer=True),
            optuna.distributions.IntDistribution(8, 64, log=True),
        ),
        (Choices(("a", 1)), optuna.distributions.CategoricalDistribution(("a", 1))),
    ],
)
def test_optuna_knows_the_scale(dimension, expected):
    assert distribution(dimension) == expected


def test_lists_and_mappings_are_stored_as_json_and_come_back_as_they_were():
    choices = Choices(([32, [64, 64]], {"flip": True, "shift": None}, None))
    assert choices.labels == ["[32, [64, 64]]", '{"flip": true, "shift": null}', None]
    values = drawn(choices)
    assert all(value in choices.values for value in values)
    assert {json.dumps(value) for value in values} == {json.dumps(each) for each in choices.values}


def test_what_equals_and_is_not_the_same_is_told_apart():
    drawn_values = drawn(Choices((1, True, 0, False, 1.0)), 200)
    assert {(type(value), value) for value in drawn_values} == {
        (int, 1), (bool, True), (int, 0), (bool, False), (float, 1.0)
    }  # fmt: skip


@pytest.mark.parametrize(
    ("dimension", "points"),
    [
        (Range(0.0, 1.0), [0.0, 0.5, 1.0]),
        (Range(1.0, 100.0, log=True), [1.0, pytest.approx(10.0), 100.0]),
        (Range(0.0, 1.0, step=0.25), [0.0, 0.25, 0.5, 0.75, 1.0]),
        (Range(1, 9, integer=True), [1, 5, 9]),
        (Range(1, 2, integer=True), [1, 2]),
        (Range(1, 64, log=True, integer=True), [1, 8, 64]),
        (STEPPED, [0, 4, 8, 12]),
        (Range(0, 10, step=4, integer=True), [0, 4, 8]),
        (Choices(("b", "a", [1])), ["b", "a", "[1]"]),
    ],
)
def test_a_grid_has_points_from_end_to_end(dimension, points):
    assert dimension.points(3) == points


@pytest.mark.parametrize("low", [3e-4, 1e-4, 0.1, 0.7])
@pytest.mark.parametrize("ratio", [3.0, 7.0, 100.0])
@pytest.mark.parametrize("log", [False, True])
def test_points_never_leave_the_range(low, ratio, log):
    dimension = Range(low, low * ratio, log=log)
    for n in range(2, 12):
        points = dimension.points(n)
        assert (points[0], points[-1]) == (dimension.low, dimension.high)
        assert points == sorted(points)
        assert len(points) == n


@pytest.mark.parametrize(
    ("dimension", "written"),
    [
        (Range(0, 1), {"low": 0.0, "high": 1.0}),
        (Range(2.0, 9.0, integer=True), {"low": 2, "high": 9}),
        (LOG, {"low": 1e-4, "high": 1e-1, "log": True}),
        (STEPPED, {"low": 0, "high": 12, "step": 4}),
        (Choices((None, [1], "a")), [None, [1], "a"]),
    ],
)
def test_a_dimension_is_written_as_a_configuration_has_it(dimension, written):
    assert json.dumps(dimension.to_json()) == json.dumps(written)
