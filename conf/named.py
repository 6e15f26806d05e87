"""A configuration by its name: what a schedule says, and the short form in Prefect's UI."""

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field

from conf.loading import configurations, load_configuration
from conf.schema import Configuration
from conf.signatures import Section
from ripieno.data.paths import AbsolutePath, resolve_path

PACKAGED = tuple(configurations())
# A choice in the form, made from the files there are.
PackagedName: Any = Annotated[
    Literal.__getitem__(PACKAGED),
    Field(title="Comes with ripieno", json_schema_extra={"type": "string"}),
]
File = Annotated[str, Field(title="File", pattern=r"\.ya?ml$", description="Path of a YAML file.")]


class NamedConfiguration(Section, title="By name"):
    """A configuration that comes with ripieno or a YAML file, and what to change in it."""

    conf: Annotated[
        PackagedName | File,
        Field(
            title="Name",
            description="Where the values are written.",
            json_schema_extra={"default": "digits"},  # the form's, of a field that is required
        ),
    ]
    changes: Annotated[
        tuple[str, ...],
        Field(description="Fields to change, one an item, as in members.forest.seed=3."),
    ] = ()
    folder: Annotated[
        AbsolutePath | None,
        Field(description="Where relative paths start; null: where `make up` was typed."),
    ] = None


def resolve(value: Any) -> Any:
    """What a name stands for; anything else as it is.

    Raises:
        ValueError: If there is none of that name, or a change is wrong.
    """
    named = value
    if isinstance(value, Mapping) and "conf" in value:
        named = NamedConfiguration.model_validate(value)
    if isinstance(named, NamedConfiguration):
        return load_configuration(named.conf, named.changes, folder=named.folder)
    return value


def schedulable(name_or_path: str) -> str:
    """A configuration's name as a worker finds it from wherever it runs."""
    return name_or_path if name_or_path in PACKAGED else str(resolve_path(name_or_path))


Experiment = Annotated[
    Configuration,
    BeforeValidator(resolve, json_schema_input_type=NamedConfiguration | Configuration),
]
"""A configuration that may be given by name; a flow that takes it gets it in full."""
