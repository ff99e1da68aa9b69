"""How sure the network is, also where it has no reason to be."""

from __future__ import annotations

from typing import Any

import numpy as np

from fastnet._architecture import as_generator
from fastnet._checks import whole
from fastnet._html import table
from fastnet.inspect._checks import as_network, classes_of, dense_samples, high_of_inputs

__all__ = ["Answers", "confidence", "sureness"]


class Answers:
    """What a network says to some samples, and how sure it is.

    Attributes
    ----------
    kind : {"real", "shuffled", "noise"}
        Where the samples come from.
    samples : (n, n_in) array
        The samples themselves.
    predicted : (n,) int64 array
        The class it names.
    confidence : (n,) float64 array
        How sure it is, in [0, 1]: the brightest output's activation (with one sigmoid output, that or
        its distance from 1, whichever is larger).
    counts : (k,) int64 array
        How often each class was named.
    mean : float
        The mean confidence.
    share_sure : float
        The share of samples with a confidence of at least 0.9.
    """

    def __init__(self, net: Any, kind: str, samples: np.ndarray) -> None:
        self.kind, self.samples = kind, samples
        self.predicted, self.confidence = sureness(net, samples)
        self.counts = np.bincount(self.predicted, minlength=classes_of(net))
        self.mean = float(self.confidence.mean())
        self.share_sure = float((self.confidence >= 0.9).mean())

    @property
    def favourite(self) -> int:
        """The class named most often."""
        return int(self.counts.argmax())

    def __len__(self) -> int:
        """Return the number of samples."""
        return len(self.predicted)

    def _row(self) -> tuple[str, ...]:
        often = f"{self.favourite} ({self.counts.max() / len(self):.0%})"
        return (self.kind, f"{len(self):,}", f"{self.mean:.3f}", f"{self.share_sure:.1%}", often)

    def __repr__(self) -> str:
        return (
            f"<Answers to {len(self):,} {self.kind} samples: mean confidence {self.mean:.3f}, "
            f"{self.share_sure:.1%} of at least 0.9, most often {self.favourite}>"
        )

    def _repr_html_(self) -> str:
        return table(("samples", "n", "mean confidence", "at least 0.9", "most often"), [self._row()])


def sureness(net: Any, X: Any) -> tuple[np.ndarray, np.ndarray]:
    """Return the classes named (n,) and how sure the network is of each (n,), in [0, 1]."""
    outputs = np.atleast_2d(net.forward(X)).astype(np.float64)
    if outputs.shape[1] == 1:
        one = outputs[:, 0]
        return (one > 0.5).astype(np.int64), np.maximum(one, 1 - one)
    return outputs.argmax(axis=1).astype(np.int64), outputs.max(axis=1)


def confidence(net: Any, X: Any = None, *, n: int = 1000, rng: Any = 0) -> dict[str, Answers]:
    """Measure how sure the network is on real samples, on shuffled ones and on noise.

    A network that has only ever seen digits has to call noise a digit too, and often does so with full
    confidence: it has never been told that there is anything else.

    Parameters
    ----------
    net : Network
        With sigmoid or softmax outputs.
    X : array-like or CSR matrix, shape (n, n_in), optional
        Real samples. Without them only noise is tried.
    n : int, default 1000
        How many noise samples; and how many of X at most, drawn without replacement.
    rng : None, int or numpy.random.Generator, default 0
        Where the samples, the shuffling and the noise come from.

    Returns
    -------
    dict of Answers
        "real": samples of X. "shuffled": the same, each with its own inputs (pixels) in a random order.
        "noise": every input uniform between the smallest and the largest number in X; without X, between
        0 and 1 as the network sees it (so up to 1 / input_scale).

    Raises
    ------
    TypeError, ValueError
        If an argument is not of its kind, or the outputs are values.
    """
    net, n, generator = as_network(net), whole(n, "n"), as_generator(rng)
    classes_of(net)
    answers, low, high = {}, 0.0, high_of_inputs(net)
    if X is not None:
        samples = dense_samples(net, X)
        low, high = float(samples.min()), float(samples.max())
        chosen = np.sort(generator.permutation(len(samples))[:n])
        real = samples[chosen]
        answers["real"] = Answers(net, "real", real)
        answers["shuffled"] = Answers(net, "shuffled", generator.permuted(real, axis=1))
    noise = generator.uniform(low, high, (n, net.sizes[0])).astype(net.dtype)
    answers["noise"] = Answers(net, "noise", noise)
    return answers
