"""Photos and scans of handwriting as a network reads them. Needs Pillow: the extra `pictures`."""

from __future__ import annotations

import os
from typing import Any

import numpy as np

from fastnet._centring import centred, placing
from fastnet._checks import flag, shown, whole
from fastnet._ink import find_ink, stroke_width

__all__ = ["SUFFIXES", "read_digit"]

#: The ends of the names of picture files.
SUFFIXES = (".png", ".jpg", ".jpeg", ".webp", ".bmp", ".gif", ".tif", ".tiff", ".ppm", ".pgm")

LARGEST = 640  # pixels on the longer side that a picture is looked at with
PEN = 0.125  # of the box that a digit is scaled into: how wide MNIST's strokes are
THIN = 0.8  # of that: thinner strokes are made wider


def read_digit(picture: Any, image_shape: tuple[int, int] = (28, 28), *, debug: bool = False) -> Any:
    """Read the digit in a photo or scan, as an image like those of MNIST.

    Parameters
    ----------
    picture : str, path-like, PIL.Image.Image or array
        A file, an image, or an array of uint8 (rows, columns) or (rows, columns, 3 or 4). Ink may be dark
        on light or light on dark; the light may be uneven; a camera's note of how it was held is obeyed.
    image_shape : (int, int), default (28, 28)
        Height and width of the network's images.
    debug : bool, default False
        Also return a picture of what was done.

    Returns
    -------
    (height * width,) float32 array
        In [0, 1], ink 1 and paper 0: one sample for `Network.forward`. In MNIST's shape, and any from
        20 pixels a side, the digit is scaled into 5/7 of the image (20 x 20 of 28 x 28), its centre of
        mass in the middle; in smaller shapes it fills the image.
    PIL.Image.Image
        With ``debug=True`` the second of a tuple: the picture, the ink found in it, and the image that
        the network gets, side by side.

    Raises
    ------
    ImportError
        If Pillow is not installed.
    FileNotFoundError
        If there is no such file.
    TypeError, ValueError
        If it is not a picture, or there is no ink in it.

    Notes
    -----
    The largest connected strokes are the digit. Strokes that would come out much thinner than MNIST's are
    made wider. How ink is told from paper: see `fastnet._ink`.
    """
    shape = _shape(image_shape)
    flag(debug, "debug")
    image = _upright(picture)
    grey = np.asarray(image, dtype=np.float64) / 255
    try:
        ink = find_ink(grey)
    except ValueError as error:
        where = f"{os.fsdecode(picture)}: " if isinstance(picture, str | os.PathLike) else ""
        raise ValueError(f"{where}{error}") from None
    digit = centred(_widened(ink, shape), shape)
    digit = (digit / digit.max()).astype(np.float32)
    if debug:
        return digit.ravel(), _side_by_side([grey, ink, digit])
    return digit.ravel()


def _shape(shape: Any) -> tuple[int, int]:
    if not isinstance(shape, tuple | list) or len(shape) != 2:
        raise TypeError(f"image_shape must be (height, width), not {shown(shape)}")
    height, width = (whole(side, "image_shape", 4) for side in shape)
    return height, width


def _upright(picture: Any) -> Any:
    """Return a PIL image of luminance, as a viewer would show it, not larger than needed."""
    try:
        from PIL import Image, ImageOps, UnidentifiedImageError
    except ImportError:
        raise ImportError('pictures need Pillow: pip install "fastnet[pictures]"') from None
    if isinstance(picture, Image.Image):
        image = ImageOps.exif_transpose(picture)
    elif isinstance(picture, np.ndarray):
        image = _from_array(picture)
    elif isinstance(picture, str | os.PathLike):
        try:
            with Image.open(picture) as opened:
                image = ImageOps.exif_transpose(opened)
        except UnidentifiedImageError:
            raise ValueError(f"{os.fsdecode(picture)} is not a picture that Pillow can read") from None
        except FileNotFoundError:
            raise
        except (OSError, SyntaxError, Image.DecompressionBombError) as error:
            raise ValueError(f"{os.fsdecode(picture)} is damaged or too large: {error}") from None
    else:
        raise TypeError(f"picture must be a file, a PIL image or an array, not {shown(picture)}")
    if min(image.size) < 4:
        raise ValueError(f"picture must be at least 4 x 4 pixels, not {image.size[0]} x {image.size[1]}")
    if image.mode in ("I;16", "I;16B", "I", "F"):
        image = _from_numbers(np.asarray(image, dtype=np.float64))
    if image.has_transparency_data:
        # Paper shows through: white, unless the ink itself is light.
        layers = image.convert("RGBA")
        grey, alpha = np.asarray(layers.convert("L")), np.asarray(layers.getchannel("A"))
        light = bool((alpha > 0).any()) and float(grey[alpha > 0].mean()) > 128 and bool((alpha == 0).any())
        paper = Image.new("RGBA", image.size, "black" if light else "white")
        image = Image.alpha_composite(paper, layers)
    image = image.convert("L")
    longer = max(image.size)
    if longer > LARGEST:
        width, height = (max(4, round(side * LARGEST / longer)) for side in image.size)
        image = image.resize((width, height), Image.Resampling.BOX, reducing_gap=None)
    return image


def _from_array(array: np.ndarray) -> Any:
    from PIL import Image

    colours = array.ndim == 3 and array.shape[2] in (3, 4)
    if array.dtype != np.uint8 or not (array.ndim == 2 or colours) or 0 in array.shape:
        raise ValueError(
            "picture must be uint8 of (rows, columns) or (rows, columns, 3 or 4), "
            f"not {array.dtype} of {array.shape}"
        )
    return Image.fromarray(np.ascontiguousarray(array))


def _from_numbers(numbers: np.ndarray) -> Any:
    """Return the picture of numbers on a scale of their own, as scanners with 16 bits write."""
    from PIL import Image

    low, high = float(numbers.min()), float(numbers.max())
    return Image.fromarray(np.uint8(np.round((numbers - low) * (255 / max(high - low, 1e-12)))))


def _widened(ink: np.ndarray, shape: tuple[int, int]) -> np.ndarray:
    """Return the ink with strokes of at least the width that the network knows."""
    from PIL import Image, ImageFilter

    y, x = np.nonzero(ink)
    ink = np.pad(ink[y.min() : y.max() + 1, x.min() : x.max() + 1], max(ink.shape) // 8 + 1)
    box = placing(shape)["box"]
    extent = max(np.ptp(y) + 1, np.ptp(x) + 1)
    wanted = THIN * PEN * extent  # in pixels of the picture, which the box is `extent` of
    missing = wanted - stroke_width(ink)
    if missing < 0.75 or extent < 2 * max(box):
        return ink
    grown = Image.fromarray(np.uint8(ink * 255))
    for _ in range(round(missing / 2)):
        grown = grown.filter(ImageFilter.MaxFilter(3))
    return np.asarray(grown, dtype=np.float64) / 255


def _side_by_side(images: list[np.ndarray]) -> Any:
    """Return a picture of images in [0, 1], all of one height."""
    from PIL import Image

    height, gap = 336, 12
    parts = []
    for image in images:
        part = Image.fromarray(np.uint8(np.round(image * 255)))
        width = max(1, round(part.width * height / part.height))
        how = Image.Resampling.NEAREST if part.height < height else Image.Resampling.BOX
        parts.append(part.resize((width, height), how))
    whole_width = sum(part.width for part in parts) + gap * (len(parts) + 1)
    canvas = Image.new("L", (whole_width, height + 2 * gap), 96)
    left = gap
    for part in parts:
        canvas.paste(part, (left, gap))
        left += part.width + gap
    return canvas
