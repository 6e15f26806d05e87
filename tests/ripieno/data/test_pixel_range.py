import numpy as np
import pytest

from ripieno.data.pixel_range import PixelRange

BYTES, UNIT = PixelRange(0, 255, whole=True), PixelRange(0, 1, whole=False)
STANDARDISED = PixelRange(-2.1, 2.6, whole=False)
DIGITS = PixelRange(0, 16, whole=True)
DEEP = PixelRange(0, 65535, whole=True)


def whole(low, high):
    return PixelRange(low, high, whole=True)


def fractions(low, high):
    return PixelRange(low, high, whole=False)


def test_a_range_is_that_of_all_images_and_batches():
    images = np.zeros((3, 600, 600, 3), np.float32)  # more than one batch
    images[1, 2, 3, 0], images[2, 5, 5, 2] = -3, 7
    assert PixelRange.of(images) == whole(-3, 7)
    images[2, 0, 0, 0] = 0.5
    assert PixelRange.of(images) == fractions(-3, 7)


def test_a_range_survives_json_and_reads_as_words():
    for each in (BYTES, STANDARDISED):
        assert PixelRange.from_dict(each.to_dict()) == each
    assert str(BYTES) == "whole numbers from 0 to 255"
    assert str(fractions(-0.42421296, 2.8)) == "fractions from -0.4242 to 2.8"


@pytest.mark.parametrize(
    ("trained", "given"),
    [
        (UNIT, whole(0, 255)),
        (UNIT, whole(255, 255)),
        (UNIT, fractions(0, 254.6)),
        (STANDARDISED, whole(0, 255)),
        (fractions(-1, 1), whole(0, 255)),
        (DIGITS, whole(0, 255)),
        (BYTES, whole(0, 65535)),
        (BYTES, whole(-2000, 100)),
        (BYTES, fractions(0, 1)),
        (BYTES, fractions(-1, 1)),
        (BYTES, STANDARDISED),
        (BYTES, fractions(0.1, 0.2)),
        (DIGITS, fractions(0, 1)),
        (DEEP, fractions(0, 1)),
        (whole(10, 250), fractions(0, 1)),
    ],
)
def test_what_is_clearly_scaled_otherwise_does_not_match(trained, given):
    problem = trained.mismatch(given)
    assert str(trained) in problem
    assert str(given) in problem
    assert "\n" not in problem


@pytest.mark.parametrize(
    ("trained", "given"),
    [
        *((each, each) for each in (BYTES, UNIT, STANDARDISED, DIGITS, DEEP)),
        *((each, whole(0, 0)) for each in (BYTES, UNIT, STANDARDISED, DIGITS, DEEP)),
        (BYTES, whole(0, 3)),  # a dark photograph
        (BYTES, whole(255, 255)),
        (BYTES, whole(0, 1)),  # a binary picture, or a nearly black one
        (BYTES, fractions(0, 254.6)),  # resized, where members were trained on floats
        (BYTES, fractions(-8.2, 261.4)),  # resized by a kernel that overshoots
        (BYTES, fractions(0, 7.5)),
        (UNIT, whole(0, 1)),
        (UNIT, fractions(0, 3.2)),
        (STANDARDISED, fractions(0, 1)),
        (STANDARDISED, fractions(-9, 14)),
        (fractions(0, 40), fractions(0, 0.9)),
        (whole(0, 1), fractions(0, 0.5)),
        (whole(0, 1023), whole(0, 4095)),
        (whole(200, 255), whole(0, 255)),
        (fractions(273, 310), whole(0, 0)),
        (whole(0, 0), whole(0, 255)),  # nothing is known from black images alone
    ],
)
def test_what_may_be_another_image_of_the_kind_matches(trained, given):
    assert trained.mismatch(given) is None


@pytest.mark.parametrize(
    ("trained", "given"),
    [
        (BYTES, whole(0, 1)),
        (DEEP, whole(0, 255)),
        (UNIT, whole(0, 3)),
        (whole(0, 100), whole(0, 255)),
        (fractions(0, 255), fractions(0, 1)),
    ],
)
def test_what_is_odd_but_possible_is_said(trained, given):
    assert trained.mismatch(given) is None
    assert str(given) in trained.doubt(given)


@pytest.mark.parametrize(
    ("trained", "given"),
    [
        (BYTES, BYTES),
        (BYTES, whole(0, 0)),
        (BYTES, whole(0, 3)),
        (UNIT, whole(0, 1)),
        (UNIT, fractions(-0.2, 1.4)),
        (STANDARDISED, fractions(-3, 4)),
        (whole(0, 0), whole(0, 255)),
    ],
)
def test_what_is_like_the_training_pixels_is_not_remarked_on(trained, given):
    assert trained.doubt(given) is None
