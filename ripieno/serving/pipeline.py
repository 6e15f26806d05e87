"""A scikit-learn member of a published ensemble: its fastest way for few images and for many."""

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ripieno.models.rows import rows_of
from ripieno.models.scikit_learn import predict_proba
from ripieno.types import FloatArray, ImageArray

FEW_IMAGES = 64
"""Up to so many, walking all trees at once is faster than tree by tree."""
_FORESTS = ("ExtraTreesClassifier", "RandomForestClassifier")


def compile_pipeline(model: Any) -> Callable[[ImageArray], FloatArray]:
    """A function of raw images that gives a fitted pipeline's class probabilities.

    Args:
        model: A fitted scikit-learn pipeline of rows of pixels.

    Returns:
        Takes images (n_samples, h, w, c); returns (n_samples, n_classes), rows sum to 1.
    """
    few = _forest_of_few(model)

    def predict(images: ImageArray) -> FloatArray:
        if few is not None and len(images) <= FEW_IMAGES:
            return few(images)
        return predict_proba(model, images)

    return predict


def _forest_of_few(model: Any) -> Callable[[ImageArray], NDArray[np.float64]] | None:
    from ripieno.serving.forest import compile_forest

    forest = model[-1]
    if type(forest).__name__ not in _FORESTS:
        return None
    forest_proba, features = compile_forest(forest), model[:-1]
    return lambda images: forest_proba(features.transform(rows_of(images)))
