"""What is worth saying about images that stand in several splits or under several labels."""

from collections.abc import Iterator, Mapping
from itertools import product

from ripieno.data.label_conflicts import LabelConflicts
from ripieno.data.splits import Splits
from ripieno.data.twins import PAIRS

_NAMES = {"train": "training", "validation": "validation", "test": "test"}


def describe_twins(
    splits: Splits, identical: Mapping[str, int], near_identical: Mapping[str, int]
) -> Iterator[str]:
    """A sentence for each pair of splits with twins of a kind.

    Args:
        splits: As they were searched.
        identical: For each pair, how many images of its second split have an identical twin.
        near_identical: The same of near-identical twins; empty where none were looked for.
    """
    kinds = (
        (identical, "stands", "stand", " in the {first} split as well, bit for bit"),
        (near_identical, "is", "are", " all but identical to {first} images"),
    )
    for (counts, is_, are, rest), (first, second) in product(kinds, PAIRS):
        if n := counts.get(f"{first}_{second}", 0):
            of_all = f"{n:,} of the {len(getattr(splits, second)):,} {_NAMES[second]} images"
            yield f"{of_all} {is_ if n == 1 else are}{rest.format(first=_NAMES[first])}."


def describe_conflicts(splits: Splits, conflicts: LabelConflicts) -> Iterator[str]:
    """A sentence on the pictures that stand under more than one label.

    Args:
        splits: As they were searched.
        conflicts: What was found in them.
    """
    if conflicts.n_pictures == 0:
        return
    pair = conflicts.examples[0]
    labels = (
        getattr(splits, pair.first_split).labels[pair.first],
        getattr(splits, pair.second_split).labels[pair.second],
    )
    one, other = (splits.class_names[label] for label in labels)
    pictures = (
        "1 picture stands"
        if conflicts.n_pictures == 1
        else (f"{conflicts.n_pictures:,} pictures stand")
    )
    yield (
        f"{pictures} under more than one label, in {conflicts.n_images:,} images, for example as"
        f" {one!r} and as {other!r}: a label is wrong, or the classes overlap."
    )


def describe_dropping(n_dropped: int, n_leaked: int) -> Iterator[str]:
    """A sentence on the training images with a twin in validation or test.

    Args:
        n_dropped: How many were left out of training.
        n_leaked: How many more there are.
    """
    if n_dropped:
        was = "image with its twin" if n_dropped == 1 else "images with twins"
        yield f"Left out of training: {n_dropped:,} {was} in validation or test."
    if n_leaked:
        has = "image has its twin" if n_leaked == 1 else "images have twins"
        yield (
            f"{n_leaked:,} training {has} in validation or test, which flatters the scores there;"
            " hygiene.drop leaves such images out of training."
        )
