"""Folds of the development images: stratified, and what looks alike shares one.

The development images are the training and the validation split, in that order. Every one of them
is predicted by a model that was trained without its fold: out-of-fold, and so as honestly as a
validation image, but of all of them.
"""

from collections.abc import Sequence
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from ripieno.data.identical import picture_numbers
from ripieno.data.near_identical import MIN_SIDE, near_identical_groups
from ripieno.errors import DataError
from ripieno.types import ImageArray, IntArray

Folds = Literal["auto"] | int
AUTO_FOLDS = 5
FEW_VALIDATION = 2000
"""Validation images from which `auto` needs no folds: the weights of a pool are sure enough."""
AFFORDABLE = 1.5e14
"""Multiply-adds, as `Architecture.cost` estimates them, that `auto` spends on folds at most: about
an hour of one processor core, by what the members of Fashion-MNIST took (4.6e10 a second)."""
_N_NAMED = 20  # classes that an error line names


def duplicate_groups(images: ImageArray, *, near_identical: bool = True) -> IntArray:
    """The group of each image: identical and near-identical ones share it, so do their own twins.

    Args:
        images: Shape (n_samples, height, width, channels).
        near_identical: Whether near-identical images are looked for as well; never in images with
            fewer than 8 pixels on a side.

    Returns:
        Groups of shape (n_samples,), numbered from 0 in order of appearance.
    """
    pictures = picture_numbers({"development": images})["development"]
    if near_identical and min(images.shape[1:3]) >= MIN_SIDE:
        return near_identical_groups(images, pictures)
    return pictures


def stratified_group_folds(
    labels: IntArray,
    groups: IntArray,
    n_folds: int,
    seed: int,
    class_names: Sequence[str] | None = None,
) -> NDArray[np.int64]:
    """The fold of each sample: classes are spread evenly, and a group is never torn apart.

    Args:
        labels: Classes of shape (n_samples,).
        groups: The group of each sample, of shape (n_samples,).
        n_folds: Folds, 2 or more.
        seed: The same seed draws the same folds.
        class_names: How an error line calls the classes; None: by their numbers.

    Returns:
        Folds in [0, n_folds), of shape (n_samples,); none is empty, and every class is in the
        training part of each.

    Raises:
        DataError: If a class stands in fewer than `n_folds` groups, or a group is too large.
    """
    from sklearn.model_selection import StratifiedGroupKFold

    _check_classes(labels, groups, n_folds, class_names)
    drawn = StratifiedGroupKFold(n_folds, shuffle=True, random_state=seed)
    folds = np.empty(len(labels), np.int64)
    for fold, (_, held_out) in enumerate(drawn.split(np.empty((len(labels), 1)), labels, groups)):
        folds[held_out] = fold
    _check_folds(labels, folds, n_folds)
    return folds


def choose_folds(folds: Folds, n_validation: int, cost: float) -> tuple[int, str | None]:
    """How many folds to train in, and why where that is for `auto` to decide.

    Args:
        folds: What was asked for; a number is taken as it is.
        n_validation: Images of the validation split.
        cost: Multiply-adds of training all members once, as architectures estimate them.

    Returns:
        The number of folds, 0 for none, and a sentence on the decision of `auto`.
    """
    if folds != "auto":
        return folds, None
    if n_validation >= FEW_VALIDATION:
        return 0, f"split.folds auto: none, as there are {n_validation:,} validation images."
    total = cost * (AUTO_FOLDS + 1)
    if total > AFFORDABLE:
        return 0, (
            f"split.folds auto: none, as {AUTO_FOLDS + 1} trainings of every member take about"
            f" {total:.0e} multiply-adds, more than {AFFORDABLE:.0e}; split.folds: {AUTO_FOLDS}"
            " asks for them."
        )
    return AUTO_FOLDS, (
        f"split.folds auto: {AUTO_FOLDS}, as there are only {n_validation:,} validation images."
    )


def describe_groups(groups: IntArray) -> tuple[str, ...]:
    """A sentence on the images that have copies among the others; none where there are none.

    Args:
        groups: As `duplicate_groups` makes them.
    """
    counts = np.bincount(groups)
    n_alike = int(counts[counts > 1].sum())
    if n_alike == 0:
        return ()
    return (
        f"{n_alike:,} training and validation images have copies, or nearly so, among these; all"
        " copies of an image share a fold, so that they flatter no out-of-fold score.",
    )


def _check_classes(
    labels: IntArray, groups: IntArray, n_folds: int, class_names: Sequence[str] | None
) -> None:
    """Refuse a class that stands in fewer groups than there are folds."""
    pairs = np.unique(np.stack([labels, groups], axis=1), axis=0)
    classes, counts = np.unique(pairs[:, 0], return_counts=True)
    small = [
        f"{repr(class_names[k]) if class_names else k} ({n})"
        for k, n in zip(classes.tolist(), counts.tolist(), strict=True)
        if n < n_folds
    ]
    if small:
        more = f" and {len(small) - _N_NAMED} more" if len(small) > _N_NAMED else ""
        raise DataError(
            f"split.folds: expected at most {counts.min()}, the images of the smallest class in"
            f" training and validation together, copies counted once, received {n_folds}. Add"
            f" images of {', '.join(small[:_N_NAMED])}{more}, or take fewer folds."
        )


def _check_folds(labels: IntArray, folds: IntArray, n_folds: int) -> None:
    """Refuse folds of which one is empty, or takes all images of a class."""
    for fold in range(n_folds):
        held_out = folds == fold
        missing = np.setdiff1d(labels, labels[~held_out])
        if not held_out.any() or missing.size:
            raise DataError(
                f"split.folds: expected groups of similar images that can be spread over {n_folds}"
                " folds, received one group that is too large. Take fewer folds, or compare bit for"
                " bit alone with hygiene.near_identical: false."
            )
