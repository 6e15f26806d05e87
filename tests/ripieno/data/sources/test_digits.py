import numpy as np

from ripieno.data.sources.digits import load


def test_digits_are_small_grey_images_of_ten_classes():
    dataset = load()
    assert dataset.images.shape == (1797, 8, 8, 1)
    assert dataset.images.dtype == np.uint8
    assert (dataset.images.min(), dataset.images.max()) == (0, 16)
    assert dataset.class_names == tuple("0123456789")
    assert dataset.test is None
