from base64 import b64decode
from io import BytesIO

import numpy as np
import pytest
from PIL import Image

from ripieno.report.pictures import data_uris


def decoded(images):
    uris = data_uris(images)
    assert all(uri.startswith("data:image/png;base64,") for uri in uris)
    return [Image.open(BytesIO(b64decode(uri.partition(",")[2]))) for uri in uris]


def test_small_grey_images_keep_every_pixel():
    images = np.arange(12, dtype=np.uint8).reshape(1, 3, 4, 1)
    (picture,) = decoded(images)
    assert picture.mode == "L"
    assert np.array_equal(np.asarray(picture), images[0, ..., 0])


def test_small_colour_images_keep_every_pixel():
    images = np.random.default_rng(0).integers(0, 256, (2, 32, 32, 3), dtype=np.uint8)
    for picture, image in zip(decoded(images), images, strict=True):
        assert np.array_equal(np.asarray(picture), image)


@pytest.mark.parametrize(
    ("shape", "size"),
    [((200, 400, 3), (96, 48)), ((1, 500, 1), (96, 1)), ((7, 1, 1), (1, 7))],
)
def test_large_images_shrink_to_96_pixels(shape, size):
    (picture,) = decoded(np.zeros((1, *shape), dtype=np.uint8))
    assert picture.size == size


def test_a_large_photograph_costs_less_than_12_kilobytes():
    noise = np.random.default_rng(0).normal(0, 12, (1, 224, 224, 3))
    ramp = np.linspace(0, 255, 224)[:, np.newaxis, np.newaxis]
    (uri,) = data_uris(np.clip(ramp + noise, 0, 255).astype(np.uint8))
    assert len(uri) < 16_000  # 12 kB in base64


@pytest.mark.parametrize(
    ("values", "pixels"),
    [
        ([0.0, 0.5, 1.0], [0, 128, 255]),
        ([0.0, 100.0, 200.0], [0, 100, 200]),
        ([-1.0, 0.0, 1.0], [0, 128, 255]),
        ([np.nan, 0.5, 1.0], [0, 128, 255]),
        ([-3.0, -3.0, -3.0], [0, 0, 0]),
    ],
)
def test_float_images_are_shown_over_their_range(values, pixels):
    (picture,) = decoded(np.array(values, dtype=np.float32).reshape(1, 1, 3, 1))
    assert np.asarray(picture).ravel().tolist() == pixels


def test_no_images_are_no_pictures():
    assert data_uris(np.zeros((0, 8, 8, 1), dtype=np.float32)) == []
