"""JAX: a whole epoch is one compiled `lax.scan`, with buffers donated; compiling is not timed."""

from __future__ import annotations

from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

__all__ = ["Answering", "Training", "versions"]

ACTIVATIONS = {
    "sigmoid": jax.nn.sigmoid,
    "relu": jax.nn.relu,
    "identity": lambda z: z,
    "softmax": jax.nn.softmax,
}
BETA1, BETA2, EPSILON = 0.9, 0.999, 1e-8


def versions() -> dict[str, str]:
    """Return what takes part."""
    return {"JAX": jax.__version__}


def _forward(job: Any, params: list, x: jax.Array, logits: bool = False) -> jax.Array:
    for W, b in params[:-1]:
        x = ACTIVATIONS[job.hidden](x @ W + b)
    W, b = params[-1]
    z = x @ W + b
    return z if logits else ACTIVATIONS[job.output](z)


def _params(start: list) -> list:
    return [(jnp.array(W.T), jnp.array(b)) for W, b in start]


class Training:
    """Mini-batch training of one job."""

    def __init__(
        self, job: Any, X: np.ndarray, Y: np.ndarray, start: list, labels: np.ndarray | None = None
    ) -> None:
        self.job = job
        self.X, self.Y = jnp.asarray(X), jnp.asarray(Y)
        params = _params(start)
        zeros = jax.tree.map(jnp.zeros_like, params)
        moments = (zeros, jax.tree.map(jnp.zeros_like, params)) if job.optimizer == "adam" else ()
        self.state = (params, moments, jnp.zeros((), jnp.float32))
        self.compiled: dict[int, Any] = {}
        self.updates = 0

    def _cost(self, params: list, x: jax.Array, y: jax.Array) -> jax.Array:
        if self.job.cost == "cross_entropy":
            return -(y * jax.nn.log_softmax(_forward(self.job, params, x, logits=True))).sum() / len(x)
        return jnp.square(_forward(self.job, params, x) - y).sum() / (2 * len(x))

    def _update(self, X: jax.Array, Y: jax.Array, state: tuple, which: jax.Array) -> tuple:
        params, moments, t = state
        gradient = jax.grad(self._cost)(params, X[which], Y[which])
        rate = self.job.learning_rate
        if self.job.optimizer == "sgd":
            return jax.tree.map(lambda p, g: p - rate * g, params, gradient), moments, t
        t = t + 1
        mean = jax.tree.map(lambda m, g: BETA1 * m + (1 - BETA1) * g, moments[0], gradient)
        square = jax.tree.map(lambda v, g: BETA2 * v + (1 - BETA2) * g * g, moments[1], gradient)
        rate, correction = rate / (1 - BETA1**t), 1 / (1 - BETA2**t)
        params = jax.tree.map(
            lambda p, m, v: p - rate * m / (jnp.sqrt(v * correction) + EPSILON), params, mean, square
        )
        return params, (mean, square), t

    def _epoch(self, state: tuple, X: jax.Array, Y: jax.Array, order: jax.Array) -> tuple:
        size = self.job.batch_size
        whole = len(order) // size * size
        update = partial(self._update, X, Y)
        state, _ = jax.lax.scan(
            lambda s, which: (update(s, which), None), state, order[:whole].reshape(-1, size)
        )
        return update(state, order[whole:]) if whole < len(order) else state  # the last, short mini-batch

    def epoch(self, order: np.ndarray) -> None:
        """Go once through the samples `order`."""
        step = self.compiled.setdefault(len(order), jax.jit(self._epoch, donate_argnums=0))
        self.state = jax.block_until_ready(step(self.state, self.X, self.Y, order.astype(np.int32)))
        self.updates += -(-len(order) // self.job.batch_size)

    def parameters(self) -> list:
        """Return the list of (W (n_out, n_in), b (n_out,))."""
        return [(np.array(W).T.copy(), np.array(b)) for W, b in self.state[0]]


class Answering:
    """The compiled forward pass, from a NumPy array to a NumPy array."""

    def __init__(self, job: Any, start: list) -> None:
        self.run = jax.jit(partial(_forward, job, _params(start)))
        self.one = self.many

    def many(self, X: np.ndarray) -> np.ndarray:
        """Return the outputs."""
        return np.asarray(self.run(X))
