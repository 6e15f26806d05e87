"""What a search looks for, by name."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

Direction = Literal["minimize", "maximize"]


@dataclass(frozen=True)
class Objective:
    """One aim of a search, or two.

    Attributes:
        metrics: What each value of a trial is called.
        directions: `minimize` or `maximize`, for each.
        epoch_metric: What is judged after every epoch, negated where the aim is the higher and this
            the lower; None where trials are not ended early.
    """

    metrics: tuple[str, ...]
    directions: tuple[Direction, ...]
    epoch_metric: str | None

    @property
    def is_single(self) -> bool:
        """Whether there is one best trial."""
        return len(self.metrics) == 1

    def reported(self, metrics: Mapping[str, float]) -> float:
        """An epoch's value, better in the direction of the objective; NaN where there is none."""
        value = metrics.get(self.epoch_metric or "", float("nan"))
        opposed = self.epoch_metric == "validation_log_loss" and self.directions[0] == "maximize"
        return -value if opposed else value


OBJECTIVES: dict[str, Objective] = {
    "log_loss": Objective(("log_loss",), ("minimize",), "validation_log_loss"),
    "accuracy": Objective(("accuracy",), ("maximize",), "validation_accuracy"),
    "marginal_gain": Objective(("marginal_gain",), ("maximize",), "validation_log_loss"),
    "log_loss_and_inference_ms": Objective(
        ("log_loss", "inference_ms"), ("minimize", "minimize"), None
    ),
}
