"""The first program of Nielsen's book: stochastic gradient descent and backpropagation.

For Python 3, with the book's names, arguments, draws and order of examples, trained in the compiled
heart. Reference: M. Nielsen, "Neural Networks and Deep Learning" (2015), chapters 1 and 2.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import Any

import numpy as np

from fastnet._checks import real, whole

from . import _fast, _general
from ._descent import Descent
from ._examples import Examples, as_label, read, read_optional
from ._general import sigmoid
from ._network_arguments import precision, sizes_given

__all__ = ["Network", "sigmoid", "sigmoid_prime"]


def sigmoid_prime(z: Any) -> Any:
    """Return the derivative of the sigmoid, sigmoid(z) (1 - sigmoid(z))."""
    s = sigmoid(z)
    return s * (1 - s)


class Network:
    """A feed-forward network of sigmoid neurons with the quadratic cost.

    Parameters
    ----------
    sizes : list of int
        Neurons a layer, the inputs first: [784, 30, 10] has 784 inputs, 30 hidden neurons, 10 outputs.
    dtype : {"float64", "float32"}
        Precision of weights, biases and training. The book's is float64; float32 is faster.

    Attributes
    ----------
    num_layers : int
    sizes : list of int
    biases : list of (n, 1) arrays
        One a layer from the second on, drawn from N(0, 1) with `np.random.randn`, all before the weights.
    weights : list of (n_out, n_in) arrays
        `weights[l]` leads from layer l to layer l + 1; drawn likewise.

    Raises
    ------
    TypeError, ValueError
        If `sizes` are not at least two positive whole numbers, or `dtype` is neither of the two.

    Notes
    -----
    Training takes the general path in NumPy, right but slow, if a subclass or an instance replaces
    `backprop`, `cost_derivative` or `update_mini_batch`, if `sigmoid` or `sigmoid_prime` of this module
    is replaced, or if the data or parameters have unusual shapes. Replaced `weights` and `biases`, or
    ones edited in place, take effect at once outside `SGD` and from the next epoch on inside it.
    """

    dtype = np.dtype(np.float64)

    def __init__(self, sizes: Sequence[int], *, dtype: str | np.dtype = "float64") -> None:
        self.sizes = sizes_given(sizes)
        self.dtype = precision(dtype)
        self.num_layers = len(self.sizes)
        self.biases, self.weights = _general.gaussian(self.sizes)
        _general.convert(self)

    def feedforward(self, a: Any) -> Any:
        """Return the output (n_out, 1) for the input `a` (n_in, 1); k columns give k outputs."""
        return _general.feedforward(self, a, sigmoid)

    def SGD(
        self,
        training_data: Any,
        epochs: int,
        mini_batch_size: int,
        eta: float,
        test_data: Any = None,
        *,
        dtype: str | np.dtype | None = None,
    ) -> None:
        """Train by stochastic gradient descent, and print how it goes after each epoch.

        Parameters
        ----------
        training_data : list of tuple, pair of arrays, or iterable of tuple
            Tuples (x, y), x (n_in, 1) and y (n_out, 1); or X (n, n_in) with y (n,) digits or (n, n_out).
            A list is shuffled in place before each epoch by Python's global generator, as
            `random.shuffle` does it; arrays stay as they are and are visited in the same order. An
            iterator such as `zip` is read once.
        epochs : int
            At least 0.
        mini_batch_size : int
            At least 1. The last mini-batch may be shorter; it is averaged over its own length.
        eta : float
            The learning rate.
        test_data : as `training_data`, optional
            With y a digit. After each epoch the number of right answers is printed.
        dtype : {"float64", "float32"}, optional
            Convert the network to this precision first; it stays so.

        Raises
        ------
        TypeError, ValueError
            If an argument is not as described; nothing has changed then.
        """
        epochs = whole(epochs, "epochs", 0)
        size = whole(mini_batch_size, "mini_batch_size", 1)
        eta = real(eta, "eta")
        if dtype is not None:
            dtype = precision(dtype)
        training = read(training_data, "training_data")
        test = read_optional(test_data, "test_data")
        _fast.check_judged(_original, self, test)
        descent = Descent(self, training, size, eta, cost=self._cost_name, dtype=dtype)
        for j in range(epochs):
            descent.epoch(lambda mini_batch: self.update_mini_batch(mini_batch, eta))
            if test is None:
                print(f"Epoch {j} complete")
            elif _original.methods(self, "evaluate"):
                print(f"Epoch {j}: {self._count_right(test, descent)} / {test.n}")
            else:
                print(f"Epoch {j}: {self.evaluate(test.items)} / {test.n}")

    def update_mini_batch(self, mini_batch: Sequence[Any], eta: float) -> None:
        """Take one step of gradient descent, by the mean gradient over the tuples (x, y) of `mini_batch`."""
        nabla_b, nabla_w = _general.summed_gradient(self, mini_batch)
        _general.step(self, nabla_b, nabla_w, eta / len(mini_batch))

    def backprop(self, x: Any, y: Any) -> tuple[list[np.ndarray], list[np.ndarray]]:
        """Return the gradient of the cost of one example, (nabla_b, nabla_w), shaped as biases and weights.

        Parameters
        ----------
        x : (n_in, 1) array
        y : (n_out, 1) array
        """
        return _general.backprop(
            self, x, y, sigmoid, sigmoid_prime,
            lambda z, a, y: self.cost_derivative(a, y) * sigmoid_prime(z),
        )

    def evaluate(self, test_data: Any) -> int:
        """Return for how many of the examples (x, digit) the output with the largest activation is right."""
        return self._count_right(read(test_data, "test_data"), None)

    def cost_derivative(self, output_activations: Any, y: Any) -> Any:
        """Return dC/da of the quadratic cost C = |a - y|^2 / 2: a - y."""
        return output_activations - y

    def _cost_name(self) -> str | None:
        """The heart's name of the cost, None if the heart cannot train this network."""
        return "quadratic" if _fast.can_compile(_original, self, "quadratic") else None

    def _count_right(self, test: Examples, descent: Descent | None) -> int:
        if _original.methods(self, "feedforward"):
            right = _fast.count_right(_fast.session_for(self, "quadratic", descent), self, test)
            if right is not None:
                return right
        answers = [(np.argmax(self.feedforward(x)), as_label(y)) for x, y in test.items]
        return sum(int(answer == y) for answer, y in answers)


_original = _fast.Original(vars(sys.modules[__name__]), Network, {})
