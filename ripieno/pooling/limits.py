"""The best ensemble that a budget allows: at most so many members, or so many milliseconds."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial

import numpy as np
from numpy.typing import NDArray

from ripieno.errors import ConfigurationError
from ripieno.pooling.comparison import compare_rules
from ripieno.pooling.fitting import fit_pool
from ripieno.pooling.pool import Pool
from ripieno.pooling.subsets import Subset, search_subsets
from ripieno.types import FloatArray, IntArray


@dataclass(frozen=True)
class FrontierPoint:
    """An ensemble that no cheaper one beats.

    Attributes:
        members: Their positions, ascending.
        inference_ms: Milliseconds to predict one sample, all members together.
        log_loss: Cross-fitted on validation, in nats.
    """

    members: tuple[int, ...]
    inference_ms: float
    log_loss: float


def fit_within_limits(
    rule: str,
    proba: FloatArray,
    labels: IntArray,
    inference_ms: Sequence[float] | None = None,
    *,
    max_members: int | None = None,
    max_inference_ms: float | None = None,
    scale_temperatures: bool = True,
    objective: str = "log_loss",
    seed: int = 0,
) -> Pool:
    """Choose the members that the limits allow, and fit a rule to them.

    Args:
        rule: A key of `RULES`.
        proba: Validation probabilities of shape (n_members, n_samples, n_classes).
        labels: Validation labels of shape (n_samples,).
        inference_ms: Milliseconds each member takes to predict one sample, (n_members,); needed
            for `max_inference_ms` alone.
        max_members: Members at most, 1 or more; no limit by default.
        max_inference_ms: Milliseconds for one sample at most, all members together; no limit by
            default.
        scale_temperatures: As for `fit_pool`.
        objective: As for `fit_pool`.
        seed: As for `fit_pool`.

    Returns:
        A pool of all members, in which those that were left out have a weight of exactly 0.

    Raises:
        ConfigurationError: If no member is within the limits, or the rule or objective is unknown.
        ValueError: If the input is not probabilities and labels.
    """
    fit = partial(
        fit_pool, rule, scale_temperatures=scale_temperatures, objective=objective, seed=seed
    )
    if max_members is None and max_inference_ms is None:
        return fit(proba, labels)
    cost = np.zeros(len(proba)) if inference_ms is None else np.asarray(inference_ms)
    _check_limits(cost, inference_ms is not None, max_members, max_inference_ms)
    limit = np.inf if max_inference_ms is None else max_inference_ms
    allowed = [
        subset
        for subset in search_subsets(proba, labels, cost, max_members, limit)
        if max_members is None or len(subset.members) <= max_members
    ]
    members = list(min(allowed, key=lambda subset: subset.score).members)
    return expand(fit(proba[members], labels), members, len(proba))


def frontier(
    proba: FloatArray, labels: IntArray, inference_ms: Sequence[float], *, seed: int = 0
) -> list[FrontierPoint]:
    """The linear pools that no cheaper one beats, from the cheapest to the best.

    Args:
        proba: Validation probabilities of shape (n_members, n_samples, n_classes).
        labels: Validation labels of shape (n_samples,), two or more.
        inference_ms: Milliseconds each member takes to predict one sample, (n_members,).
        seed: Of the folds.

    Returns:
        Points of rising inference time and falling cross-fitted log-loss, one at least.

    Raises:
        ValueError: If the input is not probabilities and labels.
    """
    cost = np.asarray(inference_ms)
    points = []
    for subset in _undominated(search_subsets(proba, labels, cost), cost):
        (candidate,) = compare_rules(["linear_pool"], proba[list(subset)], labels, seed=seed)
        points.append(FrontierPoint(subset, float(cost[list(subset)].sum()), candidate.cost))
    best: list[FrontierPoint] = []
    for point in points:
        if not best or point.log_loss < best[-1].log_loss:
            best.append(point)
    return best


def expand(pool: Pool, members: Sequence[int], n_members: int) -> Pool:
    """A pool of some members as a pool of all, the others at weight 0.

    Args:
        pool: Fitted on the members given.
        members: Their positions among all.
        n_members: How many there are in all.

    Returns:
        A pool that predicts the same from all members' probabilities.
    """
    weights, temperatures = np.zeros(n_members), np.ones(n_members)
    weights[list(members)], temperatures[list(members)] = pool.weights, pool.temperatures
    coefficients = None
    if pool.coefficients is not None:
        coefficients = np.zeros((n_members, *pool.coefficients.shape[1:]))
        coefficients[list(members)] = pool.coefficients
    return replace(pool, weights=weights, temperatures=temperatures, coefficients=coefficients)


def _undominated(
    subsets: Sequence[Subset], inference_ms: NDArray[np.float64]
) -> list[tuple[int, ...]]:
    """Subsets that score better than all cheaper ones, the cheapest first."""
    priced = sorted((float(inference_ms[list(s.members)].sum()), s.score, s) for s in subsets)
    kept: list[Subset] = []
    for _, score, subset in priced:
        if not kept or score < kept[-1].score:
            kept.append(subset)
    return [subset.members for subset in kept]


def _check_limits(
    inference_ms: NDArray[np.float64],
    measured: bool,
    max_members: int | None,
    max_inference_ms: float | None,
) -> None:
    """Refuse limits within which there is no ensemble."""
    if max_members is not None and max_members < 1:
        raise ConfigurationError(f"max_members: expected an integer >= 1, received {max_members}.")
    if max_inference_ms is None:
        return
    if not measured:
        raise ConfigurationError("max_inference_ms: expected the members' inference times as well.")
    if max_inference_ms < inference_ms.min():
        raise ConfigurationError(
            f"max_inference_ms: expected at least {inference_ms.min():g}, the time of the fastest "
            f"member, received {max_inference_ms:g}."
        )
