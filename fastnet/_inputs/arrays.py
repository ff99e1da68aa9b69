"""Dense X: shape, dtype and finite numbers, checked block by block so that no full-size copy arises."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NoReturn

import numpy as np

from fastnet._heart import core

__all__ = [
    "all_finite",
    "blocks",
    "check_finite",
    "checked_array",
    "complain",
    "direct",
    "numeric_array",
    "rows_per_block",
]

BLOCK = 1 << 18  # numbers a block: stays in a second-level cache


def numeric_array(value: Any, argument: str) -> np.ndarray:
    """Return `value` as an array of booleans, integers or real floats; without copying an array."""
    try:
        array = np.asarray(value)
    except ValueError:
        raise ValueError(
            f"{argument} must be a rectangular array of numbers, not a {type(value).__name__} with rows of "
            "different lengths"
        ) from None
    if array.dtype.kind not in "biuf":
        hint = ""
        if array.dtype.kind in "OUS" and argument.startswith("y"):
            hint = "; turn names into class indices first, as with numpy.unique(names, return_inverse=True)"
        raise TypeError(f"{argument} must hold real numbers, not dtype {array.dtype}{hint}")
    if isinstance(value, np.ma.MaskedArray) and np.ma.is_masked(value):
        raise ValueError(f"{argument} must not have masked entries; fill them first")
    return array


def checked_array(X: Any, n_in: int, argument: str, single: bool) -> np.ndarray:
    """Return X as an array of n samples whose other lengths multiply to n_in (dtype untouched)."""
    array = numeric_array(X, argument)
    if array.ndim == 1 and single and array.shape == (n_in,):
        return array[None]
    expected = f"{argument} must have the shape (n, {n_in})"
    if single:
        expected += f", or ({n_in},) for one sample"
    if array.ndim < 2:
        hint = ""
        if array.ndim == 1 and array.size == n_in:
            hint = "; for one sample use reshape(1, -1)"
        elif n_in == 1 and array.ndim == 1:
            hint = "; for one input a sample use reshape(-1, 1)"
        raise ValueError(f"{expected}, not {array.shape}{hint}")
    if array.shape[0] == 0:
        raise ValueError(f"{argument} must have at least one sample, not the shape {array.shape}")
    width = 1
    for length in array.shape[1:]:
        width *= length
    if width != n_in:
        raise ValueError(f"{expected}, not {array.shape}")
    return array


def direct(array: np.ndarray, n_in: int, dtype: np.dtype) -> np.ndarray | None:
    """Return a view (n, n_in) that the heart can read as it is, or None."""
    if not (array.flags.c_contiguous and array.flags.aligned):
        return None
    if array.dtype == np.bool_:
        array = array.view(np.uint8)
    # `==` on dtypes tells byte orders apart
    if array.dtype != dtype and array.dtype != np.uint8:
        return None
    return array.reshape(array.shape[0], n_in)


def rows_per_block(n_in: int) -> int:
    """Return how many rows make a block."""
    return max(1, BLOCK // n_in)


def blocks(array: np.ndarray, n_in: int, dtype: np.dtype, argument: str) -> Iterator[tuple[int, np.ndarray]]:
    """Go through X in blocks of rows: yield where each begins and the block (rows, n_in) in `dtype`.

    Each block is checked for NaN and infinity, and for numbers too large for `dtype`.
    """
    step = rows_per_block(n_in)
    for start in range(0, array.shape[0], step):
        yield start, block(array, start, start + step, n_in, dtype, argument)


def block(array: np.ndarray, start: int, stop: int, n_in: int, dtype: np.dtype, argument: str) -> np.ndarray:
    """Return some rows of X as a checked (rows, n_in) array of `dtype`: a view where that is possible."""
    original = array[start:stop].reshape(-1, n_in)
    if original.dtype == dtype and original.flags.aligned:
        converted = original
    else:
        with np.errstate(over="ignore", under="ignore", invalid="ignore"):
            converted = original.astype(dtype, order="C")
    if original.dtype.kind == "f" and not all_finite(converted):
        complain(array, n_in, dtype, argument)
    return converted


def check_finite(array: np.ndarray, n_in: int, argument: str) -> None:
    """Check an array (n, n_in) that `direct` returned, without a copy."""
    if array.dtype.kind == "f" and not all_finite(array):
        complain(array, n_in, array.dtype, argument)


def all_finite(array: np.ndarray) -> bool:
    """Whether every number in an array (n, n_in) is finite; temporaries of the size of a block at most."""
    if array.dtype in (np.float32, np.float64) and array.flags.c_contiguous and array.flags.aligned:
        return bool(core(array.dtype.name).is_finite(array))
    step = rows_per_block(array.shape[1])
    return all(bool(np.isfinite(array[i : i + step]).all()) for i in range(0, len(array), step))


def complain(array: np.ndarray, n_in: int, dtype: np.dtype, argument: str) -> NoReturn:
    """Raise the ValueError that says how many numbers are not finite, and where the first of them is."""
    n_nan = n_infinite = n_large = 0
    first = None
    step = rows_per_block(n_in)
    for start in range(0, array.shape[0], step):
        rows = array[start : start + step].reshape(-1, n_in)
        nan, infinite = np.isnan(rows), np.isinf(rows)
        with np.errstate(over="ignore", under="ignore", invalid="ignore"):
            bad = ~np.isfinite(rows.astype(dtype))
        n_nan += int(nan.sum())
        n_infinite += int(infinite.sum())
        n_large += int((bad & ~nan & ~infinite).sum())
        if first is None and bad.any():
            row, column = divmod(int(bad.argmax()), n_in)
            first = (start + row, column)
    found = [f"{n_nan} NaN"] if n_nan else []
    found += [f"{n_infinite} infinite"] if n_infinite else []
    found += [f"{n_large} too large for {dtype}"] if n_large else []
    assert first is not None
    raise ValueError(
        f"{argument} must have finite numbers only; it has {' and '.join(found)}, "
        f"the first in sample {first[0]}, input {first[1]}"
    )
