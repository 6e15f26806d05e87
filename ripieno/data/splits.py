"""Stratified, seeded, disjoint training, validation and test splits."""

from dataclasses import dataclass
from typing import Annotated

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from ripieno.data.dataset import Dataset, LabelledImages, check_dataset
from ripieno.errors import ConfigurationError, DataError
from ripieno.types import IntArray

_N_NAMED = 20  # classes that an error line names


@dataclass(frozen=True)
class Splits:
    """Three splits that share no sample.

    Attributes:
        train: What members are fitted on.
        validation: What everything is chosen on: epochs, temperatures, weights.
        test: What is looked at once, at the very end.
        class_names: The name of class k at position k.
        findings: What the reader should know about the data, a sentence each.
    """

    train: LabelledImages
    validation: LabelledImages
    test: LabelledImages
    class_names: tuple[str, ...]
    findings: tuple[str, ...] = ()


def split_dataset(
    dataset: Dataset,
    *,
    validation: Annotated[
        float, Field(gt=0, lt=1, description="Share of the images in (0, 1) to choose on.")
    ] = 0.2,
    test: Annotated[
        float,
        Field(
            ge=0,
            lt=1,
            description="Share of the images in [0, 1) to test on; not used where the source has"
            " a test split of its own.",
        ),
    ] = 0.2,
    seed: Annotated[int, Field(ge=0, description="Seed of the drawing of the splits.")] = 0,
    drop_small_classes: Annotated[
        bool, Field(description="Leave out classes with too few images for every split.")
    ] = False,
) -> Splits:
    """Draw the splits, each class in proportion and at least once in every split that is drawn.

    Training and validation images keep their names, or are called by their positions in the source.
    Class sizes in a split are shares of the class, rounded by largest remainder so that the total
    comes out right; ties go to the class that comes first. Samples keep the source's order within a
    split. A test split of the source's own is kept whole, less the classes that are left out, and
    the shares are then of the other images.

    Args:
        dataset: As a source loads it.
        validation: Share of the images for the validation split.
        test: Share of the images for the test split.
        seed: The same seed draws the same splits.
        drop_small_classes: Whether to leave out a class of too few images rather than refuse.

    Raises:
        ConfigurationError: If the shares leave nothing to train or to test on.
        DataError: If a class has fewer images than there are splits to draw, or fewer than two
            classes are left, or the data set is not sound (`check_dataset`).
    """
    check_dataset(dataset)
    if dataset.test is not None:
        test = 0.0
    _check_shares(validation, test, has_own_test=dataset.test is not None)
    n_splits = 2 if dataset.test is not None else 3
    kept, findings = _kept_classes(dataset, n_splits, drop_small_classes)
    new_label = np.cumsum(kept) - 1  # (n_classes,); of no meaning where a class is left out

    rows = np.flatnonzero(kept[dataset.labels])
    labels = new_label[dataset.labels[rows]]
    train_at, validation_at, test_at = _draw(labels, validation, test, seed)
    names = tuple(name for name, keep in zip(dataset.class_names, kept, strict=True) if keep)
    if dataset.test is not None:
        test_split = _kept_samples(dataset.test, kept, new_label)
        findings += _report_own_test(test_split, names)
    else:
        test_split = LabelledImages(dataset.images[rows[test_at]], labels[test_at])

    def drawn(at: IntArray) -> LabelledImages:
        positions = rows[at].tolist()
        called = [str(i) if dataset.names is None else dataset.names[i] for i in positions]
        return LabelledImages(dataset.images[rows[at]], labels[at], tuple(called))

    return Splits(
        drawn(train_at),
        drawn(validation_at),
        test_split,
        names,
        dataset.findings + findings,
    )


def _check_shares(validation: float, test: float, *, has_own_test: bool) -> None:
    if validation <= 0 or test < 0 or validation + test >= 1:
        raise ConfigurationError(
            "split: expected validation above 0 and validation + test below 1, received"
            f" validation {validation:g} and test {test:g}."
        )
    if test == 0 and not has_own_test:
        raise ConfigurationError(
            "split.test: expected a share above 0, as this source has no test split of its own,"
            " received 0."
        )


