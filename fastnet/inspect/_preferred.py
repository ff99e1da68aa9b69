"""The input that a neuron responds to most."""

from __future__ import annotations

from typing import Any

import numpy as np

from fastnet._architecture import as_generator
from fastnet._checks import real, shown, whole
from fastnet._equations import ACTIVATION, NEEDS_Z, THROUGH
from fastnet.inspect._checks import as_network, as_place, high_of_inputs

__all__ = ["METHODS", "Preferred", "preferred_input"]

METHODS = ("ascent", "weights")


class Preferred:
    """What a neuron responds to most.

    Attributes
    ----------
    x : (n_in,) float64 array
        "ascent": the input found, between `low` and `high`. "weights": a direction of length 1 with signs,
        not an input: where it is positive, a brighter input excites the neuron.
    layer, neuron : int
        Whose it is.
    method : {"ascent", "weights"}
    weighted_input : float
        The neuron's z for it; nan for "weights".
    activation : float
        The neuron's activation for it; nan for "weights".
    """

    def __init__(
        self, x: np.ndarray, layer: int, neuron: int, method: str, z: float, activation: float
    ) -> None:
        self.x, self.layer, self.neuron, self.method = x, layer, neuron, method
        self.weighted_input, self.activation = z, activation

    def __repr__(self) -> str:
        found = f", activation {self.activation:.4g}" if self.method == "ascent" else ""
        return f"<Preferred input of neuron {self.neuron} in layer {self.layer}, by {self.method}{found}>"


def preferred_input(
    net: Any,
    layer: int,
    neuron: int,
    *,
    method: str = "ascent",
    low: float = 0.0,
    high: float | None = None,
    steps: int = 100,
    starts: int = 4,
    rng: Any = 0,
) -> Preferred:
    """Find the input that a neuron responds to most.

    Parameters
    ----------
    net : Network
    layer, neuron : int
        From 0: layer 0 is the first one after the inputs. Negative ones count from the end.
    method : {"ascent", "weights"}
        "weights": the neuron's incoming weights; for later layers, those of the layers before
        multiplied together, as if every neuron in between answered in proportion. "ascent": gradient
        ascent of the neuron's weighted input, every input held between `low` and `high`.
    low, high : float
        The range of the inputs; by default from 0 to 1 as the network sees them (`high` is 1 / input_scale).
    steps : int, default 100
        Steps of the ascent.
    starts : int, default 4
        How many random inputs it starts from, beside plain grey and the pattern of "weights"; the best
        end is returned.
    rng : None, int or numpy.random.Generator, default 0

    Returns
    -------
    Preferred
        For a neuron of the first layer the ascent's answer is exact: `high` where its weight is positive,
        `low` where it is negative, the middle where it is zero. Further on it is a local maximum.

    Raises
    ------
    TypeError, ValueError
        If an argument is not of its kind or out of range.
    """
    net = as_network(net)
    layer = as_place(layer, len(net.weights), "layer")
    neuron = as_place(neuron, net.sizes[layer + 1], "neuron")
    if method not in METHODS:
        raise ValueError(f"method must be one of {', '.join(map(repr, METHODS))}, not {shown(method)}")
    low = real(low, "low")
    high = high_of_inputs(net) if high is None else real(high, "high")
    if not low < high:
        raise ValueError(f"low must be below high, not {low:g} and {high:g}")
    steps, starts, generator = whole(steps, "steps"), whole(starts, "starts", 0), as_generator(rng)
    climb = _Climb(net, layer, neuron)
    pattern = climb.pattern()
    if method == "weights":
        length = float(np.linalg.norm(pattern)) or 1.0
        return Preferred(pattern / length, layer, neuron, method, float("nan"), float("nan"))
    middle = (low + high) / 2
    by_sign = np.where(pattern > 0, high, np.where(pattern < 0, low, middle))
    x = np.stack([np.full(net.sizes[0], middle), by_sign])
    x = np.concatenate([x, generator.uniform(low, high, (starts, net.sizes[0]))])
    best, z = climb.ascend(x, low, high, steps) if layer else (by_sign, climb.z(by_sign[None])[0])
    return Preferred(best, layer, neuron, method, float(z), climb.activation(best))


class _Climb:
    """One neuron's weighted input as a function of the network's input, in float64, with its gradient."""

    def __init__(self, net: Any, layer: int, neuron: int) -> None:
        self._net, self._layer, self._neuron = net, layer, neuron
        self._weights = [np.asarray(w, np.float64) for w in net.weights[: layer + 1]]
        self._weights[-1] = self._weights[-1][neuron : neuron + 1]
        self._biases = [np.asarray(b, np.float64) for b in net.biases[: layer + 1]]
        self._biases[-1] = self._biases[-1][neuron : neuron + 1]

    def pattern(self) -> np.ndarray:
        """Return the product of the weights up to the neuron, (n_in,), by the sign of input_scale."""
        pattern = self._weights[-1]
        for weights in reversed(self._weights[:-1]):
            pattern = pattern @ weights
        return pattern[0] * np.sign(self._net.input_scale)

    def _forward(self, x: np.ndarray) -> tuple[np.ndarray, list[np.ndarray]]:
        slopes_from, a = [], x * self._net.input_scale
        for layer in range(self._layer):
            name = self._net.activations[layer]
            z = a @ self._weights[layer].T + self._biases[layer]
            a = ACTIVATION[name](z)
            slopes_from.append(z if name in NEEDS_Z else a)
        return (a @ self._weights[-1].T + self._biases[-1])[:, 0], slopes_from

    def z(self, x: np.ndarray) -> np.ndarray:
        """Return the weighted input for each row of x (n, n_in)."""
        return self._forward(x)[0]

    def gradient(self, x: np.ndarray) -> np.ndarray:
        """Return dz/dx, (n, n_in): backpropagation that starts with 1 at the neuron's z."""
        _, slopes_from = self._forward(x)
        delta = np.ones((len(x), 1))
        for layer in range(self._layer, 0, -1):
            name = self._net.activations[layer - 1]
            delta = THROUGH[name](slopes_from[layer - 1], delta @ self._weights[layer])
        return delta @ self._weights[0] * self._net.input_scale

    def ascend(self, x: np.ndarray, low: float, high: float, steps: int) -> tuple[np.ndarray, float]:
        """Climb from every row of x and return the best input met, and its z.

        A step goes along the gradient divided by its largest entry, so that saturated neurons on the way
        do not stop it; it begins with a quarter of the range and shrinks to nothing.
        """
        best, best_z = x.copy(), self.z(x)
        for step in range(steps):
            slope = self.gradient(x)
            largest = np.abs(slope).max(axis=1, keepdims=True)
            rate = 0.25 * (high - low) * (1 - step / steps)
            x = np.clip(x + rate * slope / np.where(largest > 0, largest, 1), low, high)
            z = self.z(x)
            better = z > best_z
            best[better], best_z[better] = x[better], z[better]
        winner = int(best_z.argmax())
        return best[winner], float(best_z[winner])

    def activation(self, x: np.ndarray) -> float:
        """Return the neuron's activation, as the network itself computes it."""
        return float(self._net.layer_activations(x)[self._layer][self._neuron])
