"""The typed configuration of an experiment: what a YAML file may say, and the form in Prefect's UI.

The sections of data sources and architectures come from the registered functions' signatures
(`conf.signatures`): a default is written once, beside the code that uses it.
"""

import hashlib
import os
import re
import warnings
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field, ValidationInfo, field_validator, model_validator

from conf.signatures import Derived, NameIn, Section, TaggedUnion, keyword_only, section_of
from ripieno.data.hygiene import check_hygiene
from ripieno.data.normalisation import AXES
from ripieno.data.sources import SOURCES
from ripieno.data.splits import split_dataset
from ripieno.models import MODELS
from ripieno.models.settings import settings_of
from ripieno.pooling import RULES
from ripieno.pooling.objectives import OBJECTIVES, check_objective
from ripieno.pooling.recipes import minimised_by
from ripieno.runtime.devices import GpuSettings

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


class DatasetSection(Section, title="Dataset"):
    """Where the images come from."""

    source: str

    @property
    def settings(self) -> dict[str, Any]:
        """Keyword arguments of the source."""
        return {name: value for name, value in self if name != "source"}


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


class SharesSection(Section, title="Split"):
    """What can be said of the splits' shares before there are data."""

    @model_validator(mode="after")
    def _leave_something_to_train_on(self) -> "SharesSection":
        shares = {name: dict(self)[name] for name in ("validation", "test")}
        if sum(shares.values()) >= 1:
            received = " + ".join(f"{share:g}" for share in shares.values())
            raise ValueError(f"expected validation + test < 1, received {received}")
        return self


class NormalisationSection(Section, title="Normalisation"):
    """The statistics, fitted on the training split, that images are normalised by."""

    per: Annotated[
        str,
        NameIn(AXES),
        Field(
            title="Normalisation",
            description="One mean and variance per pixel, per channel, or one over all.",
        ),
    ] = "channel"


class EnsembleSection(Section, title="Ensemble"):
    """How the members' probabilities become the ensemble's."""

    rule: Annotated[
        str,
        NameIn(RULES),
        Field(
            description="Rule that fits the weights on validation; auto compares them all by their"
            " cross-fitted cost."
        ),
    ] = "auto"
    objective: Annotated[
        str,
        NameIn(OBJECTIVES),
        Field(description="What the rule minimises (accuracy: maximises) on validation."),
    ] = "log_loss"
    scale_temperatures: Annotated[
        bool,
        Field(
            description="Calibrate the members before the weights are fitted and the pool after,"
            " each where it lowers the cross-fitted cost."
        ),
    ] = True
    min_members: Annotated[
        int, Field(gt=0, description="Members that must be trained, or the run fails.")
    ] = 1
    max_members: Annotated[
        int | None, Field(gt=0, description="Members with weight at most; null: no limit.")
    ] = None
    max_inference_ms: Annotated[
        float | None,
        Field(
            gt=0,
            description="Milliseconds for an image at most, as the members with weight take them"
            " together on one worker; null: no limit.",
        ),
    ] = None

    @model_validator(mode="after")
    def _minimise_what_the_rule_can(self) -> "EnsembleSection":
        check_objective(self.rule, self.objective, minimised_by(self.rule))
        return self


class RunnerSection(Section, title="Runner"):
    """The processes in which members train."""

    kind: Annotated[
        Literal["processes", "inline"],
        Field(description="Side by side in worker processes, or one by one in this one."),
    ] = "processes"
    workers: Annotated[
        Literal["auto"] | Annotated[int, Field(gt=0)],
        Field(description="Number of worker processes; auto: one a usable core."),
    ] = "auto"
    threads: Annotated[int, Field(gt=0, description="Threads of each worker process.")] = 1
    gpu: Annotated[
        GpuSettings,
        Field(title="GPU", description="How workers share the GPUs, where there are any."),
    ] = GpuSettings()


class TrackingSection(Section, title="Tracking"):
    """What a run is called in MLflow and on disk."""

    experiment: Annotated[
        Name,
        Field(description="MLflow experiment, and the first part of a run's name."),
    ] = "ripieno"


with warnings.catch_warnings():
    # Classes have a method `register`, which an instance's field hides from nobody.
    warnings.filterwarnings("ignore", 'Field name "register"', UserWarning)

    class PublishSection(Section, title="Publish"):
        """The registered model, and what a challenger must show to become champion."""

        register: Annotated[
            bool, Field(description="Whether a run registers its ensemble as a model in MLflow.")
        ] = True
        name: Annotated[
            Name | None, Field(description="The registered model; null: tracking.experiment.")
        ] = None
        margin: Annotated[
            float,
            Field(
                ge=0,
                description="Nats of log-loss by which a challenger must beat the champion, with"
                " the whole interval of the paired test.",
            ),
        ] = 0.0
        tolerance: Annotated[
            float,
            Field(
                ge=0,
                description="Nats of log-loss by which a cheaper challenger may be worse at most,"
                " with the whole interval.",
            ),
        ] = 0.002
        cheaper: Annotated[
            float,
            Field(gt=0, lt=1, description="Share of the champion's time that a cheaper one saves."),
        ] = 0.2
        min_images: Annotated[
            int, Field(gt=0, description="Untouched images that a decision needs at least.")
        ] = 100


