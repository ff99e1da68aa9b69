"""The NumPy twin of the compiled heart: what fastnet computes, written as the equations stand in a book.

`Engine` and `Trainer` have the interface of their compiled namesakes and compute the same numbers in
the same dtype. Tests hold the heart against this file; whoever wants to know what a network in fastnet
*is* reads it here. Nothing is validated: callers do that.

Notation, for one layer: x (n, n_in) are the activations of the layer before, W (n_out, n_in) the
weights, b (n_out,) the biases, z = x W^T + b the weighted inputs, a = f(z) the activations, all (n, n_out).
For the output layer y is the target, C the cost of one example, and delta = dC/dz the error.
The four equations of backpropagation follow Rumelhart, Hinton and Williams (1986).

The last bits differ from the heart's for three reasons: BLAS sums in an order of its own (which also
changes with the number of samples, so that one sample at a time and many at once agree only up to
rounding); exp, tanh and log are NumPy's; and the heart flushes subnormal numbers to zero, NumPy keeps them.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np

from fastnet._equations import ACTIVATION, NEEDS_Z, THROUGH, cost_of, dropout_mask, error_of
from fastnet._layout import Layout
from fastnet.names import OPTIMIZERS

__all__ = ["Engine", "Trainer"]

Array = np.ndarray

CHUNK = 1024  # samples taken through the network at once, which bounds the memory of a pass


# --- Targets --------------------------------------------------------------------------------------


def _desired(targets: Any, which: Array, n_out: int, dtype: np.dtype) -> Array:
    """The desired outputs y (n, n_out); a label is a one among zeros. (One output always has values.)"""
    if targets.values is not None:
        return targets.values[which]
    labels = targets.labels[which]
    y = np.zeros((labels.size, n_out), dtype)
    y[np.arange(labels.size), labels] = 1
    return y


def _correct(targets: Any, which: Array, a: Array, y: Array) -> Array:
    """Whether each answer is right, (n,) bool; of equally bright outputs the first one counts."""
    if targets.score == "label":
        return a.argmax(axis=1) == targets.labels[which]
    if targets.score == "argmax":
        return a.argmax(axis=1) == y.argmax(axis=1)
    if targets.score == "threshold":  # one output
        return (a[:, 0] > 0.5) == (y[:, 0] > 0.5)
    return np.zeros(len(a), bool)


# --- The engine -----------------------------------------------------------------------------------


class _Layer(NamedTuple):
    """A layer's outputs, what its slope is taken from, and what dropout multiplied it by."""

    out: Array
    slope_from: Array
    mask: Array | None


