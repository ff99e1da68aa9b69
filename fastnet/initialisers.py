"""First weights and biases.

==========  ==================================  =========  =========================================
name        weights of a layer                  biases     source
==========  ==================================  =========  =========================================
gaussian    N(0, 1)                             N(0, 1)    Nielsen 2015, chapter 1
scaled      N(0, 1) / sqrt(n_in)                N(0, 1)    Nielsen 2015, chapter 3
glorot      U(-r, r), r = sqrt(6/(n_in+n_out))  0          Glorot and Bengio 2010, equation 16
he          N(0, 2 / n_in)                      0          He et al. 2015, equation 10
auto        by the layer's own activation: scaled for sigmoid and tanh, he for relu and its kin,
            glorot for identity and softmax
==========  ==================================  =========  =========================================

Everything is drawn in float64, layer by layer, weights before biases, and rounded to the network's dtype
afterwards: one seed gives the same network in float32 and in float64, up to that rounding.
"""

from __future__ import annotations

import numpy as np

__all__ = ["draw", "initialiser_for"]

_AUTO = {"sigmoid": "scaled", "tanh": "scaled"} | dict.fromkeys(
    ("relu", "leaky_relu", "elu", "gelu", "softplus"), "he"
)


def initialiser_for(name: str, activation: str) -> str:
    """Return the initialiser that `name` stands for in a layer with this activation: resolves "auto"."""
    return _AUTO.get(activation, "glorot") if name == "auto" else name


def draw(
    name: str, n_in: int, n_out: int, activation: str, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """Draw the first weights and biases of one layer.

    Parameters
    ----------
    name : {"auto", "gaussian", "scaled", "glorot", "he"}
        The initialiser.
    n_in, n_out : int
        Neurons before and in the layer.
    activation : str
        The layer's activation, which decides for "auto".
    rng : numpy.random.Generator
        Advanced by the draw.

    Returns
    -------
    weights : (n_out, n_in) float64 array
    biases : (n_out,) float64 array
    """
    kind = initialiser_for(name, activation)
    if kind == "glorot":
        radius = np.sqrt(6.0 / (n_in + n_out))
        return rng.uniform(-radius, radius, (n_out, n_in)), np.zeros(n_out)
    weights = rng.standard_normal((n_out, n_in))
    if kind == "he":
        weights *= np.sqrt(2.0 / n_in)
        return weights, np.zeros(n_out)
    if kind == "scaled":
        weights /= np.sqrt(n_in)
    return weights, rng.standard_normal(n_out)
