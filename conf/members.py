"""The sections of a configuration that describe members, one kind an architecture."""

import re
from typing import Annotated, Any

from pydantic import AfterValidator, Field

from conf.signatures import Section, TaggedUnion, class_name, first_line, section_of
from ripieno.models import MODELS
from ripieno.models.settings import settings_of

Seed = Annotated[int, Field(ge=0, lt=2**32)]
_NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,59}")
_RESERVED = {"ensemble"}


def legal_name(name: str) -> str:
    """A name that can become a run, a file and a metric.

    Raises:
        ValueError: If it has other letters, more than 60 of them, or is taken by the ensemble.
    """
    if name in _RESERVED:
        raise ValueError(f"the name {name!r} is the ensemble's own; choose another")
    if not _NAME.fullmatch(name):
        raise ValueError(
            f"expected a name of at most 60 lower-case letters, digits, _ and -, received {name!r}"
        )
    return name


Name = Annotated[str, AfterValidator(legal_name)]


class MemberSection(Section, title="Member"):
    """One member of the ensemble."""

    architecture: str
    seed: Annotated[
        Seed | None,
        Field(description="Seed of this member, from 0; null: follows from the seed at the top."),
    ] = None

    @property
    def settings(self) -> dict[str, Any]:
        """Keyword arguments of the architecture: of `build` and of `fit`."""
        return {name: value for name, value in self if name not in MemberSection.model_fields}


MEMBERS = {
    name: section_of(
        class_name(name, "Member"),
        settings_of(architecture),
        MemberSection,
        module=__name__,
        description=first_line(architecture.build.__doc__),
        tag=("architecture", name),
    )
    for name, architecture in MODELS.items()
}
# Importable under their names, as classes that are written out are: a spawned process needs that.
globals().update({section.__name__: section for section in MEMBERS.values()})

AnyMember = Annotated[MemberSection, TaggedUnion("architecture", MEMBERS)]
