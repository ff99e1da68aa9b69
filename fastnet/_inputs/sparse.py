"""Sparse X: CSR matrices, known by their attributes, so that SciPy is not needed."""

from __future__ import annotations

from typing import Any

import numpy as np

from fastnet._inputs.arrays import numeric_array
from fastnet._inputs.compact import index_dtype
from fastnet._inputs.types import Features
from fastnet._kernels._compact import lists_of_csr

__all__ = ["compact_from_csr", "is_sparse"]

_CSR = ("indptr", "indices", "data", "shape")


def is_sparse(X: Any) -> bool:
    """Whether X looks like a CSR matrix, or like one of SciPy's formats that can become one."""
    if isinstance(X, np.ndarray | list | tuple):
        return False
    return hasattr(X, "tocsr") or all(hasattr(X, name) for name in _CSR)


def compact_from_csr(X: Any, n_in: int, dtype: np.dtype, scale: float, argument: str) -> Features:
    """Check a sparse X (n, n_in) and give it the compact form, without making it dense.

    Columns are put in ascending order and repeated entries are added up, as SciPy does; X is not changed.

    Raises
    ------
    TypeError
        If the data are not real numbers.
    ValueError
        If the shape is wrong, the matrix is damaged, or a number is not finite.
    """
    if getattr(X, "format", "csr") != "csr" or not all(hasattr(X, name) for name in _CSR):
        X = X.tocsr()
    shape = tuple(X.shape)
    if len(shape) != 2 or shape[1] != n_in:
        raise ValueError(f"{argument} must have the shape (n, {n_in}), not {shape}")
    if shape[0] == 0:
        raise ValueError(f"{argument} must have at least one sample, not the shape {shape}")
    rowptr = np.asarray(X.indptr).astype(np.int64)
    column = np.asarray(X.indices)
    data = numeric_array(X.data, argument)
    _check_structure(rowptr, column, data, shape, argument)
    column, data = column[: rowptr[-1]], data[: rowptr[-1]]
    features = _at_once(rowptr, column, data, n_in, np.dtype(dtype), scale)
    if features is not None:
        return features
    _check_columns(column, shape, argument)
    data = _converted(data, dtype, argument)
    index = column.astype(index_dtype(n_in))
    if not _canonical(rowptr, index):
        rowptr, index, data = _canonicalised(rowptr, index, data)
        data = _converted(data, dtype, argument)
    if scale != 1:
        data = data * np.dtype(dtype).type(scale)
    return Features.compact(rowptr, index, np.ascontiguousarray(data), None, n_in, dtype)


def _check_structure(
    rowptr: np.ndarray, column: np.ndarray, data: np.ndarray, shape: tuple[int, ...], argument: str
) -> None:
    damaged = f"{argument} is a damaged CSR matrix: "
    if rowptr.shape != (shape[0] + 1,) or rowptr[0] != 0 or (np.diff(rowptr) < 0).any():
        raise ValueError(f"{damaged}indptr must be {shape[0] + 1} ascending numbers from 0")
    if column.ndim != 1 or data.ndim != 1 or min(len(column), len(data)) < rowptr[-1]:
        raise ValueError(f"{damaged}indices and data must have indptr[-1] = {rowptr[-1]} entries")
    if column.dtype.kind not in "iu":
        raise ValueError(f"{damaged}indices must be integers, not dtype {column.dtype}")


def _check_columns(column: np.ndarray, shape: tuple[int, ...], argument: str) -> None:
    if column.size and (column.min() < 0 or column.max() >= shape[1]):
        raise ValueError(
            f"{argument} is a damaged CSR matrix: indices must lie between 0 and {shape[1] - 1}"
        )


def _at_once(
    rowptr: np.ndarray, column: np.ndarray, data: np.ndarray, n_in: int, dtype: np.dtype, scale: float
) -> Features | None:
    """Check, convert and code the entries in one pass, as most matrices allow; None if this one does not."""
    plain = column.dtype in (np.int32, np.int64) and data.dtype == dtype and data.dtype.isnative
    if not plain or index_dtype(n_in) != np.uint16:
        return None
    lists = lists_of_csr(rowptr, np.ascontiguousarray(column), np.ascontiguousarray(data), n_in)
    if lists is None:
        return None
    index, middle, code, numbers = lists
    factor = dtype.type(scale)
    if code is None or numbers is None:
        value = np.ascontiguousarray(data if scale == 1 else data * factor)
        return Features.compact(rowptr, index, value, None, n_in, dtype, middle)
    return Features.compact(rowptr, index, code, numbers.astype(dtype) * factor, n_in, dtype, middle)


def _converted(data: np.ndarray, dtype: np.dtype, argument: str) -> np.ndarray:
    with np.errstate(over="ignore", under="ignore", invalid="ignore"):
        converted = data.astype(dtype, copy=False)
    bad = ~np.isfinite(converted)
    if bad.any():
        what = "not finite" if not np.isfinite(data).all() else f"too large for {dtype}"
        raise ValueError(f"{argument} must have finite numbers only; {bad.sum()} of its entries are {what}")
    return converted


def _canonical(rowptr: np.ndarray, index: np.ndarray) -> bool:
    """Whether columns ascend within every row, none of them twice."""
    if index.size < 2:
        return True
    ascending = index[1:] > index[:-1]
    starts = rowptr[1:-1]  # where a row begins, anything goes
    ascending[starts[(starts > 0) & (starts < index.size)] - 1] = True
    return bool(ascending.all())


def _canonicalised(
    rowptr: np.ndarray, index: np.ndarray, data: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    row = np.repeat(np.arange(len(rowptr) - 1), np.diff(rowptr))
    order = np.lexsort((index, row))  # stable: equal entries are added in the order they came
    row, index, data = row[order], index[order], data[order]
    new = np.ones(len(row), bool)
    new[1:] = (row[1:] != row[:-1]) | (index[1:] != index[:-1])
    with np.errstate(over="ignore"):
        data = np.add.reduceat(data, np.flatnonzero(new))
    counts = np.bincount(row[new], minlength=len(rowptr) - 1)
    return np.concatenate(([0], np.cumsum(counts))).astype(np.int64), index[new], data
