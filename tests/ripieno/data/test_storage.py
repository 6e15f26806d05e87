import json
from dataclasses import replace

import numpy as np
import pytest

from ripieno.data.dataset import LabelledImages
from ripieno.data.normalisation import fit_normaliser
from ripieno.data.splits import Splits
from ripieno.data.storage import (
    fingerprint,
    open_all,
    open_development,
    open_fold,
    open_sealed,
    open_test_images,
    open_training,
    read_names,
    write_folds,
    write_names,
    write_splits,
)
from ripieno.errors import DataError


def split(seed, n=6):
    rng = np.random.default_rng(seed)
    return LabelledImages(rng.integers(0, 256, (n, 8, 6, 3), np.uint8), rng.integers(0, 2, n))


@pytest.fixture
def splits():
    return Splits(split(0), split(1), split(2), ("Katze", "Vögel"))


@pytest.fixture
def directories(splits, tmp_path):
    normaliser = fit_normaliser(splits.train.images, (0,))
    write_splits(splits, normaliser, tmp_path / "a/open", tmp_path / "a/sealed")
    return tmp_path / "a/open", tmp_path / "a/sealed"


def assert_same(one, other):
    np.testing.assert_array_equal(np.asarray(one.images), np.asarray(other.images))
    np.testing.assert_array_equal(one.labels, other.labels)
    assert one.images.dtype == other.images.dtype


def test_what_is_written_comes_back(splits, directories):
    training = open_training(directories[0])
    assert_same(training.train, splits.train)
    assert_same(training.validation, splits.validation)
    assert training.class_names == splits.class_names
    assert training.image_shape == (8, 6, 3)
    assert training.normaliser.per == "pixel"
    assert_same(open_sealed(directories[1]), splits.test)


def test_images_are_memory_mapped_and_read_only(directories):
    for images in (open_training(directories[0]).train.images, open_sealed(directories[1]).images):
        assert isinstance(images, np.memmap)
        assert not images.flags.writeable


def test_test_images_open_without_their_labels(splits, directories):
    (directories[1] / "test_labels.npy").unlink()
    np.testing.assert_array_equal(open_test_images(directories[1]), splits.test.images)


def test_training_directory_holds_nothing_of_the_test_split(directories):
    assert sorted(path.name for path in directories[0].iterdir()) == [
        "classes.json",
        "normaliser.npz",
        "train_images.npy",
        "train_labels.npy",
        "validation_images.npy",
        "validation_labels.npy",
    ]
    assert sorted(path.name for path in directories[1].iterdir()) == [
        "test_images.npy",
        "test_labels.npy",
    ]


@pytest.mark.parametrize("name", ["train_images.npy", "classes.json", "normaliser.npz"])
def test_missing_file_is_an_error_of_one_line(directories, name):
    (directories[0] / name).unlink()
    with pytest.raises(DataError, match="does not hold whole splits"):
        open_training(directories[0])


@pytest.mark.parametrize("name", ["train_images.npy", "classes.json", "normaliser.npz"])
def test_truncated_file_is_an_error_of_one_line(directories, name):
    path = directories[0] / name
    path.write_bytes(path.read_bytes()[:10])
    with pytest.raises(DataError) as caught:
        open_training(directories[0])
    assert "\n" not in str(caught.value)


def test_missing_sealed_directory_is_an_error(tmp_path):
    with pytest.raises(DataError, match="does not hold whole splits"):
        open_sealed(tmp_path)


def test_fingerprint_is_the_same_for_the_same_splits(splits):
    recipe = {"validation": 0.2, "seed": 7}
    same = replace(splits, train=split(0))
    assert fingerprint(splits, recipe) == fingerprint(same, dict(reversed(recipe.items())))
    assert len(fingerprint(splits, recipe)) == 32


def test_fingerprint_tells_every_change(splits):
    changed_label = LabelledImages(splits.train.images, 1 - splits.train.labels)
    swapped = replace(splits, train=splits.validation, validation=splits.train)
    taller = split(2)
    taller = LabelledImages(taller.images.reshape(6, 6, 8, 3), taller.labels)
    prints = {
        fingerprint(splits, {"seed": 7}),
        fingerprint(splits, {"seed": 8}),
        fingerprint(replace(splits, class_names=("Katze", "Hund")), {"seed": 7}),
        fingerprint(replace(splits, train=changed_label), {"seed": 7}),
        fingerprint(replace(splits, test=split(3)), {"seed": 7}),
        fingerprint(replace(splits, test=taller), {"seed": 7}),
        fingerprint(swapped, {"seed": 7}),
    }
    assert len(prints) == 7


def test_fingerprint_does_not_need_contiguous_arrays(splits):
    mirrored = LabelledImages(splits.train.images[:, :, ::-1], splits.train.labels)
    copied = LabelledImages(mirrored.images.copy(), mirrored.labels)
    one, other = (replace(splits, train=train) for train in (mirrored, copied))
    assert fingerprint(one, {}) == fingerprint(other, {})


def test_class_names_are_plain_json(directories):
    assert json.loads((directories[0] / "classes.json").read_text()) == ["Katze", "Vögel"]


def test_a_fold_is_held_out_of_the_development_images_in_their_order(splits, directories, tmp_path):
    folds = np.array([0, 1, 2, 0, 1, 2, 2, 1, 0, 0, 1, 2])
    write_folds(folds, np.arange(12), tmp_path)
    images = np.concatenate([splits.train.images, splits.validation.images])
    labels = np.concatenate([splits.train.labels, splits.validation.labels])
    for fold in range(3):
        part = open_fold(directories[0], tmp_path, fold)
        assert_same(part.train, LabelledImages(images[folds != fold], labels[folds != fold]))
        assert_same(part.validation, LabelledImages(images[folds == fold], labels[folds == fold]))


def test_the_normaliser_of_a_fold_is_fitted_on_its_training_part_alone(directories, tmp_path):
    write_folds(np.array([0, 1] * 6), np.arange(12), tmp_path)
    part = open_fold(directories[0], tmp_path, 1)
    mean = np.asarray(part.train.images, np.float64).mean(axis=0)
    np.testing.assert_allclose(part.normaliser.mean, mean)
    assert part.normaliser.per == "pixel"


def test_all_development_images_can_be_trained_on_with_none_left_to_validate(splits, directories):
    whole = open_all(directories[0])
    assert_same(whole.train, open_development(directories[0]))
    assert len(whole.train) == 12
    assert len(whole.validation) == 0
    np.testing.assert_array_equal(whole.train.images[6:], splits.validation.images)


def test_folds_that_are_damaged_are_one_line(directories, tmp_path):
    (tmp_path / "folds.npy").write_bytes(b"no array")
    with pytest.raises(DataError, match="does not hold whole splits"):
        open_fold(directories[0], tmp_path, 0)


def test_names_come_back_whatever_they_are(splits, tmp_path):
    train = replace(splits.train, names=("a b.png", "ü.png", '"=1".png', "x", "y", "z"))
    write_names(replace(splits, train=train), tmp_path)
    assert read_names(tmp_path) == {"train": train.names, "validation": ()}


def test_missing_names_are_an_error_of_one_line(tmp_path):
    with pytest.raises(DataError, match="does not hold whole splits"):
        read_names(tmp_path)
