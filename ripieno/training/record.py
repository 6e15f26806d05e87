"""What a training hands over at its end."""

from dataclasses import dataclass, field
from typing import Any

from ripieno.training.epoch import Epoch


@dataclass(frozen=True)
class Fitted:
    """A trained model, its history, and the epoch whose weights it holds (from 1)."""

    model: Any
    history: list[Epoch] = field(default_factory=list)
    best_epoch: int = 1
