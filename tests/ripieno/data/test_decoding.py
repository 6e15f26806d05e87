from io import BytesIO

import numpy as np
import pytest
from PIL import Image

from ripieno.data.decoding import decode_pictures
from ripieno.data.pictures import Picture
from ripieno.errors import DataError

DEFAULTS = {
    "image_size": None,
    "channels": "auto",
    "background": 255,
    "max_unreadable_share": 0.0,
}


def picture(name, level=0, mode="L", size=(8, 8)):
    buffer = BytesIO()
    Image.new(mode, size, level).save(buffer, "PNG")
    return Picture(name, buffer.getvalue())


def truncated(name):
    buffer = BytesIO()
    Image.effect_noise((8, 8), 99).save(buffer, "JPEG")
    return Picture(name, buffer.getvalue()[:-40])


def decode(pictures, **settings):
    return decode_pictures(lambda: iter(pictures), **(DEFAULTS | settings))


def refusal(pictures, **settings):
    with pytest.raises(DataError) as caught:
        decode(pictures, **settings)
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_pictures_come_out_in_their_order():
    n = 700  # more than are decoded at a time
    decoded = decode([picture(str(k), k % 256) for k in range(n)])
    assert decoded.images.shape == (n, 8, 8, 1)
    assert decoded.images[:, 0, 0, 0].tolist() == [k % 256 for k in range(n)]
    assert decoded.kept.tolist() == list(range(n))
    assert decoded.findings == ()


def test_one_coloured_picture_makes_all_of_them_rgb():
    decoded = decode([picture("a", 7), picture("b", (1, 2, 3), "RGB")])
    assert decoded.images[:, 0, 0].tolist() == [[7, 7, 7], [1, 2, 3]]


def test_grey_with_alpha_leaves_the_data_grey():
    decoded = decode([picture("a", 7), picture("b", (0, 0), "LA")])
    assert decoded.images[:, 0, 0].tolist() == [[7], [255]]


@pytest.mark.parametrize(("channels", "n"), [("grey", 1), ("rgb", 3)])
def test_channels_can_be_asked_for(channels, n):
    pictures = [picture("a", 7), picture("b", (1, 2, 3), "RGB")]
    assert decode(pictures, channels=channels).images.shape == (2, 8, 8, n)


def test_mixed_sizes_are_refused_with_the_sizes_and_the_setting():
    message = refusal([picture("a"), picture("b"), picture("c", size=(12, 10))])
    assert "8x8 (2)" in message
    assert "10x12 (1)" in message
    assert "dataset.image_size" in message


def test_mixed_sizes_are_resized_to_the_asked_size_and_reported():
    decoded = decode([picture("a"), picture("c", size=(12, 10))], image_size=(6, 9))
    assert decoded.images.shape == (2, 6, 9, 1)
    assert "2 images were resized to 6x9" in decoded.findings[0]


def test_one_number_is_height_and_width():
    assert decode([picture("a")], image_size=16).images.shape == (1, 16, 16, 1)


def test_pictures_of_the_asked_size_are_no_finding():
    assert decode([picture("a")], image_size=8).findings == ()


def test_unreadable_pictures_found_in_either_pass_are_in_one_error():
    pictures = [picture("a"), Picture("text", b"text"), truncated("cut"), Picture("none", None)]
    message = refusal(pictures)
    assert "3 of 4" in message
    assert message.index("text") < message.index("cut") < message.index("none")


def test_tolerated_pictures_are_left_out_and_named():
    pictures = [picture("a", 1), Picture("text", b"text"), truncated("cut"), picture("d", 4)]
    decoded = decode(pictures, max_unreadable_share=0.5)
    assert decoded.images[:, 0, 0, 0].tolist() == [1, 4]
    assert decoded.kept.tolist() == [0, 3]
    assert "text (no PNG" in decoded.findings[0]
    assert "cut (" in decoded.findings[0]


def test_unreadable_picture_has_no_say_in_colour_and_size():
    pictures = [picture("a"), Picture("b", picture("b", size=(9, 9)).content, "no label")]
    assert decode(pictures, max_unreadable_share=0.5).images.shape == (1, 8, 8, 1)


def test_no_readable_picture_at_all_is_refused_whatever_is_tolerated():
    assert "1 of 1" in refusal([Picture("text", b"text")], max_unreadable_share=0.99)


def test_no_truncated_picture_alone_is_kept():
    assert "1 of 1" in refusal([truncated("cut")])


def test_no_pictures_at_all_are_refused():
    assert "received none" in refusal([])


def test_images_that_no_memory_holds_are_refused():
    message = refusal([picture("a")] * 2, image_size=2**23)
    assert "GiB" in message
    assert "dataset.image_size" in message


def test_images_are_uint8():
    assert decode([picture("a")]).images.dtype == np.uint8
