"""Greedy ensemble selection: what most AutoML tools do, and fitted weights have to beat."""

from collections.abc import Callable
from functools import partial

import numpy as np
from numpy.typing import NDArray

from ripieno.evaluation.metrics import PROBABILITY_FLOOR
from ripieno.pooling.objectives import LOG_LOSSES, OBJECTIVES, check_objective, sample_weights
from ripieno.pooling.pool import Pool
from ripieno.pooling.true_class import true_class_proba
from ripieno.types import FloatArray, IntArray

Cost = Callable[[NDArray[np.float64]], float]


def greedy_selection(
    proba: FloatArray, labels: IntArray, *, objective: str = "log_loss", n_rounds: int = 25
) -> Pool:
    """Add the member that helps most, with replacement, and keep the best prefix.

    Ties go to a member already chosen, then to the first; of equally good prefixes the shortest is
    kept. Nothing is random.

    Args:
        proba: Validation probabilities of shape (n_members, n_samples, n_classes).
        labels: Validation labels of shape (n_samples,).
        objective: A key of `OBJECTIVES`.
        n_rounds: Members added, 1 or more; weights are multiples of 1 / n_rounds at the finest.

    Returns:
        The pool, without a certificate: greedy choices prove nothing.

    Raises:
        ConfigurationError: If the objective is unknown.
        ValueError: If the input is not probabilities and labels, or `n_rounds` is below 1.

    References:
        Caruana, Niculescu-Mizil, Crew & Ksikes (2004), Ensemble Selection from Libraries of Models.
    """
    check_objective("greedy_selection", objective, tuple(OBJECTIVES))
    if n_rounds < 1:
        raise ValueError(f"n_rounds: expected an integer >= 1, received {n_rounds}.")
    true_class = true_class_proba(proba, labels)
    if objective in LOG_LOSSES:  # the other classes do not matter: a tenth of the work
        counts = sample_weights(objective, labels)
        order, costs = _select(true_class, partial(_log_loss_of, counts), n_rounds)
    else:
        sample_cost = OBJECTIVES[objective]

        def cost(mean: NDArray[np.float64]) -> float:
            return float(np.mean(sample_cost(mean, labels)))

        order, costs = _select(np.maximum(proba, PROBABILITY_FLOOR), cost, n_rounds)
    kept = order[: int(np.argmin(costs)) + 1]
    weights = np.bincount(kept, minlength=len(proba)) / len(kept)
    return Pool("greedy_selection", weights, np.ones(len(proba)))


def _select(members: FloatArray, cost: Cost, n_rounds: int) -> tuple[list[int], list[float]]:
    """The members in the order they are added, and the cost of the mean after each."""
    total = np.zeros(members.shape[1:])
    order: list[int] = []
    costs: list[float] = []
    for n_chosen in range(1, n_rounds + 1):
        trials = np.array([cost((total + member) / n_chosen) for member in members])
        ties = np.flatnonzero(trials <= trials.min() + 1e-12)
        best = next((int(member) for member in ties if member in order), int(ties[0]))
        total += members[best]
        order.append(best)
        costs.append(float(trials[best]))
    return order, costs


def _log_loss_of(counts: NDArray[np.float64], true_class: NDArray[np.float64]) -> float:
    return -float(np.mean(counts * np.log(true_class)))
