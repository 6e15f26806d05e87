import optuna
import pytest

from ripieno.models import MODELS
from ripieno.tuning.dimensions import Choices, Fixed, Range
from ripieno.tuning.space import (
    Narrowing,
    Recorder,
    explore,
    merged,
    proposer,
    recordings,
    searched,
)

BASE = {"epochs": 5, "rate": 0.1, "augmentation": {"flip": True, "shift": 1}}


def layered(trial):
    """Each layer has units, and a third one asks for a choice that has a setting of its own."""
    n_layers = trial.suggest_int("n_layers", 1, 3)
    units = [trial.suggest_int(f"units_{i}", 4, 64, log=True) for i in range(1, n_layers + 1)]
    settings = {"units": units, "rate": trial.suggest_float("rate", 1e-3, 1e-1, log=True)}
    if n_layers == 3 and trial.suggest_categorical("kind", ["plain", "gated", "other"]) == "gated":
        settings["gate"] = trial.suggest_float("gate", 0.0, 1.0, step=0.5)
    if trial.suggest_categorical("flip", [False, True]):
        settings["augmentation"] = {"shift": trial.suggest_int("shift", 0, 4, step=2)}
    return settings


def trial_of(seed=0):
    return optuna.create_study(sampler=optuna.samplers.RandomSampler(seed=seed)).ask()


def test_every_dimension_is_found_with_its_scale():
    assert explore(layered) == {
        "n_layers": Range(1, 3, integer=True),
        "units_1": Range(4, 64, log=True, integer=True),
        "units_2": Range(4, 64, log=True, integer=True),
        "units_3": Range(4, 64, log=True, integer=True),
        "rate": Range(1e-3, 1e-1, log=True),
        "kind": Choices(("plain", "gated", "other")),
        "gate": Range(0.0, 1.0, step=0.5),
        "flip": Choices((False, True)),
        "shift": Range(0, 4, step=2, integer=True),
    }


def test_what_only_a_low_end_asks_for_is_found():
    def low(trial):
        return {"a": trial.suggest_float("a", 0, 1)} if trial.suggest_int("n", 0, 3) == 0 else {}

    assert list(explore(low)) == ["n", "a"]


def test_what_hangs_on_three_choices_in_a_row_is_found():
    def nested(trial):
        for name in ("a", "b", "c"):
            if trial.suggest_categorical(name, ["on", "off", "out"]) != "on":
                return {}
        return {"d": trial.suggest_float("d", 0.0, 1.0)}

    assert set(explore(nested)) == {"a", "b", "c", "d"}


def test_a_recording_stands_for_each_end():
    asked = [recorder.space.keys() for recorder in recordings(layered)]
    assert any("units_3" in names and "gate" in names for names in asked)
    assert any("units_2" not in names for names in asked)
    assert any("shift" not in names for names in asked)


def test_a_space_without_dimensions_is_empty():
    assert explore(lambda trial: {"rate": 0.1}) == {}


@pytest.mark.parametrize("name", MODELS)
def test_a_real_trial_is_asked_for_what_was_explored_and_no_more(name):
    search_space = MODELS[name].search_space
    space = explore(search_space)
    study = optuna.create_study(sampler=optuna.samplers.RandomSampler(seed=1))
    asked = {}
    for _ in range(150):
        trial = study.ask()
        search_space(trial)
        asked |= trial.distributions
    assert asked.keys() == space.keys()
    for each, distribution in asked.items():
        other = study.ask()
        space[each].suggest(other, each)
        assert other.distributions[each] == distribution


def test_settings_that_are_not_searched_keep_the_member_s_values():
    settings = proposer(layered, BASE, Narrowing())(trial_of())
    assert settings["epochs"] == 5
    assert settings["augmentation"]["flip"] is True


def test_a_range_takes_the_place_of_another():
    propose = proposer(layered, BASE, Narrowing({"rate": Range(0.5, 0.6)}))
    assert explore(propose)["rate"] == Range(0.5, 0.6)
    assert all(0.5 <= propose(trial_of(seed))["rate"] <= 0.6 for seed in range(20))


