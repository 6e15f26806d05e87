"""The typed configuration of an experiment: what a YAML file may say, and the form in Prefect's UI.

The sections of data sources and architectures come from the registered functions' signatures
(`conf.signatures`): a default is written once, beside the code that uses it.
"""

import hashlib
from typing import Annotated, Any, Literal

from pydantic import Field, ValidationInfo, field_validator, model_validator

from conf.members import AnyMember, Name, Seed
from conf.narrowing import check_tuning
from conf.publishing import PublishSection
from conf.signatures import (
    Derived,
    NameIn,
    Section,
    TaggedUnion,
    class_name,
    first_line,
    keyword_only,
    section_of,
)
from conf.tuning import TuningSection
from conf.workspace import Workspace
from ripieno.data.hygiene import check_hygiene
from ripieno.data.normalisation import AXES
from ripieno.data.sources import SOURCES
from ripieno.data.splits import split_dataset
from ripieno.pooling import RULES
from ripieno.pooling.objectives import OBJECTIVES, check_objective
from ripieno.pooling.recipes import minimised_by
from ripieno.runtime.devices import GpuSettings


class DatasetSection(Section, title="Dataset"):
    """Where the images come from."""

    source: str

    @property
    def settings(self) -> dict[str, Any]:
        """Keyword arguments of the source."""
        return {name: value for name, value in self if name != "source"}


class SharesSection(Section, title="Split"):
    """How the images are used: what can be said of it before there are data."""

    folds: Annotated[
        Literal["auto"] | Annotated[int, Field(ge=0)],
        Field(
            description="Parts of training and validation that members are trained without, one"
            " after the other, so that weights are fitted on all these images; 0: validation alone;"
            " auto: 5 where validation has fewer than 2,000 images and the members are quick."
        ),
    ] = 0
    member: Annotated[
        Literal["refit", "average"],
        Field(
            description="With folds, what a member is: trained once more on all images (refit), or"
            " the models of all folds, pooled within each and averaged (average)."
        ),
    ] = "refit"

    @property
    def drawing(self) -> dict[str, Any]:
        """What decides which images are in which split: the rest changes none of them."""
        return {name: value for name, value in self if name not in ("folds", "member")}

    @field_validator("folds")
    @classmethod
    def _check_folds(cls, folds: Literal["auto"] | int) -> Literal["auto"] | int:
        if folds == 1:
            raise ValueError("expected 0, auto, or 2 folds and more, received 1")
        return folds

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
            description="Rule that fits the weights on validation; auto takes the log_pool unless"
            " the cross-fitted cost of another is clearly lower."
        ),
    ] = "auto"
    objective: Annotated[
        str,
        NameIn(OBJECTIVES),
        Field(
            description="What the rule minimises (accuracy: maximises) on validation;"
            " balanced_log_loss gives every class the same share, however rare."
        ),
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
    coverage: Annotated[
        float | None,
        Field(
            gt=0,
            lt=1,
            description="Share of images, in (0, 1), whose prediction set is to hold the true"
            " class; null: no prediction sets.",
        ),
    ] = 0.9

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


DATASETS = {
    name: section_of(
        class_name(name, "Dataset"),
        keyword_only(load),
        DatasetSection,
        module=__name__,
        description=first_line(load.__doc__),
        tag=("source", name),
    )
    for name, load in SOURCES.items()
}
SplitSection = section_of(
    "SplitSection",
    keyword_only(split_dataset),
    SharesSection,
    module=__name__,
    description="Shares of the images for validation and test; the rest is for training.",
)
HygieneSection = section_of(
    "HygieneSection",
    keyword_only(check_hygiene),
    Section,
    module=__name__,
    description="What to do about images that stand in two splits.",
)
# Importable under their names, as classes that are written out are: a spawned process needs that.
globals().update({section.__name__: section for section in DATASETS.values()})

Split = Annotated[SharesSection, Derived(SplitSection)]
Hygiene = Annotated[Section, Derived(HygieneSection)]
AnyDataset = Annotated[DatasetSection, TaggedUnion("source", DATASETS)]


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
    tuning: Annotated[
        TuningSection | None,
        Field(description="A search for hyperparameters before the ensemble; null: none."),
    ] = None
    publish: Annotated[
        PublishSection, Field(description="The registered model, and who becomes champion.")
    ] = PublishSection()
    seed: Annotated[
        Seed, Field(description="The seed, from 0, that the members' own seeds follow from.")
    ] = 0
    workspace: Annotated[
        Workspace,
        Field(
            default_factory=Workspace.default,
            description="Folder of the runs and the store; relative to where the command is typed,"
            " ~ and $VARS expanded.",
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

    @field_validator("tuning")
    @classmethod
    def _search_what_can_be_searched(
        cls, tuning: TuningSection | None, info: ValidationInfo
    ) -> TuningSection | None:
        if tuning is not None and "members" in info.data:
            check_tuning(tuning, info.data["members"])
        return tuning

    def seed_of(self, member: str) -> int:
        """The member's seed: its own, or one that follows from its name and the seed at the top."""
        own = self.members[member].seed
        if own is not None:
            return own
        digest = hashlib.sha256(f"{self.seed} {member}".encode()).digest()
        return int.from_bytes(digest[:4], "big")
