"""What a network has to beat: guessing by darkness, and a support-vector machine.

Both take the pairs of arrays of `mnist_loader.load_data` and return how many test images they get
right. On MNIST with 50,000 training images the book gives 2,225 and 9,435 of 10,000.
"""

from __future__ import annotations

from typing import Any

import numpy as np

__all__ = ["average_darkness", "darkness_by_digit", "svm"]

Pair = tuple[np.ndarray, np.ndarray]


def darkness_by_digit(training_data: Pair) -> dict[int, float]:
    """Return for each digit in the data the mean, over its images, of the sum of an image's pixels."""
    x, y = _checked(training_data, "training_data")
    darkness = x.sum(axis=1, dtype=np.float64)
    return {int(digit): float(darkness[y == digit].mean()) for digit in np.unique(y)}


def average_darkness(training_data: Pair, test_data: Pair) -> int:
    """Guess each test image to be the digit whose average darkness is nearest to the image's own.

    Parameters
    ----------
    training_data, test_data : tuples (X, y)
        X (n, pixels), y (n,) digits.

    Returns
    -------
    int
        The number of right guesses.

    Raises
    ------
    TypeError, ValueError
        If an argument is no such pair.
    """
    averages = darkness_by_digit(training_data)
    x, y = _checked(test_data, "test_data")
    digits = np.array(list(averages))
    means = np.array(list(averages.values()))
    darkness = x.sum(axis=1, dtype=np.float64)
    guesses = digits[np.abs(darkness[:, None] - means).argmin(axis=1)]
    return int((guesses == y).sum())


def svm(training_data: Pair, test_data: Pair, *, gamma: Any = "auto", **options: Any) -> int:
    """Classify with scikit-learn's `SVC`, a support-vector machine with a Gaussian kernel.

    On all of MNIST this takes minutes; it grows with the square of the number of training images.

    Parameters
    ----------
    training_data, test_data : tuples (X, y)
        X (n, pixels), y (n,) digits.
    gamma : "auto", "scale" or float
        Of the kernel. "auto", one over the number of pixels, is what scikit-learn did by itself when
        the book was written.
    **options
        Passed on to `sklearn.svm.SVC`.

    Returns
    -------
    int
        The number of right answers.

    Raises
    ------
    ImportError
        If scikit-learn is not installed.
    TypeError, ValueError
        If an argument is no such pair.
    """
    try:
        from sklearn.svm import SVC
    except ImportError:
        raise ImportError('svm needs scikit-learn: pip install "fastnet[sklearn]"') from None
    x, y = _checked(training_data, "training_data")
    x_test, y_test = _checked(test_data, "test_data")
    classifier = SVC(gamma=gamma, **options)
    classifier.fit(x, y)
    return int((classifier.predict(x_test) == y_test).sum())


def _checked(data: Any, name: str) -> Pair:
    try:
        x, y = data
        x, y = np.asarray(x), np.asarray(y)
    except (TypeError, ValueError):
        raise TypeError(f"{name} must be a pair of arrays (X, y), such as load_data gives") from None
    if x.ndim != 2 or y.shape != x.shape[:1] or len(x) == 0:
        raise ValueError(f"{name} must be X (n, pixels) and y (n,), n at least 1, "
                         f"found {x.shape} and {y.shape}")
    return x, y
