"""What the book's networks are built from, checked."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

from fastnet._checks import whole

__all__ = ["precision", "sizes_given"]


def precision(dtype: Any) -> np.dtype:
    """Return the dtype of a network's parameters: float32 or float64."""
    try:
        found = np.dtype(dtype)
    except TypeError:
        found = None
    if dtype is None or found not in (np.dtype(np.float32), np.dtype(np.float64)):
        raise ValueError(f"dtype must be 'float32' or 'float64', got {dtype!r}")
    return np.dtype(found)


def sizes_given(sizes: Any) -> Any:
    """Return a network's sizes as the caller gave them, a sequence of at least two positive numbers."""
    if isinstance(sizes, (str, bytes)) or not isinstance(sizes, Iterable):
        raise TypeError(f"sizes must be a list of layer sizes such as [784, 30, 10], not {sizes!r}")
    if not hasattr(sizes, "__getitem__"):
        sizes = list(sizes)
    if len(sizes) < 2:
        raise ValueError(f"sizes must name at least an input and an output layer, got {sizes!r}")
    for size in sizes:
        whole(size, "each of sizes")
    return sizes
