"""The handwritten digits inside the package."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

_FILE = Path(__file__).with_name("digits.npz")

Part = tuple[NDArray[Any], NDArray[np.int64]]


def load_digits(*, raw: bool = False) -> tuple[Part, Part]:
    """Load the 1,797 real handwritten digits of 8 x 8 pixels. They are in the package: no network.

    The split never changes: 1,437 images to train on and 360 to test, a fifth of every digit.

    Parameters
    ----------
    raw : bool, default False
        Give the images as they are stored.

    Returns
    -------
    (X_train, y_train), (X_test, y_test) : tuple of tuples of ndarray
        X float32 of shape (n, 64), each pixel in [0, 1] (the stored value divided by 16); with
        ``raw=True`` uint8 of shape (n, 8, 8), each pixel in 0..16. y int64 of shape (n,), 0 to 9.

    Notes
    -----
    E. Alpaydin and C. Kaynak, "Optical Recognition of Handwritten Digits", UCI Machine Learning
    Repository, 1998, https://doi.org/10.24432/C50P49, licence CC BY 4.0. These are its test images,
    written by 13 people, with the values as scikit-learn ships them.

    Examples
    --------
    >>> (X_train, y_train), (X_test, y_test) = load_digits()
    >>> X_train.shape, X_test.shape
    ((1437, 64), (360, 64))
    """
    with np.load(_FILE, allow_pickle=False) as stored:
        images, labels, test = stored["images"], stored["labels"].astype(np.int64), stored["test"]
    X = images if raw else images.reshape(len(images), -1) / np.float32(16)
    return (X[~test], labels[~test]), (X[test], labels[test])
