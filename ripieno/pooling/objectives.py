"""What a rule may minimise on validation, by name."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from ripieno.errors import ConfigurationError, unknown_name
from ripieno.evaluation.metrics import sample_accuracy, sample_brier_score, sample_log_loss
from ripieno.evaluation.sample_scores import balanced_weights
from ripieno.types import FloatArray, IntArray

SampleCost = Callable[[FloatArray, IntArray], NDArray[np.float64]]


def sample_error(proba: FloatArray, labels: IntArray) -> NDArray[np.float64]:
    """1 where the most probable class is not the true one, else 0, of shape (n_samples,)."""
    return 1.0 - sample_accuracy(proba, labels)


def sample_weights(objective: str, labels: IntArray) -> NDArray[np.float64]:
    """How much each sample counts in the mean of an objective's costs, 1 on average.

    Args:
        objective: A key of `OBJECTIVES`.
        labels: True classes of shape (n_samples,).

    Returns:
        Of shape (n_samples,): 1, or what gives each class that occurs the same share.
    """
    return balanced_weights(labels) if objective == "balanced_log_loss" else np.ones(len(labels))


def mean_cost(objective: str, proba: FloatArray, labels: IntArray) -> float:
    """The objective of probabilities of shape (n_samples, n_classes), lower is better."""
    costs = OBJECTIVES[objective](proba, labels)
    return float(np.mean(sample_weights(objective, labels) * costs))


def check_objective(rule: str, objective: str, known: tuple[str, ...]) -> None:
    """Refuse an objective that a rule cannot minimise.

    Raises:
        ConfigurationError: If the objective is not among those the rule knows.
    """
    if objective not in OBJECTIVES:
        raise ConfigurationError(unknown_name("objective", objective, OBJECTIVES))
    if objective not in known:
        raise ConfigurationError(
            f"{rule}: expected an objective it can minimise ({', '.join(known)}), "
            f"received {objective}."
        )


LOG_LOSSES = ("log_loss", "balanced_log_loss")
"""In nats, and convex in the weights of the pools."""

OBJECTIVES: dict[str, SampleCost] = {
    # Costs of each sample, lower is better: maximising accuracy is minimising errors.
    "log_loss": sample_log_loss,
    "balanced_log_loss": sample_log_loss,  # weighed: see `sample_weights`
    "accuracy": sample_error,
    "brier": sample_brier_score,
}
