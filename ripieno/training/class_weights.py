"""How much each class counts in the training loss."""

from collections.abc import Sequence
from typing import Annotated, Literal

import numpy as np
from pydantic import Field

from ripieno.errors import ConfigurationError, unknown_name
from ripieno.types import FloatArray, IntArray

ClassWeights = Literal["balanced"] | dict[str, Annotated[float, Field(gt=0)]] | None


def class_weight_array(
    class_weights: ClassWeights, labels: IntArray, class_names: Sequence[str]
) -> FloatArray:
    """Weights of the classes, scaled so that the mean weight of a training sample is 1.

    Args:
        class_weights: None counts every sample once; "balanced" gives every class the same share
            of the loss; a mapping of class names gives relative weights > 0, 1 for those it
            leaves out.
        labels: Training classes of shape (n_samples,).
        class_names: Names of the classes, in the order of the labels.

    Returns:
        Weights of shape (n_classes,), float64. A class without samples has the weight of a
        class with one.

    Raises:
        ConfigurationError: If a class is unknown.
    """
    check_class_weights(class_weights, class_names)
    counts = np.bincount(labels, minlength=len(class_names))
    weights = np.ones(len(class_names))
    if class_weights == "balanced":
        weights = 1.0 / np.maximum(counts, 1)
    elif class_weights is not None:
        for name, weight in class_weights.items():
            weights[list(class_names).index(name)] = weight
    weights *= counts.sum() / (weights @ counts)
    return weights


def check_class_weights(class_weights: ClassWeights, class_names: Sequence[str]) -> None:
    """Refuse the weight of a class that does not exist.

    Raises:
        ConfigurationError: If a class is unknown.
    """
    for name in class_weights if isinstance(class_weights, dict) else ():
        if name not in class_names:
            raise ConfigurationError(f"class_weights: {unknown_name('class', name, class_names)}")
