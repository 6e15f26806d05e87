import logging

import numpy as np
import pytest
from PIL import Image

from ripieno.data import near_identical
from ripieno.data.identical import picture_numbers
from ripieno.data.near_identical import near_identical_twins


def draw(n, seed, side=28, channels=1):
    """Pictures of a few soft spots, no two alike."""
    coarse = np.random.default_rng(seed).integers(0, 256, (n, 7, 7, channels), np.uint8)
    return np.stack(
        [
            [np.asarray(Image.fromarray(each[..., c]).resize((side, side))) for each in coarse]
            for c in range(channels)
        ],
        axis=3,
    )


def noisy(pictures, seed=9):
    noise = np.random.default_rng(seed).normal(0, 3, pictures.shape)
    return np.clip(np.rint(pictures + noise), 0, 255).astype(np.uint8)


def find(train, validation, test):
    images = {"train": train, "validation": validation, "test": test}
    return near_identical_twins(images, picture_numbers(images))


def positions(twins):
    return np.flatnonzero(twins.first).tolist(), np.flatnonzero(twins.second).tolist()


def test_copies_are_found_between_all_splits():
    train, validation, test = (draw(12, seed) for seed in range(3))
    validation[3] = noisy(train[5])
    test[1] = noisy(train[7])
    test[8] = noisy(validation[2])
    found = find(train, validation, test)
    assert positions(found["train_validation"]) == ([5], [3])
    assert positions(found["train_test"]) == ([7], [1])
    assert positions(found["validation_test"]) == ([2], [8])
    assert found["train_test"].examples == ((7, 1),)


def test_pictures_of_their_own_have_no_twin():
    for twins in find(*(draw(60, seed) for seed in range(3))).values():
        assert positions(twins) == ([], [])


@pytest.mark.parametrize("shift", [(0, 1), (0, -1), (1, 0), (-1, 0)])
def test_copies_that_moved_by_one_pixel_are_found(shift):
    train, test = draw(10, 0), draw(10, 1)
    test[4] = np.roll(train[6], shift, axis=(0, 1))
    assert positions(find(train, draw(2, 2), test)["train_test"]) == ([6], [4])


def test_small_pictures_that_moved_by_one_pixel_are_others():
    train = draw(10, 0, side=10)
    moved = np.roll(train, 1, axis=2)
    assert positions(find(train, draw(2, 2, side=10), moved)["train_test"]) == ([], [])


def test_identical_pictures_are_no_near_identical_ones():
    train = draw(5, 0)
    assert positions(find(train, draw(2, 1), train.copy())["train_test"]) == ([], [])


def test_plain_pictures_are_twins_of_none():
    train = draw(5, 0)
    train[:3] = np.array([0, 100, 101], np.uint8).reshape(3, 1, 1, 1)
    test = np.full((3, 28, 28, 1), 99, np.uint8)
    assert positions(find(train, draw(2, 1), test)["train_test"]) == ([], [])


@pytest.mark.parametrize("scale", [1 / 255, 1.0, 1e4])
def test_scale_of_floating_point_pictures_plays_no_part(scale):
    train, validation, test = (draw(10, seed) for seed in range(3))
    test[3] = noisy(train[0])
    found = find(
        *(each * np.float32(scale) - np.float32(scale) for each in (train, validation, test))
    )
    assert positions(found["train_test"]) == ([0], [3])


def test_colours_are_compared():
    train, validation, test = (draw(10, seed, channels=3) for seed in range(3))
    test[3] = noisy(train[0])
    test[4] = train[1][..., ::-1]  # as grey it would be the same
    assert positions(find(train, validation, test)["train_test"]) == ([0], [3])


def test_large_pictures_are_compared_reduced():
    train, validation, test = (draw(6, seed, side=150, channels=3) for seed in range(3))
    test[3] = noisy(np.roll(train[0], 1, axis=1))
    assert positions(find(train, validation, test)["train_test"]) == ([0], [3])


def test_blocks_leave_no_pair_out(monkeypatch):
    train, validation, test = (draw(40, seed) for seed in range(3))
    test[::3] = noisy(train[: len(test[::3])])
    whole = find(train, validation, test)["train_test"]
    monkeypatch.setattr(near_identical, "_BLOCK_NUMBERS", 7 * 784)
    monkeypatch.setattr(near_identical, "_PART_NUMBERS", 9 * 784)
    monkeypatch.setattr(near_identical, "_CONFIRMED_NUMBERS", 1)
    in_blocks = find(train, validation, test)["train_test"]
    assert positions(whole) == positions(in_blocks) == (list(range(14)), list(range(0, 40, 3)))
    assert len(in_blocks.examples) == 5


def test_hashes_must_be_closer_where_most_pictures_look_alike(monkeypatch, caplog):
    caplog.set_level(logging.INFO)
    monkeypatch.setattr(near_identical, "_MAX_PROPOSED", 100)
    train = noisy(np.repeat(draw(1, 0), 20, axis=0))
    test = noisy(np.repeat(draw(1, 0), 20, axis=0), seed=10)
    test[0] = train[0]
    test[0, 5, 5] ^= 1
    found = find(train, draw(2, 1), test)["train_test"]
    assert found.first[0]
    assert found.second[0]
    assert "many images look alike" in caplog.text


def test_memory_mapped_pictures_are_searched(tmp_path):
    train, validation, test = (draw(6, seed) for seed in range(3))
    test[3] = noisy(train[0])
    mapped = []
    for name, each in (("train", train), ("validation", validation), ("test", test)):
        np.save(tmp_path / f"{name}.npy", each)
        mapped.append(np.load(tmp_path / f"{name}.npy", mmap_mode="r"))
    assert positions(find(*mapped)["train_test"]) == ([0], [3])
