"""The equations of the NumPy twin: activations, costs and their derivatives, and dropout's draw.

z are the weighted inputs and a = f(z) the activations of a layer, y the targets: all (n, n_l). C is the
cost of one example.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

__all__ = ["ACTIVATION", "LEAK", "NEEDS_Z", "THROUGH", "cost_of", "dropout_mask", "error_of"]

Array = np.ndarray

LEAK = 0.01  # slope of leaky_relu for z < 0


# --- Activations: a = f(z), and f'(z) written from a ------------------------------------------------


def _sigmoid(z: Array) -> Array:
    # 1 / (1 + e^-z), and e^z / (1 + e^z) for z < 0: the exponential never overflows.
    e = np.exp(-np.abs(z))
    return np.where(z >= 0, 1, e) / (1 + e)


def _softmax(z: Array) -> Array:
    # e^(z_j) / sum_k e^(z_k); subtracting the largest z changes nothing but keeps e^z <= 1.
    e = np.exp(z - z.max(axis=1, keepdims=True))
    return e / e.sum(axis=1, keepdims=True)


def _phi(z: Array) -> Array:
    # P(X <= z) of the normal distribution, erfc(-z / sqrt 2) / 2
    return (np.vectorize(math.erfc, otypes=[float])(-z / np.sqrt(2.0)) / 2).astype(z.dtype)


def _gelu_slope(z: Array) -> Array:
    # (z Phi(z))' = Phi(z) + z phi(z); not a function of a, so that the heart keeps z
    return (_phi(z) + z * np.exp(-z * z / 2) / np.sqrt(2 * np.pi)).astype(z.dtype)


ACTIVATION: dict[str, Callable[[Array], Array]] = {
    "identity": lambda z: z,
    "sigmoid": _sigmoid,
    "tanh": np.tanh,
    "relu": lambda z: np.maximum(z, 0),
    "leaky_relu": lambda z: np.where(z > 0, z, LEAK * z),
    "elu": lambda z: np.where(z > 0, z, np.expm1(np.minimum(z, 0))),
    "gelu": lambda z: z * _phi(z),
    "softplus": lambda z: np.maximum(z, 0) + np.log1p(np.exp(-np.abs(z))),
    "exp": np.exp,
    "softmax": _softmax,
}

# delta = J^T g, from g = dC/da to dC/dz. J is diagonal, f'(z), for all but softmax; there
# da_k/dz_j = a_k (1[j = k] - a_j), hence delta_j = a_j (g_j - sum_k g_k a_k).
# At z = 0 relu and leaky_relu have the slope of the negative side.
THROUGH: dict[str, Callable[[Array, Array], Array]] = {
    "identity": lambda a, g: g,
    "sigmoid": lambda a, g: g * (a * (1 - a)),
    "tanh": lambda a, g: g * (1 - a * a),
    "relu": lambda a, g: g * (a > 0),
    "leaky_relu": lambda a, g: np.where(a > 0, g, LEAK * g),
    "elu": lambda a, g: np.where(a > 0, g, g * (a + 1)),
    "gelu": lambda z, g: g * _gelu_slope(z),  # from z, not from a
    "softplus": lambda a, g: g * -np.expm1(-a),
    "exp": lambda a, g: g * a,
    "softmax": lambda a, g: a * (g - (g * a).sum(axis=1, keepdims=True)),
}

#: Activations whose slope has to be taken from z: `THROUGH` takes it in the place of a.
NEEDS_Z = ("gelu",)


# --- Costs of one example, C (n,), and the output layer's error, delta = dC/dz (n, n_out) -----------


def _quadratic(z: Array, a: Array, y: Array) -> Array:
    # C = 1/2 sum_j (a_j - y_j)^2
    difference = a - y
    return (difference * difference).sum(axis=1) / 2


def _binary_cross_entropy(z: Array, a: Array, y: Array) -> Array:
    # C = -sum_j [y_j ln a_j + (1 - y_j) ln(1 - a_j)] with a = sigmoid(z).
    # As -ln(1 - a) = ln(1 + e^z) = max(z, 0) + ln(1 + e^-|z|) and ln a = z + ln(1 - a), this is
    # sum_j max(z_j, 0) - y_j z_j + ln(1 + e^-|z_j|), finite however far z is saturated.
    return (np.maximum(z, 0) - y * z + np.log1p(np.exp(-np.abs(z)))).sum(axis=1)


def _categorical_cross_entropy(z: Array, a: Array, y: Array) -> Array:
    # C = -sum_j y_j ln a_j with ln a_j = z_j - ln sum_k e^(z_k), again from z.
    shifted = z - z.max(axis=1, keepdims=True)
    log_a = shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))
    return -(y * log_a).sum(axis=1)


def _log_loss(z: Array, a: Array, y: Array, binary: bool) -> Array:
    # The same with a cut to [eps, 1 - eps], as scikit-learn's log_loss has it
    eps = np.finfo(a.dtype).eps
    a = np.clip(a, eps, 1 - eps)
    cost = -y * np.log(a)
    return (cost - (1 - y) * np.log(1 - a) if binary else cost).sum(axis=1)


def _poisson(z: Array, a: Array, y: Array) -> Array:
    # C = sum_j y_j ln(y_j / a_j) - y_j + a_j, half the Poisson deviance
    return (y * np.log(np.where(y > 0, y, 1) / np.where(y > 0, a, 1)) - y + a).sum(axis=1)


# The costs of e = a - y alone: C of one output and dC/da; p is the cost's parameter. At a kink dC/da = 0.
_DISTANCE: dict[str, tuple[Callable[[Array, float], Array], Callable[[Array, float], Array]]] = {
    "absolute_error": (lambda e, p: np.abs(e), lambda e, p: np.sign(e)),
    "huber": (
        lambda e, p: np.where(np.abs(e) > p, p * (np.abs(e) - p / 2), e * e / 2),
        lambda e, p: np.clip(e, -p, p),
    ),
    "quantile": (
        lambda e, p: np.where(e > 0, (1 - p) * e, -p * e),
        lambda e, p: np.where(e > 0, 1 - p, np.where(e < 0, -p, 0)).astype(e.dtype),
    ),
}


def cost_of(cost: str, output: str, parameter: float) -> Callable[[Array, Array, Array], Array]:
    """The function (z, a, y) -> C of one example, (n,)."""
    if cost in _DISTANCE:
        return lambda z, a, y: _DISTANCE[cost][0](a - y, parameter).sum(axis=1)
    if cost == "log_loss":
        return lambda z, a, y: _log_loss(z, a, y, output == "sigmoid")
    if cost == "poisson":
        return _poisson
    if cost == "quadratic":
        return _quadratic
    return _binary_cross_entropy if output == "sigmoid" else _categorical_cross_entropy


def error_of(cost: str, output: str, parameter: float) -> Callable[[Array, Array], Array]:
    """The function (a, y) -> delta = dC/dz of the output layer, (n, n_out)."""
    if cost in _DISTANCE:
        return lambda a, y: THROUGH[output](a, _DISTANCE[cost][1](a - y, parameter))
    if cost == "quadratic":
        return lambda a, y: THROUGH[output](a, a - y)
    if output != "softmax":  # log loss and cross-entropy with sigmoid, Poisson with exp
        return lambda a, y: a - y
    # softmax: the targets need not sum to one, so the general form of a - y
    return lambda a, y: a * y.sum(axis=1, keepdims=True) - y


# --- Dropout ----------------------------------------------------------------------------------------


def _mixed(x: Array) -> Array:
    # The bits of x, well stirred: the last step of splitmix64 (Steele, Lea and Flood 2014)
    x = (x ^ (x >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    x = (x ^ (x >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return x ^ (x >> np.uint64(31))


def dropout_mask(
    p: float, seed: int, updates: int, places: Array, layer: int, n: int, dtype: np.dtype
) -> Array:
    """Return what a hidden layer's activations are multiplied by, (samples, n): 0, or 1 / (1 - p).

    What is left out is a hash of the seed, the updates so far, the samples' places in the epoch, the layer
    and the neuron, so that no generator has a state.
    """
    draw = _mixed(np.array([seed], np.uint64) ^ _mixed(np.array([updates], np.uint64)))
    key = _mixed(draw ^ _mixed(places.astype(np.uint64) * np.uint64(64) + np.uint64(layer)))
    golden = np.arange(1, n + 1, dtype=np.uint64) * np.uint64(0x9E3779B97F4A7C15)
    kept = _mixed(key[:, None] + golden) >> np.uint64(11) >= np.uint64(p * 2.0**53)
    return np.where(kept, dtype.type(1 / (1 - p)), dtype.type(0))
