"""Every problem of a configuration in one line that names the field, the fault and the file."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from pydantic import ValidationError

from conf.expectations import Schema, expectation, names, resolve, shown
from ripieno.errors import unknown_name

Path = tuple[str | int, ...]
_NOTHING = object()


def problem_lines(
    error: ValidationError, values: object, schema: Schema, origin: Callable[[Path], str]
) -> list[str]:
    """One line for each field at fault, in the order of the configuration.

    Args:
        error: What pydantic found.
        values: What was read, before any check.
        schema: JSON schema of the model that refused them.
        origin: Where the value at a path was written: a file, or `--set`.

    Returns:
        Lines such as
        `members.forest.epochs: expected an integer > 0, received 0 (conf/digits.yaml).`
    """
    lines: dict[Path, str] = {}
    for detail in error.errors():
        path, sentence = _problem(detail, values, schema)
        line = f"{_dotted(path)}: {sentence} ({origin(path)})."
        # The branches of a union each complain of the same value: one line is enough.
        lines.setdefault(path, line)
    return list(lines.values())


def _problem(detail: Mapping[str, Any], values: object, root: Schema) -> tuple[Path, str]:
    path, schema, rest = _locate(detail["loc"], root)
    kind = detail["type"]
    if kind == "value_error":
        path += tuple(part for part in rest[:1] if part != "[key]")
        return path, str(detail["ctx"]["error"]).removesuffix(".")
    if kind == "extra_forbidden":
        name = str(detail["loc"][-1])
        return (*path, name), _unknown("field" if path else "section", name, _fields(schema, root))
    if kind.startswith("union_tag"):
        union = _union(schema, root)
        return _unknown_tag((*path, union["discriminator"]["propertyName"]), values, union)
    received = _received(values, path)
    if isinstance(received, str) and (known := names(schema)):
        return path, _unknown(schema.get("title", "value").lower(), received, known)
    text = "nothing" if received is _NOTHING else shown(received)
    return path, f"expected {expectation(schema, root)}, received {text}"


def _unknown_tag(path: Path, values: object, schema: Schema) -> tuple[Path, str]:
    known, received = schema["discriminator"]["mapping"], _received(values, path)
    if isinstance(received, str):
        return path, _unknown(str(path[-1]), received, known)
    text = "nothing" if received is _NOTHING else shown(received)
    return path, f"expected one of {', '.join(known)}, received {text}"


def _locate(loc: Path, root: Schema) -> tuple[Path, Schema, Path]:
    """Follow pydantic's location through the schema.

    Returns:
        The path without the tags of unions, the schema there, and what led nowhere.
    """
    path: Path = ()
    schema = root
    for index, part in enumerate(loc):
        tagged = _union(schema, root).get("discriminator", {}).get("mapping", {})
        if part in tagged:
            schema = resolve({"$ref": tagged[part]}, root)
            continue
        found = _child(schema, part, root)
        if found is None:
            return path, schema, loc[index:]
        path, schema = (*path, part), found
    return path, schema, ()


def _union(schema: Schema, root: Schema) -> Schema:
    """A tagged union, also one that may be null; else the schema itself."""
    branches = (resolve(branch, root) for branch in schema.get("anyOf", ()))
    inner = next((branch for branch in branches if "discriminator" in branch), schema)
    return schema if "discriminator" in schema else inner


def _child(schema: Schema, part: str | int, root: Schema) -> Schema | None:
    if isinstance(part, int):
        prefix = schema.get("prefixItems", ())
        child = prefix[part] if part < len(prefix) else schema.get("items")
    elif part == "[key]":
        child = None
    else:
        child = schema.get("properties", {}).get(part) or schema.get("additionalProperties")
    if isinstance(child, Mapping):
        return resolve(child, root)
    for branch in schema.get("anyOf", ()):
        if found := _child(resolve(branch, root), part, root):
            return found
    return None


def _unknown(kind: str, name: str, known: Iterable[str]) -> str:
    return unknown_name(kind, name, known).removesuffix(".")


def _fields(schema: Schema, root: Schema) -> list[str]:
    branches = [schema, *(resolve(branch, root) for branch in schema.get("anyOf", ()))]
    return [name for branch in branches for name in branch.get("properties", {})]


def _received(values: object, path: Path) -> object:
    for part in path:
        if isinstance(values, Mapping):
            values = values.get(part, _NOTHING)
        elif isinstance(values, list) and isinstance(part, int) and part < len(values):
            values = values[part]
        else:
            return _NOTHING
    return values


def _dotted(path: Path) -> str:
    text = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in path)
    return text.removeprefix(".")
