"""What the classifier and the regressor have in common."""

from __future__ import annotations

from abc import ABC, abstractmethod
from copy import deepcopy
from itertools import chain
from typing import Any

import numpy as np
from sklearn.base import BaseEstimator, _fit_context
from sklearn.utils import check_random_state
from sklearn.utils.validation import _check_sample_weight, check_is_fitted, validate_data

from fastnet._training.callbacks import as_callbacks
from fastnet.sklearn import _lbfgs
from fastnet.sklearn._convert import Convertible
from fastnet.sklearn._data import direct_outputs, outputs
from fastnet.sklearn._initial import draw, given
from fastnet.sklearn._names import hidden_names
from fastnet.sklearn._parameters import dropout_of
from fastnet.sklearn._stochastic import fit_stochastic
from fastnet.sklearn._store import Store, adopt
from fastnet.sklearn._validation import Validation

__all__ = ["BaseMLP"]

STOCHASTIC = ("sgd", "adam", "adamw")


class BaseMLP(Convertible, BaseEstimator, ABC):
    """A multi-layer perceptron with scikit-learn's manners; use `MLPClassifier` or `MLPRegressor`.

    Between calls the weights live in the heart's layout (`_store`), and the arrays of `coefs_` and
    `intercepts_` are views into it. A user may write into them or put other arrays in their place.
    """

    coefs_: list[np.ndarray]
    intercepts_: list[np.ndarray]

    # --- What the two differ in -----------------------------------------------------------------

    @abstractmethod
    def _validate_input(self, X: Any, y: Any, incremental: bool, reset: bool) -> tuple[Any, np.ndarray]:
        """Return X and y (n,) or (n, n_outputs) as the loss takes it, checked."""

    @abstractmethod
    def _validate_held_back(self, X: Any, y: Any) -> tuple[Any, np.ndarray, Any]:
        """Return X_val, y_val as the loss takes it and as the score takes it, checked."""

    @abstractmethod
    def _output_activation(self) -> str:
        """Return the output layer's activation."""

    @abstractmethod
    def _score(self, X: Any, y: Any, sample_weight: Any = None) -> float:
        """Return the score on validated data."""

    def _weighted(self, y: Any, sample_weight: Any, incremental: bool) -> Any:
        """Return the samples' weights with those of their classes."""
        return sample_weight

    # --- Fitting --------------------------------------------------------------------------------

    @_fit_context(prefer_skip_nested_validation=True)
    def fit(
        self,
        X: Any,
        y: Any,
        sample_weight: Any = None,
        *,
        X_val: Any = None,
        y_val: Any = None,
        sample_weight_val: Any = None,
        callbacks: Any = None,
    ) -> Any:
        """Fit the model to data.

        Parameters
        ----------
        X : array-like or sparse matrix of shape (n_samples, n_features)
            The inputs.
        y : array-like of shape (n_samples,) or (n_samples, n_outputs)
            The targets: class labels, a 0/1 matrix for several labels a sample, or real numbers.
        sample_weight : array-like of shape (n_samples,), default=None
            The samples' weights. The loss of a mini-batch is the weighted mean.
        X_val, y_val : like X and y, default=None
            A validation set: after each epoch its loss and its score are measured, and early stopping
            uses it instead of holding back a part of X. Not with lbfgs.
        sample_weight_val : array-like of shape (n_validation_samples,), default=None
            Its samples' weights.
        callbacks : callable or sequence of callables, default=None
            Called after each epoch, with one argument: `estimator`, `epoch`, `loss`, `validation_loss`,
            `validation_score`, `learning_rate` and a method `stop`. Returning True ends training too.
            They come after those of the constructor.

        Returns
        -------
        self : object
            The fitted model.

        Raises
        ------
        ValueError
            If a parameter or the data are not what they have to be, or the weights diverged.

        Warns
        -----
        ConvergenceWarning
            If `max_iter` epochs were not enough.
        """
        held_back = (X_val, y_val, sample_weight_val)
        return self._fit(X, y, sample_weight, held_back=held_back, callbacks=callbacks)

    def _fit(
        self,
        X: Any,
        y: Any,
        sample_weight: Any = None,
        incremental: bool = False,
        held_back: tuple[Any, Any, Any] = (None, None, None),
        callbacks: Any = None,
    ) -> Any:
        functions = as_callbacks(self.callbacks) + as_callbacks(callbacks)
        hidden = _hidden_layer_sizes(self.hidden_layer_sizes)
        # all that can be said before anything changes
        hidden_names(self.activation, len(hidden))
        dropout_of(self, len(hidden))
        if self.solver == "lbfgs":
            self._refuse_epochs(held_back[0] is not None, bool(functions))
        first = not hasattr(self, "coefs_") or (not self.warm_start and not incremental)
        labels = y
        X, y = self._validate_input(X, y, incremental, reset=first)
        if sample_weight is not None:
            sample_weight = _check_sample_weight(sample_weight, X)
        sample_weight = self._weighted(labels, sample_weight, incremental)
        y = y.reshape(-1, 1) if y.ndim == 1 else y
        if first or not (self._resumes() and hasattr(self, "_random_state")):
            self._random_state = check_random_state(self.random_state)
        if first:
            self._initialize([X.shape[1], *hidden, y.shape[1]], X.dtype)
        validation = self._held_back(*held_back)
        store = self._adopt_for_training()
        if self.solver == "lbfgs":
            _lbfgs.fit_lbfgs(self, store, X, y, sample_weight)
        else:
            fit_stochastic(
                self,
                store,
                X,
                y,
                sample_weight,
                incremental=incremental,
                validation=validation,
                callbacks=functions,
            )
        if not all(np.isfinite(weights).all() for weights in chain(self.coefs_, self.intercepts_)):
            raise ValueError(
                "Solver produced non-finite parameter weights. The input data may contain large values and "
                "need to be preprocessed."
            )
        return self

    def _initialize(self, sizes: list[int], dtype: Any) -> None:
        """Draw the first weights and set everything to its beginning."""
        coefs, intercepts = draw(self.activation, sizes, self._random_state, dtype)
        coefs = given(self.coefs_init, coefs, "coefs_init")
        intercepts = given(self.intercepts_init, intercepts, "intercepts_init")
        self._begin(coefs, intercepts, self._output_activation())

    def _begin(self, coefs: list[np.ndarray], intercepts: list[np.ndarray], output: str) -> None:
        """Set everything to its beginning, with these weights."""
        self.__dict__.pop("_store", None)
        self.__dict__.pop("_optimizer", None)
        self._place = None
        self.n_iter_ = self.t_ = 0
        self.n_layers_, self.n_outputs_ = len(coefs) + 1, len(intercepts[-1])
        self.out_activation_ = output
        self.coefs_, self.intercepts_ = coefs, intercepts
        self._best_coefs = [coef.copy() for coef in coefs]
        self._best_intercepts = [intercept.copy() for intercept in intercepts]
        if self.solver not in STOCHASTIC:
            return
        self.loss_curve_: list[float] = []
        self._no_improvement_count = 0
        early = self.early_stopping
        self.best_loss_ = None if early else np.inf
        self.best_validation_score_ = -np.inf if early else None
        self.validation_scores_: list[float] | None = [] if early else None
        self.validation_loss_curve_: list[float] | None = [] if early else None

    def _refuse_epochs(self, validation: bool, callbacks: bool) -> None:
        """Complain about what only solvers with epochs can do."""
        asked = {
            "X_val": validation,
            "callbacks": callbacks,
            "clip_norm": self.clip_norm is not None,
            "dropout": bool(np.any(self.dropout)),
        }
        for name, is_asked in asked.items():
            if is_asked:
                raise ValueError(f"{name} needs solver 'sgd', 'adam' or 'adamw', not {self.solver!r}")

    def _adopt_for_training(self) -> Store:
        dtype: Any = self._chosen_dtype()
        if dtype is None:
            # SciPy's optimiser works in double precision; otherwise weights keep the dtype they began with
            dtype = np.float64 if self.solver == "lbfgs" else self.coefs_[0].dtype
        return adopt(self, dtype)

    def _held_back(self, X: Any, y: Any, weight: Any) -> Validation | None:
        if (X is None) != (y is None):
            raise ValueError("X_val and y_val must be given together, or neither of them")
        if X is None:
            if weight is not None:
                raise ValueError("sample_weight_val needs X_val and y_val")
            return None
        X, encoded, y = self._validate_held_back(X, y)
        if weight is not None:
            weight = _check_sample_weight(weight, X)
        return Validation(X, encoded.reshape(-1, 1) if encoded.ndim == 1 else encoded, y, weight)

    def _chosen_dtype(self) -> np.dtype | None:
        return None if self.dtype is None else np.dtype(self.dtype)

    def _input_dtype(self) -> Any:
        """Return what X may come in without being converted."""
        chosen = self._chosen_dtype()
        return (np.float64, np.float32) if chosen is None else chosen

    def _resumes(self) -> bool:
        return bool(self.warm_start and self.resume)

    def _check_solver(self) -> bool:
        if self.solver not in STOCHASTIC:
            raise AttributeError(
                f"partial_fit is only available for stochastic optimizers. {self.solver} is not stochastic."
            )
        return True

    # --- Answers --------------------------------------------------------------------------------

    def _outputs(self, X: Any) -> np.ndarray:
        """Return the output layer's activations (n, n_outputs) for a user's X."""
        direct = direct_outputs(self, X)
        if direct is not None:
            return direct
        check_is_fitted(self)
        return self._forward_pass_fast(X)

    def _forward_pass_fast(self, X: Any, check_input: bool = True) -> np.ndarray:
        if check_input:
            X = validate_data(self, X, accept_sparse=["csr", "csc"], reset=False)
        return outputs(self, X)

    def _score_with_function(self, X: Any, y: Any, sample_weight: Any, score_function: Any) -> float:
        answers = self._predict(X, check_input=False)
        if np.issubdtype(answers.dtype, np.floating) and not np.isfinite(answers).all():
            return float("nan")
        return float(score_function(y, answers, sample_weight=sample_weight))

    # --- Private members that scikit-learn's own tests use --------------------------------------

    def _unpack(self, packed: np.ndarray) -> None:
        """Take the weights from a vector that has those of all layers, and then all biases."""
        sizes = [len(self.coefs_[0]), *(coef.shape[1] for coef in self.coefs_)]
        weights, biases = _lbfgs.places(sizes)
        self.coefs_ = [packed[start:stop].reshape(shape) for start, stop, shape in weights]
        self.intercepts_ = [packed[start:stop] for start, stop in biases]

    def _loss_grad_lbfgs(
        self, packed: np.ndarray, X: Any, y: np.ndarray, sample_weight: Any, *_scratch: Any
    ) -> tuple[float, np.ndarray]:
        """Return the loss and its gradient at `packed`; scikit-learn's scratch arrays are not needed."""
        self._unpack(packed)
        store = Store(self, np.float64)
        return _lbfgs.loss_and_gradient(self, store, packed, X, y, sample_weight)

    # --- Pickles --------------------------------------------------------------------------------

    def __getstate__(self) -> dict[str, Any]:
        state = dict(super().__getstate__())
        state.pop("_store", None)  # coefs_ and intercepts_ have it all
        return state

    def __setstate__(self, state: dict[str, Any]) -> None:
        super().__setstate__(state)
        if "coefs_" in state and "out_activation_" in state:
            adopt(self, self.coefs_[0].dtype)

    def __copy__(self) -> Any:
        return deepcopy(self)  # weights and optimiser belong together: none or both of them shared

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.sparse = True
        return tags


def _hidden_layer_sizes(sizes: Any) -> list[int]:
    sizes = list(sizes) if hasattr(sizes, "__iter__") else [sizes]
    if np.any(np.array(sizes) <= 0):
        raise ValueError(f"hidden_layer_sizes must be > 0, got {sizes}.")
    return sizes
