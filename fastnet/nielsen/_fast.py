"""The way from the book's classes down to the compiled heart.

The heart knows the book's algorithm, not what a user has put in its place. So before each epoch and
each evaluation `Original` compares the network with the classes as this package defines them; where
anything the heart would bypass has been replaced, the caller takes the general path of `_general`.

The parameters go to the heart's flat array before each epoch and come back as new lists of new arrays
after it: whoever replaces or edits `net.weights` between epochs is heard, and arrays that were taken
from the network earlier keep their numbers, as in the book.
"""

from __future__ import annotations

from typing import Any, Protocol

import numpy as np

from fastnet._heart import core
from fastnet._inputs.features import as_features
from fastnet._inputs.targets import Targets
from fastnet._layout import Layout

from ._examples import Examples

__all__ = [
    "Original", "Session", "can_compile", "check_judged", "count_right", "session_for", "sizes_of",
    "sum_of_costs",
]

# Longest stay in the heart at a time, so that Ctrl-C is heard.
SECONDS = 0.05


class Original:
    """A module and its classes as they were defined, to notice what a user has replaced.

    Parameters
    ----------
    module : dict
        The module's globals.
    network : type
        Its class Network.
    costs : dict
        The heart's name of each cost class.
    """

    _functions = ("sigmoid", "sigmoid_prime")

    def __init__(self, module: dict[str, Any], network: type, costs: dict[type, str]) -> None:
        self._module = module
        self._known = {name: module[name] for name in self._functions}
        self._methods = dict(vars(network))
        self._costs = {cls: (name, dict(vars(cls))) for cls, name in costs.items()}

    def methods(self, net: Any, *names: str) -> bool:
        """Whether `net` computes with this module's own methods of these names and own sigmoid."""
        return (
            all(self._module[name] is function for name, function in self._known.items())
            and type(net).__getattribute__ is object.__getattribute__
            and all(_static(type(net), name) is self._methods[name] for name in names)
            and not any(name in vars(net) for name in names)
            # attributes that are computed must be asked for at each mini-batch
            and _static(type(net), "weights") is None and _static(type(net), "biases") is None
        )

    def cost_name(self, cost: Any) -> str | None:
        """Return the heart's name of a cost class or an instance of one; None if it is not one of ours."""
        cls = cost if isinstance(cost, type) else type(cost)
        if cls not in self._costs:
            return None
        name, members = self._costs[cls]
        replaced = any(vars(cls).get(key) is not members[key] for key in ("fn", "delta"))
        own = cost is not cls and not vars(cost).keys().isdisjoint(("fn", "delta"))
        return None if replaced or own else name


def _static(cls: type, name: str) -> Any:
    """Look a name up along the classes, without calling descriptors."""
    return next((vars(c)[name] for c in cls.__mro__ if name in vars(c)), None)


def sizes_of(net: Any) -> tuple[int, ...] | None:
    """Return the sizes that the weights themselves have; None if they are no plain float layers.

    The caller may have replaced them by anything; what the heart cannot hold without loss, or what only
    NumPy's rules of broadcasting make sense of, is left to the general path.
    """
    weights, biases = net.weights, net.biases
    if not weights or len(weights) != len(biases) or net.num_layers != len(weights) + 1:
        return None
    if not all(_plain(parameters) for parameters in (*weights, *biases)):
        return None
    sizes = (weights[0].shape[1], *(len(w) for w in weights))
    if any(w.shape != (n_out, n_in) or b.shape != (n_out, 1)
           for w, b, n_in, n_out in zip(weights, biases, sizes[:-1], sizes[1:], strict=True)):
        return None
    return sizes


def _plain(parameters: Any) -> bool:
    """Whether this is a matrix of numbers that float64 holds."""
    if type(parameters) is not np.ndarray or parameters.ndim != 2 or parameters.size == 0:
        return False
    return parameters.dtype.kind in "iu" or parameters.dtype in (np.float16, np.float32, np.float64)


def can_compile(original: Original, net: Any, cost: Any) -> bool:
    """Whether the heart trains this network exactly as its own methods would.

    Parameters
    ----------
    original : Original
        The module that `net`'s class comes from.
    net : Network
    cost : str, or cost class or instance
        The heart's name if the class has only one cost.
    """
    methods = ["backprop", "update_mini_batch"]
    if isinstance(cost, str):
        methods.append("cost_derivative")
        known = True
    else:
        known = original.cost_name(cost) is not None
    return known and original.methods(net, *methods) and sizes_of(net) is not None


class Holder(Protocol):
    """Whatever keeps a session from one use to the next."""

    session: Session | None


def session_for(net: Any, cost: str, holder: Holder | None = None) -> Session | None:
    """Return the holder's session if it still fits the network, else a new one, which the holder gets.

    None if the heart cannot hold the network.
    """
    sizes = sizes_of(net)
    if sizes is None:
        return None
    session = None if holder is None else holder.session
    if session is None or (session.sizes, session.cost, session.dtype) != (sizes, cost, net.dtype):
        session = Session(sizes, cost, net.dtype)
        if holder is not None:
            holder.session = session
    return session


