import numpy as np
import pytest

from ripieno.data.normalisation import AXES, fit_normaliser
from ripieno.models.features import Hog, hog
from ripieno.models.rows import hog_step, normaliser_step, rows_of

IMAGES = np.random.default_rng(0).integers(0, 256, (30, 8, 9, 3)).astype(np.uint8)


@pytest.mark.parametrize("axis", AXES.values())
def test_normaliser_step_does_what_the_normaliser_does(axis):
    normaliser = fit_normaliser(IMAGES, axis)

    rows = normaliser_step(normaliser, (8, 9, 3)).transform(rows_of(IMAGES))

    np.testing.assert_allclose(rows, rows_of(normaliser.apply(IMAGES)), atol=1e-5)
    assert rows.dtype == np.float32


def test_hog_step_gives_the_features_of_the_images():
    settings = Hog(orientations=5, cell_size=2)

    rows = hog_step(settings, (8, 9, 3)).transform(rows_of(IMAGES))

    np.testing.assert_array_equal(rows, hog(IMAGES, settings))
