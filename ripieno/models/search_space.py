"""What a search may change of a Keras member, in pieces that the architectures share.

A width is drawn on a logarithmic scale: 16 and 32 filters differ as much as 64 and 128.
"""

from collections.abc import Sequence
from typing import Any, Protocol

Scalar = bool | int | float | str | None


class Suggests(Protocol):
    """Anything that chooses values as a trial of Optuna does."""

    def suggest_int(
        self, name: str, low: int, high: int, *, step: int = 1, log: bool = False
    ) -> int:
        """An integer in [low, high]."""

    def suggest_float(
        self, name: str, low: float, high: float, *, step: float | None = None, log: bool = False
    ) -> float:
        """A number in [low, high]."""

    def suggest_categorical(self, name: str, choices: Sequence[Any]) -> Any:
        """One of the choices."""


def convolutional_space(trial: Suggests) -> dict[str, Any]:
    """Depth and width of the blocks, the head, and everything that training takes."""
    n_blocks = trial.suggest_int("n_blocks", 2, 3)  # images of 8x8, the smallest, allow 3
    filters = []
    for block in range(1, n_blocks + 1):
        n_layers = trial.suggest_int(f"layers_{block}", 1, 3)
        width = trial.suggest_int(f"filters_{block}", 8 * 2**block, 32 * 2**block, log=True)
        filters.append((width,) * n_layers)
    return {
        "filters": tuple(filters),
        "residual": trial.suggest_categorical("residual", [True, False]),
        "block_dropout": trial.suggest_float("block_dropout", 0.0, 0.3),
        **dense_space(trial, fewest=0, most=1, widest=256),
        **fit_space(trial),
    }


def dense_space(trial: Suggests, *, fewest: int, most: int, widest: int) -> dict[str, Any]:
    """Number and units of the dense layers, and what stands between them."""
    n_layers = trial.suggest_int("dense_layers", fewest, most)
    units = [
        trial.suggest_int(f"units_{layer}", 32, widest, log=True)
        for layer in range(1, n_layers + 1)
    ]
    return {
        "dense_units": tuple(units),
        "activation": trial.suggest_categorical("activation", ["relu", "elu", "gelu", "silu"]),
        "batch_normalisation": trial.suggest_categorical(
            "batch_normalisation", ["before_activation", "after_activation", "none"]
        ),
        "dropout": trial.suggest_float("dropout", 0.0, 0.5),
    }


def fit_space(trial: Suggests) -> dict[str, Any]:
    """How the network is trained; the number of epochs and the schedule are the member's own."""
    return {
        "optimiser": trial.suggest_categorical("optimiser", ["adamw", "rmsprop", "sgd"]),
        "learning_rate": trial.suggest_float("learning_rate", 3e-4, 3e-2, log=True),
        "weight_decay": trial.suggest_float("weight_decay", 1e-4, 1e-1, log=True),
        "batch_size": trial.suggest_categorical("batch_size", [32, 64, 128, 256]),
        "augmentation": {
            "flip": trial.suggest_categorical("augmentation.flip", [False, True]),
            "shift": trial.suggest_int("augmentation.shift", 0, 3),
            "erase": trial.suggest_float("augmentation.erase", 0.0, 0.5),
        },
    }
