"""`--with FILE`: a file that changes some of a configuration, such as the winners of a search."""

from collections.abc import Mapping
from typing import Any

from ripieno.errors import ConfigurationError, unknown_name


def apply_overlay(
    values: Mapping[str, Any], overlay: Mapping[str, Any], file: str
) -> dict[str, Any]:
    """The values with an overlay's in their place.

    Sections are merged field by field. A member is replaced as a whole: settings of two members
    mixed would be neither. A member that is null is taken out.

    Args:
        values: Those of a configuration; they stay as they are.
        overlay: Those of a file.
        file: The file's name, for the sentence that says what is wrong.

    Raises:
        ConfigurationError: If the members are no mapping.
    """
    result = dict(values)
    for name, change in overlay.items():
        if name == "members":
            result[name] = _members(values.get(name) or {}, change, file)
        elif isinstance(change, Mapping) and isinstance(result.get(name), Mapping):
            result[name] = {**result[name], **change}
        else:
            result[name] = change
    return result


def has_path(values: object, path: tuple[str | int, ...]) -> bool:
    """Whether nested values say something of a path."""
    for part in path:
        if not isinstance(values, Mapping) or part not in values:
            return False
        values = values[part]
    return True


def _members(members: Any, change: Any, file: str) -> Any:
    if not isinstance(change, Mapping) or not isinstance(members, Mapping):
        raise ConfigurationError(f"{file}: members: expected a mapping of names to members.")
    changed = {name: member for name, member in change.items() if member is not None}
    for name in change:
        if name not in members and name not in changed:
            raise ConfigurationError(f"{file}: members: {unknown_name('member', name, members)}")
    new = {name: member for name, member in changed.items() if name not in members}
    result: dict[str, Any] = {}
    for name, member in members.items():
        if name in changed:
            result[name] = changed[name]
        elif name in change:  # taken out: the new ones stand in its place
            result |= new
        else:
            result[name] = member
    return result | new
