"""What a pooling rule makes: members' probabilities in, one set of probabilities out."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from ripieno.evaluation.metrics import PROBABILITY_FLOOR
from ripieno.pooling.calibration import (
    LOWEST_PROBABILITY,
    log_proba,
    scale_temperature,
    softmax,
)
from ripieno.pooling.prediction_sets import PredictionSets
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
        floors: Of each member, of shape (n_members,): its probabilities below it count as it where
            their logarithm is taken, see `zero_floor`; by default `LOWEST_PROBABILITY`.
        floors_combined: Whether the combined probabilities have a floor before the pool's
            temperature, `PROBABILITY_FLOOR`: so it is in a pool of the version before alone.
        prediction_sets: Which classes are in a sample's set; None where none were asked for.
    """

    rule: str
    weights: NDArray[np.float64]
    temperatures: NDArray[np.float64]
    certificate: float | None = None
    combination: Combination = "arithmetic"
    temperature: float = 1.0
    coefficients: NDArray[np.float64] | None = None
    intercepts: NDArray[np.float64] | None = None
    floors: NDArray[np.float64] | None = None
    floors_combined: bool = False
    prediction_sets: PredictionSets | None = None

    @property
    def n_members(self) -> int:
        """Members it was fitted on, those of weight 0 included."""
        return len(self.weights)

    @property
    def is_calibrated(self) -> bool:
        """Whether a temperature other than 1 changes what it predicts."""
        return self.temperature != 1.0 or bool(np.any(self.temperatures[self.weights > 0.0] != 1.0))

    def floor(self, member: int) -> float:
        """What a member's probabilities below it count as.

        Where no logarithm is taken it is `PROBABILITY_FLOOR` at most, far below what shows.
        """
        floor = LOWEST_PROBABILITY if self.floors is None else float(self.floors[member])
        if self.combination == "arithmetic" and self.temperatures[member] == 1.0:
            return min(floor, PROBABILITY_FLOOR)
        return floor

    def predict_proba(self, proba: FloatArray) -> NDArray[np.float64]:
        """Combine the members' probabilities.

        Args:
            proba: Of shape (n_members, n_samples, n_classes), in the order of the fit. Where every
                member is the models of several folds, they have a first axis of these: the models
                of a fold are pooled, and the mean over the folds is taken, which is better than
                the other way round.

        Returns:
            Class probabilities of shape (n_samples, n_classes); rows sum to 1 as nearly as the
            members' do.

        Raises:
            ValueError: If the shape is not that of these members' probabilities.
        """
        if proba.ndim == 4:
            pooled = np.stack([self.predict_proba(of_fold) for of_fold in proba])
            return np.asarray(pooled.mean(axis=0))
        if self.combination == "arithmetic" and self.temperature == 1.0:
            return self._combined(proba)
        return softmax(self.logits(proba) / self.temperature)

    def logits(self, proba: FloatArray) -> NDArray[np.float64]:
        """Logarithms of the combined probabilities, not normalised, before the pool's temperature.

        They stay logarithms from the members to here: no floor but that of the members' own
        probabilities makes sure samples look alike.

        Args:
            proba: As for `predict_proba`.

        Returns:
            Finite, of shape (n_samples, n_classes).
        """
        combined = self._combined(proba)
        if self.combination == "arithmetic":
            return log_proba(combined, self.combined_floor)
        if self.floors_combined and self.temperature != 1.0:
            return log_proba(softmax(combined), self.combined_floor)
        return combined

    @property
    def combined_floor(self) -> float:
        """What combined probabilities below it count as where their logarithm is taken."""
        return PROBABILITY_FLOOR if self.floors_combined else LOWEST_PROBABILITY

    def _combined(self, proba: FloatArray) -> NDArray[np.float64]:
        """Probabilities of an arithmetic pool, logits of another: (n_samples, n_classes)."""
        if proba.ndim != 3 or len(proba) != self.n_members:
            raise ValueError(
                f"proba: expected shape ({self.n_members}, n_samples, n_classes), "
                f"received {proba.shape}."
            )
        combined = np.zeros(proba.shape[1:])
        for member in np.flatnonzero(self.weights):
            combined += self._part(int(member), proba[member])
        return combined if self.intercepts is None else combined + self.intercepts

    def _part(self, member: int, proba: FloatArray) -> NDArray[np.float64]:
        """What a member adds to the sum, of shape (n_samples, n_classes)."""
        temperature, weight = float(self.temperatures[member]), self.weights[member]
        if self.combination == "geometric":
            return np.asarray(weight * log_proba(proba, self.floor(member)) / temperature)
        scaled = scale_temperature(proba, temperature, self.floor(member))
        if self.coefficients is None:
            return np.asarray(weight * scaled)
        return np.asarray(log_features(scaled) @ self.coefficients[member])

    def restricted(self, members: Sequence[int] | NDArray[np.intp]) -> "Pool":
        """The pool of some of its members; the others must have weight 0.

        Args:
            members: Positions of those to keep.
        """
        kept = {
            name: values[members]
            for name in ("weights", "temperatures", "coefficients", "floors")
            if (values := getattr(self, name)) is not None
        }
        return replace(self, **kept)

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
        if not self.floors_combined:  # a pool of the version before stays what it was
            lowest = np.full(self.n_members, LOWEST_PROBABILITY)
            values["floors"] = (lowest if self.floors is None else self.floors).tolist()
        if self.coefficients is not None and self.intercepts is not None:
            values["coefficients"] = self.coefficients.tolist()
            values["intercepts"] = self.intercepts.tolist()
        if self.prediction_sets is not None:
            values["prediction_sets"] = self.prediction_sets.to_dict()
        return values

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> "Pool":
        """The pool that `to_dict` described."""
        fitted = {
            name: np.asarray(values[name], dtype=np.float64)
            for name in ("weights", "temperatures", "coefficients", "intercepts", "floors")
            if name in values
        }
        sets = values.get("prediction_sets")
        floors_combined = "floors" not in fitted
        if floors_combined:
            fitted["floors"] = np.full(len(fitted["weights"]), PROBABILITY_FLOOR)
        return cls(
            rule=values["rule"],
            certificate=values["certificate"],
            combination=values.get("combination", "arithmetic"),
            temperature=values.get("temperature", 1.0),
            floors_combined=floors_combined,
            prediction_sets=PredictionSets.from_dict(sets) if sets else None,
            **fitted,
        )


