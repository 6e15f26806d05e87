"""What a pooling rule makes: members' probabilities in, one set of probabilities out."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from ripieno.pooling.calibration import scale_temperature, softmax
from ripieno.types import FloatArray

Combination = Literal["arithmetic", "geometric", "regression"]


@dataclass(frozen=True, eq=False)
class Pool:
    """A combination of the members' temperature-scaled probabilities.

    - arithmetic: their weighted mean;
    - geometric: their weighted geometric mean, renormalised;
    - regression: the softmax of a linear map of their logarithms.

    Attributes:
        rule: The key of `RULES` that fitted it.
        weights: Of shape (n_members,), non-negative; members at exactly 0 are not needed to
            predict. They sum to 1, but for a geometric mean, where the sum is an inverse
            temperature; of a regression they are each member's share of the coefficients.
        temperatures: Of each member, of shape (n_members,), positive; 1 leaves it as it is.
        certificate: Upper bound, in the unit of what was minimised (nats, for the log-loss), on how
            much lower any weights of the members it was fitted on could bring it on validation, at
            their temperatures and before the pool's own; None where the rule does not seek the
            lowest.
        combination: How the members are combined.
        temperature: Of the combined probabilities, positive.
        coefficients: Of a regression: for each member a map from the logarithms of its
            probabilities to logits, of shape (n_members, n_classes, n_classes).
        intercepts: Of a regression, of shape (n_classes,).
    """

    rule: str
    weights: NDArray[np.float64]
    temperatures: NDArray[np.float64]
    certificate: float | None = None
    combination: Combination = "arithmetic"
    temperature: float = 1.0
    coefficients: NDArray[np.float64] | None = None
    intercepts: NDArray[np.float64] | None = None

    @property
    def n_members(self) -> int:
        """Members it was fitted on, those of weight 0 included."""
        return len(self.weights)

    @property
    def is_calibrated(self) -> bool:
        """Whether a temperature other than 1 changes what it predicts."""
        return self.temperature != 1.0 or bool(np.any(self.temperatures[self.weights > 0.0] != 1.0))

    def predict_proba(self, proba: FloatArray) -> NDArray[np.float64]:
        """Combine the members' probabilities.

        Args:
            proba: Of shape (n_members, n_samples, n_classes), in the order of the fit. Values
                below `PROBABILITY_FLOOR` count as the floor.

        Returns:
            Class probabilities of shape (n_samples, n_classes); rows sum to 1 as nearly as the
            members' do.

        Raises:
            ValueError: If the shape is not that of these members' probabilities.
        """
        if proba.ndim != 3 or len(proba) != self.n_members:
            raise ValueError(
                f"proba: expected shape ({self.n_members}, n_samples, n_classes), "
                f"received {proba.shape}."
            )
        pooled = np.zeros(proba.shape[1:])
        for member in np.flatnonzero(self.weights):
            scaled = scale_temperature(proba[member], float(self.temperatures[member]))
            pooled += self._part(int(member), scaled)
        if self.combination != "arithmetic":
            pooled = softmax(pooled if self.intercepts is None else pooled + self.intercepts)
        return pooled if self.temperature == 1.0 else scale_temperature(pooled, self.temperature)

    def _part(self, member: int, proba: NDArray[np.float64]) -> NDArray[np.float64]:
        """What a member adds to the sum, from its scaled probabilities: (n_samples, n_classes)."""
        if self.combination == "arithmetic":
            return np.asarray(self.weights[member] * proba)
        if self.coefficients is None:
            return np.asarray(self.weights[member] * np.log(proba))
        return np.asarray(log_features(proba) @ self.coefficients[member])

    def to_dict(self) -> dict[str, Any]:
        """The pool as JSON values; floats survive the round trip exactly."""
        values: dict[str, Any] = {
            "rule": self.rule,
            "weights": self.weights.tolist(),
            "temperatures": self.temperatures.tolist(),
            "certificate": self.certificate,
            "combination": self.combination,
            "temperature": self.temperature,
        }
        if self.coefficients is not None and self.intercepts is not None:
            values["coefficients"] = self.coefficients.tolist()
            values["intercepts"] = self.intercepts.tolist()
        return values

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> "Pool":
        """The pool that `to_dict` described."""
        fitted = {
            name: np.asarray(values[name], dtype=np.float64)
            for name in ("weights", "temperatures", "coefficients", "intercepts")
            if name in values
        }
        return cls(
            rule=values["rule"],
            certificate=values["certificate"],
            combination=values.get("combination", "arithmetic"),
            temperature=values.get("temperature", 1.0),
            **fitted,
        )


def log_features(proba: NDArray[np.float64]) -> NDArray[np.float64]:
    """What a regression sees of a member: its logarithms, centred, of the same shape.

    Probabilities below 1e-6 count as that: a regression fitted to a few confident mistakes should
    not be led by how confident they were.
    """
    logarithms = np.log(np.maximum(proba, 1e-6))
    return np.asarray(logarithms - logarithms.mean(axis=-1, keepdims=True))
