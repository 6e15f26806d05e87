"""What a rule may minimise on validation, by name."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from ripieno.errors import ConfigurationError, unknown_name
from ripieno.evaluation.metrics import sample_accuracy, sample_brier_score, sample_log_loss
from ripieno.types import FloatArray, IntArray

SampleCost = Callable[[FloatArray, IntArray], NDArray[np.float64]]


def sample_error(proba: FloatArray, labels: IntArray) -> NDArray[np.float64]:
    """1 where the most probable class is not the true one, else 0, of shape (n_samples,)."""
    return 1.0 - sample_accuracy(proba, labels)


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


OBJECTIVES: dict[str, SampleCost] = {
    # Costs of each sample, lower is better: maximising accuracy is minimising errors.
    "log_loss": sample_log_loss,
    "accuracy": sample_error,
    "brier": sample_brier_score,
}
