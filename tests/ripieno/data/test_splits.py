from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ripieno.data.dataset import Dataset, LabelledImages
from ripieno.data.splits import split_dataset
from ripieno.errors import ConfigurationError, DataError


def make_dataset(counts, test_labels=None):
    """Every image is unlike the others: its only pixel is its position."""
    labels = np.repeat(np.arange(len(counts)), counts)
    labels = np.random.default_rng(0).permutation(labels)
    images = np.arange(len(labels), dtype=np.float32).reshape(-1, 1, 1, 1)
    test = None
    if test_labels is not None:
        test_images = -1 - np.arange(len(test_labels), dtype=np.float32).reshape(-1, 1, 1, 1)
        test = LabelledImages(test_images, np.array(test_labels))
    names = tuple(f"class {k}" for k in range(len(counts)))
    return Dataset(images, labels, names, test, ("a finding",))


def positions(split):
    return split.images.ravel().astype(int)


def parts(splits):
    return splits.train, splits.validation, splits.test


counts_and_shares = st.tuples(
    st.lists(st.integers(3, 60), min_size=2, max_size=8),
    st.floats(0.01, 0.49),
    st.floats(0.01, 0.49),
    st.integers(0, 2**32),
)


@given(counts_and_shares)
def test_splits_are_disjoint_and_leave_no_sample_out(drawn):
    counts, validation, test, seed = drawn
    dataset = make_dataset(counts)
    splits = split_dataset(dataset, validation=validation, test=test, seed=seed)
    together = np.concatenate([positions(part) for part in parts(splits)])
    assert sorted(together) == list(range(sum(counts)))


@given(counts_and_shares)
def test_every_sample_keeps_its_label(drawn):
    counts, validation, test, seed = drawn
    dataset = make_dataset(counts)
    for part in parts(split_dataset(dataset, validation=validation, test=test, seed=seed)):
        np.testing.assert_array_equal(part.labels, dataset.labels[positions(part)])


@given(counts_and_shares)
def test_every_class_is_in_every_split_in_proportion(drawn):
    counts, validation, test, seed = drawn
    splits = split_dataset(make_dataset(counts), validation=validation, test=test, seed=seed)
    assert np.bincount(splits.train.labels).min() >= 1
    for part, share in ((splits.validation, validation), (splits.test, test)):
        sizes = np.bincount(part.labels, minlength=len(counts))
        quota = np.array(counts) * share
        assert ((np.abs(sizes - quota) < 1 + 1e-9) | (sizes == 1)).all()


@given(
    st.integers(2, 20),
    st.integers(10, 50),
    st.floats(0.1, 0.45),
    st.floats(0.1, 0.45),
)
def test_total_sizes_are_the_rounded_shares(n_classes, size, validation, test):
    dataset = make_dataset([size] * n_classes)
    splits = split_dataset(dataset, validation=validation, test=test)
    n = n_classes * size
    assert abs(len(splits.validation) - validation * n) <= 0.5 + 1e-9
    assert abs(len(splits.test) - test * n) <= 0.5 + 1e-9


def test_shares_by_hand():
    splits = split_dataset(make_dataset([100, 10, 3]), validation=0.2, test=0.1)
    assert np.bincount(splits.test.labels).tolist() == [10, 1, 1]
    assert np.bincount(splits.validation.labels).tolist() == [20, 2, 1]
    assert np.bincount(splits.train.labels).tolist() == [70, 7, 1]


def test_same_seed_draws_the_same_splits_and_another_seed_others():
    dataset = make_dataset([50, 50])
    first, again, other = (split_dataset(dataset, seed=seed) for seed in (1, 1, 2))
    for one, same in zip(parts(first), parts(again), strict=True):
        np.testing.assert_array_equal(one.images, same.images)
    assert positions(first.train).tolist() != positions(other.train).tolist()


def test_samples_keep_the_order_of_the_source():
    for part in parts(split_dataset(make_dataset([50, 50]))):
        assert (np.diff(positions(part)) > 0).all()