class Session:
    """A network in the heart: the engine for one set of sizes, and data handed over to it.

    Parameters
    ----------
    sizes : tuple of int
        As `sizes_of` gives them.
    cost : str
        The heart's name of the cost.
    dtype : dtype
        float32 or float64: the precision of all arithmetic.
    """

    def __init__(self, sizes: tuple[int, ...], cost: str, dtype: np.dtype) -> None:
        self.sizes = sizes
        self.cost = cost
        self.dtype = np.dtype(dtype)
        self._layout = Layout(sizes, self.dtype)
        self._params = self._layout.aligned_zeros()
        self._core = core(self.dtype.name)
        self._engine = self._core.Engine(sizes, ("sigmoid",) * (len(sizes) - 1), cost, self._params)
        # By the examples' id, with the examples themselves, so that the id stays taken.
        self._features: dict[int, tuple[Examples, Any]] = {}
        self._targets: dict[tuple[int, bool], tuple[Examples, Targets | None]] = {}
        self._trainer: Any = None
        self._rows = np.zeros(0, np.intp)

    def take(self, net: Any) -> None:
        """Copy the network's parameters into the heart."""
        for layer, (w, b) in enumerate(zip(net.weights, net.biases, strict=True)):
            self._layout.weights(self._params, layer)[...] = w
            self._layout.biases(self._params, layer)[...] = b[:, 0]

    def give(self, net: Any) -> None:
        """Put the heart's parameters into the network, as new lists of new arrays."""
        layers = range(len(self.sizes) - 1)
        net.weights = [np.array(self._layout.weights(self._params, layer), order="C") for layer in layers]
        net.biases = [self._layout.biases(self._params, layer).reshape(-1, 1).copy() for layer in layers]

    def features(self, examples: Examples) -> Any:
        """Return the images in the form the heart reads, made once; None if they are no columns (n_in, 1)."""
        if id(examples) not in self._features:
            inputs = examples.inputs(self.sizes[0])
            if inputs is None:
                return None
            made = as_features(inputs[0], self.sizes[0], self.dtype, argument=examples.name, prepare=True)
            self._features[id(examples)] = (examples, made)
        return self._features[id(examples)][1]

    def targets(self, examples: Examples, digits: bool) -> Targets | None:
        """Return the desired outputs in the form the heart reads, made once; None if there are none.

        `digits`: whether y in a list may be a digit, which stands for a one among zeros.
        """
        key = id(examples), digits
        if key not in self._targets:
            look_up = examples.label_vectors if digits else examples.vectors
            values = look_up(self.sizes[0], self.sizes[-1])
            self._targets[key] = examples, None if values is None else _targets(values, self.dtype)
        return self._targets[key][1]

    # Training

    @property
    def trains(self) -> bool:
        """Whether training data has been handed over."""
        return self._trainer is not None

    def hand_over(self, examples: Examples, mini_batch_size: int, l2: float) -> bool:
        """Prepare training on `examples`; False if they are not all columns of the right lengths."""
        targets = self.targets(examples, digits=False)
        features = self.features(examples)
        if targets is None or features is None:
            return False
        self._rows = examples.inputs(self.sizes[0])[1]  # type: ignore[index]
        self._trainer = self._core.Trainer(
            self._engine, features, targets, None,
            batch_size=mini_batch_size, optimizer="sgd", moments=[], l2=l2, threads=1,
        )
        return True

    def epoch(self, net: Any, order: np.ndarray, eta: float) -> None:
        """Train the network for one pass over the examples, `order` (n,) being their first positions.

        Interrupted by an exception, Ctrl-C for instance, the network has what was learned so far.
        """
        self.take(net)
        self._trainer.start_epoch(np.ascontiguousarray(self._rows[order]), np.array([eta], np.float64))
        try:
            while not self._trainer.run(SECONDS):
                pass
        finally:
            self.give(net)

    # Judging: in the order of the rows of `examples.inputs`

    def outputs(self, net: Any, examples: Examples) -> np.ndarray | None:
        """Return the network's outputs (n, n_out); None if the images are no columns (n_in, 1)."""
        features = self.features(examples)
        if features is None:
            return None
        self.take(net)
        out = np.empty((examples.n, self.sizes[-1]), self.dtype)
        self._engine.forward(features, out)
        return out

    def cost_sum(self, net: Any, examples: Examples, digits: bool) -> float | None:
        """Return the sum of the examples' costs; None if the heart cannot tell.

        `digits`: as for `targets`.
        """
        features = self.features(examples)
        targets = None if features is None else self.targets(examples, digits)
        if targets is None:
            return None
        self.take(net)
        return float(self._engine.evaluate(features, targets, None)[0])


def _targets(values: np.ndarray, dtype: np.dtype) -> Targets:
    """Return desired outputs (n, n_out) as the heart reads them: labels where they are a one among zeros.

    Any numbers will do, as in the book; `as_targets` would refuse some for cross-entropy.
    """
    n_out = values.shape[1]
    if n_out > 1:
        ones = values == 1
        if (np.count_nonzero(ones, axis=1) == 1).all() and np.count_nonzero(values) == len(values):
            return Targets(ones.argmax(axis=1).astype(np.int32), None, n_out, "none")
    return Targets(None, np.array(values, dtype, order="C"), n_out, "none")


def count_right(session: Session | None, net: Any, examples: Examples) -> int | None:
    """Return for how many examples the largest output is the answer; None if the heart cannot tell."""
    labels = None if session is None else examples.labels(session.sizes[0], session.sizes[-1])
    outputs = None if labels is None else session.outputs(net, examples)  # type: ignore[union-attr]
    return None if outputs is None else int((outputs.argmax(axis=1) == labels).sum())


def sum_of_costs(session: Session | None, net: Any, examples: Examples, digits: bool) -> float | None:
    """Return the sum of the examples' costs; None if the heart cannot tell.

    `digits`: whether y may be a digit, which stands for a one among zeros.
    """
    return None if session is None else session.cost_sum(net, examples, digits)


def check_judged(original: Original, net: Any, examples: Examples | None) -> None:
    """Refuse test data that `net.feedforward` could not take, before training begins."""
    sizes = sizes_of(net)
    if examples is not None and sizes is not None and original.methods(net, "feedforward"):
        examples.check(sizes[0])
