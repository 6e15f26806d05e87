"""A member out of its trainings without each fold: probabilities, epochs, learning curves."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ripieno.types import FloatArray, IntArray


def out_of_fold(proba: Sequence[FloatArray], folds: IntArray) -> NDArray[np.float64]:
    """The probabilities of all samples, each by the model that was trained without its fold.

    Args:
        proba: For each fold what its model makes of its samples, in their order, each of shape
            (n_samples_of_fold, n_classes).
        folds: The fold of each sample, of shape (n_samples,).

    Returns:
        Of shape (n_samples, n_classes), in the samples' order.
    """
    joined = np.empty((len(folds), proba[0].shape[1]))
    for fold, of_fold in enumerate(proba):
        joined[folds == fold] = of_fold
    return joined


def refit_epoch(best_epochs: Sequence[int]) -> int:
    """The epoch that ends a training on all samples: the median of the folds' best.

    Of an even number of folds the later of the two in the middle: more samples bear more epochs.
    """
    return sorted(best_epochs)[len(best_epochs) // 2]


def mean_history(histories: Sequence[Sequence[Mapping[str, Any]]]) -> list[dict[str, Any]]:
    """The mean learning curve of several trainings, over those that got as far as an epoch.

    Args:
        histories: For each training its epochs, as `Epoch` has them.

    Returns:
        One epoch for each that a training had; its seconds are the sum over all.
    """
    n_epochs = max(len(history) for history in histories)
    return [_mean_epoch([h[n] for h in histories if n < len(h)]) for n in range(n_epochs)]


def _mean_epoch(epochs: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    metrics = {
        name: float(np.mean([epoch["metrics"][name] for epoch in epochs]))
        for name in epochs[0]["metrics"]
    }
    seconds = sum(epoch["seconds"] for epoch in epochs)
    return {**epochs[0], "seconds": seconds, "metrics": metrics}
