"""The second program of Nielsen's book: cross-entropy, weight decay, better first weights, monitoring.

For Python 3, with the book's names, arguments, draws and order of examples, trained in the compiled
heart. Reference: M. Nielsen, "Neural Networks and Deep Learning" (2015), chapter 3.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import Any

import numpy as np

from fastnet._checks import real, whole

from . import _fast, _files, _general
from ._costs import cross_entropy, quadratic
from ._descent import Descent
from ._examples import Examples, as_label, as_vector, read, read_optional
from ._general import sigmoid
from ._network_arguments import precision, sizes_given
from .mnist_loader import vectorized_result

__all__ = ["CrossEntropyCost", "Network", "QuadraticCost", "load", "sigmoid", "sigmoid_prime",
           "vectorized_result"]


def sigmoid_prime(z: Any) -> Any:
    """Return the derivative of the sigmoid, sigmoid(z) (1 - sigmoid(z))."""
    s = sigmoid(z)
    return s * (1 - s)


class QuadraticCost:
    """C = |a - y|^2 / 2."""

    @staticmethod
    def fn(a: Any, y: Any) -> Any:
        """Return the cost of the output `a` (n_out, 1) where `y` is desired."""
        return quadratic(a, y)

    @staticmethod
    def delta(z: Any, a: Any, y: Any) -> Any:
        """Return the output layer's error dC/dz = (a - y) sigmoid'(z), (n_out, 1)."""
        return (a - y) * sigmoid_prime(z)


class CrossEntropyCost:
    """C = -sum_j [y_j ln a_j + (1 - y_j) ln(1 - a_j)]."""

    @staticmethod
    def fn(a: Any, y: Any) -> Any:
        """Return the cost of the output `a` (n_out, 1) where `y` is desired; finite for a of 0 or 1 too."""
        return cross_entropy(a, y)

    @staticmethod
    def delta(z: Any, a: Any, y: Any) -> Any:
        """Return the output layer's error dC/dz = a - y, (n_out, 1); `z` is not needed."""
        return a - y


