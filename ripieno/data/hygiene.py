"""Whether the splits are as separate as they should be, and the labels as one picture's should be.

Fashion-MNIST, a fifth of its training images held out for validation: no image stands in two
splits bit for bit; 23 validation and 14 test images are near-identical copies of training images,
and 6 test images of validation images. Looking for identical ones took 0.1 s, for near-identical
ones 24 s (70,000 images of 28x28, one core with AVX-512).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Literal, get_args

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from ripieno.data.dropping import drop_from_train
from ripieno.data.hygiene_findings import describe_conflicts, describe_dropping, describe_twins
from ripieno.data.identical import identical_twins, picture_numbers
from ripieno.data.label_conflicts import find_label_conflicts
from ripieno.data.near_identical import MIN_SIDE, near_identical_twins
from ripieno.data.splits import Splits
from ripieno.data.twins import PAIRS, SPLITS, ImagePair, Kind, Twins
from ripieno.errors import ConfigurationError, unknown_name
from ripieno.types import ImageArray

Drop = Literal["none", "identical", "near_identical"]
_OF_TRAIN = {"train_validation", "train_test"}
_TOO_SMALL = (
    f"Near-identical images were not looked for: a side has fewer than {MIN_SIDE} pixels, too few"
    " to tell."
)


@dataclass(frozen=True)
class Hygiene:
    """What was found in the splits as they were given, and what was done about it.

    Attributes:
        identical: For `train_validation`, `train_test` and `validation_test` the number of images
            of the second split of which the first has a copy, bit for bit.
        near_identical: The same of near-identical copies, less the images that have an identical
            one; empty where none were looked for.
        conflicting_labels: How many pictures stand, bit for bit, under more than one label, within
            a split or across splits.
        dropped_from_train: How many training images were left out.
        findings: A sentence for whatever the reader should know; none where all is well.
        examples: At most five pairs of a kind and of two splits; positions in the splits as given.
    """

    identical: Mapping[str, int]
    near_identical: Mapping[str, int]
    conflicting_labels: int
    dropped_from_train: int
    findings: tuple[str, ...]
    examples: tuple[ImagePair, ...]


def check_hygiene(
    splits: Splits,
    *,
    drop: Annotated[
        Drop,
        Field(
            description="Training images to leave out: those with an identical, or also those with"
            " a near-identical, twin in validation or test."
        ),
    ] = "none",
    near_identical: Annotated[
        bool,
        Field(
            description="Look for near-identical images too: half a minute for 70,000, four times"
            " as long for twice as many."
        ),
    ] = True,
) -> tuple[Splits, Hygiene]:
    """Look for images that stand in two splits or under two labels, and drop them from training.

    Validation and test are never touched, whatever they share. Images with fewer than 8 pixels on a
    side are compared bit for bit alone.

    Args:
        splits: As `split_dataset` draws them.
        drop: Which training images to leave out.
        near_identical: Whether to look for near-identical images too.

    Returns:
        The splits, less what was dropped from training, and what was found.

    Raises:
        ConfigurationError: If near-identical images are to be dropped but not looked for.
        DataError: If a class would be left without training images.
    """
    _check_settings(drop, near_identical)
    parts = {name: getattr(splits, name) for name in SPLITS}
    images = {name: part.images for name, part in parts.items()}
    pictures = picture_numbers(images)
    conflicts = find_label_conflicts(pictures, {name: part.labels for name, part in parts.items()})
    same = identical_twins(pictures)
    near = near_identical_twins(images, pictures) if near_identical and _large(images) else {}

    counts = {pair: int(twins.second.sum()) for pair, twins in same.items()}
    near_counts = {
        pair: int((twins.second & ~same[pair].second).sum()) for pair, twins in near.items()
    }
    leaked = _in_train(same, near)
    dropped = {
        "none": np.zeros_like(leaked),
        "identical": _in_train(same),
        "near_identical": leaked,
    }[drop]
    findings = (
        *describe_twins(splits, counts, near_counts),
        *describe_conflicts(splits, conflicts),
        *describe_dropping(int(dropped.sum()), int((leaked & ~dropped).sum())),
        *((_TOO_SMALL,) if near_identical and not near else ()),
    )
    examples = (*_pairs("identical", same), *_pairs("near_identical", near), *conflicts.examples)
    return drop_from_train(splits, dropped), Hygiene(
        counts, near_counts, conflicts.n_pictures, int(dropped.sum()), findings, examples
    )


def _check_settings(drop: str, near_identical: bool) -> None:
    if drop not in get_args(Drop):
        raise ConfigurationError(unknown_name("hygiene.drop", drop, get_args(Drop)))
    if drop == "near_identical" and not near_identical:
        raise ConfigurationError(
            "hygiene.near_identical: expected true, as hygiene.drop is near_identical,"
            " received false."
        )


def _large(images: Mapping[str, ImageArray]) -> bool:
    return bool(min(images["train"].shape[1:3]) >= MIN_SIDE)


def _in_train(*kinds: Mapping[str, Twins]) -> NDArray[np.bool_]:
    """Whether a training image has a twin of any of the kinds, of shape (n_train,)."""
    leaked = [twins.first for kind in kinds for pair, twins in kind.items() if pair in _OF_TRAIN]
    return np.asarray(np.any(leaked, axis=0))


def _pairs(kind: Kind, twins: Mapping[str, Twins]) -> list[ImagePair]:
    return [
        ImagePair(kind, first, i, second, j)
        for first, second in PAIRS
        if twins
        for i, j in twins[f"{first}_{second}"].examples
    ]
