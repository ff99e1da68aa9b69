"""The digits inside the package."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from fastnet import datasets
from fastnet.datasets import load_digits


def test_shapes_types_and_range():
    (X_train, y_train), (X_test, y_test) = load_digits()
    assert X_train.shape == (1437, 64) and X_test.shape == (360, 64)
    assert X_train.dtype == X_test.dtype == np.float32
    assert y_train.shape == (1437,) and y_test.shape == (360,)
    assert y_train.dtype == y_test.dtype == np.int64
    assert X_train.min() == 0 and X_train.max() == 1 and X_test.min() == 0 and X_test.max() == 1


def test_raw_images_are_the_same_digits():
    for (X, y), (images, labels) in zip(load_digits(), load_digits(raw=True), strict=True):
        assert images.dtype == np.uint8 and images.shape == (len(X), 8, 8) and images.max() == 16
        assert labels.dtype == np.int64 and np.array_equal(labels, y)
        assert np.array_equal(X * 16, images.reshape(-1, 64))


def test_every_call_gives_new_writable_arrays_and_the_same_split():
    first, second = load_digits(), load_digits()
    for (X, y), (X2, y2) in zip(first, second, strict=True):
        assert np.array_equal(X, X2) and np.array_equal(y, y2)
        X[:] = -1
        y[:] = -1
        assert X2.min() == 0 and y2.min() == 0
    assert load_digits()[0][0].min() == 0


def test_split_is_stratified():
    (_, y_train), (_, y_test) = load_digits()
    share = np.bincount(y_test) / (np.bincount(y_train) + np.bincount(y_test))
    assert len(share) == 10 and abs(share - 0.2).max() < 0.005


def test_these_are_the_1797_digits_of_scikit_learn():
    theirs = pytest.importorskip("sklearn.datasets", reason="scikit-learn is not installed").load_digits()
    ours = [(tuple(image.ravel()), label) for part in load_digits(raw=True)
            for image, label in zip(part[0], part[1].tolist(), strict=True)]
    expected = [(tuple(row), label) for row, label in zip(theirs.data.astype("u1"), theirs.target.tolist(),
                                                          strict=True)]
    assert len(ours) == 1797 and sorted(ours) == sorted(expected)


def test_credit_lies_beside_the_data():
    folder = Path(datasets.__file__).parent
    credit = (folder / "DIGITS-LICENCE.txt").read_text(encoding="utf-8")
    assert "CC BY 4.0" in credit and "Alpaydin" in credit
    assert "CC BY 4.0" in load_digits.__doc__
