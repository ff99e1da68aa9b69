"""`forward`, `predict` and `layer_activations` for whatever a caller hands over."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from fastnet._inputs.arrays import block, checked_array, direct, rows_per_block
from fastnet._inputs.features import as_features
from fastnet._inputs.sparse import is_sparse
from fastnet._inputs.types import Features
from fastnet._threads import each
from fastnet._training.measure import slices

__all__ = ["forward", "layer_activations", "predict"]


def forward(network: Any, X: Any, threads: int) -> np.ndarray:
    """See `Network.forward`."""
    n, single, part = _parts(network, X)
    out = np.empty((n, network.sizes[-1]), network.dtype)
    _run(network, n, part, threads, lambda f, start, stop: network._engine.forward(f, out[start:stop]))
    return out[0] if single else out


def layer_activations(network: Any, X: Any, threads: int) -> list[np.ndarray]:
    """See `Network.layer_activations`."""
    n, single, part = _parts(network, X)
    outs = [np.empty((n, width), network.dtype) for width in network.sizes[1:]]

    def fill(features: Features, start: int, stop: int) -> None:
        network._engine.activations(features, [out[start:stop] for out in outs])

    _run(network, n, part, threads, fill)
    return [out[0] for out in outs] if single else outs


def predict(network: Any, outputs: np.ndarray) -> Any:
    """Turn outputs (n, n_out), or (n_out,) of one sample, into answers; see `Network.predict`."""
    activation, n_out = network.activations[-1], network.sizes[-1]
    if activation == "softmax" or (activation == "sigmoid" and n_out > 1):
        return outputs.argmax(axis=-1)
    if activation == "sigmoid":
        return (outputs[..., 0] > 0.5).astype(np.intp)[()]
    return outputs


# Where X comes from: the features of the samples from one to another.
Source = Callable[[int, int], Features]


def _parts(network: Any, X: Any) -> tuple[int, bool, Source]:
    """Return the number of samples, whether X is a single one, and how to get its parts.

    What has to be checked and converted is so part by part: no full-size copy of X arises, and a part is
    still in the cache when the heart reads it.
    """
    n_in, dtype, scale = network.sizes[0], network.dtype, network.input_scale
    if is_sparse(X):
        features = as_features(X, n_in, dtype, scale)
        return features.n, False, features.slice
    array = checked_array(X, n_in, "X", single=True)
    ready = direct(array, n_in, dtype)
    if ready is not None:
        array, dtype = ready, ready.dtype

    def part(start: int, stop: int) -> Features:
        rows = block(array, start, stop, n_in, dtype, "X")
        return Features.dense(np.ascontiguousarray(rows), network.dtype, scale)

    return array.shape[0], np.ndim(X) == 1, part


def _run(
    network: Any, n: int, part: Source, threads: int, work: Callable[[Features, int, int], None]
) -> None:
    step = min(slices(n, network.n_parameters).step, rows_per_block(network.sizes[0]))

    def run(start: int) -> None:
        stop = min(start + step, n)
        work(part(start, stop), start, stop)

    each(run, range(0, n, step), threads)
