"""Read features and labels from an .npz file."""

from __future__ import annotations

import os
import zipfile
import zlib
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ._dataset import Source

_KNOWN = ("x", "y", "x_train", "y_train", "x_test", "y_test")


def read_npz(path: str | os.PathLike[str], *, labelled: bool) -> Source:
    """Read ``X`` and ``y``, or ``X_train``, ``y_train``, with ``X_test``, ``y_test`` if they are there.

    Capital letters do not matter. Nothing is unpickled. Raises ValueError where the file is damaged,
    an array is missing, or shapes or types do not fit.
    """
    name = os.fspath(path)
    arrays = _read_arrays(path)
    if ("x" in arrays) == ("x_train" in arrays):
        found = ", ".join(sorted(arrays)) or "none of them"
        raise ValueError(f"{name}: expected the arrays X and y, or X_train and y_train (and X_test, y_test), "
                         f"found {found}")
    ending = "" if "x" in arrays else "_train"
    X, image_shape = _features(arrays["x" + ending], f"{name}: X{ending}")
    labels = _labels(arrays, "y" + ending, len(X), name) if labelled else None
    if "x_test" not in arrays:
        return Source(X, labels, image_shape=image_shape)
    X_test, _ = _features(arrays["x_test"], f"{name}: X_test")
    if X_test.shape[1] != X.shape[1]:
        raise ValueError(f"{name}: X_test has {X_test.shape[1]} features, "
                         f"expected {X.shape[1]} like X{ending}")
    labels_test = _labels(arrays, "y_test", len(X_test), name) if labelled else None
    return Source(X, labels, X_test, labels_test, image_shape)


def _read_arrays(path: str | os.PathLike[str]) -> dict[str, NDArray[Any]]:
    name = os.fspath(path)
    with open(path, "rb") as file:
        if not zipfile.is_zipfile(file):
            raise ValueError(f"{name}: not an .npz file, or a truncated one")
        file.seek(0)
        arrays: dict[str, NDArray[Any]] = {}
        try:
            with np.load(file, allow_pickle=False) as stored:
                for key in stored.files:
                    if key.lower() not in _KNOWN:
                        continue
                    if key.lower() in arrays:
                        raise ValueError(f"two arrays are called {key}, apart from capital letters")
                    arrays[key.lower()] = stored[key]
        except (ValueError, EOFError, OSError, MemoryError, NotImplementedError,
                zipfile.BadZipFile, zlib.error) as error:
            raise ValueError(f"{name}: cannot be read: {error}") from None
    for key, array in arrays.items():
        if not isinstance(array, np.ndarray):  # a zip member that is no array comes as bytes
            raise ValueError(f"{name}: {key} is not an array")
    return arrays


def _features(array: NDArray[Any], where: str) -> tuple[NDArray[np.float32], tuple[int, int] | None]:
    if array.dtype.kind not in "biuf":
        raise ValueError(f"{where} has the type {array.dtype}, expected numbers")
    if array.ndim < 2 or array.size == 0:
        raise ValueError(f"{where} has the shape {array.shape}, "
                         f"expected (n, n_features) or (n, height, width)")
    shape = array.shape[1:-1] if array.ndim == 4 and array.shape[-1] == 1 else array.shape[1:]
    flat = array.reshape(len(array), -1)
    with np.errstate(over="ignore"):  # too large for float32 is told below
        X = flat.astype(np.float32)
    if array.dtype == np.uint8:
        X /= np.float32(255)
    if not np.isfinite(X).all():
        row = int(np.argmin(np.isfinite(X).all(axis=1)))
        raise ValueError(f"{where}[{row}] holds NaN, infinity or a number too large for float32")
    return X, (int(shape[0]), int(shape[1])) if len(shape) == 2 else None


def _labels(arrays: dict[str, NDArray[Any]], key: str, n: int, name: str) -> NDArray[Any]:
    if key not in arrays:
        raise ValueError(f"{name}: the array {key} is missing")
    labels = arrays[key]
    if labels.shape[:1] != (n,):
        raise ValueError(f"{name}: {key} has the shape {labels.shape}, expected {n} labels, one a sample")
    return labels
