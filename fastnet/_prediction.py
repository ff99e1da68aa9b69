"""`forward`, `predict` and `layer_activations` for whatever a caller hands over."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from fastnet._inputs.arrays import blocks, checked_array, direct
from fastnet._inputs.features import as_features
from fastnet._inputs.sparse import is_sparse
from fastnet._inputs.types import Features
from fastnet._training.measure import slices

__all__ = ["forward", "layer_activations", "predict"]


def forward(network: Any, X: Any) -> np.ndarray:
    """See `Network.forward`."""
    n, single, parts = _parts(network, X)
    out = np.empty((n, network.sizes[-1]), network.dtype)
    for start, features in parts:
        network._engine.forward(features, out[start : start + features.n])
    return out[0] if single else out


def layer_activations(network: Any, X: Any) -> list[np.ndarray]:
    """See `Network.layer_activations`."""
    n, single, parts = _parts(network, X)
    outs = [np.empty((n, width), network.dtype) for width in network.sizes[1:]]
    for start, features in parts:
        network._engine.activations(features, [out[start : start + features.n] for out in outs])
    return [out[0] for out in outs] if single else outs


def predict(network: Any, outputs: np.ndarray) -> Any:
    """Turn outputs (n, n_out), or (n_out,) of one sample, into answers; see `Network.predict`."""
    activation, n_out = network.activations[-1], network.sizes[-1]
    if activation == "softmax" or (activation == "sigmoid" and n_out > 1):
        return outputs.argmax(axis=-1)
    if activation == "sigmoid":
        return (outputs[..., 0] > 0.5).astype(np.intp)[()]
    return outputs


def _parts(network: Any, X: Any) -> tuple[int, bool, Iterator[tuple[int, Features]]]:
    """Return the number of samples, whether X is a single one, and its parts: (start, Features).

    What has to be converted is converted part by part, so that no full-size copy of X arises.
    """
    n_in, dtype, scale = network.sizes[0], network.dtype, network.input_scale
    if is_sparse(X):
        features = as_features(X, n_in, dtype, scale)
        return features.n, False, _sliced(features, network.n_parameters)
    array = checked_array(X, n_in, "X", single=True)
    single = np.ndim(X) == 1
    if direct(array, n_in, dtype) is None:
        return len(array), single, _converted(array, n_in, dtype, scale)
    features = as_features(array, n_in, dtype, scale)
    return features.n, single, _sliced(features, network.n_parameters)


def _sliced(features: Features, n_parameters: int) -> Iterator[tuple[int, Features]]:
    starts = slices(features.n, n_parameters)
    if len(starts) == 1:
        yield 0, features
        return
    for start in starts:
        yield start, features.slice(start, min(start + starts.step, features.n))


def _converted(array: np.ndarray, n_in: int, dtype: np.dtype, scale: float) -> Iterator[tuple[int, Features]]:
    for start, block in blocks(array, n_in, dtype, "X"):
        yield start, Features.dense(np.ascontiguousarray(block), dtype, scale)
