"""Where an ensemble's gain comes from: the decomposition of its log-loss.

For the weighted geometric mean `q_c = prod_m p_mc^(w_m) / Z`, `Z = sum_c prod_m p_mc^(w_m)`, whose
weights sum to 1, the log-loss on a sample of class y is

    -log q_y  =  sum_m w_m (-log p_my)  -  (-log Z)
    ensemble  =  mean member            -  diversity

exactly. The diversity `-log Z = sum_m w_m KL(q || p_m)` is never negative, and 0 only where members
that have weight agree: this ensemble is better than its average member by just as much as its
members differ, whatever the labels. That says nothing about the best member; and for the arithmetic
mean the term that takes the place of the diversity depends on the labels.

References:
    Wood et al. (2023), A Unified Theory of Diversity in Ensemble Learning, JMLR 24.
    Heskes (1997), Selecting Weighting Factors in Logarithmic Opinion Pools, NIPS 10.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass

import numpy as np
from numpy.typing import NDArray

from ripieno.evaluation.diversity import check_members
from ripieno.evaluation.metrics import PROBABILITY_FLOOR, check_proba
from ripieno.types import FloatArray, IntArray


@dataclass(frozen=True)
class Ambiguity:
    """The log-loss of a geometric mean, in nats: mean member less diversity.

    Attributes:
        mean_member_log_loss: Weighted mean of the members' log-losses.
        diversity: 0 or more; by how much the ensemble is better than that.
        ensemble_log_loss: Of the normalised weighted geometric mean.
    """

    mean_member_log_loss: float
    diversity: float
    ensemble_log_loss: float

    def to_dict(self) -> dict[str, float]:
        """The three figures by name, as `summary.json` stores them."""
        return asdict(self)


@dataclass(frozen=True)
class BiasVarianceDiversity:
    """The expected log-loss of a geometric mean, in nats: bias plus variance less diversity.

    Attributes:
        bias: Mean over the members of the log-loss of their centroids.
        variance: Mean over the members of how far their trainings lie from their centroids.
        diversity: Mean over the trainings of how far the members lie from their ensemble.
        ensemble_log_loss: Mean over the trainings of the ensembles' log-losses.
    """

    bias: float
    variance: float
    diversity: float
    ensemble_log_loss: float

    def to_dict(self) -> dict[str, float]:
        """The four figures by name."""
        return asdict(self)


def ambiguity_decomposition(
    proba: FloatArray, labels: IntArray, weights: Sequence[float] | FloatArray | None = None
) -> Ambiguity:
    """Split the log-loss of the members' normalised geometric mean.

    Probabilities below `PROBABILITY_FLOOR` count as the floor, and rows are made to sum to 1, which
    float32 rows do not quite.

    Args:
        proba: Class probabilities of shape (n_members, n_samples, n_classes).
        labels: True classes of shape (n_samples,).
        weights: Of the members, (n_members,), non-negative, of sum 1; equal by default. The
            weights of a log pool do not fit: their sum is an inverse temperature.

    Returns:
        The members' mean log-loss, the diversity and the ensemble's log-loss.

    Raises:
        ValueError: If the input is not probabilities and labels, or the weights are not such.
    """
    check_members(proba, labels)
    shares = _checked(weights, len(proba))
    mean = np.zeros(proba.shape[1:])  # of the logarithms, (n_samples, n_classes)
    for share, member in zip(shares, proba, strict=True):
        mean += share * _log_proba(member)
    mean_member = -float(np.mean(_of_true_class(mean, labels)))
    diversity = float(np.mean(_distance(mean)))
    return Ambiguity(mean_member, diversity, mean_member - diversity)


def bias_variance_diversity(proba: FloatArray, labels: IntArray) -> BiasVarianceDiversity:
    """Split the log-loss that ensembles of independently trained members have on average.

    With `p_tm` the probabilities of member m in trial t, `q_t` the normalised geometric mean of a
    trial's members and the centroid `c_m` that of a member's trials,

        mean_t -log q_ty  =  mean_m -log c_my            (bias)
                             + mean_m,t KL(c_m || p_tm)  (variance)
                             - mean_t,m KL(q_t || p_tm)  (diversity)

    exactly, on every sample, the means over trials being those of the trials at hand. All three are
    0 or more. Labels are taken as certain: their noise, if any, counts as bias.

    Args:
        proba: Class probabilities of shape (n_trials, n_members, n_samples, n_classes): each trial
            trains all members anew, on other samples or from another seed. Values below
            `PROBABILITY_FLOOR` count as the floor. Memory: twice this array in float64.
        labels: True classes of shape (n_samples,).

    Returns:
        The averages over the samples. Of one trial the variance is 0 and the bias is the members'
        mean log-loss: `ambiguity_decomposition`. From few trials, variance is underestimated and
        bias overestimated by the same amount.

    Raises:
        ValueError: If the input is not probabilities and labels.
    """
    if proba.ndim != 4:
        raise ValueError(
            "proba: expected shape (n_trials, n_members, n_samples, n_classes), "
            f"received {proba.shape}."
        )
    check_proba(proba, labels)
    logarithms = _log_proba(proba)
    of_members = logarithms.mean(axis=0)  # (n_members, n_samples, n_classes)
    of_trials = logarithms.mean(axis=1)  # (n_trials, n_samples, n_classes)
    mean_log_loss = -float(np.mean(_of_true_class(of_members, labels)))
    variance = float(np.mean(_distance(of_members)))
    diversity = float(np.mean(_distance(of_trials)))
    return BiasVarianceDiversity(
        bias=mean_log_loss - variance,
        variance=variance,
        diversity=diversity,
        ensemble_log_loss=mean_log_loss - diversity,
    )


def _log_proba(proba: FloatArray) -> NDArray[np.float64]:
    """Logarithms of the floored and normalised probabilities, of the same shape."""
    floored = np.maximum(proba, PROBABILITY_FLOOR, dtype=np.float64)
    floored /= floored.sum(axis=-1, keepdims=True)
    return np.log(floored, out=floored)


def _of_true_class(logarithms: NDArray[np.float64], labels: IntArray) -> NDArray[np.float64]:
    """(..., n_samples, n_classes) -> (..., n_samples)."""
    return np.asarray(logarithms[..., np.arange(len(labels)), labels])


def _distance(mean: NDArray[np.float64]) -> NDArray[np.float64]:
    """Mean divergence from the normalised geometric mean to those it is of: `-log Z`.

    Args:
        mean: Their mean logarithms, of shape (..., n_classes), no lower than the floor's.

    Returns:
        Shape (...,); 0, not below by rounding, where all are equal.
    """
    return np.asarray(np.maximum(-np.log(np.exp(mean).sum(axis=-1)), 0.0))


def _checked(
    weights: Sequence[float] | FloatArray | None, n_members: int
) -> Sequence[float] | FloatArray:
    if weights is None:
        return np.full(n_members, 1.0 / n_members)
    values = np.asarray(weights, dtype=np.float64)
    if values.shape != (n_members,) or not values.min() >= 0.0 or abs(values.sum() - 1.0) > 1e-9:
        raise ValueError(
            f"weights: expected {n_members} values of 0 or more that sum to 1, "
            f"received {values.tolist()}."
        )
    return values
