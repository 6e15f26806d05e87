import struct
import zlib
from io import BytesIO

import numpy as np
import pytest
from PIL import Image

from ripieno.data.pictures import Picture, read_header, read_picture, unreadable_because


def encoded(image, kind="PNG", **options):
    buffer = BytesIO()
    image.save(buffer, kind, **options)
    return Picture("picture", buffer.getvalue())


def png(bits, colour_type, row, extra=b""):
    """A PNG of one row, written by hand: Pillow writes no 16-bit colour or grey with alpha."""

    def chunk(kind, content):
        check = zlib.crc32(kind + content)
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", check)

    samples = {0: 1, 2: 3, 4: 2, 6: 4}[colour_type]
    width = len(row) // samples
    format_ = ">" + {8: "B", 16: "H"}[bits] * len(row)
    header = struct.pack(">IIBBBBB", width, 1, bits, colour_type, 0, 0, 0)
    data = zlib.compress(b"\0" + struct.pack(format_, *row))
    chunks = chunk(b"IHDR", header) + extra + chunk(b"IDAT", data) + chunk(b"IEND", b"")
    return Picture("picture", b"\x89PNG\r\n\x1a\n" + chunks)


def pixels(picture, mode="RGB", background=255):
    height, width = read_header(picture).size
    return read_picture(picture, mode, (height, width), background)


def first_pixel(picture, mode="RGB", background=255):
    return pixels(picture, mode, background)[0, 0].tolist()


@pytest.mark.parametrize("kind", ["PNG", "BMP", "JPEG", "WEBP"])
def test_every_format_is_read(kind):
    options = {"lossless": True} if kind == "WEBP" else {}
    picture = encoded(Image.new("RGB", (6, 4), (255, 255, 255)), kind, **options)
    assert read_header(picture).size == (4, 6)
    np.testing.assert_array_equal(pixels(picture), np.full((4, 6, 3), 255))


def test_file_is_read_like_its_bytes(tmp_path):
    path = tmp_path / "a.png"
    Image.new("L", (6, 4), 7).save(path)
    assert first_pixel(Picture("a.png", path), "L") == [7]


def test_grey_picture_has_one_channel():
    picture = encoded(Image.new("L", (6, 4), 7))
    assert read_header(picture).is_grey
    np.testing.assert_array_equal(pixels(picture, "L"), np.full((4, 6, 1), 7))


def test_grey_picture_as_rgb_repeats_its_level():
    assert first_pixel(encoded(Image.new("L", (6, 4), 7))) == [7, 7, 7]


def test_black_and_white_picture_is_grey_of_0_and_255():
    picture = encoded(Image.new("1", (6, 4), 1))
    assert read_header(picture).is_grey
    assert first_pixel(picture, "L") == [255]


def test_colour_becomes_grey_by_its_luma():
    # ITU-R 601: 0.299 * 255 = 76.2
    picture = encoded(Image.new("RGB", (6, 4), (255, 0, 0)))
    assert not read_header(picture).is_grey
    assert first_pixel(picture, "L") == [76]


@pytest.mark.parametrize(("background", "seen"), [(255, 127), (0, 0)])
def test_half_transparent_black_shows_half_the_background(background, seen):
    grey = encoded(Image.new("LA", (6, 4), (0, 128)))
    colour = encoded(Image.new("RGBA", (6, 4), (0, 0, 0, 128)))
    assert read_header(grey).is_grey
    assert not read_header(colour).is_grey
    assert first_pixel(grey, "L", background) == [seen]
    assert first_pixel(colour, "RGB", background) == [seen] * 3


def test_opaque_grey_with_alpha_keeps_its_level():
    assert first_pixel(encoded(Image.new("LA", (6, 4), (77, 255))), "L") == [77]


def palette_picture(*colours, transparent=None):
    image = Image.new("P", (len(colours), 1))
    image.putpalette([level for colour in colours for level in colour])
    image.putdata(range(len(colours)))
    return encoded(image, **({} if transparent is None else {"transparency": transparent}))


def test_palette_picture_takes_the_colours_of_its_palette():
    picture = palette_picture((1, 2, 3), (250, 0, 0))
    assert not read_header(picture).is_grey
    assert pixels(picture).tolist() == [[[1, 2, 3], [250, 0, 0]]]


def test_palette_of_grey_levels_is_grey():
    picture = palette_picture((9, 9, 9), (70, 70, 70))
    assert read_header(picture).is_grey
    assert pixels(picture, "L").tolist() == [[[9], [70]]]


def test_grey_palette_in_a_bmp_is_grey():
    image = Image.new("P", (2, 1))
    image.putpalette([5, 5, 5, 200, 200, 200])
    assert read_header(encoded(image, "BMP")).is_grey


def test_transparent_palette_index_shows_the_background():
    picture = palette_picture((1, 2, 3), (250, 0, 0), transparent=1)
    assert pixels(picture).tolist() == [[[1, 2, 3], [255, 255, 255]]]


def test_palette_with_an_alpha_for_each_index_is_composed():
    picture = palette_picture((0, 0, 0), (0, 0, 0), transparent=b"\xff\x00")
    assert pixels(picture).tolist() == [[[0, 0, 0], [255, 255, 255]]]


