from io import BytesIO

import numpy as np
import pytest
from PIL import Image

from ripieno.data.likeness import are_alike
from ripieno.data.views import SHIFTS, prepare

SIDE = 28


@pytest.fixture(scope="module")
def pictures():
    """Twenty pictures of 28x28, coarse enough to be rescaled."""
    coarse = np.random.default_rng(0).integers(0, 256, (20, 7, 7), np.uint8)
    large = [
        Image.fromarray(each).resize((SIDE, SIDE), Image.Resampling.BICUBIC) for each in coarse
    ]
    return np.array([np.asarray(each) for each in large], np.float64)


def alike(first, second):
    """Whether pictures at the same position are alike."""
    one, other = (
        prepare(np.asarray(each, np.float32)[..., np.newaxis], SHIFTS[:1])[0]
        for each in (first, second)
    )
    at = np.arange(len(first))
    return are_alike(one, at, other, at)


def through_jpeg(pictures, quality):
    copies = []
    for each in pictures:
        file = BytesIO()
        Image.fromarray(each.astype(np.uint8)).save(file, "JPEG", quality=quality)
        copies.append(np.asarray(Image.open(file)))
    return np.array(copies)


def rescaled(pictures, side):
    small = [Image.fromarray(each.astype(np.uint8)).resize((side, side)) for each in pictures]
    return np.array([np.asarray(each.resize((SIDE, SIDE))) for each in small])


def test_jpeg_copies_are_alike(pictures):
    assert alike(pictures, through_jpeg(pictures, 75)).all()


@pytest.mark.parametrize("side", [14, 21])
def test_rescaled_copies_are_alike_whichever_of_the_two_was_rescaled(pictures, side):
    assert alike(pictures, rescaled(pictures, side)).all()
    assert alike(rescaled(pictures, side), pictures).all()


def test_slight_noise_and_brightness_are_no_difference(pictures):
    noise = np.random.default_rng(1).normal(0, 4, pictures.shape)
    assert alike(pictures, 1.05 * pictures + 3 + noise).all()


def test_other_pictures_are_not_alike(pictures):
    assert not alike(pictures, np.roll(pictures, 1, axis=0)).any()


def test_pictures_that_differ_in_one_part_are_not_alike(pictures):
    repainted = pictures.copy()
    repainted[:, 8:16, 8:16] = 255 - repainted[:, 8:16, 8:16]
    assert not alike(pictures, repainted).any()


def test_negative_is_not_alike(pictures):
    assert not alike(pictures, 255 - pictures).any()


@pytest.mark.parametrize(
    ("contrast", "same"), [(0.5, False), (0.85, True), (1.2, True), (2.0, False)]
)
def test_contrast_may_differ_by_a_quarter(pictures, contrast, same):
    level = pictures.mean(axis=(1, 2), keepdims=True)
    assert (alike(pictures, level + contrast * (pictures - level)) == same).all()


@pytest.mark.parametrize(("contrasts", "same"), [(-0.8, True), (0.8, True), (1.7, False)])
def test_brightness_may_differ_by_one_contrast(pictures, contrasts, same):
    inner = pictures[:, 2:-2, 2:-2]
    brighter = pictures + contrasts * inner.std(axis=(1, 2), keepdims=True)
    assert (alike(pictures, brighter) == same).all()


def test_pictures_of_one_colour_are_alike_to_none():
    plain = np.full((2, SIDE, SIDE), 7.0)
    assert not alike(plain, plain).any()


def test_no_pairs_are_no_trouble(pictures):
    (views,) = prepare(pictures[..., np.newaxis].astype(np.float32), SHIFTS[:1])
    none = np.empty(0, np.int64)
    assert are_alike(views, none, views, none).shape == (0,)
