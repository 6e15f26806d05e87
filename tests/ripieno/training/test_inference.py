import numpy as np
import pytest

from ripieno.training.inference import in_batches


@pytest.mark.parametrize("batch_size", [1, 3, 7, 100])
def test_rows_come_in_order_whatever_the_batch(batch_size):
    images = np.arange(7.0).reshape(7, 1, 1, 1)

    rows = in_batches(lambda batch: batch.reshape(len(batch), -1) * 2, images, batch_size)

    assert rows.tolist() == [[0], [2], [4], [6], [8], [10], [12]]
    assert rows.dtype == np.float64
