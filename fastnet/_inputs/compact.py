"""The compact form of X: its non-zeros only, row by row.

An input of zero adds nothing to any sum, so that visiting only the others changes no bit. This is where
the form is decided on and made.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from fastnet._inputs.arrays import blocks, complain, direct, rows_per_block
from fastnet._inputs.types import Features
from fastnet._kernels._compact import Compactor
from fastnet._threads import each

__all__ = ["compact", "index_dtype", "worth_compacting"]

ZERO_SHARE = 0.6  # from this share of zeros on, the non-zeros alone are faster
LEAST = 1 << 16  # numbers in X below which preparing it is not worth the trouble
SAMPLED = 256  # rows looked at for the decision
SHARED = 1 << 22  # numbers in X from which it pays to start threads


def worth_compacting(array: np.ndarray, n_in: int) -> bool:
    """Tell from a sample of its rows whether dense X has enough zeros."""
    n = array.shape[0]
    if n * n_in < LEAST:
        return False
    return _share_of_nonzeros(array) <= 1 - ZERO_SHARE


def index_dtype(n_in: int) -> np.dtype:
    """Return the narrowest type of column index the heart knows."""
    return np.dtype(np.uint16 if n_in <= 1 << 16 else np.uint32)


def compact(
    array: np.ndarray, n_in: int, dtype: np.dtype, scale: float, argument: str, threads: int = 1
) -> Features:
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
    threads : int
        Threads that share out the rows where they are many. The result is the same, but perhaps for the
        order of the codes.

    Returns
    -------
    Features
        Compact. A value takes one byte, as a code into a table, where X has at most 256 different numbers
        (images).

    Raises
    ------
    ValueError
        If a number is NaN, infinite or too large for `dtype`.
    """
    n = array.shape[0]
    compactor = Compactor(n, n_in, _share_of_nonzeros(array), float(_some_rows(array).max()))
    known = 0  # rows that all parts know the numbers of
    if n * n_in < SHARED or n < 2 * SAMPLED + 4 * threads:
        threads = 1
    elif threads > 1:
        known = SAMPLED
    shares = 4 * threads if threads > 1 else 1  # several each: one thread may get on better than another
    starts = [known + (n - known) * part // shares for part in range(shares + 1)]

    def collect(compactor: Compactor, start: int, stop: int) -> None:
        for block in _blocks(array[start:stop], n_in, np.dtype(dtype), argument):
            if not compactor.add(block):
                complain(array, n_in, dtype, argument)

    collect(compactor, 0, known)
    parts = [compactor]
    for before, start in zip(starts, starts[1:-1], strict=False):
        parts.append(parts[-1].part(start - (before if len(parts) > 1 else 0)))
    each(lambda number: collect(parts[number], starts[number], starts[number + 1]), range(shares), threads)
    for part in parts[1:]:
        compactor.join(part)
    rowptr, index, value, middle = compactor.finish()
    factor, numbers = np.dtype(dtype).type(scale), compactor.numbers
    with np.errstate(over="ignore", under="ignore"):
        table = None if numbers is None else numbers.astype(dtype) * factor
        if numbers is None:
            value = value.astype(dtype, copy=False)
            if scale != 1:
                value *= factor
    if not np.isfinite(value if table is None else table).all():
        complain(array, n_in, dtype, argument)
    return Features.compact(rowptr, index, value, table, n_in, dtype, middle)


def _blocks(array: np.ndarray, n_in: int, dtype: np.dtype, argument: str) -> Iterator[np.ndarray]:
    """Go through X in blocks of rows of a type that the compiled loop reads; convert only what must be."""
    for kind in (np.dtype(np.float32), np.dtype(np.float64)):
        ready = direct(array, n_in, kind)
        if ready is not None:
            step = rows_per_block(n_in)
            yield from (ready[start : start + step] for start in range(0, len(ready), step))
            return
    for _, block in blocks(array, n_in, dtype, argument):
        yield np.ascontiguousarray(block)


def _share_of_nonzeros(array: np.ndarray) -> float:
    some = _some_rows(array)
    return float(np.count_nonzero(some) / max(1, some.size))


def _some_rows(array: np.ndarray) -> np.ndarray:
    """Return some rows, spread over all of X."""
    return array[:: max(1, array.shape[0] // SAMPLED)][:SAMPLED]
