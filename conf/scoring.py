"""What is scored, by which ensemble, and from where a difference to training counts as drift."""

import json
from collections.abc import Mapping, Sequence
from typing import Annotated, Any

from pydantic import Field, ValidationError

from conf.overrides import apply_overrides, parse_override
from conf.problems import problem_lines
from conf.signatures import Derived, Section, keyword_only, section_of
from conf.workspace import Workspace
from ripieno.data.paths import AbsolutePath
from ripieno.drift.detection import DriftMeter
from ripieno.errors import ConfigurationError

DriftSection = section_of(
    "DriftSection",
    keyword_only(DriftMeter.verdict),
    Section,
    module=__name__,
    description="When new images count as different from those of training.",
)
Drift = Annotated[Section, Derived(DriftSection)]


class DriftFound(Section, title="Drift"):
    """Why a training was asked for: what an ensemble scores differs from what it was trained on."""

    ensemble: Annotated[str, Field(description="The run that scored.")]
    data: Annotated[
        str,
        Field(description="Fingerprint of its data; where they are the same, nothing is trained."),
    ]
    source: Annotated[str, Field(description="State of its source's files when it scored.")] = ""


class Scoring(Section):
    """A folder or a file of images through an ensemble."""

    input: Annotated[
        AbsolutePath,
        Field(
            description="A folder of pictures, flat or nested, a picture, an IDX, npz or Parquet"
            " file, a folder of Parquet files, or a pattern with *."
        ),
    ]
    output: Annotated[
        AbsolutePath, Field(description="Folder of the scores; new, or one to go on with.")
    ]
    model: Annotated[
        str,
        Field(
            min_length=1,
            description="A run of the workspace, the path of its folder, or a registered model as"
            " models:/digits@champion.",
        ),
    ] = "latest"
    column: Annotated[
        str | None,
        Field(description="Parquet column, or npz array, of the images; null: found by itself."),
    ] = None
    drift: Annotated[
        Drift, Field(description="When new images count as different from those of training.")
    ] = DriftSection()
    retrain: Annotated[
        str | None,
        Field(
            pattern="^[^/]+/[^/]+$",
            description="Prefect deployment, FLOW/NAME, that retrains on drift; it takes the"
            " parameters configuration, of the ensemble that scored, and drift; null: none.",
        ),
    ] = "train-ensemble/train"
    workspace: Annotated[
        Workspace,
        Field(default_factory=Workspace.default, description="Folder of the runs and the store."),
    ]


def check_scoring(values: Mapping[str, Any], overrides: Sequence[str] = ()) -> Scoring:
    """The request that command-line flags and `--set` make.

    Args:
        values: By field, those that were given.
        overrides: Fields as in `drift.psi=0.3`.

    Raises:
        ConfigurationError: In one line a problem.
    """
    parsed = [parse_override(text) for text in overrides]
    changed = apply_overrides(values, parsed)
    text = json.dumps(changed, default=str)
    try:
        return Scoring.model_validate_json(text, strict=True)
    except ValidationError as error:

        def origin(path: tuple[str | int, ...]) -> str:
            for each in reversed(parsed):
                n_common = min(len(path), len(each.path))
                if path[:n_common] == each.path[:n_common]:
                    return f"--set {each.text}"
            return f"--{path[0]}" if path else "score"

        lines = problem_lines(error, json.loads(text), Scoring.model_json_schema(), origin)
        raise ConfigurationError("\n".join(lines)) from None