def test_transparent_colour_of_an_rgb_png_shows_the_background():
    picture = encoded(Image.new("RGB", (6, 4), (1, 2, 3)), transparency=(1, 2, 3))
    assert first_pixel(picture, background=9) == [9, 9, 9]


@pytest.mark.parametrize(("level", "seen"), [(0, 0), (0x00FF, 0), (0x8001, 0x80), (0xFFFF, 255)])
def test_sixteen_bits_of_grey_keep_their_upper_eight(level, seen):
    picture = png(16, 0, [level, level])
    assert read_header(picture).is_grey
    assert first_pixel(picture, "L") == [seen]


def test_sixteen_bits_of_colour_keep_their_upper_eight():
    assert first_pixel(png(16, 2, [0x1100, 0x2200, 0x33FF])) == [0x11, 0x22, 0x33]


def test_sixteen_bits_of_grey_with_alpha_are_grey():
    picture = png(16, 4, [0x4000, 0xFFFF])
    assert read_header(picture).is_grey
    assert first_pixel(picture, "L") == [0x40]


def test_cmyk_jpeg_becomes_rgb():
    picture = encoded(Image.new("CMYK", (16, 16), (0, 255, 255, 0)), "JPEG", quality=100)
    assert not read_header(picture).is_grey
    np.testing.assert_allclose(first_pixel(picture), [255, 0, 0], atol=3)


def test_cmyk_jpeg_becomes_grey_where_that_is_asked_for():
    picture = encoded(Image.new("CMYK", (16, 16), (0, 0, 0, 0)), "JPEG")
    assert first_pixel(picture, "L") == [255]


# Where the upright picture is [[1, 2, 3], [4, 5, 6]], each orientation stores it so.
STORED = {
    1: [[1, 2, 3], [4, 5, 6]],
    2: [[3, 2, 1], [6, 5, 4]],
    3: [[6, 5, 4], [3, 2, 1]],
    4: [[4, 5, 6], [1, 2, 3]],
    5: [[1, 4], [2, 5], [3, 6]],
    6: [[3, 6], [2, 5], [1, 4]],
    7: [[6, 3], [5, 2], [4, 1]],
    8: [[4, 1], [5, 2], [6, 3]],
}


@pytest.mark.parametrize("orientation", STORED)
def test_picture_is_turned_upright_by_its_exif_orientation(orientation):
    exif = Image.Exif()
    exif[0x0112] = orientation
    stored = Image.fromarray(np.array(STORED[orientation], np.uint8))
    picture = encoded(stored, exif=exif)
    assert read_header(picture).size == (2, 3)
    assert pixels(picture, "L")[..., 0].tolist() == [[1, 2, 3], [4, 5, 6]]


def test_photograph_on_its_side_is_turned_upright():
    exif = Image.Exif()
    exif[0x0112] = 6
    picture = encoded(Image.new("RGB", (40, 20)), "JPEG", exif=exif)
    assert read_header(picture).size == (40, 20)
    assert pixels(picture).shape == (40, 20, 3)


def test_orientation_that_does_not_exist_changes_nothing():
    exif = Image.Exif()
    exif[0x0112] = 77
    assert read_header(encoded(Image.new("L", (6, 4)), exif=exif)).size == (4, 6)


def test_broken_exif_spoils_no_pixel():
    picture = encoded(Image.new("L", (6, 4), 7), exif=b"Exif\0\0garbage")
    assert first_pixel(picture, "L") == [7]


def test_picture_is_stretched_to_the_asked_size():
    picture = encoded(Image.new("RGB", (30, 10), (9, 9, 9)))
    assert read_picture(picture, "RGB", (8, 5), 255).shape == (8, 5, 3)


def test_large_jpeg_is_made_small_as_if_all_of_it_were_decoded():
    blocks = np.random.default_rng(0).integers(0, 256, (8, 8), np.uint8)
    large = Image.fromarray(np.kron(blocks, np.ones((128, 128), np.uint8)))
    picture = encoded(large, "JPEG", quality=95)
    whole = Image.open(BytesIO(picture.content)).resize((8, 8), Image.Resampling.BILINEAR)
    small = read_picture(picture, "L", (8, 8), 255)[..., 0]
    np.testing.assert_allclose(small, np.asarray(whole), atol=6)


def reason(picture):
    with pytest.raises(Exception) as caught:  # noqa: PT011 - parsers raise anything
        pixels(picture)
    return unreadable_because(caught.value)


def test_reasons_are_short_lines(tmp_path):
    (tmp_path / "empty.png").touch()
    (tmp_path / "text.png").write_text("no picture")
    whole = encoded(Image.effect_noise((40, 40), 50), "JPEG").content
    assert reason(Picture("a", tmp_path / "empty.png")) == "empty file"
    assert reason(Picture("a", tmp_path / "missing.png")) == "No such file or directory"
    assert reason(Picture("a", tmp_path / "text.png")) == "no PNG, JPEG, WEBP or BMP picture"
    assert reason(Picture("a", None)) == "no image"
    assert reason(Picture("a", whole, "no label")) == "no label"
    assert "truncated" in reason(Picture("a", whole[: len(whole) // 2]))


def test_picture_of_a_format_that_is_not_asked_for_is_refused():
    assert "no PNG" in reason(encoded(Image.new("L", (6, 4)), "GIF"))
