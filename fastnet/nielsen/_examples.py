"""Training and test data as the caller hands them over, and as arrays.

The book's data is a list of tuples (x, y), x a column (n_in, 1), y a column (n_out, 1) or a digit. Also
accepted: a pair of arrays (X, y), X (n, n_in), y (n,) or (n, n_out); and any iterable of tuples, `zip`
for instance, which is read once.
"""

from __future__ import annotations

from collections.abc import Iterable, Sized
from functools import cached_property
from typing import Any

import numpy as np

from ._columns import NUMERIC, columns_of
from ._order import reorder

__all__ = ["Examples", "as_label", "as_vector", "read", "read_optional"]

Items = list[Any]  # of tuples (x, y)
Pair = tuple[np.ndarray, np.ndarray]


def as_vector(y: Any, n_out: int) -> Any:
    """Turn a digit into the desired outputs (n_out, 1): a one among zeros; anything else stays."""
    if np.ndim(y) != 0:
        return y
    vector = np.zeros((n_out, 1))
    vector[y] = 1.0
    return vector


def as_label(y: Any) -> Any:
    """Turn desired outputs into the index of the largest; a single number stays as it is."""
    return np.argmax(y) if np.size(y) > 1 else y


class Examples:
    """A data set of n examples.

    As tuples it is in its present order: `items` and `ordered` give the caller's own list, if it is one.
    As arrays it stays in the order of the rows of `inputs`, whatever becomes of the list.

    Attributes
    ----------
    name : str
        The caller's argument, for messages.
    n : int
    """

    def __init__(self, name: str, items: Items | None, pair: Pair | None) -> None:
        self.name = name
        self._items = items
        self._pair = pair
        self._first = None if items is None else list(items)  # the order that `inputs` speaks of
        self._inputs: dict[int, tuple[np.ndarray, np.ndarray] | None] = {}
        self._labels: dict[tuple[int, int], np.ndarray | None] = {}
        self._desired: dict[int, Items] = {}
        self.n = len(items) if items is not None else len(pair[0])  # type: ignore[index]

    # As tuples, for methods that take one example at a time

    @cached_property
    def items(self) -> Items:
        """The tuples (x, y) with y as the data holds it: the caller's own list, if it is one."""
        if self._items is not None:
            return self._items
        assert self._pair is not None
        return _tuples(*self._pair)

    def ordered(self, n_out: int, order: np.ndarray) -> Items:
        """Return the tuples (x, y) to train on: the caller's list as it is, or arrays' rows in `order`."""
        if self._items is not None:
            return self._items
        tuples = self.desired(n_out)
        return [tuples[i] for i in order.tolist()]

    def desired(self, n_out: int) -> Items:
        """Return the tuples (x, y) with y (n_out, 1) where they come from arrays."""
        if self._items is not None:
            return self._items
        if n_out not in self._desired:
            assert self._pair is not None
            x, y = self._pair
            if y.ndim == 1:
                y = y[:, None] if n_out == 1 else self._one_among_zeros(y, n_out)
            self._desired[n_out] = _tuples(x, y)
        return self._desired[n_out]

    def reorder(self, order: np.ndarray) -> None:
        """Put the list into a new order in place; a caller's arrays are left alone."""
        if self._items is not None:
            reorder(self._items, order)

    # As arrays, for the compiled path

    def inputs(self, n_in: int) -> tuple[np.ndarray, np.ndarray] | None:
        """Return (X, rows), X (n, n_in) and rows (n,) intp: at first, example i was `X[rows[i]]`.

        None if some x is not a column of n_in numbers. Read at the first call and kept.
        """
        if n_in not in self._inputs:
            if self._pair is None:
                assert self._first is not None
                self._inputs[n_in] = columns_of(self._first, 0, n_in)
            else:
                x = self._pair[0]
                self._inputs[n_in] = (x, np.arange(self.n)) if x.shape[1] == n_in else None
        return self._inputs[n_in]

    def check(self, n_in: int) -> None:
        """Refuse data that the book's own methods would stumble over half-way, or misread.

        Raises
        ------
        ValueError
            If an example is no tuple (x, y), or its x no column of n_in numbers.
        """
        if self.inputs(n_in) is not None:
            return
        for i, example in enumerate(self.items):
            try:
                x, _ = example
            except (TypeError, ValueError):
                raise ValueError(f"{self.name}: example {i} is no tuple (x, y)") from None
            # A network of one input takes plain numbers too, as NumPy's dot does.
            if np.ndim(x) == 1 or np.size(x) != n_in:
                raise ValueError(f"{self.name}: x must be a column of shape ({n_in}, 1), "
                                 f"found shape {np.shape(x)} in example {i}")

    def vectors(self, n_in: int, n_out: int) -> np.ndarray | None:
        """Return the desired outputs (n, n_out), in the order of the rows of `inputs(n_in)`.

        A digit becomes a one among zeros. None if some y is neither that nor a column of n_out numbers.
        """
        if self._pair is not None:
            y = self._pair[1]
            if y.ndim == 1:
                return y[:, None] if n_out == 1 else self._one_among_zeros(y, n_out)
            return y if y.shape[1] == n_out else None
        assert self._first is not None
        found = columns_of(self._first, 1, n_out)
        return None if found is None else self._in_rows(n_in, found[0][found[1]])

    def labels(self, n_in: int, n_out: int) -> np.ndarray | None:
        """Return the correct answers (n,), of vectors the index of the largest, ordered like `vectors`.

        None if some y is neither a number nor a column of n_out numbers. Read at the first call and kept.
        """
        if (n_in, n_out) not in self._labels:
            self._labels[n_in, n_out] = self._read_labels(n_in, n_out)
        return self._labels[n_in, n_out]

    def _read_labels(self, n_in: int, n_out: int) -> np.ndarray | None:
        if self._pair is None:
            assert self._first is not None
            y = _numbers(self._first)
            if y is not None:
                return self._in_rows(n_in, y)
            y = self.vectors(n_in, n_out)
        else:
            y = self._pair[1]
        if y is None or y.ndim == 1:
            return y
        if y.shape[1] != n_out:
            return None
        return y.argmax(axis=1) if n_out > 1 else y[:, 0]

    def label_vectors(self, n_in: int, n_out: int) -> np.ndarray | None:
        """Return `vectors`, with a one among zeros for a digit in a list too."""
        if self._pair is None:
            assert self._first is not None
            y = _numbers(self._first)
            if y is not None:
                return self._in_rows(n_in, self._one_among_zeros(y, n_out))
        return self.vectors(n_in, n_out)

    def _in_rows(self, n_in: int, y: np.ndarray) -> np.ndarray | None:
        """Bring y, in the list's first order, into the order of the rows of X."""
        inputs = self.inputs(n_in)
        if inputs is None:
            return None
        placed = np.empty_like(y)
        placed[inputs[1]] = y
        return placed

    def _one_among_zeros(self, y: np.ndarray, n_out: int) -> np.ndarray:
        whole = y.dtype.kind in "iu" or (y.dtype.kind == "f" and bool((y == np.floor(y)).all()))
        if not whole or y.min() < 0 or y.max() >= n_out:
            raise ValueError(f"{self.name}: labels must be whole numbers from 0 to {n_out - 1}, "
                             f"found {y.dtype} from {y.min()} to {y.max()}")
        vectors = np.zeros((len(y), n_out))
        vectors[np.arange(len(y)), y.astype(np.intp)] = 1.0
        return vectors


