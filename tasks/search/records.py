"""The frozen records of a search."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from conf.members import MemberSection
from ripieno.tuning.gain import Likelihood
from tasks.records import Member

State = Literal["complete", "pruned", "failed", "stopped"]


@dataclass(frozen=True)
class TrialResult:
    """How a trial ended.

    Attributes:
        state: `stopped` where it was interrupted, and is to be done again.
        number: Its number in the study.
        run_id: Its run in MLflow.
        key: Its key in the store; empty where its settings are none.
        directory: Its artefact, None but for complete ones.
        scores: log_loss, accuracy and inference_ms on validation, of complete ones.
        seconds: Wall time that it took in this call.
        n_epochs: Epochs that it had.
        reason: Why it failed or was stopped.
    """

    state: State
    number: int
    run_id: str
    key: str = ""
    directory: Path | None = None
    scores: Mapping[str, float] = field(default_factory=dict)
    seconds: float = 0.0
    n_epochs: int = 0
    reason: str = ""


@dataclass(frozen=True)
class SearchResult:
    """What a search of one member left.

    Attributes:
        name: The member's name.
        winners: The members that join the ensemble in its place.
        summary: Its entry in `summary.json`.
        overlay: The YAML file that makes a configuration train the winners.
        found: What the winners give the true classes on validation.
        configured: The member as it was configured.
        best: The first winner, as the search trained it.
    """

    name: str
    winners: Mapping[str, MemberSection]
    summary: Mapping[str, Any]
    overlay: Path
    found: tuple[Likelihood, ...]
    configured: Member
    best: Member
