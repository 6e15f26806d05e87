"""YAML as people expect it: version 1.2's scalars, and no key twice.

PyYAML reads version 1.1, in which `1e-3` is a string, `no` is false, `010` is 8 and `1:30` is 90.
"""

import re
from typing import Any

import yaml

from ripieno.errors import ConfigurationError

_CORE = "tag:yaml.org,2002:"
_SCALARS = [
    ("bool", r"true|True|TRUE|false|False|FALSE", "tTfF"),
    ("int", r"[-+]?(?:0|[1-9][0-9_]*)|0x[0-9a-fA-F]+", "-+0123456789"),
    (
        "float",
        r"[-+]?(?:(?:[0-9][0-9_]*)?\.[0-9]+|[0-9][0-9_]*\.)(?:[eE][-+]?[0-9]+)?"
        r"|[-+]?[0-9][0-9_]*[eE][-+]?[0-9]+"
        r"|[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN)",
        "-+0123456789.",
    ),
    ("null", r"~|null|Null|NULL|", ["~", "n", "N", ""]),
    ("merge", r"<<", "<"),
]
_TYPES = ("null", "bool", "int", "float", "str", "seq", "map")


class _Reader(yaml.SafeLoader):
    yaml_implicit_resolvers: dict[str, Any] = {}  # noqa: RUF012  # as PyYAML declares it
    yaml_constructors = {  # noqa: RUF012  # as PyYAML declares it
        tag: yaml.SafeLoader.yaml_constructors[tag]
        for tag in [*(_CORE + kind for kind in _TYPES), None]
    }

    def compose_mapping_node(self, anchor: Any) -> yaml.MappingNode:
        node = super().compose_mapping_node(anchor)
        seen = set()
        for key, _ in node.value:
            if isinstance(key, yaml.ScalarNode):
                if key.value in seen:
                    raise yaml.constructor.ConstructorError(
                        None, None, f"the key {key.value!r} is there twice", key.start_mark
                    )
                seen.add(key.value)
        return node


class _Writer(yaml.SafeDumper):
    yaml_implicit_resolvers: dict[str, Any] = {}  # noqa: RUF012  # as PyYAML declares it

    def ignore_aliases(self, data: Any) -> bool:  # noqa: ARG002  # PyYAML's signature
        return True


for _kind, _pattern, _first in _SCALARS:
    for _class in (_Reader, _Writer):
        _class.add_implicit_resolver(_CORE + _kind, re.compile(f"(?:{_pattern})$"), list(_first))


def parse(text: str | bytes) -> Any:
    """The value of one YAML document.

    Raises:
        ConfigurationError: In one line, with the number of the line where it is known.
    """
    try:
        return yaml.load(text, _Reader)  # noqa: S506  # a SafeLoader
    except yaml.MarkedYAMLError as error:
        raise ConfigurationError(_sentence(error)) from None
    except yaml.reader.ReaderError as error:
        raise ConfigurationError(f"not a text file in UTF-8 ({error.reason})") from None
    except RecursionError:
        raise ConfigurationError("nested too deeply") from None
    except (ValueError, KeyError) as error:
        raise ConfigurationError(f"a value does not fit its type: {error}") from None


def _sentence(error: yaml.MarkedYAMLError) -> str:
    problem = error.problem or error.context or "no YAML"
    if r"'\t'" in problem:
        problem = "a tab; indent with spaces"
    elif error.context and error.problem:
        problem = f"{error.problem} {error.context}"
    mark = error.problem_mark or error.context_mark
    return f"line {mark.line + 1}: {problem}" if mark else problem


def write(values: Any) -> str:
    """The value as a YAML document that `parse` reads back; inner mappings on one line."""
    return yaml.dump(values, Dumper=_Writer, sort_keys=False, default_flow_style=None, width=100)
