import pytest

from conf.loading import load_configuration
from ripieno.errors import ConfigurationError
from tasks.study_plan import (
    check_repeats,
    members_left_out,
    names_of_repeat,
    pilots,
    study_configuration,
    trainings,
)

LONG = "a" * 49


@pytest.fixture
def configuration():
    return load_configuration("smoke", ["members.dense_batchnorm.patience=3", "seed=5"])


@pytest.fixture
def study(configuration):
    return study_configuration(configuration)


def test_only_members_that_train_in_epochs_are_studied(configuration, study):
    assert list(study.members) == ["separable_convnet", "dense_batchnorm"]
    assert members_left_out(configuration, study) == ["forest"]


def test_a_study_spends_its_whole_budget(study):
    assert study.members["dense_batchnorm"].settings["patience"] is None


def test_a_study_has_an_experiment_of_its_own(study):
    assert study.tracking.experiment == "smoke-diversity"


def test_one_architecture_cannot_be_compared():
    alone = load_configuration("smoke", ["members.dense_batchnorm=null"])
    with pytest.raises(ConfigurationError, match=r"at least two .* received 1 \(separable_conv"):
        study_configuration(alone)


def test_a_name_without_room_for_a_suffix_is_refused():
    member = f"members.{LONG}={{architecture: dense_batchnorm}}"
    with pytest.raises(ConfigurationError, match="at most 48 letters"):
        study_configuration(load_configuration("smoke", [member]))


def test_every_member_is_trained_from_as_many_seeds_as_there_are_members(study):
    planned = trainings(study, {"separable_convnet": 3, "dense_batchnorm": 7}, n_repeats=4)
    assert len(planned.members) == 2 * 2 * 4
    assert planned.members["separable_convnet-r4-s2"].settings["epochs"] == 3
    assert planned.members["dense_batchnorm-r1-s1"].settings["epochs"] == 7


def test_no_two_trainings_share_a_seed_even_where_members_have_one():
    configuration = load_configuration(
        "smoke", ["members.dense_batchnorm.seed=1", "members.separable_convnet.seed=1"]
    )
    study = study_configuration(configuration)
    planned = trainings(study, dict.fromkeys(study.members, 2), n_repeats=5)
    assert len({planned.seed_of(name) for name in planned.members}) == 20


def test_another_seed_at_the_top_makes_another_study(study):
    other = study_configuration(load_configuration("smoke", ["seed=6"]))
    seeds = [
        each.seed_of(name)
        for each in (trainings(of, {"dense_batchnorm": 2}, 2) for of in (study, other))
        for name in each.members
    ]
    assert len(set(seeds)) == len(seeds)


def test_a_planned_configuration_is_a_legal_one(study):
    planned = trainings(study, dict.fromkeys(study.members, 2), n_repeats=2)
    assert type(study).model_validate_json(planned.model_dump_json()) == planned


def test_a_repeats_names_are_those_that_were_planned(study):
    names = list(study.members)
    planned = trainings(study, dict.fromkeys(names, 1), n_repeats=2)
    grids = [names_of_repeat(names, repeat) for repeat in range(2)]
    assert {name for grid in grids for row in grid for name in row} == set(planned.members)


def test_a_pilot_differs_from_its_member_by_its_epochs_alone(study):
    (pilot,) = pilots(study, {"dense_batchnorm": 9}).members.values()
    member = study.members["dense_batchnorm"]
    assert pilot.settings == {**member.settings, "epochs": 9}


def test_one_repeat_has_no_spread():
    with pytest.raises(ConfigurationError, match="expected an integer >= 2, received 1"):
        check_repeats(1)
