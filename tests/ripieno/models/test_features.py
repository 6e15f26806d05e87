import numpy as np
import pytest
from skimage.feature import hog as hog_of_skimage

from ripieno.errors import ConfigurationError
from ripieno.models.features import Hog, check_hog, hog


@pytest.mark.parametrize(
    ("orientations", "cell_size", "block_size"), [(9, 4, 2), (8, 4, 1), (12, 7, 2), (6, 3, 3)]
)
@pytest.mark.parametrize("channels", [1, 3])
def test_features_are_those_of_scikit_image(orientations, cell_size, block_size, channels):
    images = np.random.default_rng(0).integers(0, 256, (300, 19, 23, channels)).astype(np.uint8)

    ours = hog(images, Hog(orientations=orientations, cell_size=cell_size, block_size=block_size))

    for features, image in zip(ours[::40], images[::40], strict=True):
        theirs = hog_of_skimage(
            image,
            orientations=orientations,
            pixels_per_cell=(cell_size, cell_size),
            cells_per_block=(block_size, block_size),
            channel_axis=-1,
        )
        np.testing.assert_allclose(features, theirs, atol=1e-6)


def test_constant_image_gives_zeros():
    assert not hog(np.full((1, 8, 8, 1), 9, np.uint8), Hog()).any()


@pytest.mark.parametrize("image_shape", [(8, 8, 1), (19, 23, 3), (28, 28, 1)])
def test_number_of_features_is_foretold(image_shape):
    images = np.zeros((2, *image_shape), np.uint8)

    assert hog(images, Hog()).shape == (2, Hog().n_features(image_shape))


def test_images_smaller_than_a_block_are_refused():
    check_hog(Hog(), (8, 8, 1))
    with pytest.raises(ConfigurationError, match=r"8x7 pixels are smaller than one block"):
        check_hog(Hog(), (8, 7, 1))
