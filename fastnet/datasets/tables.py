"""One door to all data: by name, or by path."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ._csv import read_csv
from ._dataset import Dataset, Source
from ._labels import TARGETS, encode_labels
from ._npz import read_npz
from .digits import load_digits
from .mnist import Part, find_folder, load_mnist, read_folder, to_unit, wanted_files


def load_any(spec: str | os.PathLike[str], *, label: str | None = None, labelled: bool = True,
             classes: Sequence[str] | None = None, target: str = "auto",
             progress: bool | str = "auto") -> Dataset:
    """Load data by name or from a file or folder of the user's own.

    Parameters
    ----------
    spec : str or path-like
        - ``"digits"``: the digits inside the package (`load_digits`);
        - ``"mnist"``: MNIST (`load_mnist`);
        - a folder with four IDX files named like those of MNIST, or with such a folder ``mnist``;
        - an ``.npz`` file with ``X`` (n, n_features) or (n, height, width) and ``y``, or with
          ``X_train`` and ``y_train``; either way ``X_test`` and ``y_test`` are taken if they are there;
        - a ``.csv`` or ``.csv.gz`` file, its columns named in the first line: one is the label, the
          others are numbers.

        uint8 features are divided by 255, all others are left as they are.
    label : str, optional
        The column of a ``.csv`` that is the label. Default: the one called label, target, class or y.
    labelled : bool, default True
        False: only features are wanted. `y_train` and `y_test` are None, labels may be absent.
    classes : sequence of str, optional
        The classes of a network that exists already, in its order: labels become indices into them.
    target : {"auto", "classes", "values"}, default "auto"
        What the labels are. "auto": text, up to 256 different whole numbers, and rows with a single
        1 among zeros are classes; everything else is values (regression).
    progress : bool or "auto", default "auto"
        Show a bar if MNIST has to be downloaded.

    Returns
    -------
    Dataset
        With X float32 (n, n_features), and y int64 (n,) for classes or float64 for values. In a
        ``.csv`` the classes are the different labels in ascending order; elsewhere labels that are
        whole numbers from 0 up are class indices as they stand.

    Raises
    ------
    FileNotFoundError
        `spec` is neither a name nor a path that exists.
    ValueError
        The data cannot be read or do not make sense; the message names the file, and the line of a
        ``.csv``. Or an argument is none of its values.
    """
    if target not in TARGETS:
        raise ValueError(f"target: got {target!r}, expected one of {', '.join(TARGETS)}")
    path = Path(spec)
    is_csv = path.name.lower().endswith((".csv", ".csv.gz")) and not path.is_dir()
    if label is not None and not is_csv:
        raise ValueError(f"label: only a .csv has a column to name, "
                         f"got label={label!r} for {os.fspath(spec)!r}")
    if is_csv:
        source = read_csv(path, label=label, labelled=labelled)
    elif spec in _NAMED:
        source = _NAMED[os.fspath(spec)](progress)
    else:
        source = _from_path(path, labelled)
    return _finish(source, path.name, labelled, classes, target)


def _digits(progress: bool | str) -> Source:
    (X_train, y_train), (X_test, y_test) = load_digits()
    return Source(X_train, y_train, X_test, y_test, image_shape=(8, 8))


def _mnist(progress: bool | str) -> Source:
    return _images(*load_mnist(raw=True, progress=progress))


_NAMED = {"digits": _digits, "mnist": _mnist}


def _images(train: Part, test: Part) -> Source:
    height, width = train[0].shape[1:]
    return Source(to_unit(train[0]), train[1], to_unit(test[0]), test[1], image_shape=(height, width))


def _from_path(path: Path, labelled: bool) -> Source:
    if path.is_dir():
        folder = find_folder(path)
        if folder is None:
            raise FileNotFoundError(f"{path}: expected in this folder {wanted_files()}")
        return _images(*read_folder(folder, raw=True))
    kinds = f"{', '.join(_NAMED)}, a folder of IDX files, a .npz or a .csv"
    if not path.exists():
        raise FileNotFoundError(f"{path}: no such file or folder, and no known name; expected {kinds}")
    if path.suffix.lower() != ".npz":
        raise ValueError(f"{path}: unknown kind of file; expected {kinds}")
    return read_npz(path, labelled=labelled)


def _finish(source: Source, name: str, labelled: bool, classes: Sequence[str] | None, target: str) -> Dataset:
    if len(source.X_train) == 0:
        raise ValueError(f"{name}: no samples to train on")
    y_train = y_test = names = None
    if labelled and source.labels_train is not None:
        parts = [part for part in (source.labels_train, source.labels_test) if part is not None]
        # Together, so that a class that only one part knows has its index in both.
        y, names = encode_labels(_joined(parts, name), where=name, target=target, classes=classes,
                                 indices=source.indices)
        n = len(source.labels_train)
        y_train, y_test = y[:n], None if source.labels_test is None else y[n:]
    return Dataset(source.X_train, y_train, source.X_test, y_test, name, names,
                   source.image_shape, source.feature_names)


def _joined(parts: list[NDArray[Any]], name: str) -> NDArray[Any]:
    kinds = {"text" if part.dtype.kind in "SU" else "numbers" for part in parts}
    if len(kinds) > 1 or len({part.shape[1:] for part in parts}) > 1:
        raise ValueError(f"{name}: the labels to train on and to test differ in kind: "
                         f"{' and '.join(f'{part.dtype} {part.shape}' for part in parts)}")
    return np.concatenate(parts)
