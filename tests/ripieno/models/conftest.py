import numpy as np
import pytest

from ripieno.data.dataset import LabelledImages
from ripieno.data.normalisation import fit_normaliser
from ripieno.data.storage import TrainingSplits


@pytest.fixture(scope="session")
def training() -> TrainingSplits:
    """Three classes of noisy 8x8 images that differ in which rows are bright."""
    rng = np.random.default_rng(0)

    def split(n_samples):
        labels = np.arange(n_samples) % 3
        images = rng.integers(0, 60, (n_samples, 8, 8, 1))
        for row in range(8):
            images[:, row] += 150 * (labels == row // 3)[:, None, None]
        return LabelledImages(images.astype(np.uint8), labels)

    train = split(96)
    normaliser = fit_normaliser(train.images, (0, 1, 2))
    return TrainingSplits(train, split(48), ("top", "middle", "bottom"), normaliser)
