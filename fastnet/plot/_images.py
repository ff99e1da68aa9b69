"""Inputs as images: their shape, and how many of them go where."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any

import numpy as np

from fastnet._checks import shown, whole

__all__ = ["as_images", "as_shape", "columns_for", "indices", "inputs_are_image", "inputs_shape", "percent"]

SMALLEST = 9  # below 3 x 3, a square number of inputs is a coincidence


def is_image(n_in: int) -> bool:
    """Whether so many inputs are taken for a square image."""
    return n_in >= SMALLEST and math.isqrt(n_in) ** 2 == n_in


def inputs_are_image(net: Any, shape: Any = None) -> bool:
    """Whether the network's inputs are taken for an image, without or with the caller's `shape`."""
    if shape is not None or _kept_shape(net) is not None:
        return True
    return "image_shape" not in net.metadata and is_image(net.sizes[0])


def inputs_shape(net: Any, shape: Any = None, X: Any = None) -> tuple[int, int]:
    """Return the height and width of the network's inputs.

    What counts is, in this order: the caller's `shape`, the shape of X if it is (n, height, width), what
    the network's metadata say, a square.

    Raises
    ------
    TypeError, ValueError
        If the inputs are not an image, or the shape does not fit.
    """
    if shape is None and np.ndim(X) == 3:
        shape = np.shape(X)[1:]
    if shape is None:
        shape = _kept_shape(net)
    if shape is None and not inputs_are_image(net) and is_image(net.sizes[0]):
        raise ValueError(
            "the inputs are not an image, as the network's metadata say; "
            "give shape=(height, width) if they are"
        )
    return as_shape(shape, net.sizes[0])


def _kept_shape(net: Any) -> tuple[int, int] | None:
    """Return the shape in the network's metadata, if it is one of its inputs."""
    kept = net.metadata.get("image_shape")
    try:
        return None if kept is None else as_shape(kept, net.sizes[0])
    except (TypeError, ValueError):
        return None


def as_shape(shape: Any, n_in: int, what: str = "the inputs") -> tuple[int, int]:
    """Return the height and width of an image of `n_in` pixels.

    Parameters
    ----------
    shape : None or (int, int)
        The caller's; None stands for a square.
    n_in : int
    what : str
        What is to be an image, for the message.

    Raises
    ------
    TypeError, ValueError
        If they are not an image, or the shape does not fit.
    """
    if shape is None:
        if not is_image(n_in):
            raise ValueError(
                f"{what} are not an image: {n_in} is not the number of pixels of a square one; "
                f"give shape=(height, width) if they are"
            )
        return math.isqrt(n_in), math.isqrt(n_in)
    if isinstance(shape, str) or not isinstance(shape, Iterable):
        raise TypeError(f"shape must be (height, width), not {shown(shape)}")
    lengths = tuple(whole(length, "shape") for length in shape)
    if len(lengths) != 2 or lengths[0] * lengths[1] != n_in:
        raise ValueError(f"shape must be (height, width) of {n_in} pixels, not {lengths}")
    return lengths


def as_images(X: Any, shape: Any, argument: str = "X") -> np.ndarray:
    """Return X as images (n, height, width).

    X is (n, n_pixels), (n, height, width), or one image (height, width) or (n_pixels,).
    """
    if hasattr(X, "toarray"):
        X = X.toarray()
    array = np.asarray(X)
    if array.dtype.kind not in "biuf":
        raise TypeError(f"{argument} must hold numbers, not dtype {array.dtype}")
    if array.ndim == 1 or (array.ndim == 2 and shape is not None and array.shape == tuple(shape)):
        array = array[None]
    if array.ndim == 3 and shape is None:
        shape = array.shape[1:]
    if array.ndim not in (2, 3) or array.size == 0:
        expected = f"{argument} must have the shape (n, pixels) or (n, height, width)"
        raise ValueError(f"{expected}, not {array.shape}")
    height, width = as_shape(shape, int(np.prod(array.shape[1:])), argument)
    return array.reshape(len(array), height, width)


def indices(which: Any, length: int, argument: str) -> list[int]:
    """Return which of `length` things to show: the first so many, or those that are named."""
    if isinstance(which, Iterable) and not isinstance(which, str):
        chosen = [whole(index, argument, least=0) for index in which]
        if not chosen or max(chosen) >= length:
            raise ValueError(f"{argument} must be numbers from 0 to {length - 1}, not {shown(which)}")
        return chosen
    return list(range(min(whole(which, argument), length)))


def columns_for(n: int, columns: Any = None, wide: float = 1.6) -> tuple[int, int]:
    """Return rows and columns for n tiles; without a wish, `wide` times as many columns as rows."""
    if columns is None:
        columns = max(1, min(n, round(math.sqrt(n * wide))))
        while n % columns and columns > 1 and -(-n // columns) == -(-n // (columns - 1)):
            columns -= 1  # as many rows with fewer columns: no nearly empty last row
    else:
        columns = min(whole(columns, "columns"), n)
    return -(-n // columns), columns


def percent(share: float) -> str:
    """Return a confidence as a percentage; 100 stands only for what is nothing less to a tenth."""
    if 0.995 <= share < 0.9995:
        return f"{min(share * 100, 99.9):.1f} %"
    return f"{share * 100:.0f} %"
