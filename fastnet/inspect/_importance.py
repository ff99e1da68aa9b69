"""Which weights matter most now."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from fastnet._checks import whole
from fastnet._evaluation import Gradient
from fastnet._html import table
from fastnet.inspect._checks import as_network

__all__ = ["Importance", "Parameter", "importance"]


class Parameter(NamedTuple):
    """One weight or bias, and how much it matters.

    Attributes
    ----------
    layer, neuron : int
        Whose it is, both from 0 (layer 0 is the first after the inputs).
    input : int or None
        The neuron (or input) of the layer before that it comes from; None for the bias.
    value : float
        What it is now.
    gradient : float
        d cost / d value: its sign tells which way is uphill.
    relative : float
        |gradient| divided by the largest one in the network, in [0, 1].
    """

    layer: int
    neuron: int
    input: int | None
    value: float
    gradient: float
    relative: float


class Importance:
    """The relative importance of every weight and bias for the cost on some data.

    A gradient of (3, 1) means that a nudge to the first number changes the cost three times as much as
    the same nudge to the second: its entries, compared with one another, tell what matters.

    Attributes
    ----------
    gradient : Gradient
        The gradient itself, with its signs.
    weights : list of (n_out, n_in) float64 arrays
        |d cost / d weight| divided by the largest such number in the whole network: in [0, 1].
    biases : list of (n_out,) float64 arrays
        The same for the biases.
    layers : (L,) float64 array
        Each layer's share of the gradient's squared length; they add up to 1.
    """

    def __init__(self, net: Any, gradient: Gradient) -> None:
        self.gradient = gradient
        self._values = ([w.copy() for w in net.weights], [b.copy() for b in net.biases])
        weights = [np.abs(w, dtype=np.float64) for w in gradient.weights]
        biases = [np.abs(b, dtype=np.float64) for b in gradient.biases]
        largest = max(part.max() for part in (*weights, *biases)) or 1.0
        self.weights = [w / largest for w in weights]
        self.biases = [b / largest for b in biases]
        pairs = zip(self.weights, self.biases, strict=True)
        squares = np.array([(w * w).sum() + (b * b).sum() for w, b in pairs])
        self.layers = squares / (squares.sum() or 1.0)

    def top(self, n: int = 10) -> list[Parameter]:
        """Return the n parameters that matter most, the most important first.

        Raises
        ------
        TypeError, ValueError
            If `n` is not an integer of at least 1.
        """
        n = whole(n, "n")
        found = []
        for layer, (w, b) in enumerate(zip(self.weights, self.biases, strict=True)):
            everything = np.concatenate([w, b[:, None]], axis=1)
            best = np.argsort(-everything, axis=None, kind="stable")[:n]
            for neuron, column in zip(*np.unravel_index(best, everything.shape), strict=True):
                found.append(self._parameter(layer, int(neuron), int(column), w.shape[1]))
        return sorted(found, key=lambda parameter: -parameter.relative)[:n]

    def _parameter(self, layer: int, neuron: int, column: int, n_in: int) -> Parameter:
        if column == n_in:
            value, slope = self._values[1][layer][neuron], self.gradient.biases[layer][neuron]
            return Parameter(
                layer, neuron, None, float(value), float(slope), float(self.biases[layer][neuron])
            )
        place = (neuron, column)
        value, slope = self._values[0][layer][place], self.gradient.weights[layer][place]
        return Parameter(
            layer, neuron, column, float(value), float(slope), float(self.weights[layer][place])
        )

    def _rows(self, n: int = 10) -> list[tuple[str, ...]]:
        return [
            (str(p.layer), str(p.neuron), "bias" if p.input is None else str(p.input),
             f"{p.value:.4g}", f"{p.gradient:.3g}", f"{p.relative:.3f}")
            for p in self.top(n)
        ]  # fmt: skip

    def __repr__(self) -> str:
        return f"<Importance: layers {', '.join(f'{share:.1%}' for share in self.layers)}>"

    def __str__(self) -> str:
        lines = ["{:>5} {:>6} {:>6} {:>10} {:>10} {:>8}".format(*_HEAD)]
        lines += ["{:>5} {:>6} {:>6} {:>10} {:>10} {:>8}".format(*row) for row in self._rows()]
        return "\n".join(lines)

    def _repr_html_(self) -> str:
        return table(_HEAD, self._rows(), repr(self).strip("<>"))


_HEAD = ("layer", "neuron", "from", "value", "gradient", "relative")


def importance(net: Any, X: Any, y: Any, sample_weight: Any = None) -> Importance:
    """Tell which weights matter most now, from the gradient of the cost.

    Parameters
    ----------
    net : Network
    X : array-like or CSR matrix, shape (n, n_in) or (n_in,)
    y : array-like
        As for `Network.fit`.
    sample_weight : (n,) array-like, optional

    Returns
    -------
    Importance
        `.weights[l]`, `.biases[l]` in [0, 1], `.layers`, and `.top(n)`.

    Raises
    ------
    TypeError, ValueError
        If `net` is not a Network, or as for `Network.gradient`.
    """
    net = as_network(net)
    return Importance(net, net.gradient(X, y, sample_weight=sample_weight))
