"""`--set members.forest.seed=3`: one field of a configuration from the command line."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from conf import dialect
from ripieno.errors import ConfigurationError, unknown_name

Values = Mapping[str, Any]


@dataclass(frozen=True)
class Override:
    """A field, its new value as YAML means it, and what the user typed."""

    path: tuple[str, ...]
    value: Any
    text: str
    option: str = "--set"

    @property
    def typed(self) -> str:
        """The option and what followed it."""
        return f"{self.option} {self.text}"

    @property
    def removes_member(self) -> bool:
        """Whether it takes a member out: `members.forest=null`."""
        return self.value is None and len(self.path) == 2 and self.path[0] == "members"


def parse_override(text: str) -> Override:
    """Read `field=value`, its value as YAML.

    Raises:
        ConfigurationError: If there is no field, no value, or no YAML.
    """
    field, equals, value = text.partition("=")
    path = tuple(part.strip() for part in field.split("."))
    if not equals or not all(path):
        raise ConfigurationError(
            f"--set {text}: expected FIELD=VALUE, as in members.forest.seed=3."
        )
    if not value.strip():
        raise ConfigurationError(f"--set {text}: expected a value; write null for none.")
    try:
        return Override(path, dialect.parse(value), text)
    except ConfigurationError as error:
        raise ConfigurationError(f"--set {text}: expected a value in YAML: {error}.") from None


def apply_overrides(values: Values, overrides: Sequence[Override]) -> Values:
    """The values with each override applied in turn; the given ones stay as they are.

    Raises:
        ConfigurationError: If an override leads through something that has no fields, or to a
            member that does not exist.
    """
    changed = values
    for override in overrides:
        try:
            changed = _replaced(changed, override.path, override)
        except ConfigurationError as error:
            raise ConfigurationError(f"{override.typed}: {error}") from None
    _refuse_unknown_members(values, changed, overrides)
    return changed


def _replaced(values: Any, path: Sequence[str], override: Override) -> Values:
    """A copy in which the value at a path is another one; what is not on the way is shared."""
    if values is not None and not isinstance(values, Mapping):
        raise ConfigurationError(f"{values!r} has no field {path[0]!r}.")
    copy = dict(values or {})
    name, *rest = path
    if rest:
        copy[name] = _replaced(copy.get(name), rest, override)
    elif not override.removes_member:
        copy[name] = override.value
    elif name in copy:
        del copy[name]
    else:
        raise ConfigurationError(unknown_name("member", name, copy))
    return copy


def _refuse_unknown_members(before: Values, after: Values, overrides: Sequence[Override]) -> None:
    known = before.get("members") or {}
    for override in overrides:
        if override.path[0] != "members" or len(override.path) < 3 or override.path[1] in known:
            continue
        name = override.path[1]
        if "architecture" not in after["members"].get(name, {}):
            raise ConfigurationError(
                f"--set {override.text}: {unknown_name('member', name, known)}"
                f" A new one needs its architecture: --set members.{name}.architecture=..."
            )