def mean_over_folds(proba: FloatArray) -> NDArray[np.float64]:
    """What each member by itself predicts: the mean over a first axis of folds, if there is one.

    Args:
        proba: Of shape (n_members, n_samples, n_classes), perhaps with a first axis of folds.
    """
    return np.asarray(proba.mean(axis=0) if proba.ndim == 4 else proba)


def by_fold(proba: FloatArray, n_members: int) -> NDArray[np.float64]:
    """The probabilities of members' models, one member after the other, as a pool takes them.

    Args:
        proba: Of shape (n_models, n_samples, n_classes), as many models of each member.
        n_members: How many members these are the models of.

    Returns:
        Of shape (n_members, n_samples, n_classes), or (n_folds, n_members, n_samples, n_classes).
    """
    if len(proba) == n_members:
        return np.asarray(proba, np.float64)
    models = np.asarray(proba, np.float64).reshape(n_members, -1, *proba.shape[1:])
    return np.moveaxis(models, 1, 0)


def log_features(proba: NDArray[np.float64]) -> NDArray[np.float64]:
    """What a regression sees of a member: its logarithms, centred, of the same shape.

    Probabilities below 1e-6 count as that: a regression fitted to a few confident mistakes should
    not be led by how confident they were.
    """
    logarithms = np.log(np.maximum(proba, 1e-6))
    return np.asarray(logarithms - logarithms.mean(axis=-1, keepdims=True))
