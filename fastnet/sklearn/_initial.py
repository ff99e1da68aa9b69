"""The first weights: drawn as scikit-learn draws them, or given."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from fastnet.sklearn._names import hidden_names

__all__ = ["draw", "given"]


def draw(
    activation: Any, sizes: Sequence[int], random_state: np.random.RandomState, dtype: Any
) -> tuple[list[np.ndarray], list[np.ndarray]]:
    """Return the weights (n_in, n_out) and the biases (n_out,) of every layer.

    Both are uniform between -b and b, b = sqrt(6 / (n_in + n_out)) after Glorot and Bengio (2010), with 2 in
    the place of 6 for logistic; the output layer takes the factor of the last hidden layer. A layer's weights
    are drawn first, then its biases, then the next layer.
    """
    names = hidden_names(activation, len(sizes) - 2)
    names += names[-1:] or (activation,)
    coefs, intercepts = [], []
    for name, n_in, n_out in zip(names, sizes[:-1], sizes[1:], strict=True):
        bound = np.sqrt((2.0 if name == "logistic" else 6.0) / (n_in + n_out))
        coefs.append(random_state.uniform(-bound, bound, (n_in, n_out)).astype(dtype, copy=False))
        intercepts.append(random_state.uniform(-bound, bound, n_out).astype(dtype, copy=False))
    return coefs, intercepts


def given(arrays: Any, drawn: list[np.ndarray], argument: str) -> list[np.ndarray]:
    """Return copies of the user's arrays in the place of those drawn; the drawn ones if there are none.

    Raises
    ------
    ValueError
        If there is not one of the right shape a layer, or a number is not finite.
    """
    if arrays is None:
        return drawn
    arrays = list(arrays)
    if len(arrays) != len(drawn):
        raise ValueError(f"{argument} must have {len(drawn)} arrays, one a layer, got {len(arrays)}")
    converted = []
    for layer, (array, expected) in enumerate(zip(arrays, drawn, strict=True)):
        array = np.array(array, expected.dtype)
        if array.shape != expected.shape:
            raise ValueError(f"{argument}[{layer}] must have the shape {expected.shape}, got {array.shape}")
        if not np.isfinite(array).all():
            raise ValueError(f"{argument}[{layer}] must have finite numbers only")
        converted.append(array)
    return converted
