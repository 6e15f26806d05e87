"""From a name or a file and `--set` to a checked configuration."""

import json
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from conf import dialect
from conf.overlays import apply_overlay, has_path
from conf.overrides import Override, apply_overrides, parse_override
from conf.problems import problem_lines
from conf.schema import Configuration
from conf.search_flags import SearchFlags, search_overrides
from ripieno.data.paths import FOLDER
from ripieno.errors import ConfigurationError, unknown_name

PACKAGED = Path(__file__).parent


def load_configuration(
    name_or_path: str | Path,
    overrides: Sequence[str] = (),
    overlays: Sequence[str | Path] = (),
    search: SearchFlags | None = None,
    folder: Path | None = None,
) -> Configuration:
    """Read, change and check a configuration.

    Args:
        name_or_path: A configuration that comes with ripieno, or the path of a YAML file.
        overrides: Fields as in `members.forest.seed=3`, in the order in which they apply.
        overlays: Files that change it before the overrides do, see `apply_overlay`.
        search: What the command line says of a search, which applies last.
        folder: Where relative paths start, those in files too; None: the working directory.

    Raises:
        ConfigurationError: If anything is wrong, in one line a problem.
    """
    path = find_configuration(name_or_path)
    values: Mapping[str, Any] = read_values(path)
    read = [(file, read_values(file)) for file in map(find_configuration, overlays)]
    for file, overlay in read:
        values = apply_overlay(values, overlay, shown_path(file))
    parsed = _parse_all(overrides)
    changed = apply_overrides(values, parsed)
    if search is not None:
        flags = search_overrides(changed, search)
        parsed, changed = [*parsed, *flags], apply_overrides(changed, flags)
    origins = {shown_path(file): overlay for file, overlay in read}
    named = _with_experiment(changed, path)
    return check_values(named, shown_path(path), parsed, origins, folder)


def configurations() -> dict[str, str]:
    """The configurations that come with ripieno, and the first line of each."""
    return {path.stem: _first_comment(path) for path in sorted(PACKAGED.glob("*.yaml"))}


def find_configuration(name_or_path: str | Path) -> Path:
    """The file of a configuration.

    Raises:
        ConfigurationError: If there is none.
    """
    path = Path(name_or_path).expanduser()
    if path.suffix not in (".yaml", ".yml") and len(path.parts) == 1:
        packaged = PACKAGED / f"{name_or_path}.yaml"
        if not packaged.is_file():
            known = [each.stem for each in PACKAGED.glob("*.yaml")]
            sentence = unknown_name("configuration", str(name_or_path), known)
            raise ConfigurationError(f"{sentence} Or give the path of a YAML file.")
        return packaged
    if not path.is_file():
        there = "a directory" if path.is_dir() else "nothing there"
        raise ConfigurationError(f"Expected a YAML file at {path}, received {there}.")
    return path


def read_values(path: Path) -> dict[str, Any]:
    """What a file says, unchecked.

    Raises:
        ConfigurationError: If it cannot be read, is no YAML, is empty, or holds no mapping.
    """
    try:
        values = dialect.parse(path.read_bytes())
        json.dumps(values)
    except OSError as error:
        raise ConfigurationError(f"{shown_path(path)}: cannot be read: {error.strerror}.") from None
    except ConfigurationError as error:
        raise ConfigurationError(f"{shown_path(path)}: {error}.") from None
    except (ValueError, RecursionError):
        raise ConfigurationError(f"{shown_path(path)}: an anchor contains itself.") from None
    if values is None:
        raise ConfigurationError(f"{shown_path(path)}: the file is empty.")
    if not isinstance(values, dict):
        kind = "a list" if isinstance(values, list) else "a single value"
        raise ConfigurationError(
            f"{shown_path(path)}: expected sections such as 'members:', received {kind}."
        )
    return values


def check_values(
    values: Mapping[str, Any],
    file: str,
    overrides: Sequence[Override] = (),
    overlays: Mapping[str, Mapping[str, Any]] = {},  # never changed
    folder: Path | None = None,
) -> Configuration:
    """The configuration that the values make.

    Args:
        values: What was read, changed.
        file: Where it was read.
        overrides: What changed it on the command line.
        overlays: What changed it before, by file.
        folder: Where relative paths start; None: the working directory.

    Raises:
        ConfigurationError: In one line a problem, each with the file or `--set` it comes from.
    """
    text = json.dumps(values)
    try:
        # As JSON, since strictness there still lets a list be a tuple and a string a path.
        return Configuration.model_validate_json(text, strict=True, context={FOLDER: folder})
    except ValidationError as error:
        schema = Configuration.model_json_schema()

        def origin(path: tuple[str | int, ...]) -> str:
            return _origin(path, _file_of(path, file, overlays), overrides)

        lines = problem_lines(error, json.loads(text), schema, origin)
        raise ConfigurationError("\n".join(lines)) from None


def shown_path(path: Path) -> str:
    """The path as the user knows it; a packaged file as `conf/<name>.yaml`."""
    return f"conf/{path.name}" if path.parent == PACKAGED else str(path)


def _parse_all(overrides: Sequence[str]) -> list[Override]:
    parsed, problems = [], []
    for text in overrides:
        try:
            parsed.append(parse_override(text))
        except ConfigurationError as error:
            problems.append(str(error))
    if problems:
        raise ConfigurationError("\n".join(problems))
    return parsed


def _with_experiment(values: Mapping[str, Any], path: Path) -> dict[str, Any]:
    """Values in which the experiment is called like the file, unless they say otherwise."""
    tracking = values.get("tracking")
    if tracking is not None and not isinstance(tracking, Mapping):
        return dict(values)  # the check says what is wrong with it
    name = re.sub("[^a-z0-9_-]+", "-", path.stem.lower()).strip("-_")[:60] or "ripieno"
    return {**values, "tracking": {"experiment": name, **(tracking or {})}}


def _origin(path: tuple[str | int, ...], file: str, overrides: Sequence[Override]) -> str:
    """The last override that touches the path, or the file."""
    for override in reversed(overrides):
        n_common = min(len(path), len(override.path))
        if path[:n_common] == override.path[:n_common]:
            return override.typed
    return file


def _file_of(
    path: tuple[str | int, ...], file: str, overlays: Mapping[str, Mapping[str, Any]]
) -> str:
    """The last overlay that has the path, or the configuration's own file."""
    having = [overlay for overlay, values in overlays.items() if has_path(values, path[:2])]
    return having[-1] if having else file


def _first_comment(path: Path) -> str:
    return path.read_text(encoding="utf-8").partition("\n")[0].lstrip("# ").strip()
