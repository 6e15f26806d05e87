"""Typed sections made from the keyword-only parameters of registered functions.

A source or an architecture declares its settings once, in a signature; the section of the
configuration, its checks and its form in the Prefect UI follow from it.
"""

import inspect
from collections.abc import Callable, Iterable, Mapping
from typing import Annotated, Any, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic import create_model as create_pydantic_model
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, core_schema

_Section = TypeVar("_Section", bound="Section")


class Section(BaseModel):
    """A part of the configuration: immutable, and closed to unknown fields."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


def keyword_only(function: Callable[..., Any]) -> dict[str, inspect.Parameter]:
    """The settings of a function: what it takes by name alone."""
    parameters = inspect.signature(function).parameters
    return {
        name: parameter
        for name, parameter in parameters.items()
        if parameter.kind is inspect.Parameter.KEYWORD_ONLY
    }


def section_of(
    name: str,
    settings: Mapping[str, inspect.Parameter],
    base: type[_Section],
    *,
    module: str,
    description: str,
    tag: tuple[str, str] | None = None,
) -> type[_Section]:
    """A section with a field for every setting.

    Args:
        name: Name of the class.
        settings: Annotated parameters; one without a default becomes a required field.
        base: What the section shares with its kind.
        module: Name of the module that has the class: a spawned process looks for it there.
        description: One sentence for people.
        tag: The field that tells the section from its siblings, and its value here, as in
            ("source", "digits").

    Raises:
        TypeError: If a setting has no annotation, or one that is a string.
    """
    fields: dict[str, Any] = {}
    if tag:
        fields[tag[0]] = (Annotated[_constant(tag[1]), _tag_field(*tag)], ...)
    for setting, parameter in settings.items():
        annotation = parameter.annotation
        if annotation is parameter.empty or isinstance(annotation, str):
            raise TypeError(f"{name}: setting {setting!r} needs an annotation that is no string.")
        required = parameter.default is parameter.empty
        fields[setting] = (annotation, ... if required else parameter.default)
    return create_pydantic_model(
        name,
        __base__=base,
        __module__=module,
        __doc__=description,
        __cls_kwargs__={"title": tag[1]} if tag else None,  # what a form calls the choice
        **fields,
    )


def _constant(value: str) -> Any:
    return Literal.__getitem__(value)


def _tag_field(name: str, value: str) -> Any:
    # A form needs the one legal value as its default and as a choice.
    return Field(description=f"The {name}.", json_schema_extra={"default": value, "enum": [value]})


class Derived:
    """Annotates a base section: the value is of a section that was made from it."""

    def __init__(self, section: type[Section]) -> None:
        self.section = section

    def __get_pydantic_core_schema__(
        self, source: type[Any], handler: GetCoreSchemaHandler
    ) -> CoreSchema:
        """Validate as that section."""
        return handler.generate_schema(self.section)


class TaggedUnion:
    """Annotates a base section: the value is one of its kinds, told apart by a tag field."""

    def __init__(self, tag: str, sections: Mapping[str, type[Section]]) -> None:
        self.tag = tag
        self.sections = dict(sections)

    def __get_pydantic_core_schema__(
        self, source: type[Any], handler: GetCoreSchemaHandler
    ) -> CoreSchema:
        """Validate as the section that the tag names."""
        choices = {name: handler.generate_schema(each) for name, each in self.sections.items()}
        return core_schema.tagged_union_schema(choices, discriminator=self.tag)

    def __get_pydantic_json_schema__(
        self, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        """As `anyOf`: Prefect's older UI draws no form for `oneOf`."""
        document = handler(schema)
        document["anyOf"] = document.pop("oneOf")
        return document


class NameIn:
    """Annotates a string: it is a key of a registry, and a form offers the choice."""

    def __init__(self, known: Iterable[str]) -> None:
        self.known = list(known)

    def __get_pydantic_core_schema__(
        self, source: type[Any], handler: GetCoreSchemaHandler
    ) -> CoreSchema:
        """Validate as a literal."""
        return core_schema.literal_schema(self.known)


def class_name(name: str, kind: str) -> str:
    """`("scikit_learn", "Member")` as `ScikitLearnMember`."""
    return f"{name.title().replace('_', '')}{kind}"


def first_line(text: str | None) -> str:
    """The summary of a docstring."""
    return (text or "").strip().partition("\n")[0]