def test_choices_take_the_place_of_a_range():
    propose = proposer(layered, BASE, Narrowing({"rate": Choices((0.2, 0.4))}))
    assert {propose(trial_of(seed))["rate"] for seed in range(20)} == {0.2, 0.4}


def test_a_value_takes_the_place_of_a_dimension_which_is_not_searched_then():
    propose = proposer(layered, BASE, Narrowing({"n_layers": Fixed(2), "flip": Fixed(False)}))
    assert set(explore(propose)) == {"units_1", "units_2", "rate"}
    trial = trial_of()
    assert len(propose(trial)["units"]) == 2
    assert "n_layers" not in trial.params


def test_narrowing_how_many_there_are_adds_those_that_were_never_asked_for():
    wider = proposer(layered, BASE, Narrowing({"n_layers": Range(1, 5, integer=True)}))
    assert {"units_4", "units_5"} <= explore(wider).keys()


def test_a_setting_that_is_left_alone_can_be_searched_too():
    more = {"epochs": Choices((10, 20)), "augmentation.shift": Range(2, 3, integer=True)}
    propose = proposer(lambda trial: {}, BASE, Narrowing(more=more))
    assert explore(propose) == more
    proposals = [propose(trial_of(seed)) for seed in range(20)]
    assert {each["epochs"] for each in proposals} == {10, 20}
    assert {each["augmentation"]["shift"] for each in proposals} == {2, 3}
    assert all(each["augmentation"]["flip"] is True for each in proposals)
    assert BASE["augmentation"]["shift"] == 1


def test_choices_may_be_lists_of_lists():
    filters = Choices(([[8], [16]], [[8, 8], [16, 16]]))
    propose = proposer(lambda trial: {}, BASE, Narrowing(more={"filters": filters}))
    trial = trial_of()
    assert propose(trial)["filters"] in filters.values
    assert trial.params["filters"] in ("[[8], [16]]", "[[8, 8], [16, 16]]")
    assert explore(propose)["filters"].values == ("[[8], [16]]", "[[8, 8], [16, 16]]")


def test_a_dot_leads_into_a_mapping_that_is_not_there_yet():
    propose = proposer(lambda trial: {}, {"hog": None}, Narrowing(more={"hog.size": Fixed(4)}))
    assert propose(trial_of()) == {"hog": {"size": 4}}


def test_mappings_are_merged_and_other_values_replaced():
    values = {"a": {"b": 1, "c": {"d": 2, "e": 3}}, "f": [1, 2]}
    changes = {"a": {"c": {"d": 4}}, "f": [3], "g": 5}
    assert merged(values, changes) == {"a": {"b": 1, "c": {"d": 4, "e": 3}}, "f": [3], "g": 5}
    assert values == {"a": {"b": 1, "c": {"d": 2, "e": 3}}, "f": [1, 2]}


def test_parameters_of_one_classifier_are_not_mixed_with_another_s():
    assert merged({"params": {"C": 1}}, {"params": {"alpha": 2}}) == {"params": {"alpha": 2}}


def test_a_mapping_replaces_nothing_and_nothing_replaces_a_mapping():
    assert merged({"augmentation": None}, {"augmentation": {"flip": True}}) == {
        "augmentation": {"flip": True}
    }
    assert merged({"hog": {"cell_size": 4}}, {"hog": None}) == {"hog": None}


def test_a_recorder_answers_with_what_it_is_given_and_else_with_the_high_end():
    recorder = Recorder({"n_layers": 1})
    assert layered(recorder)["units"] == [64]
    assert recorder.chosen_before("rate") == {"n_layers": 1, "units_1": 64}


def test_only_what_is_not_fixed_is_searched():
    assert searched({"a": Fixed(1), "b": Choices((1,))}) == {"b": Choices((1,))}
