"""The compact form of X: its non-zeros only, row by row.

An input of zero adds nothing to any sum, so that visiting only the others changes no bit. This is where
the form is decided on and made.
"""

from __future__ import annotations

import numpy as np

from fastnet._inputs.arrays import blocks
from fastnet._inputs.types import Features

__all__ = ["code_table", "compact", "index_dtype", "worth_compacting"]

ZERO_SHARE = 0.6  # from this share of zeros on, the non-zeros alone are faster
LEAST = 1 << 16  # numbers in X below which preparing it is not worth the trouble
SAMPLED = 256  # rows looked at for the decision


def worth_compacting(array: np.ndarray, n_in: int) -> bool:
    """Tell from a sample of its rows whether dense X has enough zeros."""
    n = array.shape[0]
    if n * n_in < LEAST:
        return False
    some = array[:: max(1, n // SAMPLED)][:SAMPLED]
    return bool(np.count_nonzero(some) <= (1 - ZERO_SHARE) * some.size)


def index_dtype(n_in: int) -> np.dtype:
    """Return the narrowest type of column index the heart knows."""
    return np.dtype(np.uint16 if n_in <= 1 << 16 else np.uint32)


def code_table(dtype: np.dtype, scale: float) -> np.ndarray:
    """Return the (256,) inputs that the uint8 codes 0 to 255 stand for."""
    return np.arange(256).astype(dtype) * np.dtype(dtype).type(scale)


def compact(array: np.ndarray, n_in: int, dtype: np.dtype, scale: float, argument: str) -> Features:
    """Compact a dense X of any real dtype and memory order, block by block.

    Parameters
    ----------
    array : (n, ...) array
        n samples of n_in numbers.
    n_in : int
    dtype : numpy.dtype
    scale : float
        The factor on every input, worked into the values.
    argument : str
        The caller's name for X.

    Returns
    -------
    Features
        Compact. uint8 and bool stay one byte a value, as codes into a table.

    Raises
    ------
    ValueError
        If a number is NaN, infinite or too large for `dtype`.
    """
    coded = array.dtype in (np.uint8, np.bool_) and index_dtype(n_in) == np.uint16
    block_dtype = np.dtype(np.uint8) if coded else np.dtype(dtype)
    # Two passes, the first one to count, so that nothing is allocated that does not stay.
    rowptr = np.zeros(array.shape[0] + 1, np.int64)
    for start, block in blocks(array, n_in, block_dtype, argument):
        rowptr[start + 1 : start + 1 + len(block)] = np.count_nonzero(block, axis=1)
    np.cumsum(rowptr, out=rowptr)
    index = np.empty(rowptr[-1], index_dtype(n_in))
    value = np.empty(rowptr[-1], block_dtype)
    for start, block in blocks(array, n_in, block_dtype, argument):
        entries = slice(rowptr[start], rowptr[start + len(block)])
        row, column = np.nonzero(block)
        index[entries] = column
        value[entries] = block[row, column]
    if coded:
        return Features.compact(rowptr, index, value, code_table(dtype, scale), n_in, dtype)
    if scale != 1:
        value *= np.dtype(dtype).type(scale)
    return Features.compact(rowptr, index, value, None, n_in, dtype)
