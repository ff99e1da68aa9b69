"""`forward`, `predict` and `layer_activations` for whatever a caller hands over."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from fastnet._inputs.arrays import block, checked_array, complain, direct, rows_per_block
from fastnet._inputs.features import as_features
from fastnet._inputs.sparse import is_sparse
from fastnet._inputs.types import Features
from fastnet._threads import each
from fastnet._training.measure import slices

__all__ = ["forward", "layer_activations", "predict"]

LONGER = 16  # times as long are parts that threads share out: each begins threads anew


def forward(network: Any, X: Any, threads: int) -> np.ndarray:
    """See `Network.forward`."""
    source = _source(network, X)
    n, single = source.n, source.single
    out = np.empty((n, network.sizes[-1]), network.dtype)

    def fill(features: Features, start: int, stop: int, shares: Any) -> bool:
        return bool(network._engine.forward(features, out[start:stop], source.unchecked, shares))

    _run(network, source, threads, fill)
    return out[0] if single else out


def layer_activations(network: Any, X: Any, threads: int) -> list[np.ndarray]:
    """See `Network.layer_activations`."""
    source = _source(network, X)
    n, single = source.n, source.single
    outs = [np.empty((n, width), network.dtype) for width in network.sizes[1:]]

    def fill(features: Features, start: int, stop: int, shares: Any) -> bool:
        into = [out[start:stop] for out in outs]
        return bool(network._engine.activations(features, into, source.unchecked, shares))

    _run(network, source, threads, fill)
    return [out[0] for out in outs] if single else outs


def predict(network: Any, outputs: np.ndarray) -> Any:
    """Turn outputs (n, n_out), or (n_out,) of one sample, into answers; see `Network.predict`."""
    activation, n_out = network.activations[-1], network.sizes[-1]
    if activation == "softmax" or (activation == "sigmoid" and n_out > 1):
        return outputs.argmax(axis=-1)
    if activation == "sigmoid":
        return (outputs[..., 0] > 0.5).astype(np.intp)[()]
    return outputs


class _Source(NamedTuple):
    """Where X comes from."""

    n: int
    single: bool  # one sample, without an axis of samples
    part: Callable[[int, int], Features]  # the features of the samples from one to another
    step: int  # samples a part
    ready: bool  # whether a part is only a view, so that it may be of any length
    unchecked: bool  # whether finite numbers are still to be checked for, while the heart reads them
    complain: Callable[[], object]  # raises the error that says where X is not finite


def _source(network: Any, X: Any) -> _Source:
    """Return how to get X part by part.

    What has to be checked and converted is so part by part: no full-size copy of X arises, and a part is
    still in the cache when the heart reads it. An array that the heart can read as it is, it checks itself.
    """
    n_in, dtype, scale = network.sizes[0], network.dtype, network.input_scale
    step = slices(0, network.n_parameters).step
    if is_sparse(X):
        features = as_features(X, n_in, dtype, scale)
        return _Source(features.n, False, features.slice, step, True, False, lambda: None)
    array = checked_array(X, n_in, "X", single=True)
    single = np.ndim(X) == 1
    ready = direct(array, n_in, dtype)
    if ready is not None:
        whole = Features.dense(ready, dtype, scale)
        unchecked = ready.dtype.kind == "f"
        return _Source(
            whole.n, single, whole.slice, step, True, unchecked, lambda: complain(ready, n_in, dtype, "X")
        )

    def part(start: int, stop: int) -> Features:
        rows = block(array, start, stop, n_in, dtype, "X")
        return Features.dense(np.ascontiguousarray(rows), dtype, scale)

    return _Source(array.shape[0], single, part, min(step, rows_per_block(n_in)), False, False, lambda: None)


def _run(network: Any, source: _Source, threads: int, work: Callable[..., bool]) -> None:
    """Do the work part by part. Several threads share out a part's blocks of samples, or, where X has to be
    converted, whole parts."""

    def run(start: int, stop: int, shared: bool) -> None:
        part = source.part(start, stop)
        if shared:
            shares = network._engine.shares(stop - start, threads)
            done = all(each(lambda _: work(part, start, stop, shares), range(threads), threads))
        else:
            done = work(part, start, stop, None)
        if not done:
            source.complain()

    if threads > 1 and source.ready:
        step = LONGER * threads * source.step
        for start in range(0, source.n, step):
            run(start, min(start + step, source.n), True)
        return
    step = min(source.step, max(1, -(-source.n // threads)))
    each(lambda start: run(start, min(start + step, source.n), False), range(0, source.n, step), threads)
