"""The best ensemble that a budget allows: at most so many members, or so many milliseconds."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from ripieno.errors import ConfigurationError
from ripieno.pooling.calibration import LOWEST_PROBABILITY
from ripieno.pooling.choice import Choice, choose_pool
from ripieno.pooling.comparison import Candidate, best_calibrations, compare
from ripieno.pooling.fitting import fit_pool
from ripieno.pooling.pool import Pool
from ripieno.pooling.recipes import recipes_of
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

    They are those whose linear pool does best on validation, less what its weights cost in
    optimism: see `search_subsets`.

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
        A pool of all members, in which those that were left out have a weight of exactly 0. Its
        certificate is over the weights of the others.

    Raises:
        ConfigurationError: If no member is within the limits, or the rule or objective is unknown.
        ValueError: If the input is not probabilities and labels.
    """
    members = _members_within(proba, labels, inference_ms, max_members, max_inference_ms)
    pool = fit_pool(
        rule, proba[members], labels, scale_temperatures, objective=objective, seed=seed
    )
    return expand(pool, members, len(proba))


def choose_within_limits(
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
) -> Choice:
    """Choose the members that the limits allow, and compare with them as `choose_pool` does.

    The members are chosen on all samples, so that under a limit the cross-fitted predictions know
    that much of what they are scored on.

    Args: as for `fit_within_limits`.

    Returns:
        The choice; its pools are of all members, those that were left out at a weight of exactly 0.

    Raises:
        ConfigurationError: If no member is within the limits, or the rule or objective is unknown.
        ValueError: If the input is not probabilities and labels, or there is only one sample.
    """
    members = _members_within(proba, labels, inference_ms, max_members, max_inference_ms)
    choice = choose_pool(
        rule, proba[members], labels, scale_temperatures, objective=objective, seed=seed
    )

    def whole(candidate: Candidate) -> Candidate:
        pools = (expand(pool, members, len(proba)) for pool in candidate.fold_pools)
        pool = expand(candidate.pool, members, len(proba))
        return replace(candidate, pool=pool, fold_pools=tuple(pools))

    candidates = tuple(whole(candidate) for candidate in choice.candidates)
    return replace(choice, chosen=whole(choice.chosen), candidates=candidates)


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
        compared = compare(recipes_of("linear_pool"), proba[list(subset)], labels, seed=seed)
        log_loss = best_calibrations(compared.candidates)[0].log_loss
        points.append(FrontierPoint(subset, float(cost[list(subset)].sum()), log_loss))
    best: list[FrontierPoint] = []
    for point in points:
        if not best or point.log_loss < best[-1].log_loss:
            best.append(point)
    return best


def expand(pool: Pool, members: Sequence[int] | slice, n_members: int) -> Pool:
    """A pool of some members as a pool of all, the others at weight 0.

    Args:
        pool: Fitted on the members given.
        members: Their positions among all, or a slice of them.
        n_members: How many there are in all.

    Returns:
        A pool that predicts the same from all members' probabilities.
    """
    weights, temperatures = np.zeros(n_members), np.ones(n_members)
    at = members if isinstance(members, slice) else list(members)
    weights[at], temperatures[at] = pool.weights, pool.temperatures
    floors = np.full(n_members, LOWEST_PROBABILITY)
    floors[at] = LOWEST_PROBABILITY if pool.floors is None else pool.floors
    coefficients = None
    if pool.coefficients is not None:
        coefficients = np.zeros((n_members, *pool.coefficients.shape[1:]))
        coefficients[at] = pool.coefficients
    return replace(
        pool, weights=weights, temperatures=temperatures, floors=floors, coefficients=coefficients
    )


def _members_within(
    proba: FloatArray,
    labels: IntArray,
    inference_ms: Sequence[float] | None,
    max_members: int | None,
    max_inference_ms: float | None,
) -> list[int] | slice:
    """The positions of the best members that the limits allow; a slice of all without limits."""
    if max_members is None and max_inference_ms is None:
        return slice(None)
    cost = np.zeros(len(proba)) if inference_ms is None else np.asarray(inference_ms)
    _check_limits(cost, inference_ms is not None, max_members, max_inference_ms)
    limit = np.inf if max_inference_ms is None else max_inference_ms
    allowed = [
        subset
        for subset in search_subsets(proba, labels, cost, max_members, limit)
        if max_members is None or len(subset.members) <= max_members
    ]
    return list(min(allowed, key=lambda subset: subset.score).members)


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
