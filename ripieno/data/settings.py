"""Settings that several sources share, described once.

The sources' signatures are the configuration's schema: the aliases here carry description, unit
and range; each signature keeps its own default.
"""

from typing import Annotated, Literal

from pydantic import Field

from ripieno.data.paths import AbsolutePath

Side = Annotated[int, Field(gt=0, le=4096)]

Directory = Annotated[
    AbsolutePath,
    Field(description="Directory; relative to where the command is typed, ~ and $VARS expanded."),
]
Hint = Annotated[
    str | None, Field(description="How to get the data: what the error says when it is missing.")
]
ClassNames = Annotated[
    tuple[str, ...] | None,
    Field(description="Name of every class in the order of the labels 0, 1, 2, ..."),
]
ImageSize = Annotated[
    Side | tuple[Side, Side] | None,
    Field(
        description="Size in pixels that every image is stretched to: one number, or height and"
        " width. Needed only where sizes are mixed."
    ),
]
Channels = Annotated[
    Literal["auto", "grey", "rgb"],
    Field(description="Colour channels; auto is grey where every file stores grey, else RGB."),
]
Background = Annotated[
    int,
    Field(ge=0, le=255, description="Grey level in [0, 255] that transparent pixels are laid on."),
]
MaxUnreadableShare = Annotated[
    float, Field(ge=0, lt=1, description="Share in [0, 1) of unreadable images to tolerate.")
]
