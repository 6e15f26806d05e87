"""What a field expects, in words, read from the configuration's JSON schema."""

import json
from collections.abc import Mapping
from typing import Any

Schema = Mapping[str, Any]

_BOUNDS = {"exclusiveMinimum": ">", "minimum": ">=", "exclusiveMaximum": "<", "maximum": "<="}
_NOUNS = {
    "integer": "an integer",
    "number": "a number",
    "string": "a string",
    "boolean": "true or false",
    "null": "null",
    "object": "a mapping",
}
_MAX_SHOWN = 60


def expectation(schema: Schema, root: Schema) -> str:
    """The values that a schema allows, as in `an integer > 0` or `a list of numbers >= 0`.

    Args:
        schema: A part of `root`, references unresolved.
        root: The whole schema, with its `$defs`.
    """
    schema = resolve(schema, root)
    if choices := names(schema):
        return ("one of " if len(choices) > 1 else "") + ", ".join(choices)
    if "anyOf" in schema and "discriminator" not in schema:
        return " or ".join(dict.fromkeys(expectation(each, root) for each in schema["anyOf"]))
    if schema.get("type") == "array":
        return _list(schema, root)
    noun = "a path" if schema.get("format") == "path" else _NOUNS.get(schema.get("type", ""), "")
    if "discriminator" in schema:
        noun = _NOUNS["object"]
    limits = [f"{sign} {shown(schema[key])}" for key, sign in _BOUNDS.items() if key in schema]
    if "minProperties" in schema:
        noun += f" with at least {schema['minProperties']} entry"
    return f"{noun or 'a value'} {' and '.join(limits)}".rstrip()


def _list(schema: Schema, root: Schema) -> str:
    if "prefixItems" in schema:
        items = (expectation(each, root) for each in schema["prefixItems"])
        return f"a list of {', '.join(items)}"
    size = f"a list of at least {schema['minItems']}" if "minItems" in schema else "a list"
    return f"{size}, each item {expectation(schema.get('items', {}), root)}"


def names(schema: Schema) -> list[str]:
    """The choices of a schema that allows certain strings only."""
    if "const" in schema:
        return [str(schema["const"])]
    return [str(choice) for choice in schema.get("enum", [])]


def resolve(schema: Schema, root: Schema) -> Schema:
    """The schema that a reference leads to, or itself."""
    while "$ref" in schema:
        schema = root["$defs"][schema["$ref"].rpartition("/")[2]]
    return schema


def shown(value: object) -> str:
    """A received value the way its YAML looks, cut where it is long."""
    if isinstance(value, str):
        text = repr(value)
    else:
        text = json.dumps(value, default=str).replace("NaN", "nan").replace("Infinity", "inf")
    return text if len(text) <= _MAX_SHOWN else f"{text[: _MAX_SHOWN - 3]}..."
