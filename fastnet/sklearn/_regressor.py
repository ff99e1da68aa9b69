"""`MLPRegressor`."""

from __future__ import annotations

from typing import Any

import numpy as np
from sklearn.base import RegressorMixin, _fit_context
from sklearn.metrics import r2_score
from sklearn.utils import column_or_1d
from sklearn.utils.metaestimators import available_if
from sklearn.utils.validation import validate_data

from fastnet.sklearn._base import BaseMLP
from fastnet.sklearn._doc import documented
from fastnet.sklearn._parameters import REGRESSOR_CONSTRAINTS, keep

__all__ = ["MLPRegressor"]


@documented("regressor")
class MLPRegressor(RegressorMixin, BaseMLP):
    _parameter_constraints = REGRESSOR_CONSTRAINTS

    def __init__(
        self,
        loss: str = "squared_error",
        hidden_layer_sizes: Any = (100,),
        activation: Any = "relu",
        *,
        solver: str = "adam",
        alpha: float = 0.0001,
        batch_size: Any = "auto",
        learning_rate: str = "constant",
        learning_rate_init: float = 0.001,
        power_t: float = 0.5,
        max_iter: int = 200,
        shuffle: bool = True,
        random_state: Any = None,
        tol: float = 1e-4,
        verbose: Any = False,
        warm_start: bool = False,
        momentum: float = 0.9,
        nesterovs_momentum: bool = True,
        early_stopping: bool = False,
        validation_fraction: float = 0.1,
        beta_1: float = 0.9,
        beta_2: float = 0.999,
        epsilon: float = 1e-8,
        n_iter_no_change: float = 10,
        max_fun: int = 15000,
        true_gradient: bool = False,
        huber_delta: float = 1.0,
        quantile: float = 0.5,
        dropout: Any = 0.0,
        clip_norm: float | None = None,
        dtype: Any = None,
        threads: int = 1,
        coefs_init: Any = None,
        intercepts_init: Any = None,
        resume: bool = False,
        callbacks: Any = None,
    ) -> None:
        keep(self, locals())

    def predict(self, X: Any) -> np.ndarray:
        """Return predictions.

        Parameters
        ----------
        X : array-like or sparse matrix of shape (n_samples, n_features)

        Returns
        -------
        ndarray of shape (n_samples,) or (n_samples, n_outputs)
        """
        return _squeezed(self._outputs(X))

    @available_if(lambda estimator: estimator._check_solver())
    @_fit_context(prefer_skip_nested_validation=True)
    def partial_fit(self, X: Any, y: Any, sample_weight: Any = None) -> Any:
        """Train for one epoch on the given data, from where the model is.

        Parameters
        ----------
        X : array-like or sparse matrix of shape (n_samples, n_features)
        y : array-like of shape (n_samples,) or (n_samples, n_outputs)
        sample_weight : array-like of shape (n_samples,), default=None

        Returns
        -------
        self : object

        Raises
        ------
        ValueError
            If `early_stopping` is set, or the data are not what they have to be.
        AttributeError
            With the lbfgs solver, which has no epochs.
        """
        return self._fit(X, y, sample_weight=sample_weight, incremental=True)

    def _predict(self, X: Any, check_input: bool = True) -> np.ndarray:
        return _squeezed(self._forward_pass_fast(X, check_input=check_input))

    def _score(self, X: Any, y: Any, sample_weight: Any = None) -> float:
        return self._score_with_function(X, y, sample_weight, r2_score)

    def _output_activation(self) -> str:
        return "exp" if self.loss == "poisson" else "identity"

    def _validate_input(self, X: Any, y: Any, incremental: bool, reset: bool) -> tuple[Any, np.ndarray]:
        X, y = validate_data(
            self,
            X,
            y,
            accept_sparse=["csr", "csc"],
            multi_output=True,
            y_numeric=True,
            dtype=self._input_dtype(),
            reset=reset,
        )
        if self.loss == "poisson" and y.min() < 0:
            raise ValueError(f"y must be at least 0 for the Poisson loss, but its least is {y.min():g}")
        return X, column_or_1d(y, warn=True) if y.ndim == 2 and y.shape[1] == 1 else y

    def _validate_held_back(self, X: Any, y: Any) -> tuple[Any, np.ndarray, Any]:
        X, y = self._validate_input(X, y, incremental=False, reset=False)
        return X, y, y


def _squeezed(outputs: np.ndarray) -> np.ndarray:
    return outputs.ravel() if outputs.shape[1] == 1 else outputs
