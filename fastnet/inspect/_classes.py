"""What the network gets right and wrong, class by class."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from fastnet._checks import whole
from fastnet._html import table
from fastnet.inspect._checks import as_confusion

__all__ = ["Pair", "PerClass", "confusable", "per_class"]


class PerClass:
    """Figures class by class, each a (k,) float64 array.

    Attributes
    ----------
    precision : array
        Of the samples taken for this class, the share that are of it; nan where none was.
    recall : array
        Of the samples of this class, the share that were found; nan where there are none.
    f1 : array
        The harmonic mean of the two; nan where a class is neither there nor answered.
    support : (k,) int64 array
        How many samples are of this class.
    predicted : (k,) int64 array
        How many were taken for it.
    """

    def __init__(self, counts: np.ndarray) -> None:
        right, self_support, predicted = np.diag(counts), counts.sum(axis=1), counts.sum(axis=0)
        self.precision = _share(right, predicted)
        self.recall = _share(right, self_support)
        self.f1 = _share(2 * right, self_support + predicted)
        self.support = self_support.astype(np.int64)
        self.predicted = predicted.astype(np.int64)

    def __len__(self) -> int:
        """Return the number of classes."""
        return len(self.support)

    def _rows(self) -> list[tuple[str, ...]]:
        shares = (self.precision, self.recall, self.f1)
        return [
            (str(k), *("-" if np.isnan(share[k]) else f"{share[k]:.1%}" for share in shares),
             f"{self.support[k]:,}", f"{self.predicted[k]:,}")
            for k in range(len(self))
        ]  # fmt: skip

    def __repr__(self) -> str:
        if np.isnan(self.recall).all():
            return f"<PerClass: {len(self)} classes>"
        worst = int(np.nanargmin(self.recall))
        return f"<PerClass: {len(self)} classes, lowest recall {self.recall[worst]:.1%} for {worst}>"

    def __str__(self) -> str:
        form = "{:>5} {:>9} {:>9} {:>9} {:>9} {:>9}"
        return "\n".join([form.format(*_HEAD), *(form.format(*row) for row in self._rows())])

    def _repr_html_(self) -> str:
        return table(_HEAD, self._rows(), row_heads=True)


_HEAD = ("class", "precision", "recall", "f1", "samples", "predicted")


def _share(part: np.ndarray, whole_: np.ndarray) -> np.ndarray:
    return np.divide(part, whole_, out=np.full(len(part), np.nan), where=whole_ > 0)


def per_class(evaluation: Any) -> PerClass:
    """Return precision and recall class by class.

    Parameters
    ----------
    evaluation : Evaluation or (k, k) array-like
        What `Network.evaluate` returns, or its confusion matrix: row i, column j counts the samples of
        class i that were taken for class j.

    Returns
    -------
    PerClass
        `.precision`, `.recall`, `.f1`, `.support` and `.predicted`, each (k,).

    Raises
    ------
    TypeError, ValueError
        If it is neither, or an evaluation of values.
    """
    return PerClass(as_confusion(evaluation))


class Pair(NamedTuple):
    """Two classes that are taken for one another.

    Attributes
    ----------
    a, b : int
        The classes, the one more often mistaken for the other first.
    a_as_b, b_as_a : int
        How many samples of `a` were taken for `b`, and the other way round.
    mistakes : int
        Both together.
    rate : float
        `mistakes` as a share of the samples of the two classes.
    """

    a: int
    b: int
    a_as_b: int
    b_as_a: int
    mistakes: int
    rate: float


def confusable(evaluation: Any, n: int = 5) -> list[Pair]:
    """Return the pairs of classes most often taken for one another, the worst first.

    Parameters
    ----------
    evaluation : Evaluation or (k, k) array-like
        As for `per_class`.
    n : int, default 5
        How many at most; pairs without a mistake are left out.

    Returns
    -------
    list of Pair

    Raises
    ------
    TypeError, ValueError
        As for `per_class`, or if `n` is not an integer of at least 1.
    """
    counts, n = as_confusion(evaluation), whole(n, "n")
    sizes = counts.sum(axis=1)
    pairs = []
    for i in range(len(counts)):
        for j in range(i + 1, len(counts)):
            a, b = (i, j) if counts[i, j] >= counts[j, i] else (j, i)
            both = counts[a, b] + counts[b, a]
            if both:
                rate = float(both / (sizes[a] + sizes[b]))
                pairs.append(Pair(a, b, int(counts[a, b]), int(counts[b, a]), int(both), rate))
    return sorted(pairs, key=lambda pair: (-pair.mistakes, -pair.rate))[:n]
