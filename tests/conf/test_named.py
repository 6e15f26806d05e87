"""A configuration by name: as a flow's parameter, in the UI's form and in a schedule."""

import pytest
from pydantic import TypeAdapter, ValidationError

from conf import DEFAULT
from conf.loading import load_configuration
from conf.named import PACKAGED, Experiment, NamedConfiguration, resolve, schedulable
from conf.signatures import class_name

callables = pytest.importorskip("prefect.utilities.callables")
validation = pytest.importorskip("prefect.utilities.schema_tools.validation")

EXPERIMENT = TypeAdapter(Experiment)


def flow(configuration: Experiment):
    """Stands for `train_ensemble`."""


def errors(values):
    schema = callables.parameter_schema(flow).model_dump()
    return [error.message for error in validation.validate({"configuration": values}, schema)]


def test_a_name_stands_for_the_configuration():
    assert EXPERIMENT.validate_python({"conf": "smoke"}) == load_configuration("smoke")


def test_changes_apply_as_on_the_command_line():
    given = {"conf": "smoke", "changes": ["seed=3", "members.forest=null"]}
    assert EXPERIMENT.validate_python(given) == load_configuration("smoke", given["changes"])


def test_a_configuration_in_full_stays_as_it_is():
    configuration = load_configuration("smoke")
    assert EXPERIMENT.validate_python(configuration) is configuration
    assert EXPERIMENT.validate_python(configuration.model_dump(mode="json")) == configuration


def test_a_wrong_change_says_what_was_expected():
    with pytest.raises(ValidationError, match="seed: expected an integer"):
        EXPERIMENT.validate_python({"conf": "smoke", "changes": ["seed=x"]})


@pytest.mark.parametrize(
    "values", [{"conf": "digits"}, {"conf": "mine.yaml", "changes": ["seed=3"]}]
)
def test_the_server_takes_a_name_or_a_file(values):
    assert errors(values) == []


@pytest.mark.parametrize("name", PACKAGED)
def test_the_form_is_filled_with_the_members_of_each_configuration(name):
    schema = callables.parameter_schema(flow).model_dump()
    form = schema["definitions"][class_name(name, "Form")]
    assert form["title"] == ("Configuration" if name == DEFAULT else name)
    filled = {
        field: each["default"] for field, each in form["properties"].items() if "default" in each
    }
    assert list(filled["members"]) == list(load_configuration(name).members)
    assert errors(filled) == []
    assert EXPERIMENT.validate_python(filled) == load_configuration(name)


def test_the_form_can_tell_from_what_it_sent_which_choice_it_was():
    schema = callables.parameter_schema(flow).model_dump()
    forms = {
        name: set(schema["definitions"][class_name(name, "Form")]["properties"])
        for name in PACKAGED
    }
    for name in PACKAGED:
        shared = {other: len(forms[name] & forms[other]) for other in PACKAGED if other != name}
        assert name == DEFAULT or max(shared.values()) < len(forms[name])


def test_the_server_takes_a_configuration_in_full():
    assert errors(load_configuration("smoke").model_dump(mode="json")) == []


@pytest.mark.parametrize("values", [{"conf": "digit"}, {"conf": "digits", "seed": 1}, {}])
def test_the_server_refuses_what_is_neither(values):
    assert errors(values)


def test_a_file_is_scheduled_by_its_whole_path(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert schedulable("mine.yaml") == str(tmp_path / "mine.yaml")
    assert schedulable("digits") == "digits"


def test_what_a_schedule_holds_is_plain_values():
    named = NamedConfiguration(conf="smoke", changes=("seed=3",))
    assert named.model_dump(mode="json") == {
        "conf": "smoke",
        "changes": ["seed=3"],
        "folder": None,
    }


def test_relative_paths_of_a_schedule_start_where_it_was_typed(tmp_path):
    change = "dataset={source: npz, path: digits.npz}"
    named = NamedConfiguration(conf="smoke", changes=(change,), folder=tmp_path)
    assert (
        resolve(named.model_dump(mode="json")).dataset.settings["path"] == tmp_path / "digits.npz"
    )
