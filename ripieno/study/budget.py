"""An equal share of the processor for every training, in epochs.

A training's processor time is a fixed part (its graph is built and compiled, the model is saved and
read again) and a part an epoch. Two short pilots tell the two apart.
"""

from collections.abc import Mapping
from dataclasses import dataclass

PILOT_IMAGES = 30_000
"""Images that the longer pilot sees at least after its first epoch."""


@dataclass(frozen=True)
class EpochCost:
    """Processor seconds of a training, by its epochs.

    Attributes:
        fixed: Seconds that every training takes, 0 or more.
        per_epoch: Seconds an epoch, positive.
    """

    fixed: float
    per_epoch: float

    def seconds(self, n_epochs: int) -> float:
        """What a training of so many epochs takes."""
        return self.fixed + n_epochs * self.per_epoch

    def epochs_within(self, seconds: float) -> int:
        """The epochs that take nearest to so many seconds, at least 1."""
        return max(1, round((seconds - self.fixed) / self.per_epoch))


def pilot_epochs(n_train: int, n_configured: int) -> int:
    """Epochs of the longer of two pilots; the shorter has one.

    One more suffices where epochs are long. Short ones are lost in the noise, so there it goes on
    until `PILOT_IMAGES` have been seen, at most as long as the configured training.

    Args:
        n_train: Training images, 1 or more.
        n_configured: Epochs of the configured training.

    Returns:
        At least 2.
    """
    return max(2, min(1 + -(-PILOT_IMAGES // n_train), n_configured))


def epoch_cost(short_seconds: float, long_seconds: float, n_long: int) -> EpochCost:
    """The cost that two pilots show, exactly that of the longer one at its length.

    Args:
        short_seconds: Processor seconds of a training of one epoch.
        long_seconds: Those of one of `n_long` epochs, positive.
        n_long: 2 or more.

    Returns:
        The cost; without a fixed part where noise makes that negative, or makes the longer training
        the cheaper one.
    """
    per_epoch = (long_seconds - short_seconds) / (n_long - 1)
    fixed = long_seconds - n_long * per_epoch
    if per_epoch <= 0.0 or fixed < 0.0:
        return EpochCost(0.0, long_seconds / n_long)
    return EpochCost(fixed, per_epoch)


def mean_budget(costs: Mapping[str, EpochCost], n_epochs: Mapping[str, int]) -> float:
    """Mean processor seconds of the members, each trained for as many epochs as configured."""
    return sum(cost.seconds(n_epochs[name]) for name, cost in costs.items()) / len(costs)
