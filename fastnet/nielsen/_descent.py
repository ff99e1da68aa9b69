"""Stochastic gradient descent as the book's two programs share it: one epoch after another."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from . import _fast, _general
from ._examples import Examples
from ._order import next_order

__all__ = ["Descent"]


class Descent:
    """One call of SGD: the examples, their order, and the way the mini-batches take.

    Parameters
    ----------
    net : Network
    training : Examples
    mini_batch_size : int
    eta : float
    cost : callable
        Gives the heart's name of the cost, or None if the heart cannot train the network as it is.
        Asked before every epoch.
    lmbda : float
        The regularisation parameter; the heart's l2 is lmbda / n.
    dtype : dtype or None
        Precision to convert the network to.

    Raises
    ------
    ValueError
        If the network's own backpropagation cannot take the examples; nothing has changed then.
    """

    def __init__(
        self,
        net: Any,
        training: Examples,
        mini_batch_size: int,
        eta: float,
        *,
        cost: Callable[[], str | None],
        lmbda: float = 0.0,
        dtype: np.dtype | None = None,
    ) -> None:
        self._net = net
        self._training = training
        self._size = mini_batch_size
        self._eta = eta
        self._cost = cost
        self._lmbda = lmbda
        self._order = np.arange(training.n)  # where each example stood at first
        self._refused: _fast.Session | None = None  # the one that could not take the examples
        #: The network in the heart, with the data it has been given so far; None before the first use.
        self.session: _fast.Session | None = None
        before = net.dtype, net.weights, net.biases
        try:
            if dtype is not None:
                net.dtype = dtype
                _general.convert(net)
            if cost() is not None:
                training.check((_fast.sizes_of(net) or net.sizes)[0])
                self._ready()
        except BaseException:
            net.dtype, net.weights, net.biases = before
            raise

    def epoch(self, step: Callable[[list[Any]], Any]) -> None:
        """Shuffle, then go through all mini-batches: in the heart if it can, else by `step(mini_batch)`."""
        order = next_order(self._training.n)
        self._order = self._order[order]
        self._training.reorder(order)
        if self._ready():
            assert self.session is not None
            self.session.epoch(self._net, self._order, self._eta)
            return
        items = self._training.ordered(len(self._net.biases[-1]), self._order)
        for start in range(0, len(items), self._size):
            step(items[start : start + self._size])

    def _ready(self) -> bool:
        """Whether the heart has the network and its examples."""
        cost = self._cost()
        if cost is None:
            return False
        session = _fast.session_for(self._net, cost, self)
        if session is None or session is self._refused:
            return False
        if not session.trains:
            l2 = self._lmbda / self._training.n
            if not session.hand_over(self._training, self._size, l2):
                self._refused = session
        return session.trains