class Network:
    """A feed-forward network of sigmoid neurons with a choice of costs.

    Parameters
    ----------
    sizes : list of int
        Neurons a layer, the inputs first.
    cost : class or instance
        `CrossEntropyCost`, `QuadraticCost`, or anything with `fn(a, y)` and `delta(z, a, y)`.
    dtype : {"float64", "float32"}
        Precision of weights, biases and training. The book's is float64; float32 is faster.

    Attributes
    ----------
    num_layers, sizes, cost
        As given.
    biases : list of (n, 1) arrays
        One a layer from the second on.
    weights : list of (n_out, n_in) arrays
        `weights[l]` leads from layer l to layer l + 1.

    Raises
    ------
    TypeError, ValueError
        If an argument is not as described.

    Notes
    -----
    Training takes the general path in NumPy, right but slow, if the cost is not one of the two of this
    module, if a subclass or an instance replaces `backprop` or `update_mini_batch`, if `sigmoid` or
    `sigmoid_prime` of this module is replaced, or if the data or parameters have unusual shapes.
    Replaced `weights` and `biases`, or ones edited in place, take effect at once outside `SGD` and from
    the next epoch on inside it.
    """

    dtype = np.dtype(np.float64)

    def __init__(self, sizes: Sequence[int], cost: Any = CrossEntropyCost, *,
                 dtype: str | np.dtype = "float64") -> None:
        self.sizes = sizes_given(sizes)
        self.dtype = precision(dtype)
        if not (callable(getattr(cost, "fn", None)) and callable(getattr(cost, "delta", None))):
            raise TypeError("cost must have fn(a, y) and delta(z, a, y), as CrossEntropyCost has, "
                            f"not {cost!r}")
        self.num_layers = len(self.sizes)
        self.default_weight_initializer()
        self.cost = cost

    def default_weight_initializer(self) -> None:
        """Draw biases from N(0, 1), then weights from N(0, 1/n_in), with `np.random.randn`."""
        self.biases, weights = _general.gaussian(self.sizes)
        self.weights = [w / np.sqrt(n_in) for w, n_in in zip(weights, self.sizes[:-1], strict=True)]
        _general.convert(self)

    def large_weight_initializer(self) -> None:
        """Draw biases, then weights, from N(0, 1) with `np.random.randn`, as in the first program."""
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
        lmbda: float = 0.0,
        evaluation_data: Any = None,
        monitor_evaluation_cost: bool = False,
        monitor_evaluation_accuracy: bool = False,
        monitor_training_cost: bool = False,
        monitor_training_accuracy: bool = False,
        early_stopping_n: int = 0,
        *,
        dtype: str | np.dtype | None = None,
    ) -> tuple[list[float], list[int], list[float], list[int]]:
        """Train by stochastic gradient descent, and print what is monitored after each epoch.

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
        lmbda : float
            The regularisation parameter: with n training examples the cost gains lmbda / (2 n) times the
            sum of all squared weights, so that each step multiplies them by 1 - eta lmbda / n.
        evaluation_data : as `training_data`, optional
            With y a digit.
        monitor_evaluation_cost, monitor_evaluation_accuracy : bool
            Whether to compute these on `evaluation_data` after each epoch.
        monitor_training_cost, monitor_training_accuracy : bool
            The same on `training_data`.
        early_stopping_n : int
            Stop after so many epochs in a row without a better accuracy on `evaluation_data` than the
            best so far; 0: never.
        dtype : {"float64", "float32"}, optional
            Convert the network to this precision first; it stays so.

        Returns
        -------
        evaluation_cost, evaluation_accuracy, training_cost, training_accuracy : lists
            One number an epoch of what is monitored, empty otherwise. Costs contain the regularisation
            term, accuracies are counts.

        Raises
        ------
        TypeError, ValueError
            If an argument is not as described; nothing has changed then.
        """
        epochs = whole(epochs, "epochs", 0)
        size = whole(mini_batch_size, "mini_batch_size", 1)
        patience = whole(early_stopping_n, "early_stopping_n", 0)
        eta, lmbda = real(eta, "eta"), real(lmbda, "lmbda")
        if dtype is not None:
            dtype = precision(dtype)
        evaluated = {"monitor_evaluation_cost": monitor_evaluation_cost, "early_stopping_n": patience,
                     "monitor_evaluation_accuracy": monitor_evaluation_accuracy}
        evaluation = read_optional(evaluation_data, "evaluation_data")
        for name, wanted in evaluated.items():
            if wanted and evaluation is None:
                raise ValueError(f"evaluation_data must be given with {name}")
        training = read(training_data, "training_data")
        n = training.n
        _fast.check_judged(_original, self, evaluation)
        descent = Descent(self, training, size, eta, cost=self._cost_name, lmbda=lmbda, dtype=dtype)

        evaluation_cost: list[float] = []
        evaluation_accuracy: list[int] = []
        training_cost: list[float] = []
        training_accuracy: list[int] = []
        best, since_best = -1, 0
        for j in range(epochs):
            descent.epoch(lambda mini_batch: self.update_mini_batch(mini_batch, eta, lmbda, n))
            print(f"Epoch {j} training complete")
            if monitor_training_cost:
                training_cost.append(self._monitored_cost(training, lmbda, False, descent))
                print(f"Cost on training data: {training_cost[-1]}")
            if monitor_training_accuracy:
                training_accuracy.append(self._monitored_accuracy(training, True, descent))
                print(f"Accuracy on training data: {training_accuracy[-1]} / {n}")
            if monitor_evaluation_cost:
                assert evaluation is not None
                evaluation_cost.append(self._monitored_cost(evaluation, lmbda, True, descent))
                print(f"Cost on evaluation data: {evaluation_cost[-1]}")
            if monitor_evaluation_accuracy or patience:
                assert evaluation is not None
                accuracy = self._monitored_accuracy(evaluation, False, descent)
                since_best = 0 if accuracy > best else since_best + 1
                best = max(best, accuracy)
                if monitor_evaluation_accuracy:
                    evaluation_accuracy.append(accuracy)
                    print(f"Accuracy on evaluation data: {accuracy} / {evaluation.n}")
            print()
            if patience and since_best >= patience:
                break
        return evaluation_cost, evaluation_accuracy, training_cost, training_accuracy

    def update_mini_batch(self, mini_batch: Sequence[Any], eta: float, lmbda: float, n: int) -> None:
        """Take one step of gradient descent over the tuples (x, y) of `mini_batch`, weights decaying.

        Parameters
        ----------
        mini_batch : list of tuple
        eta : float
        lmbda : float
            Each weight is multiplied by 1 - eta lmbda / n first; biases are not.
        n : int
            Number of all training examples.
        """
        nabla_b, nabla_w = _general.summed_gradient(self, mini_batch)
        _general.step(self, nabla_b, nabla_w, eta / len(mini_batch), 1 - eta * (lmbda / n))

    def backprop(self, x: Any, y: Any) -> tuple[list[np.ndarray], list[np.ndarray]]:
        """Return the gradient of the cost of one example, (nabla_b, nabla_w), shaped as biases and weights.

        Parameters
        ----------
        x : (n_in, 1) array
        y : (n_out, 1) array
        """
        return _general.backprop(self, x, y, sigmoid, sigmoid_prime, self.cost.delta)

    def accuracy(self, data: Any, convert: bool = False) -> int:
        """Return for how many of the examples (x, y) the output with the largest activation is right.

        Parameters
        ----------
        data : list of tuple or pair of arrays
        convert : bool
            Whether y is a vector, as in the training data, rather than a digit. Vectors and digits are
            told apart without it; it is kept for the book's scripts.
        """
        return self._accuracy(read(data, "data"), None)

    def total_cost(self, data: Any, lmbda: float, convert: bool = False) -> float:
        """Return the mean cost of the examples (x, y) plus the regularisation term.

        Parameters
        ----------
        data : list of tuple or pair of arrays
        lmbda : float
            The term is lmbda / (2 n) times the sum of all squared weights, n examples being in `data`.
        convert : bool
            Whether y is a digit, to be turned into a vector, rather than a vector.
        """
        return self._total_cost(read(data, "data"), lmbda, convert, None)

    def save(self, filename: Any) -> None:
        """Write sizes, weights, biases and the cost's name to a JSON file, as the book's program does."""
        cost = self.cost if isinstance(self.cost, type) else type(self.cost)
        _files.write(filename, self.sizes, self.weights, self.biases, cost.__name__, self.dtype)

    # Shared with SGD, which has the data at hand already

    def _cost_name(self) -> str | None:
        """The heart's name of the cost, None if the heart cannot train this network."""
        return _original.cost_name(self.cost) if _fast.can_compile(_original, self, self.cost) else None

    def _session(self, descent: Descent | None) -> _fast.Session | None:
        if not _original.methods(self, "feedforward"):
            return None
        cost = _original.cost_name(self.cost) or "quadratic"
        return _fast.session_for(self, cost, descent)

    def _monitored_cost(self, data: Examples, lmbda: float, convert: bool, descent: Descent) -> float:
        if _original.methods(self, "total_cost"):
            return self._total_cost(data, lmbda, convert, descent)
        return self.total_cost(data.items, lmbda, **({"convert": True} if convert else {}))

    def _monitored_accuracy(self, data: Examples, convert: bool, descent: Descent) -> int:
        if _original.methods(self, "accuracy"):
            return self._accuracy(data, descent)
        return self.accuracy(data.items, **({"convert": True} if convert else {}))

    def _accuracy(self, data: Examples, descent: Descent | None) -> int:
        right = _fast.count_right(self._session(descent), self, data)
        if right is not None:
            return right
        answers = [(np.argmax(self.feedforward(x)), as_label(y)) for x, y in data.items]
        return sum(int(answer == y) for answer, y in answers)

    def _total_cost(self, data: Examples, lmbda: float, convert: bool, descent: Descent | None) -> float:
        total = None
        if _original.cost_name(self.cost) is not None:
            total = _fast.sum_of_costs(self._session(descent), self, data, convert)
        if total is None:
            n_out = len(self.biases[-1])
            wanted = [(x, as_vector(y, n_out) if convert else y) for x, y in data.items]
            total = sum(self.cost.fn(self.feedforward(x), y) for x, y in wanted)
        squares = sum(np.square(w).sum() for w in self.weights)  # without BLAS and its threads
        return float(total / data.n + 0.5 * (lmbda / data.n) * squares)


def load(filename: Any) -> Network:
    """Read a network that `Network.save`, here or in the book's program, wrote.

    Parameters
    ----------
    filename : path
        A JSON file; its cost must be CrossEntropyCost or QuadraticCost.

    Raises
    ------
    ValueError
        If the file is no such network, or names another cost.
    """
    known = {cls.__name__: cls for cls in (QuadraticCost, CrossEntropyCost)}
    saved = _files.read(filename, known)
    net = Network(saved.sizes, cost=known[saved.cost], dtype=saved.dtype)
    net.weights, net.biases = saved.weights, saved.biases
    return net


_original = _fast.Original(
    vars(sys.modules[__name__]), Network, {QuadraticCost: "quadratic", CrossEntropyCost: "cross_entropy"}
)