class Engine:
    """A network's forward pass, cost and gradient.

    Parameters
    ----------
    sizes : tuple of int
        Neurons a layer, the inputs first.
    activations : tuple of str
        One a layer of weights; softmax in the last only.
    cost : str
        `"quadratic"`, or `"cross_entropy"` with sigmoid or softmax outputs.
    params : (size,) array
        All parameters as `fastnet._layout.Layout` describes. Shared, not copied.
    parameter : float
        Of the costs "huber" and "quantile".
    """

    def __init__(
        self,
        sizes: Sequence[int],
        activations: Sequence[str],
        cost: str,
        params: Array,
        parameter: float = 0.5,
    ) -> None:
        self.sizes = tuple(sizes)
        self.activation_names = tuple(activations)
        self.cost_name = cost
        self.params = params
        self.dtype = params.dtype
        self.layout = Layout(self.sizes, self.dtype)
        self._layers = range(len(self.activation_names))
        self._weights = [self.layout.weights(params, layer) for layer in self._layers]  # W (n_out, n_in)
        self._biases = [self.layout.biases(params, layer) for layer in self._layers]  # b (n_out,)
        self._cost = cost_of(cost, self.activation_names[-1], parameter)
        self._error = error_of(cost, self.activation_names[-1], parameter)

    def forward(self, features: Any, out: Array) -> None:
        """Fill `out` (n, n_out) with the output layer's activations."""
        for which, x in self._chunks(features):
            out[which] = self._feedforward(x)[1][-1].out

    def forward_one(self, x: Any) -> Array | None:
        """Return the outputs (n_out,) for one sample; None if `x` is not a plain contiguous (n_in,) array."""
        if type(x) is not np.ndarray or x.dtype != self.dtype or x.shape != (self.sizes[0],):
            return None
        if not (x.flags.c_contiguous and x.flags.aligned):
            return None
        return self._feedforward(x[None])[1][-1].out[0]

    def activations(self, features: Any, outs: Sequence[Array]) -> None:
        """Fill `outs`, one (n, n_l) array a layer, with every layer's activations."""
        for which, x in self._chunks(features):
            for out, layer in zip(outs, self._feedforward(x)[1], strict=True):
                out[which] = layer.out

    def evaluate(
        self, features: Any, targets: Any, sample_weight: Array | None, out: Array | None = None
    ) -> tuple[float, float, float]:
        """Return the sums over all samples of w*C, of w and of w*correct; fill `out` as `forward` does."""
        sums = np.zeros(3)
        for which, x in self._chunks(features):
            z, layers = self._feedforward(x)
            sums += self._judge(targets, sample_weight, which, z, layers[-1].out)[0]
            if out is not None:
                out[which] = layers[-1].out
        return float(sums[0]), float(sums[1]), float(sums[2])

    def gradient(
        self, features: Any, targets: Any, sample_weight: Array | None, grad: Array
    ) -> tuple[float, float]:
        """Overwrite `grad` with the gradient of sum(w*C)/sum(w), no penalty; return the two sums."""
        grad.fill(0)
        sums = np.zeros(3)
        for which, x in self._chunks(features):
            sums += self._add_gradient(x, targets, sample_weight, which, grad)
        if sums[1] != 0:
            grad /= self.dtype.type(sums[1])
        return float(sums[0]), float(sums[1])

    # How a mini-batch goes through

    def _chunks(self, features: Any) -> Iterator[tuple[Array, Array]]:
        for start in range(0, features.n, CHUNK):
            which = np.arange(start, min(start + CHUNK, features.n))
            yield which, features.rows(which)

    def _feedforward(self, x: Array, masks: Sequence[Array | None] = ()) -> tuple[Array, list[_Layer]]:
        """Return the last layer's z and what there is of every layer, from x (n, n_in)."""
        layers: list[_Layer] = []
        for layer in self._layers:
            z = x @ self._weights[layer].T + self._biases[layer]
            name = self.activation_names[layer]
            a = ACTIVATION[name](z)
            mask = masks[layer] if layer < len(masks) else None
            x = a if mask is None else a * mask
            layers.append(_Layer(x, z if name in NEEDS_Z else a, mask))
        return z, layers

    def _judge(
        self, targets: Any, sample_weight: Array | None, which: Array, z: Array, a: Array
    ) -> tuple[tuple[float, float, float], Array, Array | None]:
        """Return the sums of w*C, w and w*correct over a mini-batch, its targets and its weights."""
        y = _desired(targets, which, self.sizes[-1], self.dtype)
        cost = self._cost(z, a, y)
        correct = _correct(targets, which, a, y)
        if sample_weight is None:
            return (float(cost.sum(dtype=np.float64)), float(len(a)), float(correct.sum())), y, None
        w = sample_weight[which]
        sums = ((w * cost), w, (w * correct))
        cost_sum, weight_sum, correct_sum = (float(s.sum(dtype=np.float64)) for s in sums)
        return (cost_sum, weight_sum, correct_sum), y, w

    def _add_gradient(
        self,
        x: Array,
        targets: Any,
        sample_weight: Array | None,
        which: Array,
        grad: Array,
        masks: Sequence[Array | None] = (),
    ) -> tuple[float, float, float]:
        """Add the gradient of a mini-batch's sum of w*C to `grad`; return the sums of `_judge`."""
        z, layers = self._feedforward(x, masks)
        sums, y, w = self._judge(targets, sample_weight, which, z, layers[-1].out)
        # The output layer's error: delta = dC/dz, (n, n_out)
        delta = self._error(layers[-1].out, y)
        if w is not None:
            delta = w[:, None] * delta
        for layer in reversed(self._layers):
            before = layers[layer - 1].out if layer else x
            # dC/dW = sum over samples of delta a^T, dC/db = sum of delta
            self.layout.weights(grad, layer)[...] += delta.T @ before
            self.layout.biases(grad, layer)[...] += delta.sum(axis=0)
            if layer:
                # The layer before: delta = (W^T delta) * f'(z), row by row; dropout cuts the same way back
                delta = delta @ self._weights[layer]
                below = layers[layer - 1]
                if below.mask is not None:
                    delta = delta * below.mask
                delta = THROUGH[self.activation_names[layer - 1]](below.slope_from, delta)
        return sums


