"""Columns of very different sizes: train on standardised ones, then put the scaling into the network.

With x' = (x - mean) / deviation the first layer's W x' + b is (W / deviation) x + (b - W (mean / deviation)):
a network for x itself. Likewise an identity output layer that learned y' = (y - mean) / deviation.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from fastnet import Network

__all__ = ["Scale", "fold_inputs", "fold_outputs", "scale_of"]


class Scale(NamedTuple):
    """mean, deviation: float64 (k,) of each column."""

    mean: np.ndarray
    deviation: np.ndarray

    def apply(self, array: np.ndarray) -> np.ndarray:
        """Return the standardised columns of array (n, k), of its dtype."""
        return ((array - self.mean) / self.deviation).astype(array.dtype)


def scale_of(array: np.ndarray) -> Scale:
    """Return mean and standard deviation of the columns of array (n, k); 1 where a column is constant."""
    deviation = array.std(axis=0, dtype=np.float64)
    return Scale(array.mean(axis=0, dtype=np.float64), np.where(deviation > 0, deviation, 1.0))


def fold_inputs(net: Network, scale: Scale) -> None:
    """Turn a network for standardised inputs into one for the inputs as they are."""
    weights = net.weights[0].astype(np.float64) / scale.deviation
    net.biases[0] = net.biases[0].astype(np.float64) - weights @ scale.mean
    net.weights[0] = weights


def fold_outputs(net: Network, scale: Scale) -> None:
    """Turn a network for standardised targets, with an identity output layer, into one for the targets."""
    weights, biases = net.weights[-1].astype(np.float64), net.biases[-1].astype(np.float64)
    net.weights[-1] = weights * scale.deviation[:, None]
    net.biases[-1] = biases * scale.deviation + scale.mean
