"""Leaving images out of training."""

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from ripieno.data.dataset import LabelledImages
from ripieno.data.splits import Splits
from ripieno.errors import DataError

_N_NAMED = 20  # classes that an error line names


def drop_from_train(splits: Splits, dropped: NDArray[np.bool_]) -> Splits:
    """The splits without some of the training images; the other splits are left as they are.

    Args:
        splits: What is left over keeps its order.
        dropped: Whether a training image is left out, of shape (n_train,).

    Raises:
        DataError: If a class would be left without training images.
    """
    if not dropped.any():
        return splits
    train = splits.train
    n_classes = len(splits.class_names)
    counts = np.bincount(train.labels, minlength=n_classes)
    left = np.bincount(train.labels[~dropped], minlength=n_classes)
    emptied = np.flatnonzero((counts > 0) & (left == 0))
    if emptied.size:
        named = ", ".join(f"{splits.class_names[k]!r} ({counts[k]})" for k in emptied[:_N_NAMED])
        more = f" and {emptied.size - _N_NAMED} more" if emptied.size > _N_NAMED else ""
        raise DataError(
            "Expected a training image of every class that is not in validation or test as well,"
            f" received none of {named}{more}. Add images, or keep these with hygiene.drop: none."
        )
    kept = np.flatnonzero(~dropped)
    names = tuple(train.names[i] for i in kept) if train.names else ()
    return replace(splits, train=LabelledImages(train.images[kept], train.labels[kept], names))
