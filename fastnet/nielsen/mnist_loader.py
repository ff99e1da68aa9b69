"""The book's MNIST data: 50,000 images to train on, 10,000 to validate, 10,000 to test.

They are the 60,000 and 10,000 of the original files, the 60,000 parted in their order. Pixels are the
stored bytes divided by 256, float32 in [0, 1), so that the files and the book's mnist.pkl.gz give equal
arrays: that pickle (of the University of Montreal's Theano tutorials) holds 3/256 = 0.01171875 where the
first image's first dark byte is 3, and at most 255/256 (known there as issue 93 of pylearn2).
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import numpy as np

from fastnet.datasets import load_mnist

from ._expand import expand_mnist
from ._mnist_pickle import load_arrays

__all__ = ["expand_mnist", "load_data", "load_data_wrapper", "vectorized_result"]

BOOK_FILE = "mnist.pkl.gz"
BOOK_PLACES = ("../data", "data", ".")  # where the book's scripts keep it, seen from where they run
N_TRAINING = 50_000

Pair = tuple[np.ndarray, np.ndarray]
List = list[tuple[np.ndarray, Any]]


def load_data(path: str | os.PathLike[str] | None = None) -> tuple[Pair, Pair, Pair]:
    """Load MNIST as three pairs of arrays.

    Parameters
    ----------
    path : path, optional
        The book's mnist.pkl.gz (or the same unpacked), or a folder that holds it, or one with the four
        IDX files as `fastnet.datasets.load_mnist` takes it. Without one: mnist.pkl.gz in ``../data``,
        ``data`` or the current folder, else the IDX files where `load_mnist` looks for them, in the end
        on the internet.

    Returns
    -------
    training_data, validation_data, test_data : tuples (X, y)
        X float32 of shape (n, 784) in [0, 1), y int64 (n,) from 0 to 9; n is 50,000, 10,000 and 10,000.

    Raises
    ------
    FileNotFoundError
        If there is nothing at `path`.
    ValueError
        If a file is damaged or not what it should be. The pickle is read by a reader that knows arrays
        of numbers only: a hostile one is refused and runs nothing.
    """
    book_file = _book_file(path)
    if book_file is not None:
        return _from_pickle(book_file)
    (x, y), test = load_mnist(path, raw=True)
    x, y = _pixels(x), y.astype(np.int64)
    # Small sets in these files, used in tests, are parted in the same proportion.
    n = N_TRAINING if len(x) > N_TRAINING else len(x) * 5 // 6
    return (x[:n], y[:n]), (x[n:], y[n:]), (_pixels(test[0]), test[1].astype(np.int64))


def load_data_wrapper(path: str | os.PathLike[str] | None = None) -> tuple[List, List, List]:
    """Load MNIST as three lists of tuples (x, y), as `SGD` takes them.

    Parameters
    ----------
    path : path, optional
        As for `load_data`.

    Returns
    -------
    training_data : list of (x, y)
        x (784, 1) float32, y (10, 1) float64, a one among zeros. The columns are views of one array,
        which lets `SGD` take the list over without copying it.
    validation_data, test_data : lists of (x, digit)
    """
    (x, y), validation, test = load_data(path)
    vectors = np.zeros((len(y), 10))
    vectors[np.arange(len(y)), y] = 1.0
    training = list(zip(x[:, :, None], vectors[:, :, None], strict=True))
    return training, _with_digits(*validation), _with_digits(*test)


def vectorized_result(j: int) -> np.ndarray:
    """Return the desired output (10, 1) for the digit `j`: 1.0 in place j, 0.0 elsewhere."""
    vector = np.zeros((10, 1))
    vector[j] = 1.0
    return vector


def _with_digits(x: np.ndarray, y: np.ndarray) -> List:
    return list(zip(x[:, :, None], y, strict=True))


def _pixels(images: np.ndarray) -> np.ndarray:
    pixels = images.reshape(len(images), -1).astype(np.float32)
    pixels *= np.float32(1 / 256)  # a power of two: exact
    return pixels


def _book_file(path: str | os.PathLike[str] | None) -> Path | None:
    """The book's pickle, if there is one where it was asked for."""
    if path is None:
        candidates = [Path(place, BOOK_FILE) for place in BOOK_PLACES]
    else:
        given = Path(path)
        if not given.exists():
            raise FileNotFoundError(f"path: there is no {os.fspath(path)!r}")
        candidates = [given, given / BOOK_FILE]
    return next((candidate for candidate in candidates if candidate.is_file()), None)


def _from_pickle(path: Path) -> tuple[Pair, Pair, Pair]:
    sets = load_arrays(path)
    if not (isinstance(sets, (tuple, list)) and len(sets) == 3):
        raise ValueError(f"{path}: expected three pairs of arrays, training, validation and test data")
    first, second, third = (_checked(pair, path) for pair in sets)
    return first, second, third


def _checked(pair: Any, path: Path) -> Pair:
    arrays = [part for part in pair if isinstance(part, np.ndarray)] if len(pair) == 2 else []
    if len(arrays) == 2:
        x, y = arrays
        if x.ndim == 2 and x.dtype.kind == "f" and y.shape == x.shape[:1] and y.dtype.kind in "iu":
            if y.size and not (y.min() >= 0 and y.max() <= 9):
                raise ValueError(f"{path}: digits must lie between 0 and 9, found {y.min()} to {y.max()}")
            return x, y.astype(np.int64)
    raise ValueError(f"{path}: expected pairs of images (n, 784), floating-point, and digits (n,)")
