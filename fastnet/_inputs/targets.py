"""y in the forms the heart reads.

What y means is decided by its dimensions alone: with several outputs, 1-D is class labels and 2-D is
target values; with one output both are values.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from fastnet._inputs.arrays import numeric_array

__all__ = ["Targets", "as_targets"]


class Targets:
    """y, checked.

    Attributes
    ----------
    n, n_out : int
    labels : (n,) int32 array or None
        The index of each sample's class.
    values : (n, n_out) array or None
        C-contiguous, of the network's dtype.
    score : {"label", "argmax", "threshold", "none"}
        How an answer counts as correct: its brightest output is the label; is the target's brightest; it
        lies on the target's side of 1/2; or nothing does, because y are values to be met.
    """

    __slots__ = ("labels", "n", "n_out", "score", "values")

    def __init__(self, labels: np.ndarray | None, values: np.ndarray | None, n_out: int, score: str) -> None:
        given = labels if labels is not None else values
        assert given is not None
        self.n, self.n_out = len(given), n_out
        self.labels, self.values, self.score = labels, values, score

    def slice(self, start: int, stop: int) -> Targets:
        """Return the samples from `start` to `stop`, without copying them."""
        labels = None if self.labels is None else self.labels[start:stop]
        values = None if self.values is None else self.values[start:stop]
        return Targets(labels, values, self.n_out, self.score)

    def classes(self) -> np.ndarray | None:
        """Return the class of each sample, (n,) integers, or None where y are values to be met."""
        if self.labels is not None:
            return self.labels
        assert self.values is not None
        if self.score == "argmax":
            return self.values.argmax(axis=1)
        return (self.values[:, 0] > 0.5).astype(np.intp) if self.score == "threshold" else None


def as_targets(
    y: Any,
    n: int,
    n_out: int,
    dtype: np.dtype,
    cost: str,
    output: str,
    argument: str = "y",
    *,
    single: bool = False,
) -> Targets:
    """Check y against n samples of X and a network's output layer.

    Parameters
    ----------
    y : array-like
        For several outputs (n,) class labels from 0 to n_out - 1 (whole numbers of any dtype) or
        (n, n_out) target values. For one output (n,) or (n, 1) values.
    n, n_out : int
        Samples in X, outputs of the network.
    dtype : numpy.dtype
    cost, output : str
        The cost, which bounds the values for cross_entropy, and the output layer's activation.
    argument : str
        The caller's name for y.
    single : bool
        Whether X was one sample (n_in,), so that y may be one label or (n_out,) values.

    Returns
    -------
    Targets

    Raises
    ------
    TypeError
        If y is not made of real numbers.
    ValueError
        If the shape does not fit, a label is not a class, or a value is not finite or out of range.
    """
    array = numeric_array(y, argument)
    if single:
        array = _one_sample(array, n_out)
    _check_shape(array, n, n_out, argument)
    if array.ndim == 1 and n_out > 1:
        return Targets(_labels(array, n_out, argument), None, n_out, "label")
    values = _values(array.reshape(n, n_out), dtype, cost, output, argument)
    return Targets(None, values, n_out, _score(values, output))


def _one_sample(array: np.ndarray, n_out: int) -> np.ndarray:
    """Give the target of one sample its axis of samples."""
    if array.ndim == 0:
        return array[None]
    return array[None] if array.shape == (n_out,) and n_out > 1 else array


def _check_shape(array: np.ndarray, n: int, n_out: int, argument: str) -> None:
    if array.shape in ((n,), (n, n_out)):
        return
    if n_out > 1:
        expected = f"({n},) for class labels, or ({n}, {n_out}) for target values"
    else:
        expected = f"({n},) or ({n}, 1)"
    hint = ""
    if n_out > 1 and array.shape == (n, 1):
        hint = "; for labels in a column use ravel()"
    elif array.ndim >= 1 and array.shape[0] != n:
        hint = f": X has {n} samples"
    raise ValueError(f"{argument} must have the shape {expected}, not {array.shape}{hint}")


def _labels(array: np.ndarray, n_out: int, argument: str) -> np.ndarray:
    expected = f"{argument} must have class labels from 0 to {n_out - 1}"
    if array.dtype.kind == "f":
        with np.errstate(invalid="ignore"):
            bad = ~np.isfinite(array) | (array != np.floor(array))
        if bad.any():
            first = int(bad.argmax())
            raise ValueError(
                f"{expected}; {int(bad.sum())} are not whole numbers, the first is {array[first]} "
                f"for sample {first} (target values have the shape (n, {n_out}))"
            )
    bad = (array < 0) | (array >= n_out)
    if bad.any():
        first = int(bad.argmax())
        raise ValueError(
            f"{expected}, as the network has {n_out} outputs; {int(bad.sum())} are out of range, "
            f"the first is {array[first]} for sample {first}"
        )
    return array.astype(np.int32)


def _values(array: np.ndarray, dtype: np.dtype, cost: str, output: str, argument: str) -> np.ndarray:
    with np.errstate(over="ignore", under="ignore", invalid="ignore"):
        values = np.array(array, dtype, order="C")  # a copy: y may change while the network trains
    _refuse(~np.isfinite(values), array, f"{argument} must have finite numbers only")
    if cost == "cross_entropy" and output == "sigmoid":
        wrong = (values < 0) | (values > 1)
        _refuse(wrong, array, f"{argument} must lie between 0 and 1 for cross_entropy")
    elif cost == "cross_entropy":
        _refuse(values < 0, array, f"{argument} must be at least 0 for cross_entropy with softmax")
    return values


def _refuse(bad: np.ndarray, array: np.ndarray, expected: str) -> None:
    if bad.any():
        row, column = divmod(int(bad.argmax()), bad.shape[1])
        raise ValueError(
            f"{expected}; {int(bad.sum())} are not, the first is {array[row, column]} for sample {row}, "
            f"output {column}"
        )


def _score(values: np.ndarray, output: str) -> str:
    """Tell whether target values stand for classes.

    They do with a softmax layer; with sigmoid outputs when each row is one-hot up to the two numbers it
    uses (0 and 1, or 0.1 and 0.9), or a distribution over the classes; with one sigmoid when they are 0
    and 1. Otherwise the values are there to be met, and accuracy means nothing.
    """
    if output == "softmax":
        return "argmax"
    if output != "sigmoid":
        return "none"
    low, high = values.min(), values.max()
    if values.shape[1] == 1:
        return "threshold" if bool(((values == 0) | (values == 1)).all()) else "none"
    one_hot = ((values == high).sum(axis=1) == 1).all() and ((values == low) | (values == high)).all()
    distribution = low >= 0 and bool((abs(values.sum(axis=1, dtype=np.float64) - 1) < 1e-5).all())
    return "argmax" if one_hot or distribution else "none"
