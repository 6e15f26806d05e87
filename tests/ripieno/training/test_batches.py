import numpy as np
import pytest

from ripieno.training.augmentation import Augmentation
from ripieno.training.batches import steps_per_epoch, training_batches


def batches(n_samples, batch_size, seed=0):
    images = np.arange(n_samples, dtype=np.float32).reshape(-1, 1, 1, 1)
    labels = np.arange(n_samples) % 2
    rng = np.random.default_rng(seed)
    weights = np.array([1.0, 3.0])
    return list(training_batches(images, labels, weights, batch_size, Augmentation(), rng))


def test_full_batches_hold_different_samples_with_their_labels_and_weights():
    epoch = batches(10, 4)

    assert len(epoch) == steps_per_epoch(10, 4) == 2
    seen = np.concatenate([images.ravel() for images, _, _ in epoch])
    labels = np.concatenate([labels for _, labels, _ in epoch])
    weights = np.concatenate([weights for _, _, weights in epoch])
    assert len(set(seen)) == 8
    np.testing.assert_array_equal(labels, seen.astype(int) % 2)
    np.testing.assert_array_equal(weights, 1 + 2 * labels)


def test_split_smaller_than_a_batch_is_one_batch():
    ((images, _, _),) = batches(3, 128)

    assert sorted(images.ravel()) == [0, 1, 2]


def test_another_seed_gives_another_order():
    first, second = (batches(64, 64, seed)[0][0].ravel() for seed in (1, 2))

    assert first.tolist() != second.tolist()


def test_memory_map_is_read_one_batch_at_a_time(tmp_path):
    np.save(tmp_path / "images.npy", np.zeros((20, 2, 2, 1), np.uint8))
    images = np.load(tmp_path / "images.npy", mmap_mode="r")
    rng = np.random.default_rng(0)
    labels = np.zeros(20, int)

    for batch, _, _ in training_batches(images, labels, np.ones(1), 5, Augmentation(), rng):
        assert batch.shape == (5, 2, 2, 1)
        assert batch.flags.writeable  # a copy, not the map


@pytest.mark.parametrize(("n_samples", "batch_size", "steps"), [(1, 1, 1), (5, 9, 1), (9, 4, 2)])
def test_steps_per_epoch(n_samples, batch_size, steps):
    assert steps_per_epoch(n_samples, batch_size) == steps
