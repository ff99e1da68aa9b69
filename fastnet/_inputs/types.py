"""The form in which X travels to the heart."""

from __future__ import annotations

import numpy as np

__all__ = ["Features", "entries_in_first_half"]

TWO_CHAINS = 128  # inputs from which the heart's sums have two chains (ARCHITECTURE.md)


class Features:
    """X, checked, in one of two kinds.

    Attributes
    ----------
    n, n_in : int
        Samples and inputs.
    dtype : numpy.dtype
        The network's: what `rows` returns.
    kind : {"dense", "compact"}
    array : (n, n_in) array
        Dense: C-contiguous, of `dtype` or uint8. Not scaled.
    scale : float
        Dense: the factor on every input. (Compact values are scaled already; then it is 1.)
    rowptr : (n + 1,) int64 array
        Compact: row i's entries are those from rowptr[i] to rowptr[i + 1].
    index : (nnz,) uint16 or uint32 array
        Compact: the column of each entry, ascending within a row.
    value : (nnz,) array
        Compact: of `dtype`, or uint8 codes into `table`.
    table : (256,) array of `dtype`, or None
        The numbers that codes stand for.
    middle : (n,) uint32 array
        Compact: how many of each row's entries lie in the first half of the inputs, where the heart's sums
        have their seam.
    longest : int
        Compact: entries of the longest row.
    strips : (words, ends) or None
        Compact: the same by strips of inputs (`_compact.strips_of`), where the heart has wanted it.
    """

    __slots__ = (
        "array",
        "dtype",
        "index",
        "kind",
        "longest",
        "middle",
        "n",
        "n_in",
        "rowptr",
        "scale",
        "strips",
        "table",
        "value",
    )

    def __init__(self, kind: str, n: int, n_in: int, dtype: np.dtype) -> None:
        self.kind, self.n, self.n_in, self.dtype = kind, n, n_in, np.dtype(dtype)
        self.scale = 1.0
        self.array: np.ndarray | None = None
        self.rowptr: np.ndarray | None = None
        self.index: np.ndarray | None = None
        self.value: np.ndarray | None = None
        self.table: np.ndarray | None = None
        self.middle: np.ndarray | None = None
        self.longest = 0
        self.strips: tuple[np.ndarray, np.ndarray] | None = None

    @classmethod
    def dense(cls, array: np.ndarray, dtype: np.dtype, scale: float = 1.0) -> Features:
        """Wrap a C-contiguous (n, n_in) array of `dtype` or uint8."""
        features = cls("dense", array.shape[0], array.shape[1], dtype)
        features.array, features.scale = array, float(scale)
        return features

    @classmethod
    def compact(
        cls,
        rowptr: np.ndarray,
        index: np.ndarray,
        value: np.ndarray,
        table: np.ndarray | None,
        n_in: int,
        dtype: np.dtype,
        middle: np.ndarray | None = None,
    ) -> Features:
        """Wrap the non-zeros of X, row by row; `middle` is counted where it is not given.

        Codes stand only beside 16-bit indices; the heart has no loop for others.
        """
        if table is not None and index.dtype == np.uint32:
            value, table = table[value], None
        features = cls("compact", len(rowptr) - 1, n_in, dtype)
        features.rowptr, features.index, features.value, features.table = rowptr, index, value, table
        features.middle = entries_in_first_half(rowptr, index, n_in) if middle is None else middle
        features.longest = int(np.diff(rowptr).max(initial=0))
        return features

    def rows(self, which: np.ndarray) -> np.ndarray:
        """Return a dense copy (len(which), n_in) of some rows, scaled, in `dtype`."""
        if self.array is not None:
            return self.array[which].astype(self.dtype) * self.dtype.type(self.scale)
        assert self.rowptr is not None and self.index is not None and self.value is not None
        first, counts = self.rowptr[which], np.diff(self.rowptr)[which]
        ends = np.cumsum(counts)
        entries = np.arange(ends[-1] if len(ends) else 0) + np.repeat(first - (ends - counts), counts)
        values = self.value[entries]
        out = np.zeros((len(counts), self.n_in), self.dtype)
        row = np.repeat(np.arange(len(counts)), counts)
        out[row, self.index[entries]] = values if self.table is None else self.table[values]
        return out

    def slice(self, start: int, stop: int) -> Features:
        """Return the rows from `start` to `stop`, without copying them."""
        if self.array is not None:
            return Features.dense(self.array[start:stop], self.dtype, self.scale)
        assert self.rowptr is not None and self.index is not None and self.value is not None
        assert self.middle is not None
        rowptr, middle = self.rowptr[start : stop + 1], self.middle[start:stop]
        return Features.compact(rowptr, self.index, self.value, self.table, self.n_in, self.dtype, middle)


def entries_in_first_half(rowptr: np.ndarray, index: np.ndarray, n_in: int) -> np.ndarray:
    """Count each row's entries in the first half of the inputs; fewer than 128 have no second half."""
    half = n_in // 2 if n_in >= TWO_CHAINS else n_in
    n = len(rowptr) - 1
    middle = np.empty(n, np.uint32)
    start = 0
    while start < n:  # some rows at a time, so that no temporary is as large as X
        stop = int(np.searchsorted(rowptr, rowptr[start] + (1 << 18), side="right")) - 1
        stop = min(n, max(stop, start + 1))
        below = index[rowptr[start] : rowptr[stop]] < half
        total = np.concatenate(([0], np.cumsum(below)))
        ends = rowptr[start : stop + 1] - rowptr[start]
        middle[start:stop] = np.diff(total[ends])
        start = stop
    return middle
