import numpy as np
import pytest

from ripieno.training.inference import in_batches


@pytest.mark.parametrize("batch_size", [1, 3, 7, 100, None])
def test_rows_come_in_order_whatever_the_batch(batch_size):
    images = np.arange(7.0).reshape(7, 1, 1, 1)

    rows = in_batches(lambda batch: batch.reshape(len(batch), -1) * 2, images, batch_size)

    assert rows.tolist() == [[0], [2], [4], [6], [8], [10], [12]]
    assert rows.dtype == np.float64


@pytest.mark.parametrize(("size", "expected"), [(20, 1000), (2000, 1)])
def test_batches_of_large_images_are_smaller(size, expected):
    images = np.broadcast_to(np.zeros(1, np.uint8), (1002, size, size, 1))
    sizes = []

    def function(batch):
        sizes.append(len(batch))
        return np.zeros((len(batch), 1))

    in_batches(function, images[: expected + 2])

    assert sizes[0] == expected
