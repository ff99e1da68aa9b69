"""L-BFGS: SciPy's optimiser over the heart's cost and gradient of the whole training set."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import scipy.optimize
from sklearn.utils.fixes import _get_additional_lbfgs_options_dict
from sklearn.utils.optimize import _check_optimize_result

from fastnet.sklearn._data import Data, as_data
from fastnet.sklearn._names import loss_of
from fastnet.sklearn._store import Store

__all__ = ["fit_lbfgs", "loss_and_gradient", "pack", "places"]


def pack(coefs: Sequence[np.ndarray], intercepts: Sequence[np.ndarray]) -> np.ndarray:
    """Return all weights, layer by layer and row by row, and then all biases, as one vector."""
    return np.concatenate([array.ravel() for array in (*coefs, *intercepts)])


def places(sizes: Sequence[int]) -> tuple[list[tuple[int, int, tuple[int, int]]], list[tuple[int, int]]]:
    """Return where `pack` puts every layer's weights (start, stop, shape) and biases (start, stop)."""
    weights, biases, at = [], [], 0
    for n_in, n_out in zip(sizes[:-1], sizes[1:], strict=True):
        weights.append((at, at + n_in * n_out, (n_in, n_out)))
        at += n_in * n_out
    for n_out in sizes[1:]:
        biases.append((at, at + n_out))
        at += n_out
    return weights, biases


class Objective:
    """The loss with its penalty, and its gradient, as a function of the packed parameters."""

    def __init__(self, estimator: Any, store: Store, data: Data) -> None:
        self.store, self.data, self.alpha = store, data, estimator.alpha
        self.weights, self.biases = places(store.sizes)
        self.size = self.biases[-1][1]
        loss, n_outputs = loss_of(estimator), store.sizes[-1]
        self.cost_scale = 1 / n_outputs if loss.mean else 1.0
        true = loss.true or getattr(estimator, "true_gradient", False)
        self.gradient_scale = self.cost_scale if true else 1.0
        self._gradient = store.layout.aligned_zeros()

    def write(self, packed: np.ndarray) -> None:
        """Set the parameters."""
        coefs = [packed[start:stop].reshape(shape) for start, stop, shape in self.weights]
        self.store.write(coefs, [packed[start:stop] for start, stop in self.biases])

    def __call__(self, packed: np.ndarray) -> tuple[float, np.ndarray]:
        """Return the loss and its gradient, packed too."""
        self.write(packed)
        store, (features, targets, weight) = self.store, self.data
        cost, total = store.engine.gradient(features, targets, weight, self._gradient)
        weights = packed[: self.weights[-1][1]]
        loss = cost / total * self.cost_scale + 0.5 * self.alpha * float(weights @ weights) / total
        gradient = pack(*store.views(self._gradient)).astype(np.float64, copy=False)
        if self.gradient_scale != 1:
            gradient *= self.gradient_scale
        gradient[: weights.size] += self.alpha / total * weights
        return loss, gradient


def loss_and_gradient(
    estimator: Any, store: Store, packed: np.ndarray, X: Any, y: np.ndarray, weight: Any
) -> tuple[float, np.ndarray]:
    """Return the loss at `packed` on X (n, n_features), y (n, n_outputs), and its gradient, packed."""
    data = as_data(X, y, weight, estimator.out_activation_, store.dtype, prepare=False)
    return Objective(estimator, store, data)(packed)


def fit_lbfgs(estimator: Any, store: Store, X: Any, y: np.ndarray, weight: Any) -> None:
    """Minimise the loss; the estimator's weights, which are in `store`, become the optimum."""
    data = as_data(X, y, weight, estimator.out_activation_, store.dtype)
    objective = Objective(estimator, store, data)
    estimator._coef_indptr, estimator._intercept_indptr = objective.weights, objective.biases
    options = {"maxfun": estimator.max_fun, "maxiter": estimator.max_iter, "gtol": estimator.tol}
    wordy = estimator.verbose is True or estimator.verbose >= 1
    options |= _get_additional_lbfgs_options_dict("iprint", 1 if wordy else -1)
    result = scipy.optimize.minimize(
        objective, pack(store.coefs, store.intercepts), method="L-BFGS-B", jac=True, options=options
    )
    estimator.n_iter_ = _check_optimize_result("lbfgs", result, estimator.max_iter)
    estimator.loss_ = result.fun
    objective.write(result.x)
