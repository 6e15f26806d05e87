"""What a candidate adds to an ensemble: its marginal gain on validation.

Of each candidate only the calibrated probability of the true classes is kept, one number a sample:
all that a linear pool's log-loss depends on. The log-loss of a pool is cross-fitted: weights are
fitted on all folds but one, and scored on that one.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from ripieno.evaluation.cross_fit import N_FOLDS, stratified_folds
from ripieno.evaluation.metrics import PROBABILITY_FLOOR
from ripieno.pooling.calibration import fit_temperature, scale_temperature, zero_floor
from ripieno.pooling.mixture import fit_mixture_weights
from ripieno.types import FloatArray, IntArray

Likelihood = NDArray[np.float64]
"""Probability of each sample's true class, of shape (n_samples,)."""


def likelihood_of(proba: FloatArray, labels: IntArray) -> Likelihood:
    """A candidate's probabilities of the true classes, at the temperature of lowest log-loss.

    Args:
        proba: Validation probabilities of shape (n_samples, n_classes).
        labels: Validation labels of shape (n_samples,).
    """
    calibrated = scale_temperature(proba, fit_temperature(proba, labels), zero_floor(proba))
    return np.maximum(calibrated[np.arange(len(labels)), labels], PROBABILITY_FLOOR)


def no_ensemble(labels: IntArray) -> Likelihood:
    """What is known without any member: the frequencies of the classes."""
    frequencies = np.bincount(labels) / len(labels)
    likelihood: Likelihood = frequencies[labels]
    return likelihood


class Folds:
    """The folds of a search, the same for every candidate.

    Args:
        labels: Validation labels of shape (n_samples,), two or more.
        seed: Of the folds.
    """

    def __init__(self, labels: IntArray, seed: int) -> None:
        self._labels = labels
        self._folds = stratified_folds(labels, N_FOLDS, seed)

    def log_loss(self, members: Sequence[Likelihood]) -> float:
        """Cross-fitted log-loss of the linear pool of some members, in nats."""
        if not members:
            return -float(np.mean(np.log(no_ensemble(self._labels))))
        if len(members) == 1:
            return -float(np.mean(np.log(members[0])))
        likelihood = np.stack(members)
        total = 0.0
        for fold in range(int(self._folds.max()) + 1):
            held_out = self._folds == fold
            weights = fit_mixture_weights(likelihood[:, ~held_out]).weights
            total -= float(np.log(weights @ likelihood[:, held_out]).sum())
        return total / len(self._labels)

    def gain(self, members: Sequence[Likelihood], candidate: Likelihood) -> float:
        """How much a candidate lowers the cross-fitted log-loss of the pool, in nats."""
        return self.log_loss(members) - self.log_loss([*members, candidate])

    def choose(
        self,
        candidates: Sequence[Likelihood],
        n: int,
        members: Sequence[Likelihood] = (),
        *,
        at_least: int = 1,
    ) -> list[int]:
        """Candidates that lower the log-loss most, one after another.

        Args:
            candidates: What to choose from.
            n: How many to choose at most.
            members: What the ensemble has already.
            at_least: How many to choose even if they raise the log-loss.

        Returns:
            Positions of at most n candidates, the first chosen first; fewer where none of the
            others lowers the log-loss. Ties go to the first.
        """
        chosen: list[int] = []
        lowest = self.log_loss(members)
        while len(chosen) < min(n, len(candidates)):
            ensemble = [*members, *(candidates[i] for i in chosen)]
            left = [i for i in range(len(candidates)) if i not in chosen]
            losses = [self.log_loss([*ensemble, candidates[i]]) for i in left]
            best = int(np.argmin(losses))
            if len(chosen) >= at_least and losses[best] >= lowest:
                break
            chosen.append(left[best])
            lowest = losses[best]
        return chosen


def with_weight(members: Sequence[Likelihood]) -> list[int]:
    """Positions of the members that a linear pool of them all gives a weight."""
    if len(members) < 2:
        return list(range(len(members)))
    return np.flatnonzero(fit_mixture_weights(np.stack(members)).weights).tolist()
