"""The section of a configuration that asks for a search: which members, how, and how long."""

import re
from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import (
    AfterValidator,
    BeforeValidator,
    Field,
    JsonValue,
    PlainSerializer,
    ValidationInfo,
    model_validator,
)

from conf.signatures import (
    NameIn,
    Section,
    TaggedUnion,
    class_name,
    first_line,
    keyword_only,
    section_of,
)
from conf.workspace import absolute_url
from ripieno.data.paths import FOLDER, resolve_path
from ripieno.display import HIDDEN, without_password
from ripieno.tuning import OBJECTIVES, PRUNERS, SAMPLERS

STORAGE_PASSWORD = "RIPIENO_STORAGE_PASSWORD"  # noqa: S105  its name
"""Environment variable with the password of the database in `tuning.storage`."""


class RangeSection(Section, title="Range"):
    """Numbers between two others."""

    low: Annotated[float, Field(description="The lowest.")]
    high: Annotated[float, Field(description="The highest.")]
    log: Annotated[
        bool | None,
        Field(description="Equal ratios are equally far apart; null: as the architecture has it."),
    ] = None
    step: Annotated[
        float | None, Field(gt=0, description="Distance of neighbours; null: any number.")
    ] = None


def range_or_value(value: Any) -> Any:
    """A mapping that is a range, or anything else as it is.

    Raises:
        ValueError: If a mapping is no range.
    """
    known = RangeSection.model_fields
    if isinstance(value, Mapping) and not {"low", "high"} <= set(value) <= set(known):
        raise ValueError(
            f"expected a range such as {{low: 0.1, high: 0.5}}, with {', '.join(known)},"
            f" received {{{', '.join(map(str, value))}}}"
        )
    return value


DimensionSpec = Annotated[
    RangeSection | list[JsonValue] | bool | int | float | str | None,
    BeforeValidator(range_or_value),
]
"""A range, several choices, or one fixed value."""


class KindSection(Section, title="Kind"):
    """One of several ways, told apart by their kind."""

    kind: str

    @property
    def settings(self) -> dict[str, Any]:
        """Keyword arguments of that way."""
        return {name: value for name, value in self if name != "kind"}


def _sections(registry: Mapping[str, Any], noun: str) -> dict[str, type[KindSection]]:
    return {
        name: section_of(
            class_name(name, noun),
            keyword_only(function),
            KindSection,
            module=__name__,
            description=first_line(function.__doc__),
            tag=("kind", name),
        )
        for name, function in registry.items()
    }


SAMPLER_SECTIONS = _sections(SAMPLERS, "Sampler")
PRUNER_SECTIONS = _sections(PRUNERS, "Pruner")
# Importable under their names, as classes that are written out are: a spawned process needs that.
globals().update({s.__name__: s for s in (*SAMPLER_SECTIONS.values(), *PRUNER_SECTIONS.values())})


def _absolute_storage(place: str | None, info: ValidationInfo) -> str | None:
    """A journal's path, or the SQLite file of a URL, made absolute.

    Raises:
        ValueError: If it is a misspelt URL with a password: it would become a folder's name.
    """
    if place is None:
        return None
    if "://" not in place and without_password(place) != place:
        raise ValueError(
            "expected postgresql://USER@HOST/NAME or the path of a journal, received "
            + without_password(place)
        )
    folder = (info.context or {}).get(FOLDER)
    return absolute_url(place, folder) if "://" in place else str(resolve_path(place, folder))


def _without_password(place: str | None) -> str | None:
    """As it is recorded: a database's password is not part of an experiment."""
    return place and re.sub(r"^([\w+.-]+://[^/@:]*):[^/]*@", rf"\1:{HIDDEN}@", place)


class TuningSection(Section, title="Tuning"):
    """A search for the hyperparameters of some members, before the ensemble is trained."""

    members: Annotated[
        dict[str, dict[str, DimensionSpec] | None],
        Field(
            min_length=1,
            description="The members to search, and for each what to narrow or fix: a range"
            " {low, high}, a list of choices, or one value. Nothing: the architecture's own space.",
        ),
    ]
    sampler: Annotated[
        KindSection,
        TaggedUnion("kind", SAMPLER_SECTIONS),
        Field(description="Who proposes what to try next."),
    ] = SAMPLER_SECTIONS["bayesian"](kind="bayesian")
    pruner: Annotated[
        Annotated[KindSection, TaggedUnion("kind", PRUNER_SECTIONS)] | None,
        Field(
            description="Which trials end early; null: median for log_loss and accuracy, none for"
            " the other objectives, which an early epoch does not foretell, and for genetic, whose"
            " generations are of complete trials."
        ),
    ] = None
    objective: Annotated[
        str,
        NameIn(OBJECTIVES),
        Field(
            description="What is sought on validation. marginal_gain: by how much a trial lowers"
            " the log-loss of the ensemble of those found so far."
        ),
    ] = "log_loss"
    trials: Annotated[
        int | None,
        Field(gt=0, description="Trials of each member, over all calls; null: no limit."),
    ] = 30
    minutes: Annotated[
        float | None, Field(gt=0, description="Wall-clock minutes for each member in this call.")
    ] = None
    minutes_per_trial: Annotated[
        float | None, Field(gt=0, description="A trial that takes longer has failed.")
    ] = None
    keep: Annotated[
        int,
        Field(
            gt=0,
            description="Trials of each member that join the ensemble at most, chosen one after"
            " another by their marginal gain.",
        ),
    ] = 1
    storage: Annotated[
        str | None,
        AfterValidator(_absolute_storage),
        PlainSerializer(_without_password),
        Field(
            description="Where Optuna keeps the study: a database URL, or the path of a journal"
            " file, relative to where the command is typed; null: a journal in the workspace."
            " Processes that name the same one share the search. A password in it is never"
            f" recorded; better, leave it to {STORAGE_PASSWORD} in the environment."
        ),
    ] = None
    in_order: Annotated[
        bool,
        Field(
            description="Hand results to the sampler in the order in which trials began: the same"
            " seed gives the same trials, however many run at once. False: as they come."
        ),
    ] = True

    @property
    def pruner_or_default(self) -> KindSection:
        """The pruner that is used."""
        if self.pruner is not None:
            return self.pruner
        foretold = self.objective in ("log_loss", "accuracy") and self.sampler.kind != "genetic"
        kind = "median" if foretold else "none"
        return PRUNER_SECTIONS[kind](kind=kind)

    @model_validator(mode="after")
    def _end_some_time(self) -> "TuningSection":
        if self.trials is None and self.minutes is None and self.sampler.kind != "grid":
            raise ValueError("expected trials or minutes, or both, received neither")
        pruner = self.pruner_or_default.kind
        if OBJECTIVES[self.objective].epoch_metric is None and pruner != "none":
            raise ValueError(
                f"expected no pruner for the objective {self.objective}, since Optuna prunes by one"
                f" value only, received {pruner}"
            )
        return self
