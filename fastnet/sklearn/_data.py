"""Validated X, y and weights in the forms the heart reads; answers of the heart for a whole X."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from fastnet._inputs.arrays import all_finite
from fastnet._inputs.features import as_features
from fastnet._inputs.targets import Targets
from fastnet._inputs.types import Features
from fastnet._threads import each
from fastnet._training.measure import slices
from fastnet.sklearn._store import Store, store_of

__all__ = ["Data", "as_data", "direct_outputs", "outputs"]


class Data(NamedTuple):
    """Samples, in the forms the heart reads."""

    features: Features
    targets: Targets
    weight: np.ndarray | None


def as_data(
    X: Any, y: np.ndarray, weight: Any, output: str, dtype: np.dtype, *, prepare: bool = True
) -> Data:
    """Convert validated X (n, n_in), y (n, n_out) and weights (n,) or None.

    `prepare` says that they are going to be read many times.
    """
    features = as_features(X, X.shape[1], dtype, prepare=prepare)
    n_out = y.shape[1]
    if output == "softmax":
        targets = Targets(y.argmax(axis=1).astype(np.int32), None, n_out, "none")
    else:
        targets = Targets(None, np.ascontiguousarray(y, dtype), n_out, "none")
    return Data(features, targets, None if weight is None else np.ascontiguousarray(weight, dtype))


def outputs(estimator: Any, X: Any) -> np.ndarray:
    """Return the output layer's activations (n, n_outputs) for a validated X."""
    dtype = np.result_type(X.dtype, estimator.coefs_[0].dtype)
    store = store_of(estimator, dtype if dtype == np.float32 else np.float64)
    return _forward(store, as_features(X, X.shape[1], store.dtype), estimator.threads)


def direct_outputs(estimator: Any, X: Any) -> np.ndarray | None:
    """Return what `outputs` does, past the general validation, or None where X has to go through it.

    X must be a plain C-contiguous (n, n_features) array of the weights' dtype with finite numbers only, and
    the estimator fitted without feature names (or it would have to warn that X has none).
    """
    state = estimator.__dict__
    store: Store | None = state.get("_store")
    if store is None or type(X) is not np.ndarray or X.ndim != 2 or "feature_names_in_" in state:
        return None
    n, n_in = X.shape
    if n_in != store.n_in or n == 0 or X.dtype != store.dtype or not X.flags.c_contiguous:
        return None
    if not X.flags.aligned or not store.is_of(estimator) or not all_finite(X):
        return None
    if n == 1:
        answer = store.engine.forward_one(X[0])
        if answer is not None:
            return answer[None]
    return _forward(store, Features.dense(X, store.dtype), estimator.threads)


def _forward(store: Store, features: Features, threads: int) -> np.ndarray:
    n = features.n
    out = np.empty((n, store.sizes[-1]), store.dtype)
    parts = slices(n, store.layout.n_parameters)
    if len(parts) == 1:
        store.engine.forward(features, out)
        return out

    def run(start: int) -> None:
        stop = min(start + parts.step, n)
        store.engine.forward(features.slice(start, stop), out[start:stop])

    each(run, parts, threads)
    return out
