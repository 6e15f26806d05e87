"""A configuration by its name: what a schedule says, and the short form in Prefect's UI."""

from collections.abc import Mapping
from typing import Annotated, Any, Literal, Union

from pydantic import BeforeValidator, Field, create_model

from conf import DEFAULT
from conf.loading import configurations, load_configuration
from conf.schema import Configuration
from conf.signatures import Section, class_name
from ripieno.data.paths import AbsolutePath, resolve_path

PACKAGED = tuple(configurations())
FILLED = "filled_in_from_"
"""Before the name in a field of the form, which says nothing to the training."""
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
            json_schema_extra={"default": DEFAULT},  # the form's, of a field that is required
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
    if isinstance(value, Mapping):
        return {key: each for key, each in value.items() if not str(key).startswith(FILLED)}
    return value


def schedulable(name_or_path: str) -> str:
    """A configuration's name as a worker finds it from wherever it runs."""
    return name_or_path if name_or_path in PACKAGED else str(resolve_path(name_or_path))


def written_out(name: str) -> type[Configuration]:
    """The configuration in full as a choice in the form, filled with the values of a packaged one.

    Prefect's form draws the members as JSON and cannot look a name up, so each name is a choice.
    It reads a choice's own definition alone, so each is a class; and it tells which one is chosen
    by the names of its fields, so each but the default has a field of its own.
    """

    def fill(schema: dict[str, Any]) -> None:
        for field, value in filled_in(name).items():
            schema["properties"][field]["default"] = value
        if name != DEFAULT:
            schema["properties"][f"{FILLED}{name}"] = {
                "title": "Filled in from",
                "type": "string",
                "const": name,
                "enum": [name],
                "default": name,
            }

    title = "Configuration" if name == DEFAULT else name
    settings = {"title": title, "json_schema_extra": fill}
    return create_model(class_name(name, "Form"), __base__=Configuration, __cls_kwargs__=settings)


def filled_in(name: str) -> dict[str, Any]:
    """What a packaged configuration says, with all defaults but those of members."""
    configuration = load_configuration(name)
    return configuration.model_dump(mode="json", exclude={"workspace", "members"}) | {
        "members": configuration.model_dump(mode="json", exclude_unset=True)["members"]
    }


# The first of several that fit is shown: by default, and for what comes from elsewhere.
_PACKAGED = sorted(PACKAGED, key=lambda name: name != DEFAULT)
FORMS: Any = Union[NamedConfiguration, *map(written_out, _PACKAGED)]
Experiment = Annotated[Configuration, BeforeValidator(resolve, json_schema_input_type=FORMS)]
"""A configuration that may be given by name; a flow that takes it gets it in full."""
