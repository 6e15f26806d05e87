"""A tiny real ensemble: two members that look at the mean of an image, no library needed."""

import numpy as np
import pytest

from ripieno.data.pixel_range import PixelRange
from ripieno.drift.reference import describe
from ripieno.pooling.pool import Pool
from ripieno.scoring.ensemble import ScoringEnsemble
from ripieno.scoring.images import ImageSettings

SHAPE = (4, 5, 1)


def bright(images):
    """Class `bright` in proportion to the mean."""
    share = images.mean(axis=(1, 2, 3)) / 255
    return np.stack([1 - share, share], axis=1)


def dark(images):
    return bright(images)[:, ::-1]


@pytest.fixture
def ensemble():
    def predict(images):
        return np.stack([bright(images), dark(images)])

    images = np.random.default_rng(0).integers(0, 256, (200, *SHAPE), dtype=np.uint8)
    pool = Pool("linear_pool", np.array([0.9, 0.1]), np.ones(2))
    return ScoringEnsemble(
        name="bright-1",
        key="0" * 32,
        experiment="bright",
        configuration={},
        data="f" * 32,
        members=("one", "other"),
        pool=pool,
        images=ImageSettings(SHAPE, "uint8", pixels=PixelRange.of(images)),
        reference=describe(
            images, predict(images), pool, ("dark", "bright"), PixelRange.of(images)
        ),
        load=lambda: predict,
    )
