"""What the loaders of named data and of tables give."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, eq=False)
class Dataset:
    """Features and labels, with what is known about them.

    Attributes
    ----------
    X_train : ndarray of float32, shape (n, n_features)
        Features to train on; all there are, where the data are not split.
    y_train : ndarray or None
        Classes: int64 (n,), indices into `classes`. Values to approximate: float64 (n,) or
        (n, n_values). None if no labels were asked for.
    X_test, y_test : ndarray or None
        The same for testing; None where the data are not split.
    name : str
        A short name of the data, to print.
    classes : tuple of str or None
        The name of every class; None where the targets are values or there are none.
    image_shape : (int, int) or None
        Height and width if every sample is an image.
    feature_names : tuple of str or None
        The name of every feature, where they have names.
    """

    X_train: NDArray[np.float32]
    y_train: NDArray[Any] | None
    X_test: NDArray[np.float32] | None
    y_test: NDArray[Any] | None
    name: str
    classes: tuple[str, ...] | None = None
    image_shape: tuple[int, int] | None = None
    feature_names: tuple[str, ...] | None = None

    def __repr__(self) -> str:
        test = "no test set" if self.X_test is None else f"{len(self.X_test):,} to test"
        kind = "" if self.classes is None else f", {len(self.classes)} classes"
        return (f"<Dataset {self.name}: {len(self.X_train):,} samples to train on, {test}, "
                f"{self.X_train.shape[1]} features{kind}>")


@dataclass(eq=False)
class Source:
    """Data as a file holds them: features ready, labels not yet turned into indices or values."""

    X_train: NDArray[np.float32]
    labels_train: NDArray[Any] | None
    X_test: NDArray[np.float32] | None = None
    labels_test: NDArray[Any] | None = None
    image_shape: tuple[int, int] | None = None
    feature_names: tuple[str, ...] | None = None
    # Labels that are whole numbers are already indices of classes, not names of classes.
    indices: bool = True
