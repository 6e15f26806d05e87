"""Which epoch's weights are kept, and when a training ends."""

from typing import Any

import numpy as np


class BestWeights:
    """Early stopping on a loss, with the best weights kept.

    Attributes:
        epoch: Number of the epoch with the lowest loss, the first of equals; 0 before any.
        loss: Its loss.
        weights: Its weights.
    """

    def __init__(self, patience: int | None) -> None:
        """Wait for `patience` epochs without a lower loss, for ever where it is None."""
        self.patience = patience
        self.epoch = 0
        self.loss = np.inf
        self.weights: list[Any] = []

    def update(self, epoch: int, loss: float, model: Any) -> None:
        """Keep the model's weights if its loss is the lowest so far."""
        if loss < self.loss:
            self.epoch, self.loss, self.weights = epoch, loss, model.get_weights()

    def is_final(self, epoch: int) -> bool:
        """Whether to stop after this epoch."""
        return self.patience is not None and epoch - self.epoch >= self.patience


class LastWeights:
    """A training of a given length, with the weights of its end.

    Attributes:
        epoch: Number of the epoch so far.
        weights: Its weights, once the training is at its end.
    """

    def __init__(self, last_epoch: int) -> None:
        """End after `last_epoch`, from 1."""
        self.last_epoch = last_epoch
        self.epoch = 0
        self.weights: list[Any] = []

    def update(self, epoch: int, loss: float, model: Any) -> None:  # noqa: ARG002  # as BestWeights
        """Keep the model's weights if this is the last epoch."""
        self.epoch = epoch
        if self.is_final(epoch):
            self.weights = model.get_weights()

    def is_final(self, epoch: int) -> bool:
        """Whether to stop after this epoch."""
        return epoch >= self.last_epoch