def _kept_classes(
    dataset: Dataset, n_splits: int, drop_small_classes: bool
) -> tuple[NDArray[np.bool_], tuple[str, ...]]:
    """Which classes are large enough, and the finding that names the others."""
    counts = np.bincount(dataset.labels, minlength=len(dataset.class_names))
    small = np.flatnonzero(counts < n_splits)
    kept = counts >= n_splits
    if small.size == 0:
        return kept, ()
    named = [f"{dataset.class_names[k]!r} ({counts[k]})" for k in small]
    if not drop_small_classes:
        more = f" and {small.size - _N_NAMED} more" if small.size > _N_NAMED else ""
        raise DataError(
            f"Expected at least {n_splits} images of every class, one for each split to draw,"
            f" received fewer of {', '.join(named[:_N_NAMED])}{more}. Add images, or leave such"
            " classes out with split.drop_small_classes: true."
        )
    if kept.sum() < 2:
        raise DataError(
            f"Expected two classes or more with at least {n_splits} images, received {kept.sum()}"
            f" of {len(kept)}. Add images."
        )
    classes = "1 class" if small.size == 1 else f"{small.size} classes"
    finding = f"Left out {classes} of fewer than {n_splits} images: {', '.join(named)}."
    return kept, (finding,)


def _draw(
    labels: IntArray, validation: float, test: float, seed: int
) -> tuple[IntArray, IntArray, IntArray]:
    """Positions of the training, validation and test samples, each ascending."""
    counts = np.bincount(labels)
    n_test: IntArray = np.zeros_like(counts)
    if test > 0:  # what rounding adds must leave validation its share, and training one sample
        for_validation = np.maximum(1, np.floor(counts * validation)).astype(np.int64)
        n_test = _allocate(counts, test, np.maximum(1, counts - 1 - for_validation))
    n_validation = _allocate(counts, validation, counts - n_test - 1)

    shuffled = np.random.default_rng(seed).permutation(len(labels))
    by_class = shuffled[np.argsort(labels[shuffled], kind="stable")]
    owner = labels[by_class]
    rank = np.arange(len(labels)) - (np.cumsum(counts) - counts)[owner]  # within the class
    in_test = rank < n_test[owner]
    in_validation = ~in_test & (rank < (n_test + n_validation)[owner])
    in_train = ~in_test & ~in_validation
    return (
        np.sort(by_class[in_train]),
        np.sort(by_class[in_validation]),
        np.sort(by_class[in_test]),
    )


def _allocate(counts: IntArray, share: float, at_most: IntArray) -> IntArray:
    """How many samples of each class make up a share of all: at least one, at most `at_most`."""
    quota = counts * share
    sizes: IntArray = np.clip(np.floor(quota), 1, at_most).astype(np.int64)
    remainder = np.where(sizes < at_most, quota - sizes, 0.0)
    n_missing = max(0, round(float(quota.sum())) - int(sizes.sum()))
    largest = np.argsort(-remainder, kind="stable")[:n_missing]
    sizes[largest[remainder[largest] > 0]] += 1
    return sizes


def _kept_samples(
    test: LabelledImages, kept: NDArray[np.bool_], new_label: IntArray
) -> LabelledImages:
    if kept.all():
        return test
    rows = np.flatnonzero(kept[test.labels])
    if rows.size == 0:
        raise DataError(
            "Expected test images of the classes that are kept, received none. Add images."
        )
    return LabelledImages(test.images[rows], new_label[test.labels[rows]])


def _report_own_test(test: LabelledImages, class_names: tuple[str, ...]) -> tuple[str, ...]:
    kept_whole = (f"The source's own test split of {len(test):,} images is kept as it is.",)
    missing = np.setdiff1d(np.arange(len(class_names)), test.labels)
    if missing.size == 0:
        return kept_whole
    named = ", ".join(class_names[k] for k in missing)
    return (*kept_whole, f"The source's own test split has no image of: {named}.")