def read(data: Any, name: str) -> Examples:
    """Read what a caller gave as training, test or evaluation data.

    Parameters
    ----------
    data : list of tuple, pair of arrays, or iterable of tuple
    name : str
        The caller's argument, for messages.

    Raises
    ------
    TypeError
        If `data` is none of these.
    ValueError
        If it is empty, an iterator that was read before for instance, or the arrays do not fit.
    """
    if isinstance(data, Examples):
        return data
    if _is_pair(data):
        return Examples(name, None, _checked_pair(data[0], data[1], name))
    if not isinstance(data, list):
        if not isinstance(data, Iterable) or isinstance(data, (str, bytes, dict)):
            raise TypeError(f"{name} must be a list of tuples (x, y) or a pair of arrays (X, y), "
                            f"not {type(data).__name__}")
        once = not isinstance(data, Sized)
        data = list(data)
        if once and not data:
            raise ValueError(f"{name} is an iterator with nothing left: zip can be read only once, "
                             "give list(zip(...)) to use the data again")
    if not data:
        raise ValueError(f"{name} is empty: at least one example (x, y) is needed")
    return Examples(name, data, None)


def read_optional(data: Any, name: str) -> Examples | None:
    """Read data that may be missing: None or empty, as the book's programs take it."""
    return None if data is None or (isinstance(data, Sized) and len(data) == 0) else read(data, name)


def _is_pair(data: Any) -> bool:
    return (isinstance(data, (tuple, list)) and len(data) == 2
            and isinstance(data[0], np.ndarray) and isinstance(data[1], np.ndarray))


def _checked_pair(x: np.ndarray, y: np.ndarray, name: str) -> Pair:
    for letter, array in (("X", x), ("y", y)):
        if array.dtype.kind not in NUMERIC:
            raise TypeError(f"{name}: {letter} must be an array of numbers, found dtype {array.dtype}")
    if x.ndim < 2 or y.ndim == 0 or len(x) != len(y):
        raise ValueError(f"{name}: a pair of arrays has shapes (n, n_in) and (n,) or (n, n_out), "
                         f"found {x.shape} and {y.shape}")
    if len(x) == 0:
        raise ValueError(f"{name} is empty: at least one example is needed")
    return x.reshape(len(x), -1), y if y.ndim == 1 else y.reshape(len(y), -1)


def _tuples(x: np.ndarray, y: np.ndarray) -> Items:
    """The rows of two arrays as tuples: x and vectors y as columns (views), numbers y as Python's own."""
    return list(zip(x[:, :, None], y[:, :, None] if y.ndim == 2 else y.tolist(), strict=True))


def _numbers(items: Items) -> np.ndarray | None:
    """The y of every example (n,), if all of them are plain numbers."""
    try:
        if np.ndim(items[0][1]) != 0:
            return None
        y = np.array([answer for _, answer in items])
    except (TypeError, ValueError, IndexError, KeyError):
        return None
    return y if y.ndim == 1 and y.dtype.kind in NUMERIC else None
