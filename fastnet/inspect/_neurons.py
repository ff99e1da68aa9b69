"""Which neurons are dead or saturated."""

from __future__ import annotations

from typing import Any

import numpy as np

from fastnet._checks import real
from fastnet._html import table
from fastnet.inspect._checks import as_network, dense_samples

__all__ = ["LayerState", "neurons"]

ROWS = 4096  # samples looked at together, which bounds the memory

# Where an activation has practically no slope left: below the first, or above the second number.
ENDS = {
    "sigmoid": (0.0, 1.0),
    "softmax": (0.0, 1.0),
    "tanh": (-1.0, 1.0),
    "relu": (0.0, np.inf),
    "elu": (-1.0, np.inf),
    "softplus": (0.0, np.inf),
    "exp": (0.0, np.inf),
}


class LayerState:
    """The neurons of one layer on some data; every array is (n_l,).

    Attributes
    ----------
    layer : int
        From 0, the first one after the inputs.
    activation : str
    low, high : float64 array
        The share of the samples for which the neuron is at the lower or the upper end of its activation,
        where it hardly learns: within `margin` of 0 or 1 for sigmoid and softmax, of -1 or 1 for tanh, of
        the lower end -1 for elu and 0 for softplus and exp; at exactly 0 for relu. The others have no ends.
    saturated : bool array
        At one end or the other for at least `threshold` of the samples.
    dead : bool array
        Never moves: its activation varies by at most `margin` (by nothing where there is no upper end) over
        all samples. Such a neuron is a bias and nothing more.
    mean, smallest, largest : float64 array
        Of the activation.
    share_dead, share_saturated : float
        Of the layer's neurons.
    """

    def __init__(
        self, layer: int, activation: str, moments: dict[str, np.ndarray], margin: float, threshold: float
    ) -> None:
        self.layer, self.activation = layer, activation
        self.low, self.high = moments["low"], moments["high"]
        self.mean, self.smallest, self.largest = moments["mean"], moments["smallest"], moments["largest"]
        bounded = activation in ("sigmoid", "tanh", "softmax")
        self.dead = self.largest - self.smallest <= (margin if bounded else 0.0)
        self.saturated = self.low + self.high >= threshold
        self.share_dead = float(self.dead.mean())
        self.share_saturated = float(self.saturated.mean())

    def __len__(self) -> int:
        """Return the number of neurons."""
        return len(self.dead)

    def __repr__(self) -> str:
        return (
            f"<Layer {self.layer}, {len(self)} {self.activation}: {int(self.dead.sum())} dead, "
            f"{int(self.saturated.sum())} saturated>"
        )

    def _repr_html_(self) -> str:
        head = ("neuron", "mean", "smallest", "largest", "at low end", "at high end", "")
        rows = []
        for j in range(len(self)):
            word = "dead" if self.dead[j] else "saturated" if self.saturated[j] else ""
            figures = (f"{column[j]:.3g}" for column in (self.mean, self.smallest, self.largest))
            rows.append((j, *figures, f"{self.low[j]:.1%}", f"{self.high[j]:.1%}", word))
        return table(head, rows, repr(self).strip("<>"))


def neurons(net: Any, X: Any, *, margin: float = 0.02, threshold: float = 0.95) -> list[LayerState]:
    """Find dead and saturated neurons.

    Parameters
    ----------
    net : Network
    X : array-like or CSR matrix, shape (n, n_in)
    margin : float in [0, 0.5), default 0.02
        How near to its end a bounded activation counts as being there.
    threshold : float in (0, 1], default 0.95
        From which share of the samples on a neuron counts as saturated.

    Returns
    -------
    list of LayerState
        One a layer after the inputs. Outputs of a trained classifier are saturated most of the time:
        there it is what they have learned.

    Raises
    ------
    TypeError, ValueError
        If an argument is not of its kind or out of range.
    """
    net = as_network(net)
    margin = real(margin, "margin", low=0, high=0.5, high_open=True)
    threshold = real(threshold, "threshold", low=0, high=1, low_open=True)
    samples = dense_samples(net, X)
    layers = zip(net.sizes[1:], net.activations, strict=True)
    tallies = [_Tally(width, name, margin) for width, name in layers]
    for start in range(0, len(samples), ROWS):
        for tally, a in zip(tallies, net.layer_activations(samples[start : start + ROWS]), strict=True):
            tally.add(a)
    return [
        LayerState(layer, net.activations[layer], tally.moments(), margin, threshold)
        for layer, tally in enumerate(tallies)
    ]


class _Tally:
    """Counts over the samples of one layer."""

    def __init__(self, width: int, activation: str, margin: float) -> None:
        low, high = ENDS.get(activation, (-np.inf, np.inf))
        inwards = 0.0 if activation == "relu" else margin
        self._low, self._high, self._n = low + inwards, high - inwards, 0
        self._at_low, self._at_high, self._sum = np.zeros((3, width))
        self._smallest, self._largest = np.full(width, np.inf), np.full(width, -np.inf)

    def add(self, a: np.ndarray) -> None:
        """Take in activations (n, n_l)."""
        self._n += len(a)
        self._at_low += (a <= self._low).sum(axis=0)
        self._at_high += (a >= self._high).sum(axis=0)
        self._sum += a.sum(axis=0, dtype=np.float64)
        self._smallest = np.minimum(self._smallest, a.min(axis=0))
        self._largest = np.maximum(self._largest, a.max(axis=0))

    def moments(self) -> dict[str, np.ndarray]:
        """Return the shares and the range, each (n_l,)."""
        return {
            "low": self._at_low / self._n,
            "high": self._at_high / self._n,
            "mean": self._sum / self._n,
            "smallest": self._smallest,
            "largest": self._largest,
        }
