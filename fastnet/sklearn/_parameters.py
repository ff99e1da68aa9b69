"""What the constructors' parameters may be, in scikit-learn's terms, and how they are kept."""

from __future__ import annotations

from collections.abc import Iterable
from numbers import Integral, Real
from typing import Any

import numpy as np
from sklearn.utils._param_validation import Interval, Options, StrOptions

from fastnet.sklearn._names import ACTIVATION, LOSSES

__all__ = ["CONSTRAINTS", "REGRESSOR_CONSTRAINTS", "CLASSIFIER_CONSTRAINTS", "dropout_of", "keep"]

_FROM_ZERO = Interval(Real, 0, None, closed="left")
_ABOVE_ZERO = Interval(Real, 0, None, closed="neither")
_COUNT = Interval(Integral, 1, None, closed="left")
_BELOW_ONE = Interval(Real, 0, 1, closed="left")

#: Parameter -> what it may be. The first two dozen are scikit-learn's.
CONSTRAINTS: dict[str, list[Any]] = {
    "hidden_layer_sizes": ["array-like", _COUNT],
    "activation": [StrOptions(set(ACTIVATION)), "array-like"],
    "solver": [StrOptions({"lbfgs", "sgd", "adam", "adamw"})],
    "alpha": [_FROM_ZERO],
    "batch_size": [StrOptions({"auto"}), _COUNT],
    "learning_rate": [StrOptions({"constant", "invscaling", "adaptive"})],
    "learning_rate_init": [_ABOVE_ZERO],
    "power_t": [_FROM_ZERO],
    "max_iter": [_COUNT],
    "shuffle": ["boolean"],
    "random_state": ["random_state"],
    "tol": [_FROM_ZERO],
    "verbose": ["verbose"],
    "warm_start": ["boolean"],
    "momentum": [Interval(Real, 0, 1, closed="both")],
    "nesterovs_momentum": ["boolean"],
    "early_stopping": ["boolean"],
    "validation_fraction": [_BELOW_ONE],
    "beta_1": [_BELOW_ONE],
    "beta_2": [_BELOW_ONE],
    "epsilon": [_ABOVE_ZERO],
    "n_iter_no_change": [_COUNT, Options(Real, {np.inf})],
    "max_fun": [_COUNT],
    "dropout": [_BELOW_ONE, "array-like"],
    "clip_norm": [_ABOVE_ZERO, None],
    "dtype": [StrOptions({"float32", "float64"}), Options(type, {np.float32, np.float64}), None],
    "threads": [_COUNT],
    "coefs_init": ["array-like", None],
    "intercepts_init": ["array-like", None],
    "resume": ["boolean"],
    "callbacks": [callable, "array-like", None],
}

CLASSIFIER_CONSTRAINTS = CONSTRAINTS | {"class_weight": [dict, list, StrOptions({"balanced"}), None]}

REGRESSOR_CONSTRAINTS = CONSTRAINTS | {
    "loss": [StrOptions(set(LOSSES) - {"log_loss"})],
    "true_gradient": ["boolean"],
    "huber_delta": [_ABOVE_ZERO],
    "quantile": [Interval(Real, 0, 1, closed="neither")],
}


def dropout_of(estimator: Any, n_hidden: int) -> tuple[float, ...]:
    """Return the probability of dropout in every hidden layer, or () if there is none.

    Raises
    ------
    ValueError
        If there is not one for each hidden layer, or one is not from 0 to below 1.
    """
    given = estimator.dropout
    several = isinstance(given, Iterable)
    values = tuple(float(p) for p in given) if several else (float(given),) * n_hidden
    if len(values) != n_hidden:
        raise ValueError(
            f"dropout must be one number, or one for each of {n_hidden} hidden layers, got {given!r}"
        )
    if not all(0 <= p < 1 for p in values):
        raise ValueError(f"every entry of dropout must be from 0 to below 1, got {given!r}")
    return values if any(values) else ()


def keep(estimator: Any, given: dict[str, Any]) -> None:
    """Set the constructor's arguments, its `locals()`, as attributes of the same names, untouched."""
    for name, value in given.items():
        if name not in ("self", "__class__"):
            setattr(estimator, name, value)
