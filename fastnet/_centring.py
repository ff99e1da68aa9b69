"""Ink on a page as an image of the kind that a network was trained on: scaled into a box, then centred.

MNIST's digits fill a box of 20 x 20 pixels, scaled without distortion and anti-aliased, and stand in 28 x 28
with their centre of mass at pixel (14, 14), shifted by whole pixels (LeCun, Cortes and Burges, "The MNIST
database of handwritten digits"; measured on its images: 20 pixels on the longer side, mean centre 14.0).
The 8 x 8 digits fill their image's height, the middle of their box in the middle of the image. Other
shapes follow the one they are nearer to: from 20 pixels on the shorter side MNIST's proportions, below it
the whole image.
"""

from __future__ import annotations

from typing import Any

import numpy as np

__all__ = ["centred", "placing"]

SMALL = 20  # pixels on the shorter side from which there is a margin around a digit
SHARE = 20 / 28  # of the image, that the box has with a margin


def placing(shape: tuple[int, int]) -> dict[str, Any]:
    """Return how a digit stands in an image of (height, width).

    Returns
    -------
    dict
        "box": [height, width] that the digit is scaled into; "by": "mass", its centre of mass is put at
        the image's centre, or "box", the middle of its box is.
    """
    if min(shape) < SMALL:
        return {"box": list(shape), "by": "box"}
    return {"box": [round(side * SHARE) for side in shape], "by": "mass"}


def centred(ink: np.ndarray, shape: tuple[int, int]) -> np.ndarray:
    """Return ink as an image of a network's shape.

    Parameters
    ----------
    ink : (rows, columns) float array
        How much ink there is, in [0, 1], 0 where there is none; not zero everywhere.
    shape : (int, int)
        Height and width of the image.

    Returns
    -------
    shape float64 array
        In [0, 1]: each pixel the mean of the ink in its area.
    """
    rows, columns = np.nonzero(ink.any(axis=1))[0], np.nonzero(ink.any(axis=0))[0]
    cut = ink[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    how = placing(shape)
    scale = min(side / length for side, length in zip(how["box"], cut.shape, strict=True))
    if how["by"] == "box":
        starts = [(side - length * scale) / 2 for side, length in zip(shape, cut.shape, strict=True)]
        triples = zip(cut.shape, starts, shape, strict=True)
        down, across = (_area_means(n, scale, start, side) for n, start, side in triples)
        return np.clip(down @ cut @ across.T, 0, 1)
    down, across = (_area_means(n, scale, 0.0, int(np.ceil(n * scale - 1e-9))) for n in cut.shape)
    small = down @ cut @ across.T
    total = small.sum()
    mass = (small.sum(axis=1) @ np.arange(len(small)), small.sum(axis=0) @ np.arange(small.shape[1]))
    corner = [int(np.floor(side / 2 - m / total + 0.5)) for side, m in zip(shape, mass, strict=True)]
    # nothing may fall out of the image, however lopsided the ink is
    top, left = (max(0, min(at, side - n)) for at, side, n in zip(corner, shape, small.shape, strict=True))
    image = np.zeros(shape)
    image[top : top + small.shape[0], left : left + small.shape[1]] = small
    return np.clip(image, 0, 1)


def _area_means(n: int, scale: float, start: float, length: int) -> np.ndarray:
    """Return the (length, n) matrix whose row i weighs n pixels by the share of pixel i that they cover.

    Each of the n is `scale` wide; the first begins at `start`.
    """
    left = np.arange(length)[:, None]
    edges = start + np.arange(n + 1) * scale
    overlap = np.minimum(left + 1, edges[1:]) - np.maximum(left, edges[:-1])
    weights: np.ndarray = np.clip(overlap, 0, None)
    return weights
