"""Which members go well together, from the linear pools of many subsets."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain

import numpy as np
from numpy.typing import NDArray

from ripieno.pooling.calibration import fit_temperature, scale_temperature, zero_floor
from ripieno.pooling.mixture import fit_mixture_weights
from ripieno.pooling.true_class import true_class_proba
from ripieno.types import FloatArray, IntArray

_WIDTH = 128  # subsets kept of each size: all of them up to nine members
_SAMPLES = 20_000  # samples that judge a subset


@dataclass(frozen=True, order=True)
class Subset:
    """Members and how well their linear pool does.

    Attributes:
        members: Those that have weight in it, ascending positions.
        score: Validation log-loss of their linear pool, calibrated or not, whichever is lower, plus
            what it owes to fitting its weights, (n_members - 1) / n_samples, in nats.
    """

    members: tuple[int, ...]
    score: float


def search_subsets(
    proba: FloatArray,
    labels: IntArray,
    inference_ms: NDArray[np.float64],
    max_members: int | None = None,
    max_inference_ms: float = np.inf,
) -> list[Subset]:
    """Score subsets of growing size by the linear pool of their members.

    Every subset of up to nine members is scored; of more members, those that extend the best 128 of
    each size.

    Args:
        proba: Validation probabilities of shape (n_members, n_samples, n_classes).
        labels: Validation labels of shape (n_samples,).
        inference_ms: Milliseconds each member takes to predict one sample, (n_members,).
        max_members: Members at most; no limit by default.
        max_inference_ms: Milliseconds at most, all members together; no limit by default.

    Returns:
        Subsets within the limits, each once, members without weight left out of them.

    Raises:
        ValueError: If the input is not probabilities and labels.
    """
    likelihoods = _likelihoods(proba, labels)
    n_members = len(proba)
    affordable = inference_ms <= max_inference_ms
    beam: list[tuple[int, ...]] = [(m,) for m in range(n_members) if affordable[m]]
    found: dict[tuple[int, ...], Subset] = {}
    for size in range(1, min(n_members, max_members or n_members) + 1):
        scored = [(_score(likelihoods, members), members) for members in beam]
        for subset, _ in scored:
            found.setdefault(subset.members, subset)
        scored.sort(key=lambda pair: (pair[0].score, pair[1]))
        grown = chain.from_iterable(
            _extensions(members, n_members) for _, members in scored[:_WIDTH]
        )
        within = [g for g in set(grown) if inference_ms[list(g)].sum() <= max_inference_ms]
        beam = sorted(within) if size < n_members else []
    return list(found.values())


def _extensions(members: tuple[int, ...], n_members: int) -> list[tuple[int, ...]]:
    """The subsets with one member more."""
    return [tuple(sorted((*members, m))) for m in range(n_members) if m not in members]


def _score(likelihoods: Sequence[NDArray[np.float64]], members: tuple[int, ...]) -> Subset:
    """The subset's better linear pool, without the members to which it gives no weight."""
    solutions = [fit_mixture_weights(likelihood[list(members)]) for likelihood in likelihoods]
    solution = min(solutions, key=lambda s: s.log_loss)
    used = tuple(m for m, w in zip(members, solution.weights, strict=True) if w > 0.0)
    return Subset(used, solution.log_loss + (len(used) - 1) / likelihoods[0].shape[1])


def _likelihoods(proba: FloatArray, labels: IntArray) -> list[NDArray[np.float64]]:
    """True-class probabilities as they are and calibrated, (n_members, 20,000 samples at most)."""
    true_class_proba(proba, labels)  # checks the input
    step = -(-len(labels) // _SAMPLES)
    proba, labels = proba[:, ::step], labels[::step]
    scaled = [
        scale_temperature(member, fit_temperature(member, labels), zero_floor(member))
        for member in proba
    ]
    return [true_class_proba(proba, labels), true_class_proba(np.stack(scaled), labels)]
