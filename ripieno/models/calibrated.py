"""Probabilities for classifiers that only give scores."""

from typing import Any, Literal

import numpy as np

from ripieno.errors import TrainingError
from ripieno.types import IntArray

Calibration = Literal["sigmoid", "isotonic", "temperature"]

N_FOLDS = 3


def calibrated(classifier: Any, method: Calibration, labels: IntArray) -> Any:
    """An unfitted classifier that turns another's scores into probabilities.

    The scores are those of three-fold cross-validation on the training split; the classifier
    itself is then fitted to all of it, which makes it one model to apply instead of three.

    Args:
        classifier: Unfitted, with `decision_function`.
        method: As in scikit-learn's CalibratedClassifierCV.
        labels: Training classes of shape (n_samples,).

    Raises:
        TrainingError: If a class has fewer than two samples.
    """
    from sklearn.calibration import CalibratedClassifierCV

    smallest = int(np.unique(labels, return_counts=True)[1].min())
    if smallest < 2:
        raise TrainingError(
            f"{type(classifier).__name__} gives no probabilities, and calibrating it takes two"
            f" training samples of every class; a class has {smallest}."
        )
    n_folds = min(N_FOLDS, smallest)
    return CalibratedClassifierCV(classifier, method=method, cv=n_folds, ensemble=False)
