"""Stacking: multinomial logistic regression on the members' log-probabilities.

Each member gets a map from its log-probabilities to logits, so that the pool may learn that one
member confuses two classes which another tells apart. The maps are shrunk towards the log pool's,
by as much as the cross-fitted log-loss asks for: with few samples stacking comes close to the log
pool instead of following noise.

References:
    Wolpert (1992), Stacked generalization. Ting & Witten (1999), Issues in Stacked Generalization.
"""

import logging
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ripieno.evaluation.cross_fit import N_FOLDS, stratified_folds
from ripieno.pooling.calibration import zero_floors
from ripieno.pooling.log_pool import log_pool
from ripieno.pooling.objectives import LOG_LOSSES, check_objective, sample_weights
from ripieno.pooling.pool import Pool, log_features
from ripieno.pooling.regression import Correction, CorrectionProblem, softmax_losses
from ripieno.pooling.threads import one_blas_thread
from ripieno.pooling.true_class import true_class_proba
from ripieno.types import FloatArray, IntArray

PENALTIES = (3.0, 1.0, 0.3, 0.1, 0.03, 0.01, 3e-3, 1e-3)
"""Penalties tried, in nats for a coefficient of 1: from next to the log pool to nearly free."""

logger = logging.getLogger(__name__)


def stacking(
    proba: FloatArray,
    labels: IntArray,
    *,
    objective: str = "log_loss",
    n_folds: int = N_FOLDS,
    seed: int = 0,
) -> Pool:
    """Fit a penalised multinomial regression on the members' log-probabilities.

    Args:
        proba: Validation probabilities of shape (n_members, n_samples, n_classes).
        labels: Validation labels of shape (n_samples,).
        objective: A log-loss; logistic regression minimises no other.
        n_folds: Folds that choose the penalty, 2 or more.
        seed: Of the folds.

    Returns:
        The pool, without a certificate: its penalty was chosen from a few.

    Raises:
        ConfigurationError: If the objective is another.
        ValueError: If the input is not probabilities and labels.
    """
    check_objective("stacking", objective, LOG_LOSSES)
    n_members, n_classes = len(true_class_proba(proba, labels)), proba.shape[2]
    floors = zero_floors(proba)
    features = np.stack(
        [log_features(np.maximum(p, f)) for p, f in zip(proba, floors, strict=True)]
    )
    with one_blas_thread():
        penalty = _choose_penalty(proba, features, labels, objective, n_folds, seed)
        fold = _Fold.of(proba, features, labels, objective)
        correction = fold.problem.solve(penalty)
    maps = correction.maps.reshape(n_members, n_classes, n_classes)
    maps = maps + fold.weights[:, np.newaxis, np.newaxis] * np.eye(n_classes)
    size = np.linalg.norm(maps, axis=(1, 2))
    logger.debug("stacking: penalty %g, chosen by the cross-fitted log-loss.", penalty)
    return Pool(
        "stacking",
        size / size.sum() if size.any() else np.full(n_members, 1.0 / n_members),
        np.ones(n_members),
        combination="regression",
        coefficients=maps,
        intercepts=correction.intercepts,
        floors=floors,
    )


@dataclass(frozen=True)
class _Fold:
    """The log pool of some samples and the problem of correcting it."""

    weights: NDArray[np.float64]
    problem: CorrectionProblem

    @classmethod
    def of(
        cls, proba: FloatArray, features: FloatArray, labels: IntArray, objective: str
    ) -> "_Fold":
        weights = log_pool(proba, labels, objective=objective).weights
        counts = sample_weights(objective, labels)
        problem = CorrectionProblem(_flat(features), _pooled(weights, features), labels, counts)
        return cls(weights, problem)


def _choose_penalty(
    proba: FloatArray,
    features: FloatArray,
    labels: IntArray,
    objective: str,
    n_folds: int,
    seed: int,
) -> float:
    """The penalty of lowest cross-fitted log-loss; weaker ones are not tried once it rises."""
    if len(labels) < 2:
        return PENALTIES[0]
    assigned = stratified_folds(labels, n_folds, seed)
    held_out = [np.flatnonzero(assigned == fold) for fold in range(int(assigned.max()) + 1)]
    rest = [np.flatnonzero(assigned != fold) for fold in range(len(held_out))]
    folds = [_Fold.of(proba[:, at], features[:, at], labels[at], objective) for at in rest]
    counts = sample_weights(objective, labels)
    fitted: list[Correction | None] = [None] * len(folds)
    losses: list[float] = []
    for penalty in PENALTIES:
        losses.append(0.0)
        for i, (fold, at) in enumerate(zip(folds, held_out, strict=True)):
            correction = fold.problem.solve(penalty, fitted[i])
            logits = _pooled(fold.weights, features[:, at])
            corrected = correction.apply(_flat(features[:, at]), logits)
            losses[-1] += float(softmax_losses(corrected, labels[at])[0] @ counts[at])
            fitted[i] = correction
        if losses[-1] > min(losses):
            break
    return PENALTIES[int(np.argmin(losses))]


def _pooled(weights: NDArray[np.float64], features: FloatArray) -> NDArray[np.float64]:
    """The log pool's logits of shape (n_samples, n_classes)."""
    return np.asarray(np.tensordot(weights, features, axes=1))


def _flat(features: FloatArray) -> NDArray[np.float64]:
    """(n_members, n_samples, n_classes) -> (n_samples, n_members * n_classes)."""
    return np.hstack(list(features))
