import numpy as np
import pytest

from ripieno.data.folds import (
    AFFORDABLE,
    FEW_VALIDATION,
    choose_folds,
    describe_groups,
    duplicate_groups,
    stratified_group_folds,
)
from ripieno.errors import DataError


def digits(n):
    from sklearn.datasets import load_digits

    loaded = load_digits()
    return (loaded.images[:n, ..., None] * 15).astype(np.uint8), loaded.target[:n]


def test_every_class_is_spread_evenly_over_folds_of_one_size():
    labels = np.random.default_rng(0).permutation(np.repeat([0, 1, 2], [50, 23, 5]))
    folds = stratified_group_folds(labels, np.arange(78), 5, seed=1)
    assert np.ptp(np.bincount(folds, minlength=5)) <= 3
    for k in range(3):
        assert np.ptp(np.bincount(folds[labels == k], minlength=5)) <= 1


def test_a_group_is_never_torn_apart():
    rng = np.random.default_rng(0)
    labels, groups = rng.integers(0, 4, 300), rng.integers(0, 90, 300)
    folds = stratified_group_folds(labels, groups, 3, seed=0)
    for group in np.unique(groups):
        assert len(np.unique(folds[groups == group])) == 1


def test_the_seed_decides_the_folds():
    labels, groups = np.arange(200) % 4, np.arange(200)
    first = stratified_group_folds(labels, groups, 5, seed=3)
    np.testing.assert_array_equal(first, stratified_group_folds(labels, groups, 5, seed=3))
    assert (first != stratified_group_folds(labels, groups, 5, seed=4)).any()


def test_more_folds_than_the_smallest_class_has_images_are_refused_in_one_line():
    labels = np.array([0] * 20 + [1] * 4)
    expected = r"at most 4, .* received 5. Add images of 'Vögel' \(4\), or take fewer folds"
    with pytest.raises(DataError, match=expected):
        stratified_group_folds(labels, np.arange(24), 5, 0, ("Katze", "Vögel"))


def test_copies_do_not_make_a_class_large_enough():
    labels = np.array([0] * 20 + [1] * 6)
    groups = np.concatenate([np.arange(20), [20, 20, 20, 21, 22, 23]])
    with pytest.raises(DataError, match=r"at most 4"):
        stratified_group_folds(labels, groups, 5, 0)


def test_a_group_that_would_leave_a_fold_empty_is_refused():
    labels = np.array([0, 1] * 60)
    groups = np.where(np.arange(120) < 116, 0, np.arange(120))
    with pytest.raises(DataError, match=r"received 4|too large"):
        stratified_group_folds(labels, groups, 4, 0)


def test_copies_of_copies_share_a_group():
    images, _ = digits(60)
    brighter = np.clip(images[:5].astype(int) + 6, 0, 255).astype(np.uint8)
    shown = np.concatenate([images, images[:5], brighter])
    groups = duplicate_groups(shown)
    assert len(np.unique(groups)) == 60
    np.testing.assert_array_equal(groups[60:65], groups[:5])
    np.testing.assert_array_equal(groups[65:], groups[:5])


def test_near_identical_images_are_their_own_where_they_are_not_looked_for():
    images, _ = digits(30)
    near = np.clip(images[:5].astype(int) + 6, 0, 255).astype(np.uint8)
    groups = duplicate_groups(np.concatenate([images, near, images[:2]]), near_identical=False)
    assert len(np.unique(groups)) == 35
    np.testing.assert_array_equal(groups[35:], groups[:2])


def test_images_too_small_to_compare_are_grouped_by_their_bytes():
    images = np.random.default_rng(0).integers(0, 256, (20, 4, 4, 1), np.uint8)
    groups = duplicate_groups(np.concatenate([images, images[3:4]]))
    assert groups[20] == groups[3]
    assert len(np.unique(groups)) == 20


@pytest.mark.parametrize("asked", [0, 2, 5])
def test_a_number_is_taken_as_it_is_and_nothing_is_said(asked):
    assert choose_folds(asked, 10, 1e30) == (asked, None)


@pytest.mark.parametrize(
    ("n_validation", "cost", "n_folds", "why"),
    [
        (FEW_VALIDATION - 1, 1e9, 5, "only 1,999 validation images"),
        (FEW_VALIDATION, 1e9, 0, "2,000 validation images"),
        (100, AFFORDABLE, 0, "multiply-adds"),
    ],
)
def test_auto_takes_folds_where_validation_is_small_and_training_is_quick(
    n_validation, cost, n_folds, why
):
    chosen, sentence = choose_folds("auto", n_validation, cost)
    assert chosen == n_folds
    assert why in sentence
    assert "\n" not in sentence


def test_copies_are_told_with_their_number_and_nothing_without():
    assert describe_groups(np.array([0, 1, 0, 2, 3, 3, 3])) == (
        "5 training and validation images have copies, or nearly so, among these; all copies of an"
        " image share a fold, so that they flatter no out-of-fold score.",
    )
    assert describe_groups(np.arange(4)) == ()
