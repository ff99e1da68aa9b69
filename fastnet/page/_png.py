"""Arrays as PNG images inside a page, without an imaging library.

The format: W3C, "Portable Network Graphics (PNG) Specification", third edition.
"""

from __future__ import annotations

import base64
import struct
import zlib

import numpy as np

__all__ = ["as_png", "data_url", "diverging", "grey"]

POSITIVE, NEGATIVE = (0, 158, 115), (213, 94, 0)  # green and vermilion that colour-blind readers tell apart
COLOUR_TYPES = {1: 0, 3: 2, 4: 6}  # channels: PNG's name for them


def as_png(pixels: np.ndarray) -> bytes:
    """Return an image (height, width, channels) of uint8 with 1, 3 or 4 channels as a PNG file."""
    height, width, channels = pixels.shape
    rows = np.zeros((height, 1 + width * channels), np.uint8)  # each begins with its filter: 0, none
    rows[:, 1:] = pixels.reshape(height, -1)
    header = struct.pack(">IIBBBBB", width, height, 8, COLOUR_TYPES[channels], 0, 0, 0)
    chunks = [(b"IHDR", header), (b"IDAT", zlib.compress(rows.tobytes(), 9)), (b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(map(_chunk, chunks))


def _chunk(chunk: tuple[bytes, bytes]) -> bytes:
    name, content = chunk
    return struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))


def data_url(pixels: np.ndarray) -> str:
    """Return an image as the address of itself."""
    return f"data:image/png;base64,{base64.b64encode(as_png(pixels)).decode()}"


def grey(image: np.ndarray, low: float, high: float) -> np.ndarray:
    """Return brightness (height, width) from `low` (black) to `high` (white) as pixels."""
    share = np.clip((image.astype(np.float64) - low) / ((high - low) or 1), 0, 1)
    return np.round(share * 255).astype(np.uint8)[..., None]


def diverging(weights: np.ndarray, most: float) -> np.ndarray:
    """Return weights (height, width) as pixels: green above 0, red below, clear at 0."""
    pixels = np.empty((*weights.shape, 4), np.uint8)
    pixels[..., :3] = np.where(weights[..., None] < 0, NEGATIVE, POSITIVE)
    share = np.clip(np.abs(weights.astype(np.float64)) / (most or 1), 0, 1)
    pixels[..., 3] = np.round(share * 255)
    return pixels
