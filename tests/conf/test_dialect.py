import pytest

from conf.dialect import parse, write
from ripieno.errors import ConfigurationError


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1e-3", 1e-3),
        ("3E5", 3e5),
        ("1.5", 1.5),
        (".5", 0.5),
        ("-1.", -1.0),
        ("10_000", 10_000),
        ("+7", 7),
        ("0x1f", 31),
        ("true", True),
        ("null", None),
        ("~", None),
        ("", None),
    ],
)
def test_scalars_mean_what_they_look_like(text, value):
    parsed = parse(text)
    assert parsed == value
    assert type(parsed) is type(value)


@pytest.mark.parametrize("text", ["no", "on", "1:30", "010", "2026-11-24", "1e", "1.2.3", "~/a"])
def test_what_only_yaml_1_1_takes_for_a_number_stays_a_string(text):
    assert parse(text) == text


def test_a_key_that_is_there_twice_is_an_error_with_its_line():
    with pytest.raises(ConfigurationError, match=r"^line 3: the key 'seed' is there twice$"):
        parse("seed: 1\nsplit: {}\nseed: 2\n")


def test_the_same_key_in_two_mappings_is_none():
    assert parse("a: {x: 1}\nb: {x: 2}") == {"a": {"x": 1}, "b": {"x": 2}}


def test_anchors_and_merges_are_read():
    text = "a: &a {x: 1, y: 2}\nb: {<<: *a, y: 3}\nc: &c\n  <<: *a\n  x: 5\nd: {<<: *c}"
    assert parse(text) == {
        "a": {"x": 1, "y": 2},
        "b": {"x": 1, "y": 3},
        "c": {"x": 5, "y": 2},
        "d": {"x": 5, "y": 2},
    }


def test_a_syntax_error_is_one_line_with_its_number():
    with pytest.raises(ConfigurationError, match=r"^line \d+: [^\n]+$"):
        parse("members: {a: [1, 2}\n")


def test_a_tab_is_called_a_tab():
    with pytest.raises(ConfigurationError, match=r"^line 2: a tab; indent with spaces$"):
        parse("members:\n\ta: 1\n")


@pytest.mark.parametrize(
    "text",
    [
        "a: !!python/object/apply:os.system [ls]",
        "a: !!timestamp 2026-11-24",
        "a: !!int x",
        "a: !!bool maybe",
        "? [1, 2]\n: 3",
        "a: *missing",
        "a: 1\n---\nb: 2",
        "[" * 5000,
    ],
)
def test_anything_else_is_one_line(text):
    with pytest.raises(ConfigurationError, match=r"^[^\n]+$"):
        parse(text)


def test_a_file_in_another_encoding_is_said():
    with pytest.raises(ConfigurationError, match="UTF-8"):
        parse("name: Größe".encode("latin-1"))


@pytest.mark.parametrize(
    "value",
    [
        {"a": {"b": [1, 2.5, None, True]}, "c": "text"},
        {"a": "1e-3", "b": "null", "c": "no", "d": "5", "e": ""},
        {"rate": 1e-5, "path": "~/pictures", "filters": [[32, 64], [64]]},
    ],
)
def test_what_is_written_is_read_back(value):
    assert parse(write(value)) == value


def test_a_value_that_occurs_twice_is_written_out_twice():
    shared = {"x": 1}
    assert "&" not in write({"a": shared, "b": shared})
