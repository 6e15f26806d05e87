"""What a training says while it runs, and what it hands over at its end."""

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Epoch:
    """One pass over the training split, or the whole fit of a model that knows no epochs.

    Attributes:
        number: From 1 to n_epochs.
        n_epochs: The most there can be; early stopping may end before.
        seconds: Wall time of this epoch, validation included.
        metrics: By name, among train_log_loss, validation_log_loss, validation_accuracy,
            learning_rate (at the end of the epoch) and images_per_second (training alone).
    """

    number: int
    n_epochs: int
    seconds: float
    metrics: dict[str, float]


@dataclass(frozen=True)
class Fitted:
    """A trained model, its history, and the epoch whose weights it holds (from 1)."""

    model: Any
    history: list[Epoch] = field(default_factory=list)
    best_epoch: int = 1
