"""The book's algorithm in NumPy, one example at a time: right for every override, and slow.

Notation: a column x (n_in, 1) goes in; of layer l, W (n_out, n_in) are the weights, b (n_out, 1) the
biases, z = W a + b the weighted inputs and a = sigmoid(z) the activations, (n_out, 1). The equations of
backpropagation are those of Rumelhart, Hinton and Williams (1986). The functions take the sigmoid of
the module they are called from, so that replacing it there takes effect.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

__all__ = ["backprop", "convert", "feedforward", "gaussian", "sigmoid", "step", "summed_gradient"]

Array = np.ndarray
Function = Callable[[Any], Any]


def sigmoid(z: Any) -> Any:
    """Return 1 / (1 + e^-z), of a number or of every element of an array.

    Where e^-z overflows the result is 0, its limit, without a warning.
    """
    with np.errstate(over="ignore"):
        return 1.0 / (1.0 + np.exp(-z))


def feedforward(net: Any, a: Any, sigmoid: Function) -> Any:
    """Return the network's output (n_out, 1) for the input `a` (n_in, 1); k columns give k outputs."""
    _refuse_flat(a, "a")
    for b, w in zip(net.biases, net.weights, strict=True):
        a = sigmoid(np.dot(w, a) + b)
    return a


def backprop(net: Any, x: Any, y: Any, sigmoid: Function, sigmoid_prime: Function,
             output_error: Callable[[Array, Array, Any], Array]) -> tuple[list[Array], list[Array]]:
    """Return the gradient of the cost of one example, (nabla_b, nabla_w), layer by layer.

    Parameters
    ----------
    net : Network
    x, y : arrays
        Input (n_in, 1) and desired output (n_out, 1).
    sigmoid, sigmoid_prime : callables
        The activation and its derivative, of z.
    output_error : callable
        `(z, a, y) -> delta`, the error dC/dz of the output layer.
    """
    _refuse_flat(x, "x")
    zs, activations = [], [x]
    for b, w in zip(net.biases, net.weights, strict=True):
        zs.append(np.dot(w, activations[-1]) + b)
        activations.append(sigmoid(zs[-1]))

    # Output layer: delta = dC/dz; then dC/db = delta, dC/dW = delta a^T with the layer before's a.
    delta = output_error(zs[-1], activations[-1], y)
    nabla_b, nabla_w = [delta], [np.dot(delta, np.transpose(activations[-2]))]
    for layer in range(len(zs) - 2, -1, -1):
        # One layer down: delta = (W^T delta) * sigmoid'(z)
        delta = np.dot(net.weights[layer + 1].transpose(), delta) * sigmoid_prime(zs[layer])
        nabla_b.append(delta)
        nabla_w.append(np.dot(delta, np.transpose(activations[layer])))
    return nabla_b[::-1], nabla_w[::-1]


def summed_gradient(net: Any, mini_batch: Sequence[Any]) -> tuple[list[Array], list[Array]]:
    """Return the sum of `net.backprop(x, y)` over a mini-batch, (nabla_b, nabla_w)."""
    if len(mini_batch) == 0:
        raise ValueError("mini_batch is empty: at least one example (x, y) is needed")
    sum_b = [np.zeros(np.shape(b)) for b in net.biases]
    sum_w = [np.zeros(np.shape(w)) for w in net.weights]
    for x, y in mini_batch:
        nabla_b, nabla_w = net.backprop(x, y)
        sum_b = [total + nabla for total, nabla in zip(sum_b, nabla_b, strict=True)]
        sum_w = [total + nabla for total, nabla in zip(sum_w, nabla_w, strict=True)]
    return sum_b, sum_w


def step(
    net: Any, nabla_b: Sequence[Array], nabla_w: Sequence[Array], rate: float, keep: float = 1.0
) -> None:
    """Move against a gradient: b := b - rate nabla_b, W := keep W - rate nabla_w, as new arrays."""
    net.weights = [keep * w - rate * nabla for w, nabla in zip(net.weights, nabla_w, strict=True)]
    net.biases = [b - rate * nabla for b, nabla in zip(net.biases, nabla_b, strict=True)]
    convert(net)


def convert(net: Any) -> None:
    """Bring the parameters to the network's dtype; a float64 network may hold whatever a user put there."""
    for name in ("weights", "biases"):
        arrays = [np.asarray(p) for p in getattr(net, name)]
        if any(p.dtype in (np.float32, np.float64) and p.dtype != net.dtype for p in arrays):
            setattr(net, name, [p.astype(net.dtype) for p in arrays])


def gaussian(sizes: Sequence[int]) -> tuple[list[Array], list[Array]]:
    """Draw biases (n_out, 1), then weights (n_out, n_in), from N(0, 1) with `np.random.randn`."""
    biases = [np.random.randn(n, 1) for n in sizes[1:]]
    return biases, [np.random.randn(n_out, n_in) for n_in, n_out in zip(sizes[:-1], sizes[1:], strict=True)]


def _refuse_flat(a: Any, name: str) -> None:
    # W a + b of a flat a would be a square: b (n_out, 1) is spread over every output.
    if np.ndim(a) == 1:
        raise ValueError(f"{name} must be a column of shape (n_in, 1), found shape {np.shape(a)}: "
                         f"use {name}.reshape(-1, 1)")
