"""The section of a configuration that says how the ensemble is published."""

from typing import Annotated

from pydantic import Field

from conf.members import Name
from conf.signatures import Section


class PublishSection(Section, title="Publish"):
    """The registered model, and what a challenger must show to become champion."""

    enabled: Annotated[
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
