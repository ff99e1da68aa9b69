"""More data from the same data: each image also moved by one pixel each way."""

from __future__ import annotations

from typing import Any

import numpy as np

from ._order import next_order

__all__ = ["expand_mnist"]

#: (rows down, columns right): none, down, up, right, left
SHIFTS = ((0, 0), (1, 0), (-1, 0), (0, 1), (0, -1))
BLOCK = 1000  # images


def expand_mnist(training_data: Any, *, shuffle: bool = True) -> tuple[np.ndarray, np.ndarray]:
    """Return the images and the same moved down, up, right and left by one pixel.

    What is moved over the edge is lost; the row or column that becomes free is 0.

    Parameters
    ----------
    training_data : tuple (X, y)
        X (n, k * k), square images as rows, y (n,) or (n, n_out); `load_data()[0]` for instance. X may be
        (n, k, k) too. Not changed.
    shuffle : bool
        Whether to put the result into the order that `random.shuffle` on Python's global generator
        gives, as the book does. Otherwise the five versions of an image follow one another.

    Returns
    -------
    (X, y) : tuple of arrays
        Of shapes (5 n, k * k) and (5 n, ...), of the dtypes given: of 50,000 images 250,000, which take
        784 MB in float32.

    Raises
    ------
    TypeError, ValueError
        If `training_data` is no such pair.
    """
    x, y, side = _checked(training_data)
    n = len(x)
    place = np.arange(len(SHIFTS) * n)  # where the result goes: version s of image i to place[5 i + s]
    if shuffle:
        place[next_order(place.size)] = np.arange(place.size)
    places = place.reshape(n, len(SHIFTS))

    more = np.empty((len(SHIFTS) * n, side * side), x.dtype)
    labels = np.empty((len(SHIFTS) * n, *y.shape[1:]), y.dtype)
    images = x.reshape(n, side, side)
    # In blocks, to need little memory beside the result.
    moved = np.empty((min(n, BLOCK), side, side), x.dtype)
    for start in range(0, n, BLOCK):
        block = images[start : start + BLOCK]
        for s, (down, right) in enumerate(SHIFTS):
            target = moved[: len(block)]
            target.fill(0)
            target[:, _to(down), _to(right)] = block[:, _to(-down), _to(-right)]
            rows = places[start : start + BLOCK, s]
            more[rows] = target.reshape(len(block), -1)
            labels[rows] = y[start : start + BLOCK]
    return more, labels


def _to(shift: int) -> slice:
    """The places that something moved by `shift` (1, 0 or -1) comes to lie on; of -shift, where it was."""
    return {1: slice(1, None), 0: slice(None), -1: slice(None, -1)}[shift]


def _checked(training_data: Any) -> tuple[np.ndarray, np.ndarray, int]:
    try:
        x, y = training_data
        x, y = np.asarray(x), np.asarray(y)
    except (TypeError, ValueError):
        raise TypeError("training_data must be a pair of arrays (X, y), such as load_data()[0]") from None
    side = round(np.sqrt(np.prod(x.shape[1:], dtype=float)))
    if x.ndim not in (2, 3) or y.ndim == 0 or len(x) != len(y) or (x.ndim == 3 and x.shape[1] != x.shape[2]):
        raise ValueError(f"training_data must be X (n, k * k) and y (n,), found {x.shape} and {y.shape}")
    if side < 1 or side * side != np.prod(x.shape[1:]):
        raise ValueError(f"training_data: each row of X must be a square image, found {x.shape[1]} pixels")
    return x, y, side
