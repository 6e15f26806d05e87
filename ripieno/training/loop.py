"""One epoch of training and its validation.

A loop of our own rather than `Model.fit`: as fast, and it gives every step its learning rate,
reports the true log-loss beside the smoothed one, and augments whole batches.
"""

import math
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np

from ripieno.data.dataset import LabelledImages
from ripieno.training.batches import Batch
from ripieno.training.inference import in_batches
from ripieno.types import FloatArray, IntArray


@dataclass(frozen=True)
class Loop:
    """What one epoch needs.

    Attributes:
        step: Learns from images, labels and weights; returns the sum of their log-losses.
        logits: Gives the logits (n, n_classes) of images.
        optimiser: Keras optimiser that `step` uses.
        validation: The validation split; without images there are no metrics of it.
    """

    step: Callable[[Any, Any, Any], Any]
    logits: Callable[[Any], Any]
    optimiser: Any
    validation: LabelledImages

    def run_epoch(self, batches: Iterable[Batch], rates: FloatArray) -> dict[str, float]:
        """Learn from every batch at its learning rate, then validate.

        Args:
            batches: One epoch's batches, `len(rates)` of them.
            rates: Learning rate of each step.

        Returns:
            The metrics of an `Epoch`, NaN where training diverged.
        """
        started = time.perf_counter()
        train_log_loss, n_seen = self._learn(batches, rates)
        seconds = time.perf_counter() - started
        return {
            "train_log_loss": train_log_loss,
            **self._validate(),
            "learning_rate": float(rates[-1]),
            "images_per_second": n_seen / seconds,
        }

    def _learn(self, batches: Iterable[Batch], rates: FloatArray) -> tuple[float, int]:
        total: Any = 0.0
        n_seen = 0
        for rate, (images, labels, weights) in zip(rates, batches, strict=True):
            self.optimiser.learning_rate.assign(rate)
            total = total + self.step(images, labels, weights)
            n_seen += len(labels)
        return float(total) / n_seen, n_seen

    def _validate(self) -> dict[str, float]:
        if len(self.validation) == 0:
            return {}
        logits = in_batches(self.logits, self.validation.images)
        labels = np.asarray(self.validation.labels)
        return {
            "validation_log_loss": log_loss_of_logits(logits, labels),
            "validation_accuracy": float(np.mean(logits.argmax(axis=1) == labels)),
        }


def log_loss_of_logits(logits: FloatArray, labels: IntArray) -> float:
    """Mean negative log-probability of the true classes, in nats.

    Finite for any finite logits: a softmax is never rounded to 0 on the way.

    Args:
        logits: Of shape (n_samples, n_classes).
        labels: True classes of shape (n_samples,).
    """
    shifted = logits - logits.max(axis=1, keepdims=True)
    log_normaliser = np.log(np.exp(shifted).sum(axis=1))
    return float(np.mean(log_normaliser - shifted[np.arange(len(labels)), labels]))


def is_finite(metrics: dict[str, float]) -> bool:
    """Whether training is still sound."""
    return all(math.isfinite(value) for value in metrics.values())
