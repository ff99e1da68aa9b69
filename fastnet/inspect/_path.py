"""The way that the parameters take during a run."""

from __future__ import annotations

from typing import Any

import numpy as np

from fastnet._checks import whole
from fastnet.inspect._checks import as_network

__all__ = ["Path", "flat_parameters", "set_flat_parameters"]


class Path:
    """A callback that records the parameters epoch by epoch.

    ``net.fit(X, y, callbacks=[Path(net)])``; afterwards `net.history_.path` is the path, and
    `fastnet.plot.landscape` draws it.

    Parameters
    ----------
    net : Network, optional
        The network to be trained: where it stands now becomes the path's first point.
    every : int, default 1
        Record every so many epochs. The network after the last epoch is always the path's end.

    Attributes
    ----------
    epochs : list of int
        How many epochs had been done at each point: 0 is the beginning.
    points : list of (n_parameters,) arrays
        Layer by layer the weights (n_out, n_in) row by row, then the biases.

    Raises
    ------
    TypeError, ValueError
        If an argument is not of its kind.
    """

    def __init__(self, net: Any = None, every: int = 1) -> None:
        self._every = whole(every, "every")
        self.epochs: list[int] = []
        self.points: list[np.ndarray] = []
        if net is not None:
            self._record(0, as_network(net))

    def __call__(self, end: Any) -> None:
        """Record the network at the end of an epoch."""
        done = end.epoch + 1
        while self.epochs and self.epochs[-1] >= done:  # a run resumed from an earlier place
            self._forget()
        if len(self.epochs) > 1 and self.epochs[-1] % self._every:
            self._forget()  # it was only there as the end so far
        self._record(done, end.network)
        end.history.path = self

    def _record(self, done: int, net: Any) -> None:
        self.epochs.append(done)
        self.points.append(flat_parameters(net))

    def _forget(self) -> None:
        self.epochs.pop()
        self.points.pop()

    def __len__(self) -> int:
        """Return the number of points."""
        return len(self.points)

    def __repr__(self) -> str:
        n = len(self)
        if not n:
            return "<Path: no point yet>"
        return f"<Path: {n} point{'' if n == 1 else 's'}, epochs {self.epochs[0]} to {self.epochs[-1]}>"


def flat_parameters(net: Any) -> np.ndarray:
    """Return a copy of all parameters, (n_parameters,): each layer's weights row by row, then its biases."""
    pairs = zip(net.weights, net.biases, strict=True)
    return np.concatenate([part.ravel() for pair in pairs for part in pair])


def set_flat_parameters(net: Any, flat: np.ndarray) -> None:
    """Give a network the parameters that `flat_parameters` returned."""
    start = 0
    for weights, biases in zip(net.weights, net.biases, strict=True):
        for view in (weights, biases):
            view[...] = flat[start : start + view.size].reshape(view.shape)
            start += view.size
