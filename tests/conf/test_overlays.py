import pytest

from conf.loading import load_configuration
from conf.overlays import apply_overlay, has_path
from ripieno.errors import ConfigurationError

MEMBERS = {"a": {"architecture": "x", "epochs": 3}, "b": {"architecture": "y"}, "c": {}}
VALUES = {"members": MEMBERS, "seed": 1, "split": {"validation": 0.2, "test": 0.2}}


def members(change):
    return apply_overlay(VALUES, {"members": change}, "tuned.yaml")["members"]


def test_a_member_is_replaced_as_a_whole():
    assert members({"a": {"architecture": "z"}}) == {
        "a": {"architecture": "z"}, "b": {"architecture": "y"}, "c": {}
    }  # fmt: skip


def test_null_takes_a_member_out():
    assert list(members({"b": None})) == ["a", "c"]


def test_winners_stand_where_their_member_stood():
    changed = members({"b": None, "b-1": {"seed": 1}, "b-2": {"seed": 2}})
    assert list(changed) == ["a", "b-1", "b-2", "c"]


def test_a_replaced_member_keeps_its_place():
    assert list(members({"b": {"architecture": "z"}})) == ["a", "b", "c"]


def test_new_members_come_last():
    assert list(members({"d": {}})) == ["a", "b", "c", "d"]


def test_sections_are_merged_field_by_field():
    changed = apply_overlay(VALUES, {"split": {"test": 0.1}}, "tuned.yaml")
    assert changed["split"] == {"validation": 0.2, "test": 0.1}


def test_a_value_or_null_replaces_what_was_there():
    changed = apply_overlay(VALUES, {"seed": 2, "split": None, "tuning": None}, "tuned.yaml")
    assert (changed["seed"], changed["split"], changed["tuning"]) == (2, None, None)


def test_a_section_that_was_not_there_is_added():
    assert apply_overlay(VALUES, {"runner": {"workers": 2}}, "f")["runner"] == {"workers": 2}


def test_the_values_of_before_stay_as_they_are():
    members({"a": None, "b": {"architecture": "z"}})
    apply_overlay(VALUES, {"split": {"test": 0.1}}, "tuned.yaml")
    assert list(VALUES["members"]) == ["a", "b", "c"]
    assert VALUES["members"]["b"] == {"architecture": "y"}
    assert VALUES["split"]["test"] == 0.2


def test_a_configuration_without_members_gets_the_overlay_s():
    assert apply_overlay({}, {"members": {"a": {}}}, "f")["members"] == {"a": {}}


@pytest.mark.parametrize("change", [None, 3, ["a"], "a"])
def test_members_that_are_no_mapping_are_refused_with_the_file(change):
    with pytest.raises(ConfigurationError) as error:
        members(change)
    assert str(error.value) == "tuned.yaml: members: expected a mapping of names to members."


def test_a_path_is_there_only_if_something_is_said_of_it():
    values = {"members": {"a": {"epochs": None}}}
    assert has_path(values, ("members", "a", "epochs"))
    assert not has_path(values, ("members", "b"))
    assert not has_path(values, ("members", "a", "epochs", "x"))
    assert has_path(values, ())


CONFIGURATION = """
dataset: {source: digits}
members:
  net: {architecture: dense_batchnorm, epochs: 3}
  forest: {architecture: scikit_learn}
"""
TUNED = """
members: {net: null, net-1: {architecture: dense_batchnorm, epochs: 4, seed: 9}}
tuning: null
"""


@pytest.fixture
def written(tmp_path):
    def write(name, text):
        path = tmp_path / name
        path.write_text(text)
        return path

    return write


def test_set_applies_after_with(written):
    paths = written("a.yaml", CONFIGURATION), [written("tuned.yaml", TUNED)]
    configuration = load_configuration(paths[0], ["members.net-1.epochs=8"], paths[1])
    assert list(configuration.members) == ["net-1", "forest"]
    assert configuration.members["net-1"].settings["epochs"] == 8
    assert configuration.members["net-1"].seed == 9


def test_set_cannot_change_a_member_that_with_took_out(written):
    paths = written("a.yaml", CONFIGURATION), [written("tuned.yaml", TUNED)]
    with pytest.raises(ConfigurationError, match=r"Unknown member 'net'\. Nearest: net-1"):
        load_configuration(paths[0], ["members.net.epochs=8"], paths[1])


def test_the_last_overlay_has_the_last_word(written):
    overlays = [
        written(f"{n}.yaml", f"members: {{net: {{architecture: dense_batchnorm, epochs: {n}}}}}")
        for n in (5, 6)
    ]
    configuration = load_configuration(written("a.yaml", CONFIGURATION), (), overlays)
    assert configuration.members["net"].settings["epochs"] == 6


def test_a_fault_in_an_overlay_is_said_to_be_there(written):
    tuned = written("tuned.yaml", TUNED.replace("epochs: 4", "epochs: 0"))
    with pytest.raises(ConfigurationError) as error:
        load_configuration(written("a.yaml", CONFIGURATION + "seed: -1\n"), (), [tuned])
    first, second = str(error.value).splitlines()
    assert first == f"members.net-1.epochs: expected an integer > 0, received 0 ({tuned})."
    assert second.startswith("seed: expected an integer >= 0")
    assert second.endswith("a.yaml).")


def test_the_experiment_is_called_like_the_configuration_and_not_like_an_overlay(written):
    configuration = load_configuration(
        written("birds.yaml", CONFIGURATION), (), [written("tuned.yaml", TUNED)]
    )
    assert configuration.tracking.experiment == "birds"


def test_an_overlay_that_is_not_there_is_told(written, tmp_path):
    with pytest.raises(ConfigurationError, match=r"^Expected a YAML file at .*no\.yaml, received"):
        load_configuration(written("a.yaml", CONFIGURATION), (), [tmp_path / "no.yaml"])
