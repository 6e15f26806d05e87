"""One picture file, in any mode and orientation, to an array of 8-bit grey or RGB pixels.

What happens to a picture, in this order: it is turned upright as its EXIF orientation says; 16-bit
grey keeps its upper eight bits, as Pillow does with 16-bit colour; palette and CMYK become RGB;
transparent pixels are laid on a background of one grey level; colours become grey (or grey RGB)
where that is asked for, with ITU-R 601 luma; and it is stretched to the size of the data set
with an antialiasing triangle filter, where it has another. Of an animation the first frame counts.
"""

from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from PIL import Image, UnidentifiedImageError
from PIL.ImageFile import ImageFile

from ripieno.data.paths import one_line

FORMATS = ("PNG", "JPEG", "WEBP", "BMP")  # a closed list: other parsers are not run on any file
SUFFIXES = frozenset({".png", ".jpg", ".jpeg", ".jfif", ".webp", ".bmp"})

Mode = Literal["L", "RGB"]
Size = tuple[int, int]
"""Height and width in pixels."""

_GREY_MODES = frozenset({"1", "L", "LA", "La", "I", "I;16", "I;16L", "I;16B", "I;16N"})
_EXIF_ORIENTATION = 0x0112
_UPRIGHT = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}


@dataclass(frozen=True)
class Picture:
    """A picture that is still encoded.

    Attributes:
        name: What reports call it: a relative path, or a file and a row.
        content: Its file, or its bytes; None where the source has nothing for it.
        defect: Why it cannot be used whatever its pixels are, such as a missing label.
    """

    name: str
    content: Path | bytes | None
    defect: str | None = None


@dataclass(frozen=True)
class PictureHeader:
    """What is known of a picture before its pixels are decoded.

    Attributes:
        size: Height and width once it is upright.
        is_grey: Whether the file stores grey levels. A file that stores grey as RGB counts as
            colour, as every WebP does.
    """

    size: Size
    is_grey: bool


def read_header(picture: Picture) -> PictureHeader:
    """Size and colour of a picture, without decoding its pixels.

    Raises:
        Exception: Whatever Pillow raises on a broken file; `unreadable_because` puts it in words.
    """
    with _open(picture) as image:
        width, height = image.size
        size = (width, height) if _orientation(image) >= 5 else (height, width)
        return PictureHeader(size, _is_grey(image))


def read_picture(picture: Picture, mode: Mode, size: Size, background: int) -> NDArray[np.uint8]:
    """The pixels of a picture, as the module describes.

    Args:
        picture: What to decode.
        mode: `"L"` for grey, `"RGB"` for colour.
        size: Height and width to stretch to.
        background: Grey level in [0, 255] that shows through transparent pixels.

    Returns:
        Pixels of shape (height, width, channels).

    Raises:
        Exception: Whatever Pillow raises on a broken file; `unreadable_because` puts it in words.
    """
    with _open(picture) as opened:
        # A large JPEG decodes faster at a half, quarter or eighth: twice what is kept is enough.
        opened.draft(opened.mode, (2 * max(size), 2 * max(size)))
        opened.load()
        return _converted(_upright(opened), mode, size, background)


def convert_pixels(
    pixels: NDArray[np.uint8], mode: Mode, size: Size, background: int
) -> NDArray[np.uint8]:
    """Decoded pixels as `read_picture` would have made them.

    Args:
        pixels: Grey, grey with alpha, RGB or RGBA, of shape (height, width, 1, 2, 3 or 4).
        mode: As in `read_picture`.
        size: As in `read_picture`.
        background: As in `read_picture`.

    Returns:
        Pixels of shape (height, width, channels).
    """
    image = Image.fromarray(pixels[..., 0] if pixels.shape[2] == 1 else pixels)
    return _converted(image, mode, size, background)


def unreadable_because(error: Exception) -> str:
    """One short line on why a picture could not be read."""
    if isinstance(error, UnidentifiedImageError):
        return f"no {', '.join(FORMATS[:-1])} or {FORMATS[-1]} picture"
    if isinstance(error, OSError) and error.strerror:
        return error.strerror
    return one_line(error) or type(error).__name__


def _open(picture: Picture) -> Image.Image:
    if picture.defect is not None:
        raise ValueError(picture.defect)
    if not picture.content:
        raise ValueError("no image")
    if isinstance(picture.content, bytes):
        return Image.open(BytesIO(picture.content), formats=FORMATS)
    if picture.content.stat().st_size == 0:
        raise ValueError("empty file")
    return Image.open(picture.content, formats=FORMATS)


def _orientation(image: Image.Image) -> int:
    """The EXIF orientation, 1 (upright) to 8; 1 where it is missing or broken."""
    if image.format == "PNG" and "exif" not in image.info:
        return 1  # Pillow would decode all the pixels to look for a tag behind them
    try:
        orientation = image.getexif().get(_EXIF_ORIENTATION, 1)
    except Exception:  # broken metadata, of which parsers raise anything, spoil no pixel
        return 1
    return orientation if orientation in _UPRIGHT else 1


def _upright(image: Image.Image) -> Image.Image:
    method = _UPRIGHT.get(_orientation(image))
    return image if method is None else image.transpose(method)


def _is_grey(image: Image.Image) -> bool:
    if image.mode == "P" and image.palette is not None:
        stride = len(image.palette.rawmode or image.palette.mode)  # RGB, or BGRX in a BMP file
        colours = bytes(image.palette.palette)
        return colours[0::stride] == colours[1::stride] == colours[2::stride]
    # Pillow opens 16-bit grey with alpha as RGBA; its decoder's name tells the two apart.
    tiles = image.tile if isinstance(image, ImageFile) else []
    stored = str(tiles[0].args) if tiles else ""
    return image.mode in _GREY_MODES or stored.startswith("LA;16")


def _to_eight_bits(image: Image.Image) -> Image.Image:
    if not image.mode.startswith("I"):
        return image
    levels = np.clip(np.asarray(image), 0, 65535) >> 8  # Pillow's own conversion would clip at 255
    return Image.fromarray(levels.astype(np.uint8))


def _converted(image: Image.Image, mode: Mode, size: Size, background: int) -> NDArray[np.uint8]:
    image = _on_background(_to_eight_bits(image), background).convert(mode)
    if image.size != size[::-1]:
        image = image.resize(size[::-1], Image.Resampling.BILINEAR)
    pixels = np.asarray(image)
    return pixels[..., np.newaxis] if pixels.ndim == 2 else pixels


def _on_background(image: Image.Image, background: int) -> Image.Image:
    if not image.has_transparency_data:
        return image
    ground = Image.new("RGBA", image.size, (background, background, background, 255))
    return Image.alpha_composite(ground, image.convert("RGBA"))