def test_own_test_split_is_kept_whole():
    dataset = make_dataset([10, 10], test_labels=[0, 1, 1])
    splits = split_dataset(dataset, validation=0.2, test=0.9)
    assert splits.test is dataset.test
    assert len(splits.validation) == 4
    assert len(splits.train) == 16
    assert splits.findings[0] == "a finding"
    assert "own test split of 3 images" in splits.findings[1]


def test_class_that_the_own_test_split_lacks_is_a_finding():
    splits = split_dataset(make_dataset([10, 10], test_labels=[0]))
    assert "no image of: class 1" in splits.findings[-1]


def test_small_classes_are_named_with_the_option_that_drops_them():
    with pytest.raises(DataError) as caught:
        split_dataset(make_dataset([20, 2, 20, 0]))
    message = str(caught.value)
    assert "'class 1' (2)" in message
    assert "'class 3' (0)" in message
    assert "class 0" not in message
    assert "split.drop_small_classes: true" in message
    assert "\n" not in message


def test_two_images_a_class_are_enough_beside_an_own_test_split():
    splits = split_dataset(make_dataset([20, 2], test_labels=[0, 1]))
    assert np.bincount(splits.train.labels)[1] == 1
    assert np.bincount(splits.validation.labels)[1] == 1


def test_class_that_is_only_in_the_test_split_is_too_small():
    with pytest.raises(DataError, match=r"'class 1' \(0\)"):
        split_dataset(make_dataset([20, 0, 20], test_labels=[0, 1, 2]))


def test_dropped_classes_leave_every_split_and_the_names():
    dataset = make_dataset([20, 1, 20], test_labels=[0, 1, 2, 2])
    splits = split_dataset(dataset, drop_small_classes=True)
    assert splits.class_names == ("class 0", "class 2")
    assert splits.test.labels.tolist() == [0, 1, 1]
    assert positions(splits.test).tolist() == [-1, -3, -4]
    assert set(splits.train.labels) == {0, 1}
    assert "Left out 1 class of" in splits.findings[1]
    assert "'class 1' (1)" in splits.findings[1]


def test_dropping_changes_nothing_where_all_classes_are_large_enough():
    dataset = make_dataset([20, 20])
    kept = split_dataset(dataset, drop_small_classes=True)
    np.testing.assert_array_equal(kept.train.images, split_dataset(dataset).train.images)


def test_one_class_left_is_refused():
    with pytest.raises(DataError, match="received 1 of 2"):
        split_dataset(make_dataset([20, 2]), drop_small_classes=True)


def test_own_test_split_of_dropped_classes_alone_is_refused():
    with pytest.raises(DataError, match="Expected test images"):
        split_dataset(make_dataset([20, 20, 1], test_labels=[2]), drop_small_classes=True)


@pytest.mark.parametrize(("validation", "test"), [(0.5, 0.5), (0.9, 0.2), (0.0, 0.2), (0.2, -0.1)])
def test_shares_that_leave_nothing_to_train_on_are_refused(validation, test):
    with pytest.raises(ConfigurationError, match="validation"):
        split_dataset(make_dataset([20, 20]), validation=validation, test=test)


def test_no_test_share_is_refused_without_an_own_test_split():
    with pytest.raises(ConfigurationError, match=r"split\.test"):
        split_dataset(make_dataset([20, 20]), test=0.0)


def test_dataset_that_is_not_sound_is_refused():
    dataset = make_dataset([20, 20])
    dataset.images[3] = np.nan
    with pytest.raises(DataError, match="finite"):
        split_dataset(dataset)


def test_images_keep_their_names_or_are_called_by_their_positions():
    dataset = make_dataset([20, 20])
    for split in parts(split_dataset(dataset))[:2]:
        assert split.names == tuple(map(str, positions(split)))
    named = replace(dataset, names=tuple(f"{i}.png" for i in range(40)))
    for split in parts(split_dataset(named))[:2]:
        assert split.names == tuple(f"{i}.png" for i in positions(split))
