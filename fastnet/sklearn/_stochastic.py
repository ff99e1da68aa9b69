"""Training by mini-batches: epochs in the heart, and in between what scikit-learn does after each of them.

The draws from the random generator, the stopping and the figures are scikit-learn's, so that the numbers are.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
from sklearn.exceptions import ConvergenceWarning

from fastnet._kernels._order import shuffle
from fastnet._training.callbacks import call
from fastnet._training.loop import SLICE
from fastnet.sklearn import _validation
from fastnet.sklearn._callbacks import EpochEnd
from fastnet.sklearn._data import Data, as_data
from fastnet.sklearn._names import loss_of
from fastnet.sklearn._optimizer import Optimizer, new_optimizer
from fastnet.sklearn._parameters import dropout_of
from fastnet.sklearn._store import Store
from fastnet.sklearn._validation import Validation

__all__ = ["fit_stochastic"]

Callbacks = tuple[Callable[[Any], object], ...]


def fit_stochastic(
    estimator: Any,
    store: Store,
    X: Any,
    y: np.ndarray,
    weight: Any,
    *,
    incremental: bool,
    validation: Validation | None,
    callbacks: Callbacks,
) -> None:
    """Train the estimator's weights, which are in `store`, on validated data.

    Parameters
    ----------
    estimator : estimator
    store : Store
    X : array or CSR matrix (n, n_features)
    y : (n, n_outputs) array
    weight : (n,) array or None
    incremental : bool
        One epoch only, with the optimiser that is there.
    validation : Validation or None
        Given by the caller; without it, early stopping holds back a part of the training set.
    callbacks : tuple of callables
    """
    resumed = estimator._resumes() and hasattr(estimator, "_optimizer")
    if not resumed and not (incremental and hasattr(estimator, "_optimizer")):
        estimator._optimizer = new_optimizer(estimator, store.layout)
    if estimator.early_stopping and incremental:
        raise ValueError("partial_fit does not support early_stopping=True")
    place = estimator._place if resumed and estimator._place.fits(len(y)) else Place(len(y))
    if estimator.early_stopping and validation is None:
        place.split = place.split or _validation.split(estimator, y)
        X, y, weight, validation = _validation.divide(estimator, place.split, X, y, weight)
    if place.order is None:
        place.order = np.arange(len(y), dtype=np.intp)
    if place.weights is not None:  # those of the last epoch, where early stopping has restored the best
        estimator._best_coefs = [coef.copy() for coef in estimator.coefs_]
        estimator._best_intercepts = [intercept.copy() for intercept in estimator.intercepts_]
        store.flat[...] = place.weights
    data = as_data(X, y, weight, estimator.out_activation_, store.dtype, prepare=not incremental)
    run = _Run(estimator, store, data, place, validation, callbacks)
    run.epochs(incremental)
    if estimator.early_stopping:
        place.weights = store.flat.copy() if estimator.resume else None
        store.write(estimator._best_coefs, estimator._best_intercepts)
        # one list, as in scikit-learn, where a warm start goes on with the best weights themselves
        estimator._best_coefs, estimator._best_intercepts = estimator.coefs_, estimator.intercepts_
    estimator._place = place if estimator.resume else None


class Place:
    """Where a run stands, beside weights and optimiser: what an exact resume needs.

    Attributes
    ----------
    n : int
        Samples of the whole training set.
    order : (n_train,) array or None
        Of the last epoch; the next one shuffles it again.
    split : Split or None
        Of early stopping.
    weights : flat array or None
        Of the last epoch, where the estimator has the best ones.
    """

    def __init__(self, n: int) -> None:
        self.n = n
        self.order: np.ndarray | None = None
        self.split: _validation.Split | None = None
        self.weights: np.ndarray | None = None

    def fits(self, n: int) -> bool:
        """Whether this is a place in a training set of n samples."""
        return self.n == n


class _Run:
    """The epochs of one call of fit or partial_fit."""

    def __init__(
        self,
        estimator: Any,
        store: Store,
        data: Data,
        place: Place,
        validation: Validation | None,
        callbacks: Callbacks,
    ) -> None:
        self.estimator, self.store, self.place = estimator, store, place
        self.validation, self.callbacks = validation, callbacks
        self.n, self.n_outputs = data.features.n, data.targets.n_out
        self.optimizer: Optimizer = estimator._optimizer
        self.loss = loss_of(estimator)
        self.dropout = dropout_of(estimator, len(store.sizes) - 2)
        if self.dropout and self.optimizer.dropout_seed is None:
            self.optimizer.dropout_seed = estimator._random_state.randint(2**31)
        self.trainer = self._trainer(data)

    def _trainer(self, data: Data) -> Any:
        estimator, store = self.estimator, self.store
        batch_size = estimator.batch_size
        if isinstance(batch_size, str):
            batch_size = min(200, self.n)
        elif batch_size > self.n:
            warnings.warn(
                "Got `batch_size` less than 1 or larger than sample size. It is going to be clipped",
                stacklevel=7,
            )
        true_gradient = self.loss.mean and (self.loss.true or getattr(estimator, "true_gradient", False))
        penalised = self.optimizer.name != "adamw"  # its decay is no part of the loss
        trainer = store.module.Trainer(
            store.engine,
            data.features,
            data.targets,
            data.weight,
            batch_size=int(min(batch_size, self.n)),
            optimizer=self.optimizer.name,
            moments=self.optimizer.aligned_moments(store.layout),
            l2=float(estimator.alpha),
            l2_over_batch=penalised,
            penalty=penalised,
            error_scale=1 / self.n_outputs if true_gradient else 1.0,
            dropout=self.dropout,
            seed=self.optimizer.dropout_seed or 0,
            clip_norm=estimator.clip_norm or 0.0,
            threads=estimator.threads,
            **self.optimizer.options(),
        )
        trainer.updates = self.optimizer.updates
        return trainer

    def epochs(self, incremental: bool) -> None:
        """Train until the epochs are done, nothing gets better, or a callback or the user has enough."""
        estimator = self.estimator
        try:
            estimator.n_iter_ = 0
            for _ in range(estimator.max_iter):
                self._epoch()
                enough = self._after_epoch()
                if enough or incremental:
                    break
                if estimator.n_iter_ == estimator.max_iter:
                    warnings.warn(
                        f"Stochastic Optimizer: Maximum iterations ({estimator.max_iter}) reached and the "
                        "optimization hasn't converged yet.",
                        ConvergenceWarning,
                        stacklevel=6,
                    )
        except KeyboardInterrupt:
            warnings.warn("Training interrupted by user.", stacklevel=6)

    def _epoch(self) -> None:
        estimator, trainer, place = self.estimator, self.trainer, self.place
        if estimator.shuffle:
            permutation = np.arange(self.n, dtype=np.intp)
            shuffle(estimator._random_state._bit_generator, permutation)
            assert place.order is not None
            place.order = place.order[permutation]
        trainer.start_epoch(place.order, np.array([self.optimizer.rate()]))
        try:
            while not trainer.run(SLICE):
                pass
        finally:
            self.optimizer.updates = trainer.updates

    def _after_epoch(self) -> bool:
        """Write the epoch's figures down; return whether training is to end."""
        estimator = self.estimator
        estimator.n_iter_ += 1
        estimator.loss_ = self._epoch_loss()
        estimator.t_ += self.n
        estimator.loss_curve_.append(estimator.loss_)
        if estimator.verbose:
            print(f"Iteration {estimator.n_iter_}, loss = {estimator.loss_:.8f}")
        self._validate()
        _count_no_improvement(estimator)
        self.optimizer.epoch_ends(estimator.t_)
        enough = self._is_converged()
        if not self.callbacks:
            return enough
        end: Any = EpochEnd(estimator)
        return call(self.callbacks, end) or enough

    def _epoch_loss(self) -> float:
        trainer = self.trainer
        cost = trainer.mean_cost_sum / (self.n_outputs if self.loss.mean else 1)
        return float((cost + trainer.penalty_sum) / self.n)

    def _validate(self) -> None:
        estimator = self.estimator
        if self.validation is None:
            return
        loss, score = _validation.measured(estimator, self.store, self.validation)
        if estimator.validation_scores_ is None:
            estimator.validation_scores_, estimator.validation_loss_curve_ = [], []
        estimator.validation_scores_.append(score)
        estimator.validation_loss_curve_.append(loss)
        if estimator.verbose:
            print(f"Validation score: {score:f}")

    def _is_converged(self) -> bool:
        estimator = self.estimator
        if not estimator._no_improvement_count > estimator.n_iter_no_change:
            return False
        what = "Validation score" if estimator.early_stopping else "Training loss"
        message = (
            f"{what} did not improve more than tol={estimator.tol:f} for {estimator.n_iter_no_change:d} "
            "consecutive epochs."
        )
        if self.optimizer.stops(message, estimator.verbose):
            return True
        estimator._no_improvement_count = 0
        return False


def _count_no_improvement(estimator: Any) -> None:
    """Compare the epoch with the best: by its validation score with early stopping, else by its loss."""
    if estimator.early_stopping:
        score = estimator.validation_scores_[-1]
        worse = score < estimator.best_validation_score_ + estimator.tol
        if score > estimator.best_validation_score_:
            estimator.best_validation_score_ = score
            estimator._best_coefs = [coef.copy() for coef in estimator.coefs_]
            estimator._best_intercepts = [intercept.copy() for intercept in estimator.intercepts_]
    else:
        loss = estimator.loss_curve_[-1]
        worse = loss > estimator.best_loss_ - estimator.tol
        if loss < estimator.best_loss_:  # not so for NaN
            estimator.best_loss_ = loss
    estimator._no_improvement_count = estimator._no_improvement_count + 1 if worse else 0
