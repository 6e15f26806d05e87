import optuna
import pytest

from conf.members import MEMBERS
from conf.narrowing import member_of, search_of
from ripieno.models import MODELS
from ripieno.models.search_space import convolutional_space, dense_space, fit_space
from ripieno.models.settings import settings_of
from ripieno.tuning.dimensions import Choices, Range
from ripieno.tuning.space import Recorder, explore, recordings

KERAS = ("convnet_batchnorm", "dense_batchnorm", "separable_convnet")


def random_trials(n, seed=0):
    study = optuna.create_study(sampler=optuna.samplers.RandomSampler(seed=seed))
    return [study.ask() for _ in range(n)]


@pytest.mark.parametrize("name", MODELS)
def test_every_architecture_says_what_a_search_may_change(name):
    assert explore(MODELS[name].search_space)


@pytest.mark.parametrize("name", MODELS)
def test_proposals_are_settings_of_the_architecture(name):
    proposed = {key for each in random_trials(40) for key in MODELS[name].search_space(each)}
    assert proposed <= settings_of(MODELS[name]).keys()


@pytest.mark.parametrize("shape", [(8, 8, 1), (28, 28, 1), (32, 32, 3)])
@pytest.mark.parametrize("name", MODELS)
def test_every_proposal_is_a_member_that_small_images_allow(name, shape):
    member = MEMBERS[name](architecture=name)
    propose = search_of(member, None)
    for trial in random_trials(60, seed=11):
        proposed = member_of(member, propose(trial), seed=3)
        MODELS[name].check(shape, 10, **proposed.settings)
        assert proposed.seed == 3


@pytest.mark.parametrize("name", MODELS)
def test_the_ends_of_every_dimension_are_members_too(name):
    member = MEMBERS[name](architecture=name)
    propose = search_of(member, None)
    for recorder in recordings(propose):
        proposed = member_of(member, propose(recorder), seed=0)
        MODELS[name].check((8, 8, 1), 10, **proposed.settings)


@pytest.mark.parametrize("name", KERAS)
def test_what_is_not_searched_stays_as_the_member_has_it(name):
    member = MEMBERS[name](architecture=name, epochs=7, label_smoothing=0.1, patience=3)
    propose = search_of(member, None)
    for trial in random_trials(10):
        settings = propose(trial)
        assert (settings["epochs"], settings["label_smoothing"]) == (7, 0.1)
        assert settings["patience"] == 3


@pytest.mark.parametrize("name", KERAS)
def test_the_learning_rate_and_the_widths_are_on_a_logarithmic_scale(name):
    space = explore(MODELS[name].search_space)
    logarithmic = {key for key, each in space.items() if isinstance(each, Range) and each.log}
    widths = {key for key in space if key.startswith(("units_", "filters_"))}
    assert {"learning_rate", "weight_decay"} | widths == logarithmic


def test_blocks_have_their_layers_and_widths():
    answers = {"n_blocks": 2, "layers_1": 1, "filters_1": 20, "layers_2": 3, "filters_2": 50}
    settings = convolutional_space(Recorder(answers | {"dense_layers": 0}))
    assert settings["filters"] == ((20,), (50, 50, 50))
    assert settings["dense_units"] == ()


def test_a_third_block_is_asked_for_only_if_there_is_one():
    recorder = Recorder({"n_blocks": 2})
    convolutional_space(recorder)
    assert "filters_2" in recorder.space
    assert "filters_3" not in recorder.space


def test_each_block_may_be_twice_as_wide_as_the_one_before():
    space = explore(convolutional_space)
    widths = [space[f"filters_{block}"] for block in (1, 2, 3)]
    assert [(each.low, each.high) for each in widths] == [(16, 64), (32, 128), (64, 256)]


def test_dense_layers_are_as_many_as_they_may_be():
    space = explore(lambda trial: dense_space(trial, fewest=1, most=3, widest=128))
    assert space["dense_layers"] == Range(1, 3, integer=True)
    assert {name for name in space if name.startswith("units_")} == {
        "units_1",
        "units_2",
        "units_3",
    }
    few = dense_space(Recorder({"dense_layers": 1}), fewest=1, most=3, widest=128)
    assert few["dense_units"] == (128,)


def test_augmentation_is_searched_within_its_mapping():
    recorder = Recorder({"augmentation.flip": True, "augmentation.shift": 2})
    augmentation = fit_space(recorder)["augmentation"]
    assert augmentation == {"flip": True, "shift": 2, "erase": 0.5}
    assert recorder.space["augmentation.flip"] == Choices((False, True))
