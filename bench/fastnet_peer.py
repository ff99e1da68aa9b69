"""fastnet itself."""

from __future__ import annotations

from typing import Any

import numpy as np

import fastnet

__all__ = ["Answering", "Training", "network", "versions"]


def versions() -> dict[str, str]:
    """Return what takes part."""
    return {"fastnet": fastnet.__version__, "NumPy": np.__version__}


def network(job: Any, start: list, dtype: str = "float32", **more: Any) -> fastnet.Network:
    """Return the network of `job` with the weights `start`."""
    net = fastnet.Network(
        job.sizes, activation=job.hidden, output=job.output, cost=job.cost, dtype=dtype, rng=3, **more
    )
    net.weights = [W for W, _ in start]
    net.biases = [b for _, b in start]
    return net


def settings(job: Any) -> dict[str, Any]:
    """Return the arguments of `fit` for `job`."""
    return {
        "batch_size": job.batch_size,
        "learning_rate": job.learning_rate,
        "optimizer": job.optimizer,
        "progress": False,
    }


class Training:
    """`fit` as users call it: with labels where there are classes, from the raw array, every time anew."""

    whole_fit = True  # times are those of `fit`, preparation and shuffling included

    def __init__(
        self,
        job: Any,
        X: np.ndarray,
        Y: np.ndarray,
        start: list,
        labels: np.ndarray | None = None,
        dtype: str = "float32",
    ) -> None:
        self.job, self.X, self.start, self.dtype = job, X.astype(dtype, copy=False), start, dtype
        self.y = Y if labels is None else labels
        self.net = network(job, start, dtype)
        self.updates = 0

    def fit(self, epochs: int) -> None:
        """Train a fresh network."""
        self.net = network(self.job, self.start, self.dtype)
        self.net.fit(self.X, self.y, epochs=epochs, **settings(self.job))
        self.updates += epochs * -(-len(self.X) // self.job.batch_size)

    def epoch(self, order: np.ndarray) -> None:
        """Go once through the samples in order (for the check of the work only)."""
        self.net.fit(self.X[order], self.y[order], epochs=1, shuffle=False, **settings(self.job))
        self.updates += -(-len(order) // self.job.batch_size)

    def parameters(self) -> list:
        """Return the list of (W (n_out, n_in), b (n_out,))."""
        return [(W.copy(), b.copy()) for W, b in zip(self.net.weights, self.net.biases, strict=True)]


class Answering:
    """The forward pass."""

    def __init__(self, job: Any, start: list) -> None:
        self.net = network(job, start)
        self.one = self.many = self.net.forward
