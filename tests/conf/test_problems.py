import json
from pathlib import Path
from typing import Annotated, Literal

import pytest
from pydantic import AfterValidator, Field, ValidationError

from conf.problems import problem_lines
from conf.signatures import Section, TaggedUnion


class Nested(Section):
    flip: bool = False
    shift: Annotated[int, Field(ge=0, le=4)] = 0


class Kind(Section):
    kind: str


class Wide(Kind):
    kind: Literal["wide"]
    epochs: Annotated[int, Field(gt=0)] = 1
    rate: Annotated[float, Field(ge=0, lt=1)] = 0
    filters: tuple[tuple[Annotated[int, Field(gt=0)], ...], ...] = ()
    side: Annotated[int, Field(gt=0)] | tuple[int, int] | None = None
    padding: Literal["same", "valid"] = "same"
    nested: Nested | None = None
    directory: Path = Path()
    name: str = ""


class Narrow(Kind):
    kind: Literal["narrow"]
    units: int


def lower(name):
    if name.lower() != name:
        raise ValueError(f"expected lower case, received {name!r}")
    return name


class Whole(Section):
    seed: int = 0
    members: Annotated[
        dict[
            Annotated[str, AfterValidator(lower)],
            Annotated[Kind, TaggedUnion("kind", {"wide": Wide, "narrow": Narrow})],
        ],
        Field(min_length=1),
    ]


def lines_of(values):
    with pytest.raises(ValidationError) as error:
        Whole.model_validate_json(json.dumps(values), strict=True)
    return problem_lines(error.value, values, Whole.model_json_schema(), lambda path: "my.yaml")


def line_of(**settings):
    (line,) = lines_of({"members": {"a": {"kind": "wide"} | settings}})
    return line


@pytest.mark.parametrize(
    ("settings", "line"),
    [
        ({"epochs": 0}, "members.a.epochs: expected an integer > 0, received 0 (my.yaml)."),
        ({"epochs": "3"}, "members.a.epochs: expected an integer > 0, received '3' (my.yaml)."),
        ({"epochs": 2.5}, "members.a.epochs: expected an integer > 0, received 2.5 (my.yaml)."),
        ({"epochs": True}, "members.a.epochs: expected an integer > 0, received true (my.yaml)."),
        ({"epochs": None}, "members.a.epochs: expected an integer > 0, received null (my.yaml)."),
        ({"rate": 1}, "members.a.rate: expected a number >= 0 and < 1, received 1 (my.yaml)."),
        (
            {"rate": float("nan")},
            "members.a.rate: expected a number >= 0 and < 1, received nan (my.yaml).",
        ),
        (
            {"filters": [[32, 0]]},
            "members.a.filters[0][1]: expected an integer > 0, received 0 (my.yaml).",
        ),
        (
            {"filters": [32]},
            "members.a.filters[0]: expected a list, each item an integer > 0, received 32"
            " (my.yaml).",
        ),
        (
            {"side": "large"},
            "members.a.side: expected an integer > 0 or a list of an integer, an integer or null,"
            " received 'large' (my.yaml).",
        ),
        (
            {"padding": "vald"},
            "members.a.padding: Unknown padding 'vald'. Nearest: valid. Available: same, valid"
            " (my.yaml).",
        ),
        (
            {"padding": 3},
            "members.a.padding: expected one of same, valid, received 3 (my.yaml).",
        ),
        (
            {"nested": {"shift": 9}},
            "members.a.nested.shift: expected an integer >= 0 and <= 4, received 9 (my.yaml).",
        ),
        (
            {"nested": {"flop": 9}},
            "members.a.nested.flop: Unknown field 'flop'. Nearest: flip. Available: flip, shift"
            " (my.yaml).",
        ),
        (
            {"nested": 5},
            "members.a.nested: expected a mapping or null, received 5 (my.yaml).",
        ),
        ({"directory": 5}, "members.a.directory: expected a path, received 5 (my.yaml)."),
        ({"name": 5}, "members.a.name: expected a string, received 5 (my.yaml)."),
    ],
)
def test_a_value_gets_one_line_with_what_was_expected(settings, line):
    assert line_of(**settings) == line


def test_an_unknown_setting_names_the_nearest():
    assert line_of(epoch=3).startswith("members.a.epoch: Unknown field 'epoch'. Nearest: epochs.")


def test_a_missing_setting_is_named():
    assert lines_of({"members": {"a": {"kind": "narrow"}}}) == [
        "members.a.units: expected an integer, received nothing (my.yaml)."
    ]


def test_an_unknown_tag_names_the_nearest():
    assert lines_of({"members": {"a": {"kind": "wid"}}}) == [
        "members.a.kind: Unknown kind 'wid'. Nearest: wide. Available: narrow, wide (my.yaml)."
    ]


@pytest.mark.parametrize(("member", "received"), [({}, "nothing"), ({"kind": 3}, "3")])
def test_a_missing_tag_lists_the_choices(member, received):
    assert lines_of({"members": {"a": member}}) == [
        f"members.a.kind: expected one of narrow, wide, received {received} (my.yaml)."
    ]


def test_a_member_that_is_no_mapping_is_said():
    assert lines_of({"members": {"a": 5}}) == [
        "members.a: expected a mapping, received 5 (my.yaml)."
    ]


def test_an_illegal_key_speaks_for_itself():
    assert lines_of({"members": {"A": {"kind": "wide"}}}) == [
        "members.A: expected lower case, received 'A' (my.yaml)."
    ]


def test_an_unknown_section_names_the_nearest():
    lines = lines_of({"members": {"a": {"kind": "wide"}}, "sed": 1})
    assert lines == [
        "sed: Unknown section 'sed'. Nearest: seed. Available: members, seed (my.yaml)."
    ]


def test_no_members_at_all():
    (line,) = lines_of({"members": {}})
    assert line == "members: expected a mapping with at least 1 entry, received {} (my.yaml)."


def test_every_problem_has_its_line():
    values = {"seed": "x", "members": {"a": {"kind": "wide", "epochs": 0, "rate": 2}}}
    assert [line.partition(":")[0] for line in lines_of(values)] == [
        "seed",
        "members.a.epochs",
        "members.a.rate",
    ]


def test_a_long_value_is_cut():
    line = line_of(epochs="x" * 500)
    assert "xxx..." in line
    assert len(line) < 140
