import importlib
import json
from pathlib import Path

import pytest
from pydantic import ValidationError

from conf.members import MEMBERS
from conf.schema import DATASETS, Configuration
from conf.tuning import PRUNER_SECTIONS, SAMPLER_SECTIONS
from ripieno.data.sources import SOURCES
from ripieno.models import MODELS
from ripieno.models.settings import settings_of
from ripieno.pooling import RULES

MEMBER = {"architecture": "dense_batchnorm"}


def configuration(**sections):
    return Configuration.model_validate(
        {"dataset": {"source": "digits"}, "members": {"a": MEMBER, "b": MEMBER}} | sections
    )


def schema_nodes(node):
    if isinstance(node, dict):
        yield node
        for child in node.values():
            yield from schema_nodes(child)
    elif isinstance(node, list):
        for child in node:
            yield from schema_nodes(child)


def test_a_source_and_members_are_enough():
    values = configuration()
    drawing = {"validation", "test", "seed", "drop_small_classes"}
    assert values.split.drawing.keys() == drawing
    assert values.split.model_dump().keys() == drawing | {"folds", "member"}
    assert (values.split.folds, values.split.member) == (0, "refit")
    assert values.runner.kind == "processes"
    assert values.ensemble.rule == "auto"


def test_what_is_dumped_as_json_is_the_same_configuration():
    values = configuration(
        dataset={"source": "image_folder", "directory": "pictures", "image_size": [64, 48]},
        members={
            "net": {
                "architecture": "separable_convnet",
                "filters": [[8, 16], [32]],
                "augmentation": {"flip": True},
                "patience": 3,
                "seed": 5,
            },
            "dense": MEMBER | {"class_weights": {"cat": 2.0}},
        },
        runner={"workers": 2},
        workspace="elsewhere",
    )
    dumped = values.model_dump(mode="json")
    assert json.loads(json.dumps(dumped)) == dumped
    assert Configuration.model_validate(dumped) == values
    assert Configuration.model_validate_json(json.dumps(dumped), strict=True) == values


def test_settings_are_the_keyword_arguments_of_the_architecture():
    values = configuration(
        members={"net": {"architecture": "separable_convnet", "augmentation": {"flip": True}}}
    )
    settings = values.members["net"].settings
    assert settings.keys() == settings_of(MODELS["separable_convnet"]).keys()
    assert settings["augmentation"].flip is True
    assert settings["filters"] == MODELS["separable_convnet"].build.__kwdefaults__["filters"]


def test_settings_of_a_dataset_are_the_keyword_arguments_of_its_source():
    dataset = configuration(dataset={"source": "idx", "directory": "somewhere"}).dataset
    assert dataset.settings.keys() == SOURCES["idx"].__kwdefaults__.keys() | {"directory"}
    assert dataset.settings["directory"] == Path.cwd() / "somewhere"


def test_every_registered_source_and_architecture_has_a_section():
    assert DATASETS.keys() == SOURCES.keys()
    assert MEMBERS.keys() == MODELS.keys()


@pytest.mark.parametrize("name", MODELS)
def test_an_architecture_s_defaults_are_legal(name):
    member = MEMBERS[name].model_validate_json(json.dumps({"architecture": name}), strict=True)
    dumped = member.model_dump(mode="json")
    assert MEMBERS[name].model_validate_json(json.dumps(dumped), strict=True) == member


@pytest.mark.parametrize(
    "section",
    [
        *DATASETS.values(),
        *MEMBERS.values(),
        *SAMPLER_SECTIONS.values(),
        *PRUNER_SECTIONS.values(),
    ],
)
def test_a_section_can_be_imported_by_its_name(section):
    module = importlib.import_module(section.__module__)
    assert getattr(module, section.__name__) is section


def test_every_field_is_described():
    fields = [
        (node.get("title", "top"), name, field)
        for node in schema_nodes(Configuration.model_json_schema())
        for name, field in node.get("properties", {}).items()
        if isinstance(node.get("properties"), dict)
    ]
    assert len(fields) > 40
    assert [(where, name) for where, name, field in fields if not field.get("description")] == []


def test_the_form_has_ranges_and_choices():
    schema = Configuration.model_json_schema()
    definitions = schema["$defs"]
    assert definitions["EnsembleSection"]["properties"]["rule"]["enum"] == list(RULES)
    assert definitions["EnsembleSection"]["properties"]["min_members"]["exclusiveMinimum"] == 0
    titles = [
        definitions[each["$ref"].rpartition("/")[2]]["title"]
        for each in schema["properties"]["dataset"]["anyOf"]
    ]
    assert sorted(titles) == sorted(SOURCES)


def test_the_form_says_no_one_of():
    assert "oneOf" not in json.dumps(Configuration.model_json_schema())


def test_member_seeds_follow_from_the_name_and_the_seed():
    first, again, other = configuration(), configuration(), configuration(seed=1)
    assert first.seed_of("a") == again.seed_of("a")
    assert len({first.seed_of("a"), first.seed_of("b"), other.seed_of("a")}) == 3
    assert 0 <= first.seed_of("a") < 2**32


def test_a_member_s_own_seed_is_used():
    assert configuration(members={"a": MEMBER | {"seed": 11}}).seed_of("a") == 11


def test_a_member_s_seed_does_not_depend_on_the_other_members():
    assert configuration().seed_of("a") == configuration(members={"a": MEMBER}).seed_of("a")


@pytest.mark.parametrize("name", ["Forest", "my net", "a.b", "a/b", "", "_a", "é", "x" * 61])
def test_a_member_s_name_must_fit_files_and_metrics(name):
    with pytest.raises(ValidationError, match="lower-case letters, digits, _ and -"):
        configuration(members={name: MEMBER})


def test_the_ensemble_s_name_is_taken():
    with pytest.raises(ValidationError, match="'ensemble' is the ensemble's own"):
        configuration(members={"ensemble": MEMBER})


@pytest.mark.parametrize("name", ["a", "separable_convnet", "net-2", "2"])
def test_usual_names_are_legal(name):
    assert name in configuration(members={name: MEMBER}).members


def test_more_members_cannot_be_needed_than_there_are():
    with pytest.raises(
        ValidationError, match="min_members <= the number of members, 2, received 3"
    ):
        configuration(ensemble={"min_members": 3})


def test_the_splits_must_leave_something_to_train_on():
    with pytest.raises(ValidationError, match=r"validation \+ test < 1, received 0.6 \+ 0.4"):
        configuration(split={"validation": 0.6, "test": 0.4})


def test_the_configuration_s_workspace_goes_before_the_environment_s(monkeypatch):
    monkeypatch.setenv("RIPIENO_WORKSPACE", "there")
    monkeypatch.setenv("ROOM", "big")
    assert configuration(workspace="/data/$ROOM").workspace.root == Path("/data/big")


@pytest.mark.parametrize("folds", [0, 2, 10, "auto"])
def test_folds_are_none_two_or_more_or_auto(folds):
    assert configuration(split={"folds": folds}).split.folds == folds


@pytest.mark.parametrize("split", [{"folds": 1}, {"folds": -2}, {"folds": "some"}, {"member": "x"}])
def test_folds_and_members_that_make_no_sense_are_refused(split):
    with pytest.raises(ValidationError):
        configuration(split=split)
