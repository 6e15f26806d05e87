"""One dimension of a search space: what a hyperparameter may be."""

import json
from dataclasses import dataclass
from typing import Any

from ripieno.models.search_space import Suggests

Scalar = (bool, int, float, str, type(None))


@dataclass(frozen=True)
class Fixed:
    """One value, which is not searched."""

    value: Any

    @property
    def ends(self) -> list[Any]:
        """The values that stand for all when a dimension is checked."""
        return [self.value]

    def suggest(self, trial: Suggests, name: str) -> Any:  # noqa: ARG002  # as the others have it
        """The value; the trial is not asked."""
        return self.value

    def points(self, n: int) -> list[Any]:  # noqa: ARG002  # as the others have it
        """Values for a grid."""
        return [self.value]

    def to_json(self) -> Any:
        """As a configuration writes it."""
        return self.value


@dataclass(frozen=True)
class Choices:
    """One of several values, among which no order is assumed."""

    values: tuple[Any, ...]

    @property
    def ends(self) -> list[Any]:
        """The values that stand for all when a dimension is checked: all of them."""
        return list(self.values)

    @property
    def labels(self) -> list[Any]:
        """The values as Optuna stores them: lists and mappings as JSON."""
        return [each if isinstance(each, Scalar) else json.dumps(each) for each in self.values]

    def suggest(self, trial: Suggests, name: str) -> Any:
        """The value whose label the trial chooses."""
        labels = self.labels
        return self.values[_position(labels, trial.suggest_categorical(name, labels))]

    def points(self, n: int) -> list[Any]:  # noqa: ARG002  # as the others have it
        """Values for a grid: all of them, as they are stored."""
        return self.labels

    def to_json(self) -> Any:
        """As a configuration writes it."""
        return list(self.values)


@dataclass(frozen=True)
class Range:
    """A number between two others, both included.

    Attributes:
        low: The lowest.
        high: The highest.
        log: Whether equal ratios, rather than equal differences, are equally far apart.
        step: Distance of neighbours; None for any number (an integer: 1).
        integer: Whether it is one.
    """

    low: float
    high: float
    log: bool = False
    step: float | None = None
    integer: bool = False

    @property
    def ends(self) -> list[Any]:
        """The values that stand for all when a dimension is checked."""
        return [int(self.low), int(self.high)] if self.integer else [self.low, self.high]

    def suggest(self, trial: Suggests, name: str) -> Any:
        """The trial's choice."""
        if self.integer:
            low, high, step = int(self.low), int(self.high), int(self.step or 1)
            return trial.suggest_int(name, low, high, step=step, log=self.log)
        return trial.suggest_float(name, self.low, self.high, step=self.step, log=self.log)

    def points(self, n: int) -> list[Any]:
        """Values for a grid: at most n, evenly spread from end to end; all that a step allows."""
        import numpy as np

        if self.step is not None:
            steps = int((self.high - self.low) / self.step + 1e-9)
            values = [round(self.low + k * self.step, 12) for k in range(steps + 1)]
        else:
            spread = np.geomspace if self.log else np.linspace
            values = spread(self.low, self.high, n).tolist()
            values[0], values[-1] = self.low, self.high  # not but for rounding
        return sorted({round(value) for value in values}) if self.integer else values

    def to_json(self) -> Any:
        """As a configuration writes it."""
        kind = int if self.integer else float
        written: dict[str, Any] = {"low": kind(self.low), "high": kind(self.high)}
        if self.log:
            written["log"] = True
        return written if self.step is None else written | {"step": kind(self.step)}


Dimension = Fixed | Choices | Range
Space = dict[str, Dimension]


def _position(labels: list[Any], chosen: Any) -> int:
    """True equals 1, and is not the same choice."""
    return next(
        i for i, label in enumerate(labels) if label == chosen and type(label) is type(chosen)
    )
