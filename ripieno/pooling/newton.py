"""Newton's method for a convex objective of a few weights under constraints.

Each step goes to the minimum of the quadratic model within the constraints, or, where that is too
far, to the best point on the way.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

TOLERANCE = 1e-10
"""Certificate at which the search ends, a tenth of what is promised."""
MAX_ITERATIONS = 200
ROUNDING = 1e-14
"""Of an objective near 1."""
DAMPINGS = (1e-10, 1e-7, 1e-4)
"""Tried in turn: the least keeps the Hessian of duplicated members definite."""
_PATIENCE = 5  # steps without a gain in objective or certificate


@dataclass(frozen=True)
class Point:
    """A convex objective at some weights.

    Attributes:
        weights: Of shape (n_members,).
        value: The objective.
        gradient: Of shape (n_members,).
        certificate: Upper bound on how much lower any weights could bring the objective.
    """

    weights: NDArray[np.float64]
    value: float
    gradient: NDArray[np.float64]
    certificate: float


Model = Callable[[float], NDArray[np.float64]]
"""From a damping, a share of the Hessian's diagonal that is added to it, to feasible weights."""


class Objective(Protocol):
    """What is minimised."""

    def evaluate(self, weights: NDArray[np.float64]) -> Point:
        """Value, gradient and certificate."""
        ...

    def slope(self, weights: NDArray[np.float64], direction: NDArray[np.float64]) -> float:
        """Derivative along a direction, cheaper than `evaluate`."""
        ...

    def model(self, point: Point) -> Model:
        """The quadratic model at a point, which tells the feasible weights where it is lowest."""
        ...


def minimise(
    objective: Objective,
    start: Point,
    tolerance: float = TOLERANCE,
    max_iterations: int = MAX_ITERATIONS,
) -> tuple[Point, int]:
    """Take steps until the certificate is small enough.

    Args:
        objective: What is minimised.
        start: The objective at some feasible weights.
        tolerance: Certificate at which to stop.
        max_iterations: Steps at most; a handful is usual.

    Returns:
        The point of the smallest certificate and the steps taken. The certificate is above the
        tolerance where the steps ran out or rounding hides any further descent.
    """
    point = best = start
    n_stalled = 0
    for n_iterations in range(max_iterations):
        if best.certificate <= tolerance or n_stalled == _PATIENCE:
            return best, n_iterations
        better = _step(objective, point)
        if better is None:
            return best, n_iterations
        gained = better.value < point.value - ROUNDING * (1.0 + abs(point.value))
        n_stalled = 0 if gained or better.certificate < best.certificate else n_stalled + 1
        point = better
        best = point if gained or point.certificate < best.certificate else best
    return best, max_iterations


def _step(objective: Objective, point: Point) -> Point | None:
    """A Newton step, damped where the Hessian is too close to singular to be solved well."""
    model = objective.model(point)
    for damping in DAMPINGS:
        trial = _towards(objective, point, model(damping))
        if trial is not None:
            return trial
    return None  # rounding hides any further descent


def _towards(objective: Objective, point: Point, target: NDArray[np.float64]) -> Point | None:
    """The target, or the best point on the way where the quadratic model reaches too far."""
    descent = float(point.gradient @ (target - point.weights))
    rounding = ROUNDING * (1.0 + abs(point.value))
    if descent > rounding:
        return None
    trial = objective.evaluate(target)
    if trial.value <= point.value + 1e-4 * descent + rounding:
        return trial
    trial = objective.evaluate(_line_minimum(objective, point.weights, target))
    return trial if trial.value < point.value else None


def _line_minimum(
    objective: Objective, weights: NDArray[np.float64], target: NDArray[np.float64]
) -> NDArray[np.float64]:
    """The best weights between here and the target, by bisection of the slope.

    The share of the way is sought on a logit scale: where one sample needs a member that all others
    are better off without, the minimum may be 1e-7 before the target.
    """
    low, high = -30.0, 37.0
    best = weights
    for _ in range(14):
        middle = (low + high) / 2.0
        share = 1.0 / (1.0 + np.exp(-middle))
        between = (1.0 - share) * weights + share * target
        if objective.slope(between, target - weights) < 0.0:
            low, best = middle, between
        else:
            high = middle
    return best
