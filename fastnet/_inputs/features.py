"""X in the forms the heart reads."""

from __future__ import annotations

from typing import Any

import numpy as np

from fastnet._inputs.arrays import blocks, check_finite, checked_array, direct
from fastnet._inputs.compact import compact, worth_compacting
from fastnet._inputs.sparse import compact_from_csr, is_sparse
from fastnet._inputs.types import Features

__all__ = ["Features", "as_features"]


def as_features(
    X: Any,
    n_in: int,
    dtype: np.dtype,
    scale: float = 1.0,
    argument: str = "X",
    *,
    single: bool = False,
    prepare: bool = False,
    threads: int = 1,
) -> Features:
    """Check X and give it the form the heart reads; X itself is never changed.

    Parameters
    ----------
    X : array-like or CSR matrix
        (n, n_in), or (n, ...) where the other lengths multiply to n_in; any real dtype, any memory order,
        read-only and memory-mapped too. A C-contiguous array of `dtype`, uint8 or bool is used where it
        lies; anything else is converted, block by block. A CSR matrix is known by its attributes indptr,
        indices, data and shape; other SciPy formats by `tocsr`. It is never made dense.
    n_in : int
        Inputs of the network.
    dtype : numpy.dtype
        float32 or float64.
    scale : float
        The factor on every input.
    argument : str
        The caller's name for X, for the messages.
    single : bool
        Whether one sample (n_in,) is allowed; it becomes one row.
    prepare : bool
        Whether the result is going to be read many times, so that sparse data are worth compacting.
    threads : int
        Threads that compact them.

    Returns
    -------
    Features

    Raises
    ------
    TypeError
        If X is not made of real numbers.
    ValueError
        If X is empty, of the wrong shape, or has NaN or infinite entries.
    """
    if isinstance(X, Features):  # prepared already, for several networks
        return X
    if is_sparse(X):
        return compact_from_csr(X, n_in, dtype, scale, argument)
    array = checked_array(X, n_in, argument, single)
    if prepare and worth_compacting(array, n_in):
        return compact(array, n_in, dtype, scale, argument, threads)
    ready = direct(array, n_in, dtype)
    if ready is not None:
        check_finite(ready, n_in, argument)
        return Features.dense(ready, dtype, scale)
    converted = np.empty((array.shape[0], n_in), dtype)
    for start, block in blocks(array, n_in, dtype, argument):
        converted[start : start + len(block)] = block
    return Features.dense(converted, dtype, scale)
