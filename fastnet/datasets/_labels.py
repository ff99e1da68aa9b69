"""Turn labels, as a file holds them, into indices of named classes or into values."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

TARGETS = ("auto", "classes", "values")
_MOST_CLASSES = 256  # more different whole numbers than this are values, unless "classes" is asked for


def encode_labels(labels: NDArray[Any], *, where: str, target: str, classes: Sequence[str] | None,
                  indices: bool) -> tuple[NDArray[Any], tuple[str, ...] | None]:
    """Give `y` and the names of the classes, or None for the names if `y` are values.

    Parameters
    ----------
    labels : ndarray, shape (n,) or (n, k)
        Text, whole numbers or other numbers.
    where : str
        What errors call the labels.
    target : {"auto", "classes", "values"}
        What they are. "auto": text, up to 256 different whole numbers, and rows with a single one
        among zeros are classes; everything else is values.
    classes : sequence of str or None
        The names that are known already, in their order.
    indices : bool
        Whole numbers from 0 are indices of classes: no class is left out because it does not occur.

    Raises
    ------
    ValueError
        The labels are not finite numbers or text, or do not fit `target` or `classes`.
    """
    if labels.dtype.kind == "S":
        labels = np.char.decode(labels, "utf-8")
    if labels.dtype.kind not in "biufU":
        raise ValueError(f"{where}: labels of type {labels.dtype}, expected numbers or text")
    if labels.dtype.kind == "f" and not np.isfinite(labels).all():
        raise ValueError(f"{where}: label {int(np.argmin(np.isfinite(labels.ravel())))} is not finite")
    if labels.ndim == 2 and labels.shape[1] == 1:
        labels = labels[:, 0]
    if labels.ndim > 2 or labels.ndim == 0:
        raise ValueError(f"{where}: labels of shape {labels.shape}, expected (n,) or (n, n_out)")
    if target != "values" and _is_one_hot(labels):
        labels = labels.argmax(axis=1)
        indices = True
    if classes is None and (target == "values" or target == "auto" and _are_values(labels)):
        return _as_values(labels, where), None
    names = _names(labels, where)
    if classes is None:
        if indices and labels.dtype.kind != "U" and 0 <= labels.min() and labels.max() < _MOST_CLASSES:
            return labels.astype(np.int64), tuple(str(i) for i in range(int(labels.max()) + 1))
        known, y = np.unique(names, return_inverse=True)
        return y.astype(np.int64), tuple(str(name) for name in known)
    return _look_up(names, tuple(classes), where), tuple(classes)


def _is_one_hot(labels: NDArray[Any]) -> bool:
    if labels.ndim != 2 or labels.dtype.kind == "U":
        return False
    return bool(((labels == 0) | (labels == 1)).all() and (labels.sum(axis=1) == 1).all())


def _are_whole(labels: NDArray[Any]) -> bool:
    # Beyond 2**53 a float64 no longer tells one whole number from the next.
    return labels.dtype.kind in "bui" or bool(((labels == np.floor(labels)) & (abs(labels) <= 2.0**53)).all())


def _are_values(labels: NDArray[Any]) -> bool:
    if labels.dtype.kind == "U":
        return False
    return labels.ndim == 2 or not _are_whole(labels) or len(np.unique(labels)) > _MOST_CLASSES


def _as_values(labels: NDArray[Any], where: str) -> NDArray[np.float64]:
    if labels.dtype.kind == "U":
        raise ValueError(f"{where}: target='values' wants numbers, found text like {str(labels.flat[0])!r}")
    return labels.astype(np.float64)


def _names(labels: NDArray[Any], where: str) -> NDArray[Any]:
    """Give what tells the classes apart: text, or int64 so that 10 sorts after 9."""
    if labels.ndim != 1:
        raise ValueError(f"{where}: labels of shape {labels.shape}, expected one class a sample: (n,), "
                         f"or (n, n_classes) with a single 1 a row")
    if labels.dtype.kind == "U":
        return labels
    if not _are_whole(labels):
        raise ValueError(f"{where}: these labels cannot be classes: expected text or whole numbers, "
                         f"found {labels[labels != np.floor(labels)][:1].tolist() or 'too large ones'}")
    return labels.astype(np.int64)


def _look_up(names: NDArray[Any], classes: tuple[str, ...], where: str) -> NDArray[np.int64]:
    index = {name: i for i, name in enumerate(classes)}
    present, inverse = np.unique(names, return_inverse=True)
    unknown = [str(name) for name in present if str(name) not in index]
    if unknown:
        known = ", ".join(classes[:10]) + (", ..." if len(classes) > 10 else "")
        raise ValueError(f"{where}: unknown class {unknown[0]!r}, expected one of {known}")
    return np.array([index[str(name)] for name in present], dtype=np.int64)[inverse]
