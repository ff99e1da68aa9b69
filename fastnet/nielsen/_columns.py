"""From a list of tuples (x, y) to arrays, without a Python call an example where that is possible."""

from __future__ import annotations

from typing import Any

import numpy as np

from . import _shuffle

__all__ = ["NUMERIC", "columns_of"]

NUMERIC = "fiub"  # kinds of dtype that hold plain numbers


def columns_of(items: list[Any], which: int, size: int) -> tuple[np.ndarray, np.ndarray] | None:
    """Read one column, each `items[i][which]` of shape (size, 1).

    Parameters
    ----------
    items : list of tuple
        n pairs (x, y).
    which : 0 or 1
    size : int

    Returns
    -------
    (array (n, size), rows (n,) intp) or None
        Column i is `array[rows[i]]`; `rows` is a permutation. Columns that are the rows of one array, as
        `load_data_wrapper` makes them, are not copied: it is that array then. None if an item is not a
        column of `size` numbers.
    """
    where = np.empty(len(items), np.intp)
    code = _shuffle.addresses(items, which, np.ndarray, size, where)
    if code is None:
        return _one_by_one(items, which, size)
    dtype = np.dtype(code)
    shared = _rows_of_one_array(items[0][which], where, size, dtype)
    if shared is not None:
        return shared
    rows = np.empty((len(items), size), dtype)
    if not _shuffle.gather(items, which, np.ndarray, size, rows.view(np.uint8)):
        return None
    return rows, np.arange(len(items))


def _rows_of_one_array(
    column: np.ndarray, where: np.ndarray, size: int, dtype: np.dtype
) -> tuple[np.ndarray, np.ndarray] | None:
    """Find the n rows of memory that the n columns at the addresses `where` fill, each exactly once."""
    base = column
    while isinstance(base.base, np.ndarray):
        base = base.base
    if type(base) is not np.ndarray or base.dtype != dtype or not base.flags.c_contiguous:
        return None
    n, n_bytes, start = len(where), size * dtype.itemsize, base.ctypes.data
    first, last = int(where.min()), int(where.max())
    begin, odd = divmod(first - start, dtype.itemsize)
    if begin < 0 or odd or last + n_bytes > start + base.nbytes or last != first + (n - 1) * n_bytes:
        return None
    rows, odd_rows = np.divmod(where - first, n_bytes)
    if odd_rows.any() or (np.bincount(rows, minlength=n) != 1).any():
        return None
    return base.reshape(-1)[begin : begin + n * size].reshape(n, size), rows


def _one_by_one(items: list[Any], which: int, size: int) -> tuple[np.ndarray, np.ndarray] | None:
    """Read columns of any numeric type that float64 holds, nested lists of numbers too."""
    rows = np.empty((len(items), size))
    for row, item in zip(rows, items, strict=True):
        try:
            _, _ = item
            column = np.asarray(item[which])
        except (TypeError, ValueError, IndexError, KeyError):
            return None
        if column.shape != (size, 1) or column.dtype.kind not in NUMERIC or column.dtype.itemsize > 8:
            return None
        row[:] = column[:, 0]
    return rows, np.arange(len(items))
