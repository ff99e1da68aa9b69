"""The NumPy contender: vectorised, float32, in place, nothing allocated inside the epoch.

What a careful NumPy programmer writes; in float64 it is also the referee of `bench.verify`.
"""

from __future__ import annotations

from typing import Any

import numpy as np

__all__ = ["Answering", "Training", "versions"]

BETA1, BETA2, EPSILON = 0.9, 0.999, 1e-8


def versions() -> dict[str, str]:
    """Return what takes part."""
    return {"NumPy": np.__version__}


def activate(name: str, z: np.ndarray) -> np.ndarray:
    """Turn z (m, n) into activations, in place."""
    if name == "sigmoid":
        np.negative(z, out=z)
        np.exp(z, out=z)
        z += 1
        np.reciprocal(z, out=z)
    elif name == "relu":
        np.maximum(z, 0, out=z)
    elif name == "softmax":
        z -= z.max(axis=1, keepdims=True)
        np.exp(z, out=z)
        z /= z.sum(axis=1, keepdims=True)
    return z


class Training:
    """Mini-batch training of one job.

    Parameters
    ----------
    job : Job
    X, Y : (n, n_in) and (n, n_out) arrays
    start : list of (W (n_out, n_in), b (n_out,))
    dtype : float32, or float64 for the referee
    """

    def __init__(self, job: Any, X: np.ndarray, Y: np.ndarray, start: list, dtype: Any = np.float32) -> None:
        self.job, self.X, self.Y = job, X.astype(dtype, copy=False), Y.astype(dtype, copy=False)
        # (n_in, n_out): x @ W and x.T @ delta are then plain products of contiguous arrays
        self.W = [np.array(W.T, dtype, order="C") for W, _ in start]  # copies: they are updated in place
        self.b = [np.array(b, dtype) for _, b in start]
        self.dW = [np.empty_like(W) for W in self.W]
        self.db = [np.empty_like(b) for b in self.b]
        m = job.batch_size
        widths = job.sizes
        self.a = [np.empty((m, width), dtype) for width in widths]
        self.delta = [np.empty((m, width), dtype) for width in widths[1:]]
        self.slope = [np.empty((m, width), dtype) for width in widths[1:]]
        self.y = np.empty((m, widths[-1]), dtype)
        self.updates = 0
        if job.optimizer == "adam":
            parameters = self.W + self.b
            self.m = [np.zeros_like(p) for p in parameters]
            self.v = [np.zeros_like(p) for p in parameters]
            self.scratch = [(np.empty_like(p), np.empty_like(p)) for p in parameters]

    def epoch(self, order: np.ndarray) -> None:
        """Go once through the samples `order`."""
        size = self.job.batch_size
        for start in range(0, len(order), size):
            self._update(order[start : start + size])

    def parameters(self) -> list:
        """Return the list of (W (n_out, n_in), b (n_out,))."""
        return [(W.T.copy(), b.copy()) for W, b in zip(self.W, self.b, strict=True)]

    def _update(self, which: np.ndarray) -> None:
        m, job, last = len(which), self.job, len(self.W) - 1
        a = [layer[:m] for layer in self.a]
        # "clip" lets take write straight into out; the indices are in range anyway
        np.take(self.X, which, axis=0, out=a[0], mode="clip")
        y = self.y[:m]
        np.take(self.Y, which, axis=0, out=y, mode="clip")
        for layer in range(last + 1):
            z = a[layer + 1]
            np.matmul(a[layer], self.W[layer], out=z)
            z += self.b[layer]
            activate(job.hidden if layer < last else job.output, z)
        delta = self.delta[last][:m]
        np.subtract(a[-1], y, out=delta)  # with cross-entropy this is dC/dz already
        if job.cost == "quadratic":
            self._times_slope(job.output, last, a[-1], delta)
        for layer in range(last, -1, -1):
            np.matmul(a[layer].T, delta, out=self.dW[layer])
            np.sum(delta, axis=0, out=self.db[layer])
            if layer:
                below = self.delta[layer - 1][:m]
                np.matmul(delta, self.W[layer].T, out=below)
                self._times_slope(job.hidden, layer - 1, a[layer], below)
                delta = below
        self.updates += 1
        self._adam(m) if job.optimizer == "adam" else self._descend(m)

    def _times_slope(self, name: str, layer: int, a: np.ndarray, delta: np.ndarray) -> None:
        if name == "sigmoid":
            slope = self.slope[layer][: len(a)]
            np.subtract(1, a, out=slope)
            slope *= a
            delta *= slope
        elif name == "relu":
            delta *= a > 0

    def _descend(self, m: int) -> None:
        rate = self.job.learning_rate / m
        for p, g in zip(self.W + self.b, self.dW + self.db, strict=True):
            g *= rate
            p -= g

    def _adam(self, m: int) -> None:
        # Kingma and Ba (2015), algorithm 1; the two corrections go into one factor each.
        t = self.updates
        rate = self.job.learning_rate / (1 - BETA1**t)
        correction = 1 / (1 - BETA2**t) ** 0.5
        rows = zip(self.W + self.b, self.dW + self.db, self.m, self.v, self.scratch, strict=True)
        for p, g, mean, square, (s, u) in rows:
            g *= 1 / m
            mean *= BETA1
            np.multiply(g, 1 - BETA1, out=s)
            mean += s
            square *= BETA2
            np.multiply(g, g, out=s)
            s *= 1 - BETA2
            square += s
            np.sqrt(square, out=s)
            s *= correction
            s += EPSILON
            np.divide(mean, s, out=u)
            u *= rate
            p -= u


class Answering:
    """The forward pass; `one` is for a sample (n_in,), `many` for (n, n_in)."""

    def __init__(self, job: Any, start: list, dtype: Any = np.float32) -> None:
        self.job = job
        self.W = [np.ascontiguousarray(W.T, dtype) for W, _ in start]
        self.b = [b.astype(dtype) for _, b in start]

    def many(self, X: np.ndarray) -> np.ndarray:
        """Return the outputs (n, n_out)."""
        last = len(self.W) - 1
        for layer, (W, b) in enumerate(zip(self.W, self.b, strict=True)):
            z = X @ W
            z += b
            X = activate(self.job.hidden if layer < last else self.job.output, z)
        return X

    one = many  # vector times matrix; softmax, which needs an axis, is not among the forward rows
