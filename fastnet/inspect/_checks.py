"""Checks that several of the explanations share."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from fastnet._checks import shown, whole
from fastnet._training.progress import Bar, Lines, as_progress
from fastnet.network import Network

__all__ = [
    "as_confusion", "as_network", "as_place", "classes_of", "dense_samples", "high_of_inputs", "steps",
]  # fmt: skip


def as_network(net: Any) -> Network:
    """Return `net`, which must be a `Network`."""
    if not isinstance(net, Network):
        hint = "; use its to_network()" if hasattr(net, "to_network") else ""
        raise TypeError(f"net must be a fastnet.Network, not {shown(net)}{hint}")
    return net


def classes_of(net: Network) -> int:
    """Return how many classes the network tells apart; refuse one whose outputs are values."""
    if net.activations[-1] not in ("softmax", "sigmoid"):
        raise ValueError(
            f"net must answer with classes (sigmoid or softmax outputs), not {net.activations[-1]!r}"
        )
    return 2 if net.sizes[-1] == 1 else net.sizes[-1]


def as_place(index: Any, length: int, argument: str) -> int:
    """Return an index into `length` things, from 0; negative ones count from the end."""
    try:
        number = whole(index, argument, least=-length)
    except ValueError:
        number = length
    if number >= length:
        raise ValueError(f"{argument} must be from 0 to {length - 1}, or negative from the end, not {index}")
    return number % length


def dense_samples(net: Network, X: Any, argument: str = "X") -> np.ndarray:
    """Return X as an array (n, n_in), one sample as one row; numbers and dtype untouched."""
    if hasattr(X, "toarray"):
        X = X.toarray()
    array = np.asarray(X)
    n_in = net.sizes[0]
    if array.dtype.kind not in "biuf":
        raise TypeError(f"{argument} must hold real numbers, not dtype {array.dtype}")
    if array.size == n_in and (array.ndim < 2 or array.shape[0] != 1):
        array = array.reshape(1, n_in)
    if array.ndim < 2 or array.shape[0] == 0 or array[0].size != n_in:
        raise ValueError(f"{argument} must have the shape (n, {n_in}), or ({n_in},), not {array.shape}")
    if array.dtype.kind == "f" and not np.isfinite(array).all():
        raise ValueError(f"{argument} must have finite numbers only")
    return array.reshape(len(array), n_in)


def high_of_inputs(net: Network) -> float:
    """Return what an input of 1 is before the network scales it: 255 with input_scale 1/255."""
    return 1 / abs(net.input_scale)


def as_confusion(evaluation: Any) -> np.ndarray:
    """Return the (k, k) confusion matrix, float64, of an `Evaluation` or of an array of counts."""
    counts = getattr(evaluation, "confusion", evaluation)
    if counts is None:
        raise ValueError("evaluation must be of classes; this one has values, and so no confusion matrix")
    try:
        array = np.asarray(counts, dtype=np.float64)
    except (TypeError, ValueError):
        expected = "evaluation must be what net.evaluate returns, or a (k, k) array of counts"
        raise TypeError(f"{expected}, not {shown(evaluation)}") from None
    if array.ndim != 2 or array.shape[0] != array.shape[1] or array.shape[0] < 2:
        raise ValueError(f"evaluation must have a confusion matrix (k, k), not the shape {array.shape}")
    if not (np.isfinite(array).all() and (array >= 0).all()):
        raise ValueError("evaluation must have counts of at least 0 in its confusion matrix")
    return array


def steps(total: int, title: str, progress: Any) -> Iterator[int]:
    """Count from 0 to total - 1, showing how far it is as `fit` would: a bar, plain lines or nothing."""
    shown_by = as_progress(progress)
    if isinstance(shown_by, Bar):
        from tqdm.auto import tqdm  # there is a bar, so it is installed

        yield from tqdm(range(total), desc=title, dynamic_ncols=True)
        return
    for step in range(total):
        yield step
        if isinstance(shown_by, Lines) and (step + 1) * 4 // total > step * 4 // total:
            import sys

            print(f"{title}: {step + 1}/{total}", file=sys.stderr, flush=True)
