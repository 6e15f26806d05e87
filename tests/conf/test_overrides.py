import pytest

from conf.overrides import apply_overrides, parse_override
from ripieno.errors import ConfigurationError

VALUES = {
    "seed": 1,
    "split": None,
    "members": {"forest": {"architecture": "scikit_learn"}, "net": {"architecture": "convnet"}},
}


def apply(*texts):
    return apply_overrides(VALUES, [parse_override(text) for text in texts])


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("a=1", 1),
        ("a=1e-3", 1e-3),
        ("a=[32, 64]", [32, 64]),
        ("a={flip: true, shift: 2}", {"flip": True, "shift": 2}),
        ("a=null", None),
        ("a=x=y", "x=y"),
        ("a='5'", "5"),
        ("a= 5 ", 5),
    ],
)
def test_a_value_is_read_as_yaml(text, value):
    assert parse_override(text).value == value


@pytest.mark.parametrize("text", ["seed", "=1", "members..seed=1", "seed=", "seed= ", "seed=[1"])
def test_what_is_no_assignment_is_refused_in_one_line(text):
    with pytest.raises(ConfigurationError, match=r"^--set [^\n]+$"):
        parse_override(text)


def test_a_field_at_any_depth_is_set():
    changed = apply("seed=2", "members.forest.params.n_estimators=300")
    assert changed["seed"] == 2
    assert changed["members"]["forest"] == {
        "architecture": "scikit_learn",
        "params": {"n_estimators": 300},
    }


def test_the_last_one_wins():
    assert apply("seed=2", "seed=3")["seed"] == 3


def test_the_values_given_stay_as_they_are():
    apply("members.forest.seed=3", "members.net=null")
    assert VALUES["members"]["forest"] == {"architecture": "scikit_learn"}
    assert "net" in VALUES["members"]


def test_a_value_that_an_anchor_shares_is_changed_in_one_place():
    shared = {"epochs": 3}
    changed = apply_overrides({"a": shared, "b": shared}, [parse_override("a.epochs=5")])
    assert changed == {"a": {"epochs": 5}, "b": {"epochs": 3}}


def test_an_empty_section_can_be_filled():
    assert apply("split.seed=7")["split"] == {"seed": 7}


def test_null_takes_a_member_out():
    assert list(apply("members.net=null")["members"]) == ["forest"]


def test_null_elsewhere_is_the_value_null():
    assert apply("members.net.patience=null")["members"]["net"]["patience"] is None


def test_a_member_can_be_added():
    changed = apply("members.dense.epochs=3", "members.dense.architecture=dense_batchnorm")
    assert changed["members"]["dense"] == {"architecture": "dense_batchnorm", "epochs": 3}


def test_a_setting_of_an_unknown_member_names_the_nearest():
    with pytest.raises(ConfigurationError, match=r"member 'forst'\. Nearest: forest\."):
        apply("members.forst.seed=3")


def test_an_unknown_member_cannot_be_taken_out():
    with pytest.raises(ConfigurationError, match=r"members\.nt=null: Unknown member 'nt'"):
        apply("members.nt=null")


def test_a_value_has_no_fields():
    with pytest.raises(ConfigurationError, match=r"^--set seed\.x=1: 1 has no field 'x'\.$"):
        apply("seed.x=1")
