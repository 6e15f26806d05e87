"""What is decided on validation, before a test label is read."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ripieno.evaluation.metrics import METRICS, log_loss
from ripieno.evaluation.optimism import expected_optimism, optimism_finding
from ripieno.pooling import Choice, Pool, fit_pool
from ripieno.pooling.comparison import best_calibrations
from ripieno.pooling.limits import FrontierPoint, choose_within_limits, expand, frontier
from ripieno.pooling.prediction_sets import PredictionSets, fit_prediction_sets
from ripieno.types import FloatArray, IntArray


@dataclass(frozen=True, eq=False)
class Weighing:
    """The pool of a run, what it was chosen from, and what it is compared with.

    Attributes:
        names: Of the members, in the order of the probabilities.
        choice: The pool and its candidates.
        references: Pools that the ensemble has to beat, by rule, each calibrated as its
            cross-fitted cost asks for: an uncalibrated opponent would be too easy.
        uncalibrated: The pool of the same rule and members without any temperature.
        available: Whether the limits left a member in, of shape (n_members,).
        frontier: The best linear pool at every inference time.
        validation: Every metric, cross-fitted: on the samples that chose the weights the scores
            would be too good.
        expected_optimism: By how many nats the log-loss on those samples would be.
        prediction_sets: Calibrated on cross-fitted predictions as well; None where not asked for.
    """

    names: tuple[str, ...]
    choice: Choice
    references: dict[str, Pool]
    uncalibrated: Pool
    available: NDArray[np.bool_]
    frontier: tuple[FrontierPoint, ...]
    validation: dict[str, float]
    expected_optimism: float
    prediction_sets: PredictionSets | None = None

    @property
    def pool(self) -> Pool:
        """The pool that was chosen, with its prediction sets."""
        return replace(self.choice.pool, prediction_sets=self.prediction_sets)

    @property
    def best_member(self) -> int:
        """Position of the member that is best on validation."""
        return int(np.argmax(self.references["best_member"].weights))

    def findings(self, labels: IntArray) -> list[str]:
        """What the reader should know: whether validation is large enough for the weights.

        Args:
            labels: Validation labels of shape (n_samples,).
        """
        best = {each.recipe.rule: each for each in best_calibrations(self.choice.candidates)}
        gain = best["best_member"].log_loss - log_loss(self.choice.cross_fitted_proba, labels)
        n_weighted = int(np.count_nonzero(self.pool.weights))
        finding = optimism_finding(n_weighted, len(labels), gain)
        return [] if finding is None else [finding]

    def to_dict(self) -> dict[str, Any]:
        """The `pool` section of `summary.json`."""
        return self.pool.to_dict() | {
            "members": list(self.names),
            "objective": self.choice.objective,
            "rules_compared": self.choice.rules_compared(),
            "rules_left_out": dict(self.choice.left_out),
            "expected_optimism": self.expected_optimism,
            "frontier": [
                {
                    "members": [self.names[member] for member in point.members],
                    "inference_ms": point.inference_ms,
                    "log_loss": point.log_loss,
                }
                for point in self.frontier
            ],
        }


REFERENCES = ("best_member", "uniform", "greedy_selection")


def weigh(
    rule: str,
    names: Sequence[str],
    proba: FloatArray,
    labels: IntArray,
    inference_ms: Sequence[float],
    *,
    max_members: int | None = None,
    max_inference_ms: float | None = None,
    scale_temperatures: bool = True,
    objective: str = "log_loss",
    coverage: float | None = None,
    seed: int = 0,
) -> Weighing:
    """Choose and fit the pool of a run, and the pools that it will be compared with.

    Args:
        rule: A key of `RULES`.
        names: Of the members.
        proba: Validation probabilities of shape (n_members, n_samples, n_classes).
        labels: Validation labels of shape (n_samples,), two or more.
        inference_ms: Milliseconds each member takes to predict one sample, (n_members,).
        max_members: Members with weight at most.
        max_inference_ms: Milliseconds for one sample at most, all members with weight together.
        scale_temperatures: Whether members and pools may be calibrated.
        objective: A key of `OBJECTIVES`: what is minimised.
        coverage: Share of samples, in (0, 1), whose prediction set is to hold the true class; None
            for no sets.
        seed: Of the folds.

    Raises:
        ConfigurationError: If no member is within the limits.
        ValueError: If the input is not probabilities and labels.
    """
    calibrate: dict[str, Any] = {"scale_temperatures": scale_temperatures, "seed": seed}
    settings = calibrate | {"objective": objective}
    choice = choose_within_limits(
        rule,
        proba,
        labels,
        inference_ms,
        max_members=max_members,
        max_inference_ms=max_inference_ms,
        **settings,
    )
    weighted = choice.pool.weights > 0.0
    limited = max_members is not None or max_inference_ms is not None
    available = weighted if limited else np.ones(len(proba), dtype=np.bool_)
    cross_fitted = choice.cross_fitted_proba
    plain = fit_pool(choice.pool.rule, proba[available], labels, scale_temperatures=False)
    return Weighing(
        names=tuple(names),
        choice=choice,
        references={name: fit_pool(name, proba, labels, **calibrate) for name in REFERENCES},
        uncalibrated=expand(plain, np.flatnonzero(available).tolist(), len(proba)),
        available=available,
        frontier=tuple(frontier(proba, labels, inference_ms, seed=seed)),
        validation={name: float(metric(cross_fitted, labels)) for name, metric in METRICS.items()},
        expected_optimism=expected_optimism(int(weighted.sum()), len(labels)),
        prediction_sets=(
            None if coverage is None else fit_prediction_sets(cross_fitted, labels, coverage)
        ),
    )
