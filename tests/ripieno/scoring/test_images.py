import numpy as np
import pytest
from PIL import Image

from ripieno.data.class_directories import find_pictures
from ripieno.data.pictures import Picture
from ripieno.data.sources import SOURCES
from ripieno.data.unreadable import Unreadable
from ripieno.errors import DataError
from ripieno.scoring.images import ImageSettings

GREY = ImageSettings((4, 5, 1), "uint8")
FLOATS = ImageSettings((4, 5, 1), "float32")


def noise(*shape):
    return np.random.default_rng(0).integers(0, 256, shape, dtype=np.uint8)


def test_pictures_become_what_the_training_source_makes_of_them(tmp_path):
    modes = {"L": (9, 7), "RGB": (9, 7, 3), "RGBA": (6, 11, 4), "LA": (5, 5, 2), "P": (8, 8)}
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        for mode, shape in modes.items():
            image = Image.fromarray(noise(*shape))
            image = image.convert("P") if mode == "P" else image
            image.save(tmp_path / name / f"{mode}.png")
        cmyk = Image.fromarray(noise(8, 8, 3)).convert("CMYK")
        cmyk.save(tmp_path / name / "cmyk.jpg")
        deep = noise(8, 8).astype(np.uint16) << 8
        Image.fromarray(deep).save(tmp_path / name / "deep.png")
    settings = {"image_size": (6, 7), "background": 40}
    trained = SOURCES["image_folder"](directory=tmp_path, **settings)
    scored = ImageSettings(trained.image_shape, "uint8", background=40).read(
        [Picture(file.path.name, file.path) for file in find_pictures(tmp_path).files]
    )
    np.testing.assert_array_equal(np.stack(scored), trained.images)


def test_a_picture_that_cannot_be_read_is_named_with_its_reason(tmp_path):
    (tmp_path / "text.png").write_text("no picture")
    (found,) = GREY.read([Picture("text.png", tmp_path / "text.png")])
    assert found == Unreadable("text.png", "no PNG, JPEG, WEBP or BMP picture")


@pytest.mark.parametrize("shape", [(3, 9, 7), (3, 9, 7, 1), (3, 9, 7, 3), (3, 9, 7, 4)])
def test_arrays_of_another_shape_are_treated_as_decoded_pictures(shape, tmp_path):
    pixels = noise(*shape)
    pictures = []
    for i, image in enumerate(pixels):
        path = tmp_path / f"{i}.png"
        Image.fromarray(image[..., 0] if shape[-1] == 1 else image).save(path)
        pictures.append(Picture(path.name, path))
    converted = GREY.convert(pixels, "abc")
    np.testing.assert_array_equal(np.stack(converted), np.stack(GREY.read(pictures)))


def test_arrays_of_the_trained_shape_stay_as_they_are():
    pixels = noise(3, 4, 5)
    np.testing.assert_array_equal(np.stack(GREY.convert(pixels, "abc"))[..., 0], pixels)


def test_whole_numbers_out_of_range_are_unreadable_one_by_one():
    pixels = noise(3, 4, 5).astype(np.int64)
    pixels[1, 0, 0] = 300
    found = GREY.convert(pixels, ["a", "b", "c"])
    assert [isinstance(each, Unreadable) for each in found] == [False, True, False]
    assert "300" in found[1].reason


def test_floats_that_are_not_finite_are_unreadable():
    pixels = np.zeros((2, 4, 5))
    pixels[0, 0, 0] = np.nan
    found = FLOATS.convert(pixels, ["a", "b"])
    assert found[0] == Unreadable("a", "NaN or infinite pixels")
    assert found[1].dtype == np.float32


@pytest.mark.parametrize(
    ("settings", "dtype", "shape", "words"),
    [
        (GREY, "float32", (3, 4, 5), "whole numbers from 0 to 255, received float32"),
        (GREY, "U3", (3, 4, 5), "expected pixels as numbers"),
        (GREY, "uint8", (3, 20), "Reshape the flat rows"),
        (GREY, "uint8", (3, 3, 8, 8), "channels last"),
        (GREY, "uint8", (3, 0, 5), "expected images"),
        (FLOATS, "float64", (3, 9, 9), r"expected images of shape \(4, 5, 1\)"),
    ],
)
def test_an_array_that_cannot_be_scored_is_refused(settings, dtype, shape, words):
    with pytest.raises(DataError, match=words):
        settings.check_array(np.dtype(dtype), shape, "images")


def test_an_array_too_large_for_memory_is_checked_all_the_same():
    GREY.check_array(np.dtype("uint8"), (10**12, 4, 5), "images")


@pytest.mark.parametrize("settings", [FLOATS, ImageSettings((4, 5, 2), "uint8")])
def test_an_ensemble_that_no_picture_suits_says_so(settings):
    with pytest.raises(DataError, match="pictures cannot become"):
        settings.read([])
