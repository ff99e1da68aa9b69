"""The samples that are held back, or given beside the training set, and what is measured on them."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from sklearn.base import is_classifier
from sklearn.model_selection import train_test_split
from sklearn.utils import _safe_indexing

from fastnet._training.measure import measure
from fastnet.sklearn._data import as_data
from fastnet.sklearn._names import loss_of
from fastnet.sklearn._store import Store

__all__ = ["Split", "Validation", "measured", "split"]


class Split(NamedTuple):
    """Which samples train and which are held back."""

    train: np.ndarray
    held_back: np.ndarray


class Validation(NamedTuple):
    """X, its y as the loss takes it (n, n_outputs), its y as the score takes it, and weights or None."""

    X: Any
    encoded: np.ndarray
    y: Any
    weight: Any


def split(estimator: Any, y: np.ndarray) -> Split:
    """Hold back `validation_fraction` of the samples, drawn as scikit-learn draws them.

    Raises
    ------
    ValueError
        If that leaves less than two samples for validation, or a class has one sample only.
    """
    stratified = is_classifier(estimator) and estimator.n_outputs_ == 1
    train, held_back = train_test_split(
        np.arange(len(y)),
        random_state=estimator._random_state,
        test_size=estimator.validation_fraction,
        stratify=y if stratified else None,
    )
    if len(held_back) < 2:
        raise ValueError(
            "The validation set is too small. Increase 'validation_fraction' or the size of your dataset."
        )
    return Split(train, held_back)


def divide(
    estimator: Any, halves: Split, X: Any, y: np.ndarray, weight: Any
) -> tuple[Any, np.ndarray, Any, Validation]:
    """Return X, y and the weights to train on, and the validation set."""
    train, held_back = halves
    encoded = y[held_back]
    truth = estimator._label_binarizer.inverse_transform(encoded) if is_classifier(estimator) else encoded
    held_weight = None if weight is None else weight[held_back]
    validation = Validation(_safe_indexing(X, held_back), encoded, truth, held_weight)
    return _safe_indexing(X, train), y[train], None if weight is None else weight[train], validation


def measured(estimator: Any, store: Store, validation: Validation) -> tuple[float, float]:
    """Return the mean loss on the validation set, without the penalty, and the score."""
    X, encoded, truth, weight = validation
    score = estimator._score(X, truth, sample_weight=weight)
    data = as_data(X, encoded, weight, estimator.out_activation_, store.dtype, prepare=False)
    cost, _ = measure(
        store.engine, data.features, data.targets, data.weight, store.layout.n_parameters, estimator.threads
    )
    return cost / (encoded.shape[1] if loss_of(estimator).mean else 1), score
