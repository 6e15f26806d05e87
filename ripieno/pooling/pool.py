"""What a pooling rule makes: members' probabilities in, one set of probabilities out."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ripieno.pooling.calibration import scale_temperature
from ripieno.types import FloatArray


@dataclass(frozen=True, eq=False)
class Pool:
    """A weighted mean of the members' temperature-scaled probabilities.

    Attributes:
        rule: The key of `RULES` that fitted it.
        weights: Of shape (n_members,), non-negative, summing to 1; members at exactly 0 are not
            needed to predict.
        temperatures: Of each member, of shape (n_members,), positive; 1 leaves it as it is.
        certificate: Upper bound, in nats, on how much lower any weights could bring the validation
            log-loss at these temperatures; None where the rule does not seek the lowest.
    """

    rule: str
    weights: NDArray[np.float64]
    temperatures: NDArray[np.float64]
    certificate: float | None = None

    @property
    def n_members(self) -> int:
        """Members it was fitted on, those of weight 0 included."""
        return len(self.weights)

    def predict_proba(self, proba: FloatArray) -> NDArray[np.float64]:
        """Combine the members' probabilities.

        Args:
            proba: Of shape (n_members, n_samples, n_classes), in the order of the fit. Values
                below `PROBABILITY_FLOOR` count as the floor.

        Returns:
            Class probabilities of shape (n_samples, n_classes); rows sum to 1.

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
            pooled += self.weights[member] * scaled
        return pooled

    def to_dict(self) -> dict[str, Any]:
        """The pool as JSON values; floats survive the round trip exactly."""
        return {
            "rule": self.rule,
            "weights": self.weights.tolist(),
            "temperatures": self.temperatures.tolist(),
            "certificate": self.certificate,
        }

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> "Pool":
        """The pool that `to_dict` described."""
        return cls(
            rule=values["rule"],
            weights=np.asarray(values["weights"], dtype=np.float64),
            temperatures=np.asarray(values["temperatures"], dtype=np.float64),
            certificate=values["certificate"],
        )
