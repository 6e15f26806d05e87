"""Keys of artefacts: what decides the content, as one short hash."""

import hashlib
import json
from collections.abc import Iterable, Mapping
from importlib.util import find_spec
from pathlib import Path, PurePath

KEY_LENGTH = 32
"""Hexadecimal digits of a key: 128 bits, so that no two inputs ever share one."""


def key_of(inputs: Mapping[str, object]) -> str:
    """The key of what these inputs make: the order of the mapping does not matter.

    Args:
        inputs: Values that JSON knows, and paths. Tuples count as lists; 1 and 1.0 differ.

    Returns:
        The first 32 hexadecimal digits of the SHA-256 of the inputs' canonical JSON.

    Raises:
        TypeError: If a value is not one that JSON knows.
        ValueError: If a number is NaN or infinite.
    """
    return hashlib.sha256(canonical_json(inputs).encode()).hexdigest()[:KEY_LENGTH]


def canonical_json(value: Mapping[str, object]) -> str:
    """One text for one value: sorted keys, no spaces, ASCII."""
    return json.dumps(
        value, sort_keys=True, separators=(",", ":"), allow_nan=False, default=_path_as_text
    )


def _path_as_text(value: object) -> str:
    if isinstance(value, PurePath):
        return value.as_posix()
    raise TypeError(
        f"Expected values that JSON knows, received {type(value).__name__}: {value!r}. "
        "Convert it before it becomes part of a key."
    )


def source_digest(module_names: Iterable[str]) -> str:
    """Hash of the modules' source files, none of which is imported.

    A package stands for every module in it. Neither the order of the names nor the place of the
    installation matters.

    Args:
        module_names: Absolute names such as `ripieno.training.fit`.

    Returns:
        64 hexadecimal digits.

    Raises:
        ModuleNotFoundError: If a name is that of no Python source file.
    """
    digest = hashlib.sha256()
    for name in sorted(set(module_names)):
        path = _source_path(name)
        for file in sorted(path.rglob("*.py")) if path.is_dir() else [path]:
            place = file.relative_to(path.parent).as_posix()
            digest.update(f"{name}:{place}:{file.stat().st_size}\n".encode())
            digest.update(file.read_bytes())
    return digest.hexdigest()


def _source_path(name: str) -> Path:
    """The file of a module, or the folder of a package.

    `find_spec` imports the parents of a dotted name, so it is asked for the first part alone.
    """
    top, *rest = name.split(".")
    spec = find_spec(top)
    if spec is None:
        raise ModuleNotFoundError(f"No module {name!r} to take the source of", name=name)
    if not rest and spec.submodule_search_locations is None:
        return Path(str(spec.origin))
    for location in spec.submodule_search_locations or ():
        package = Path(location, *rest)
        module = package.with_name(f"{package.name}.py")
        if (package / "__init__.py").is_file():
            return package
        if rest and module.is_file():
            return module
    raise ModuleNotFoundError(f"No source file of module {name!r}", name=name)
