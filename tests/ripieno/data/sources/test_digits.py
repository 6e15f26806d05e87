import numpy as np
from sklearn.datasets import load_digits

from ripieno.data.sources.digits import load


def test_digits_are_small_grey_images_of_ten_classes():
    dataset = load()
    assert dataset.images.shape == (1797, 8, 8, 1)
    assert dataset.images.dtype == np.uint8
    assert dataset.class_names == tuple("0123456789")
    assert dataset.test is None


def test_digits_have_the_range_of_bytes_and_keep_their_17_levels():
    levels, counts = np.unique(load().images, return_counts=True)
    # 255 / 16 of scikit-learn's levels, to the nearest whole number.
    by_hand = [0, 16, 32, 48, 64, 80, 96, 112, 128, 143, 159, 175, 191, 207, 223, 239, 255]
    assert levels.tolist() == by_hand
    assert counts.tolist() == np.unique(load_digits().images, return_counts=True)[1].tolist()