# --- The trainer ----------------------------------------------------------------------------------


class Trainer:
    """Mini-batch gradient descent on an engine's parameters.

    Parameters
    ----------
    engine : Engine
        Its parameters are changed in place.
    features, targets
        The training set, in the forms of `fastnet._inputs`.
    sample_weight : (n,) array of the dtype or None
    batch_size : int
        Samples a mini-batch; the last one of an epoch may be shorter.
    optimizer : str
        A name of `fastnet.names.OPTIMIZERS`.
    moments : list of (size,) arrays
        The optimiser's memory, as many as `OPTIMIZERS` says, changed in place.
    l2, momentum, beta1, beta2, epsilon : float
    plain_epsilon : bool
        Adam divides by sqrt(v) + epsilon, v not corrected, as scikit-learn does.
    l2_over_batch : bool
        The penalty's gradient is l2 w / (the mini-batch's weight).
    error_scale : float
        A factor on the error of the output layer, not on the cost.
    penalty : bool
        Whether `penalty_sum` is wanted: the mini-batches' penalty before their update, times their samples.
    dropout : sequence of float
        The probability for every hidden layer, or nothing.
    seed : int
        Of dropout.
    clip_norm : float
        The largest norm of a gradient, penalty included; 0 for any.
    threads : int
        Not used here: NumPy's BLAS decides for itself.
    """

    def __init__(
        self,
        engine: Engine,
        features: Any,
        targets: Any,
        sample_weight: Array | None,
        *,
        batch_size: int,
        optimizer: str,
        moments: Sequence[Array],
        l2: float = 0.0,
        momentum: float = 0.9,
        beta1: float = 0.9,
        beta2: float = 0.999,
        epsilon: float = 1e-8,
        plain_epsilon: bool = False,
        l2_over_batch: bool = False,
        error_scale: float = 1.0,
        penalty: bool = False,
        dropout: Sequence[float] = (),
        seed: int = 0,
        clip_norm: float = 0.0,
        threads: int = 1,
    ) -> None:
        assert len(moments) == OPTIMIZERS[optimizer]
        self._engine = engine
        self._features = features
        self._targets = targets
        self._sample_weight = sample_weight
        self._batch_size = int(batch_size)
        self._optimizer = optimizer
        self._moments = moments
        self._momentum, self._beta1, self._beta2 = float(momentum), float(beta1), float(beta2)
        self._epsilon, self._plain_epsilon = float(epsilon), plain_epsilon
        self._l2_over_batch, self._error_scale, self._penalty = l2_over_batch, error_scale, penalty
        self._dropout, self._seed, self._clip_norm = dropout, seed, clip_norm
        # l2 for every weight, 0 for every bias (and for the padding)
        self._l2 = engine.layout.aligned_zeros()
        for layer in range(len(engine.layout.blocks)):
            engine.layout.weights(self._l2, layer)[...] = l2
        self._grad = engine.layout.aligned_zeros()
        self.updates = 0
        self.start_epoch(np.zeros(0, np.intp), np.zeros(1))

    def start_epoch(self, order: Array, rates: Array) -> None:
        """Begin an epoch over the samples in `order`, with one learning rate an update or one for all."""
        self._order = order
        self._rates = [float(rate) for rate in rates]
        self._done = 0  # mini-batches of this epoch so far
        self.cost_sum = self.weight_sum = self.correct_sum = 0.0
        self.penalty_sum = self.mean_cost_sum = 0.0

    def run(self, seconds: float) -> bool:
        """Train for about `seconds`, at least one mini-batch; return whether the epoch is done."""
        deadline = time.perf_counter() + seconds
        while self._done * self._batch_size < len(self._order):
            self._step()
            if time.perf_counter() >= deadline:
                break
        return self._done * self._batch_size >= len(self._order)

    def _step(self) -> None:
        """One mini-batch: its gradient, then an update, unless its weights sum to zero."""
        first = self._done * self._batch_size
        which = self._order[first : first + self._batch_size]
        rate = self._rates[self._done if len(self._rates) > 1 else 0]
        self._done += 1

        grad = self._grad
        grad.fill(0)
        places = np.arange(first, first + len(which))
        cost, weight, correct = self._engine._add_gradient(
            self._features.rows(which),
            self._targets,
            self._sample_weight,
            which,
            grad,
            [self._mask(layer, p, places) for layer, p in enumerate(self._dropout)],
        )
        if weight == 0:
            return
        self.cost_sum += cost
        self.weight_sum += weight
        self.correct_sum += correct
        self.mean_cost_sum += len(which) * cost / weight
        grad *= self._engine.dtype.type(self._error_scale / weight)
        over = weight if self._l2_over_batch else 1.0
        if self._penalty:
            w = self._engine.params
            self.penalty_sum += len(which) * float((self._l2 * w * w).sum(dtype=np.float64)) / (2 * over)
        self.updates += 1
        self._update(grad, rate, (self._l2 / over).astype(grad.dtype))

    def _mask(self, layer: int, p: float, places: Array) -> Array | None:
        width = self._engine.sizes[layer + 1]
        dtype = self._engine.dtype
        return dropout_mask(p, self._seed, self.updates, places, layer, width, dtype) if p else None

    def _update(self, g: Array, rate: float, l2: Array) -> None:
        """Move the parameters w against the gradient g; eta is the learning rate, t counts updates from 1."""
        w = self._engine.params
        if self._optimizer != "adamw":
            g += l2 * w  # the penalty (l2/2) sum w^2
        norm = float(np.linalg.norm(g.astype(np.float64))) if self._clip_norm else 0.0
        if norm > self._clip_norm:
            g *= g.dtype.type(self._clip_norm / norm)
        if self._optimizer == "sgd":
            w -= rate * g  # w := w - eta g
        elif self._optimizer in ("momentum", "nesterov"):
            (v,) = self._moments
            v *= self._momentum  # v := mu v - eta g
            v -= rate * g
            if self._optimizer == "momentum":
                w += v  # w := w + v                (Polyak 1964)
            else:
                w += self._momentum * v - rate * g  # w := w + mu v - eta g  (Sutskever et al. 2013)
        else:
            w -= rate * self._adam_step(g, w, l2)

    def _adam_step(self, g: Array, w: Array, l2: Array) -> Array:
        # Kingma and Ba (2015), algorithm 1
        m, v = self._moments
        m *= self._beta1  # m := beta1 m + (1 - beta1) g
        m += (1 - self._beta1) * g
        v *= self._beta2  # v := beta2 v + (1 - beta2) g^2
        v += (1 - self._beta2) * (g * g)
        m_hat = m / (1 - self._beta1**self.updates)
        correction = 1 - self._beta2**self.updates
        epsilon = self._epsilon / np.sqrt(correction) if self._plain_epsilon else self._epsilon
        step = m_hat / (np.sqrt(v / correction) + epsilon)
        if self._optimizer == "adamw":
            step += l2 * w  # decay beside the gradient (Loshchilov and Hutter 2019)
        return step
