import inspect
from pathlib import Path
from typing import Annotated, Literal

import pytest
from pydantic import BaseModel, Field, TypeAdapter, ValidationError

from conf.signatures import Derived, NameIn, Section, TaggedUnion, keyword_only, section_of


class Base(Section):
    kind: str


def load(
    shape,
    *,
    directory: Annotated[Path, Field(description="A directory.")],
    side: Annotated[int, Field(gt=0, description="Pixels, above 0.")] = 28,
    names: Annotated[tuple[str, ...] | None, Field(description="Names.")] = None,
):
    """Load something."""


Folder = section_of(
    "Folder",
    keyword_only(load),
    Base,
    module=__name__,
    description="Load something.",
    tag=("kind", "folder"),
)


def test_settings_are_what_is_taken_by_name_alone():
    assert list(keyword_only(load)) == ["directory", "side", "names"]


def test_a_parameter_s_default_is_the_field_s():
    assert Folder(kind="folder", directory="x").side == 28


def test_a_parameter_without_a_default_is_required():
    with pytest.raises(ValidationError, match="directory"):
        Folder(kind="folder")


def test_an_annotation_s_range_holds():
    with pytest.raises(ValidationError, match="greater than 0"):
        Folder(kind="folder", directory="x", side=0)


def test_an_unknown_field_is_refused():
    with pytest.raises(ValidationError, match="sise"):
        Folder(kind="folder", directory="x", sise=3)


def test_a_section_is_immutable():
    with pytest.raises(ValidationError, match="frozen"):
        Folder(kind="folder", directory="x").side = 3


def test_infinity_is_no_setting():
    section = section_of(
        "Rated",
        {
            "rate": inspect.Parameter(
                "rate", inspect.Parameter.KEYWORD_ONLY, annotation=Annotated[float, Field(gt=0)]
            )
        },
        Section,
        module=__name__,
        description="",
    )
    with pytest.raises(ValidationError, match="finite"):
        section(rate=float("inf"))


@pytest.mark.parametrize("annotation", [inspect.Parameter.empty, "int"])
def test_a_setting_without_an_evaluated_annotation_is_a_programming_error(annotation):
    parameter = inspect.Parameter("a", inspect.Parameter.KEYWORD_ONLY, annotation=annotation)
    with pytest.raises(TypeError, match="'a' needs an annotation"):
        section_of("Broken", {"a": parameter}, Section, module=__name__, description="")


def test_the_form_offers_the_tag_as_default_and_only_choice():
    schema = Folder.model_json_schema()
    assert schema["title"] == "folder"
    assert schema["description"] == "Load something."
    tag = schema["properties"]["kind"]
    assert (tag["const"], tag["enum"], tag["default"]) == ("folder", ["folder"], "folder")


def test_a_tagged_union_validates_as_the_section_that_the_tag_names():
    class Other(Base):
        kind: Literal["other"]

    union = TypeAdapter(Annotated[Base, TaggedUnion("kind", {"folder": Folder, "other": Other})])
    assert type(union.validate_python({"kind": "folder", "directory": "x"})) is Folder
    assert type(union.validate_python(Other(kind="other"))) is Other
    schema = union.json_schema()
    assert [each["$ref"] for each in schema["anyOf"]] == ["#/$defs/Folder", "#/$defs/Other"]
    assert "oneOf" not in schema


def test_a_derived_section_keeps_its_fields_when_written():
    class Whole(BaseModel):
        data: Annotated[Base, Derived(Folder)]

    whole = Whole(data={"kind": "folder", "directory": "x"})
    assert whole.model_dump(mode="json")["data"] == {
        "kind": "folder",
        "directory": "x",
        "side": 28,
        "names": None,
    }


def test_a_name_is_one_of_a_registry():
    name = TypeAdapter(Annotated[str, NameIn({"mean": 1, "best": 2})])
    assert name.validate_python("best") == "best"
    assert name.json_schema()["enum"] == ["mean", "best"]
    with pytest.raises(ValidationError):
        name.validate_python("worst")
