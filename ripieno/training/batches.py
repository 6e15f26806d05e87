"""Shuffled batches of a memory-mapped training split."""

from collections.abc import Iterator

import numpy as np

from ripieno.training.augmentation import Augmentation, augment
from ripieno.types import FloatArray, ImageArray, IntArray

Batch = tuple[ImageArray, IntArray, FloatArray]


def steps_per_epoch(n_samples: int, batch_size: int) -> int:
    """Full batches in one pass; a split smaller than one batch is one batch."""
    return max(n_samples // batch_size, 1)


def training_batches(
    images: ImageArray,
    labels: IntArray,
    class_weights: FloatArray,
    batch_size: int,
    augmentation: Augmentation,
    rng: np.random.Generator,
) -> Iterator[Batch]:
    """One pass over the samples in a new order, augmented.

    Only one batch at a time is read from the memory map. The samples left over from the last full
    batch are other ones in every pass, and are skipped: batches of one size compile once.

    Args:
        images: Images of shape (n_samples, h, w, c).
        labels: Classes of shape (n_samples,).
        class_weights: Weight of each class, of shape (n_classes,).
        batch_size: Samples in a batch, > 0.
        augmentation: Random changes to the images.
        rng: Source of randomness.

    Yields:
        Images (batch_size, h, w, c), labels (batch_size,) and weights (batch_size,).
    """
    order = rng.permutation(len(labels))
    batch_size = min(batch_size, len(labels))
    for step in range(steps_per_epoch(len(labels), batch_size)):
        chosen = order[step * batch_size : (step + 1) * batch_size]
        batch_labels = labels[chosen]
        batch_images = augment(images[chosen], augmentation, rng)
        yield batch_images, batch_labels, class_weights[batch_labels].astype(np.float32)