def _class_name(name: str, kind: str) -> str:
    return f"{name.title().replace('_', '')}{kind}"


def _first_line(text: str | None) -> str:
    return (text or "").strip().partition("\n")[0]


DATASETS = {
    name: section_of(
        _class_name(name, "Dataset"),
        keyword_only(load),
        DatasetSection,
        description=_first_line(load.__doc__),
        tag=("source", name),
    )
    for name, load in SOURCES.items()
}
MEMBERS = {
    name: section_of(
        _class_name(name, "Member"),
        settings_of(architecture),
        MemberSection,
        description=_first_line(architecture.build.__doc__),
        tag=("architecture", name),
    )
    for name, architecture in MODELS.items()
}
SplitSection = section_of(
    "SplitSection",
    keyword_only(split_dataset),
    SharesSection,
    description="Shares of the images for validation and test; the rest is for training.",
)
HygieneSection = section_of(
    "HygieneSection",
    keyword_only(check_hygiene),
    Section,
    description="What to do about images that stand in two splits.",
)
# Importable under their names, as classes that are written out are: a spawned process needs that.
globals().update({section.__name__: section for section in (*DATASETS.values(), *MEMBERS.values())})

Split = Annotated[SharesSection, Derived(SplitSection)]
Hygiene = Annotated[Section, Derived(HygieneSection)]
AnyDataset = Annotated[DatasetSection, TaggedUnion("source", DATASETS)]
AnyMember = Annotated[MemberSection, TaggedUnion("architecture", MEMBERS)]


def expanded(path: Path) -> Path:
    """The path with `~` and `$VARS` replaced."""
    return Path(os.path.expandvars(path)).expanduser()


def default_workspace() -> Path:
    """`RIPIENO_WORKSPACE` where it is set, else `workspace` in the working directory."""
    return expanded(Path(os.environ.get("RIPIENO_WORKSPACE") or "workspace"))


class Configuration(Section):
    """An experiment: its data, its members, how they are combined, and where they train."""

    dataset: Annotated[AnyDataset, Field(description="Where the images come from.")]
    split: Annotated[Split, Field(description="Shares of the images for validation and test.")] = (
        SplitSection()
    )
    hygiene: Annotated[
        Hygiene, Field(description="Images that stand in two splits: finding and dropping them.")
    ] = HygieneSection()
    normalisation: Annotated[
        NormalisationSection, Field(description="Statistics that images are normalised by.")
    ] = NormalisationSection()
    members: Annotated[
        dict[Name, AnyMember],
        Field(min_length=1, description="The members of the ensemble, by name."),
    ]
    ensemble: Annotated[
        EnsembleSection, Field(description="How the members' probabilities are combined.")
    ] = EnsembleSection()
    runner: Annotated[RunnerSection, Field(description="Where members train.")] = RunnerSection()
    tracking: Annotated[TrackingSection, Field(description="Names in MLflow.")] = TrackingSection()
    publish: Annotated[
        PublishSection, Field(description="The registered model, and who becomes champion.")
    ] = PublishSection()
    seed: Annotated[
        Seed, Field(description="The seed, from 0, that the members' own seeds follow from.")
    ] = 0
    workspace: Annotated[
        Path,
        AfterValidator(expanded),
        Field(
            default_factory=default_workspace,
            description="Folder of the runs and the store; ~ and $VARS are expanded.",
        ),
    ]

    @field_validator("ensemble")
    @classmethod
    def _ask_for_members_there_are(
        cls, ensemble: EnsembleSection, info: ValidationInfo
    ) -> EnsembleSection:
        n_members = len(info.data.get("members", ())) or ensemble.min_members
        if ensemble.min_members > n_members:
            raise ValueError(
                f"expected min_members <= the number of members, {n_members}, "
                f"received {ensemble.min_members}"
            )
        return ensemble

    def seed_of(self, member: str) -> int:
        """The member's seed: its own, or one that follows from its name and the seed at the top."""
        own = self.members[member].seed
        if own is not None:
            return own
        digest = hashlib.sha256(f"{self.seed} {member}".encode()).digest()
        return int.from_bytes(digest[:4], "big")
