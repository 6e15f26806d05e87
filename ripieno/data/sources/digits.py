"""scikit-learn's digits: 1,797 handwritten digits of 8x8 pixels, embedded, nothing to download."""

import numpy as np

from ripieno.data.dataset import Dataset, check_dataset


def load() -> Dataset:
    """The digits as uint8 images of shape (1797, 8, 8, 1), in ten classes of about 180.

    scikit-learn's pixels count the dark points of a 4x4 block, from 0 to 16. They are scaled to
    0..255, the range of bytes in any picture: 16 becomes 255, and the 17 levels stay distinct.

    References:
        Alpaydin & Kaynak (1998), Optical Recognition of Handwritten Digits, UCI repository.
    """
    from sklearn.datasets import load_digits

    digits = load_digits()
    images = np.rint(digits.images * (255 / 16)).astype(np.uint8)[..., np.newaxis]
    class_names = tuple(str(name) for name in digits.target_names)
    dataset = Dataset(images, digits.target.astype(np.int64), class_names)
    check_dataset(dataset)
    return dataset
