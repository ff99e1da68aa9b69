"""The weights as the heart has them, with `coefs_` and `intercepts_` as views into them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from fastnet._heart import core
from fastnet._layout import Layout
from fastnet.sklearn._names import activations, loss_of, parameter_of

__all__ = ["Store", "adopt", "store_of"]


class Store:
    """A copy of the parameters of an estimator, as the heart reads and trains them.

    Parameters
    ----------
    estimator : estimator
        With `coefs_`, `intercepts_` and `out_activation_`.
    dtype : dtype
        What to compute in.

    Attributes
    ----------
    flat : array
        All parameters, in the heart's layout.
    coefs, intercepts : list of arrays
        Views (n_in, n_out) and (n_out,) into `flat`, one a layer: who writes into them changes the network.
    engine : Engine
    """

    def __init__(self, estimator: Any, dtype: Any) -> None:
        coefs, self.output = estimator.coefs_, estimator.out_activation_
        self.activation = estimator.activation
        self.sizes = (len(coefs[0]), *(np.shape(coef)[1] for coef in coefs))
        self.layout = Layout(self.sizes, dtype)
        self.dtype, self.n_in = self.layout.dtype, self.sizes[0]
        self.flat = self.layout.aligned_zeros()
        self.coefs, self.intercepts = self.views(self.flat)
        self.write(coefs, estimator.intercepts_)
        self.module = core(self.dtype.name)
        names = activations(self.activation, len(coefs) - 1, self.output)
        cost, parameter = loss_of(estimator).cost, parameter_of(estimator)
        self.engine = self.module.Engine(self.sizes, names, cost, self.flat, parameter)

    def views(self, flat: np.ndarray) -> tuple[list[np.ndarray], list[np.ndarray]]:
        """Return the weights and the biases in `flat` as views."""
        layers = range(len(self.layout.blocks))
        weights = [self.layout.weights(flat, layer).T for layer in layers]
        return weights, [self.layout.biases(flat, layer) for layer in layers]

    def write(self, coefs: Sequence[np.ndarray], intercepts: Sequence[np.ndarray]) -> None:
        """Copy arrays into the parameters."""
        for view, value in zip(self.coefs + self.intercepts, [*coefs, *intercepts], strict=True):
            view[...] = value

    def is_of(self, estimator: Any) -> bool:
        """Whether the estimator's attributes are these views still, and its layers these layers."""
        coefs, intercepts = estimator.coefs_, estimator.intercepts_
        if len(coefs) != len(self.coefs) or len(intercepts) != len(coefs):
            return False
        for layer, coef in enumerate(self.coefs):
            if coef is not coefs[layer] or self.intercepts[layer] is not intercepts[layer]:
                return False
        return estimator.activation is self.activation and estimator.out_activation_ is self.output


def store_of(estimator: Any, dtype: Any) -> Store:
    """Return a store with the estimator's weights in `dtype`: its own, or a new one.

    A user may have put other arrays into `coefs_`, or another list in its place: then they are copied.
    """
    own: Store | None = estimator.__dict__.get("_store")
    if own is not None and own.dtype == dtype and own.is_of(estimator):
        return own
    return Store(estimator, dtype)


def adopt(estimator: Any, dtype: Any) -> Store:
    """Make the estimator's weights views into a store of its own, and return it."""
    store = store_of(estimator, dtype)
    estimator._store = store
    estimator.coefs_, estimator.intercepts_ = list(store.coefs), list(store.intercepts)
    return store
