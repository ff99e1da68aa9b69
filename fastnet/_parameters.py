"""Weights and biases as a caller sees them, and the packed form in which files keep them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import numpy as np

from fastnet._inputs.arrays import numeric_array
from fastnet._layout import Layout

__all__ = ["ParameterViews", "assign_all", "bias_views", "pack", "unpack", "weight_views"]


class ParameterViews(Sequence[np.ndarray]):
    """The weights, or the biases, of every layer: `views[l]` is a view into the network's parameters.

    Changing a view in place (`net.weights[0][3, 5] = 0`) and assigning an array to it
    (`net.weights[0] = W`) both take effect at once; an assigned array is copied.
    """

    __slots__ = ("_name", "_views")

    def __init__(self, name: str, views: list[np.ndarray]) -> None:
        self._name, self._views = name, views

    def __len__(self) -> int:
        return len(self._views)

    def __getitem__(self, layer: Any) -> Any:
        return self._views[layer]

    def __iter__(self) -> Iterator[np.ndarray]:
        return iter(self._views)

    def __setitem__(self, layer: Any, value: Any) -> None:
        if isinstance(layer, slice):
            views = self._views[layer]
            numbers = range(len(self._views))[layer]
            assign_all(self._name, views, value, numbers)
            return
        view = self._views[layer]
        view[...] = _checked(value, view, f"{self._name}[{range(len(self._views))[layer]}]")

    def __repr__(self) -> str:
        return f"<{self._name}: " + ", ".join(str(view.shape) for view in self._views) + ">"


def weight_views(layout: Layout, flat: np.ndarray) -> ParameterViews:
    """Return views (n_out, n_in), one a layer, of the weights in `flat`."""
    return ParameterViews("weights", [layout.weights(flat, layer) for layer in range(len(layout.blocks))])


def bias_views(layout: Layout, flat: np.ndarray) -> ParameterViews:
    """Return views (n_out,), one a layer, of the biases in `flat`."""
    return ParameterViews("biases", [layout.biases(flat, layer) for layer in range(len(layout.blocks))])


def assign_all(
    name: str, views: Sequence[np.ndarray], values: Any, numbers: Iterable[int] | None = None
) -> None:
    """Assign an array to each of several views; all are checked before the first one changes."""
    try:
        values = list(values)
    except TypeError:
        raise TypeError(
            f"{name} must be a sequence of {len(views)} arrays, not a {type(values).__name__}"
        ) from None
    if len(values) != len(views):
        raise ValueError(f"{name} must be {len(views)} arrays, one a layer, not {len(values)}")
    layers = range(len(views)) if numbers is None else numbers
    checked = [
        _checked(value, view, f"{name}[{layer}]")
        for layer, value, view in zip(layers, values, views, strict=True)
    ]
    for view, array in zip(views, checked, strict=True):
        view[...] = array


def _checked(value: Any, view: np.ndarray, argument: str) -> np.ndarray:
    """Return a copy of `value` fit for `view`: its shape, its dtype, finite."""
    array = numeric_array(value, argument)
    if array.shape != view.shape:
        raise ValueError(f"{argument} must have the shape {view.shape}, not {array.shape}")
    with np.errstate(over="ignore", under="ignore", invalid="ignore"):
        converted = array.astype(view.dtype)
    if not np.isfinite(converted).all():
        what = "NaN or infinite ones" if not np.isfinite(array).all() else f"some too large for {view.dtype}"
        raise ValueError(f"{argument} must have finite numbers only; it has {what}")
    return converted


def pack(layout: Layout, flat: np.ndarray) -> np.ndarray:
    """Return the (n_parameters,) numbers of `flat` without padding.

    Layer by layer: the weights (n_out, n_in) row by row, then the biases.
    """
    parts = []
    for layer in range(len(layout.blocks)):
        parts += [layout.weights(flat, layer).ravel(), layout.biases(flat, layer)]
    return np.concatenate(parts)


def unpack(layout: Layout, packed: np.ndarray) -> np.ndarray:
    """Return a new aligned flat array with the numbers that `pack` wrote."""
    flat = layout.aligned_zeros()
    start = 0
    for layer in range(len(layout.blocks)):
        for view in (layout.weights(flat, layer), layout.biases(flat, layer)):
            view[...] = packed[start : start + view.size].reshape(view.shape)
            start += view.size
    return flat
