"""The experiment that shows a network memorising."""

from __future__ import annotations

from typing import Any

import numpy as np

from fastnet._architecture import as_generator
from fastnet._evaluation import Evaluation
from fastnet._html import table
from fastnet._training.history import History
from fastnet.inspect._checks import as_network
from fastnet.network import Network

__all__ = ["ShuffledLabels", "shuffled_labels"]


class ShuffledLabels:
    """Two runs that differ in nothing but the labels.

    Attributes
    ----------
    true, shuffled : History
        The run with the labels as they are, and the one with the labels shuffled among the samples.
    networks : (Network, Network)
        What each of them trained.
    evaluations : (Evaluation, Evaluation)
        Each network on what it was trained on: the second one's accuracy is what it memorised.
    validation : (Evaluation, Evaluation) or None
        Each network on the validation data, whose labels are always the true ones.
    labels : array
        The shuffled labels.
    """

    def __init__(
        self,
        histories: tuple[History, History],
        networks: tuple[Network, Network],
        evaluations: tuple[Evaluation, Evaluation],
        validation: tuple[Evaluation, Evaluation] | None,
        labels: np.ndarray,
    ) -> None:
        self.true, self.shuffled = histories
        self.networks, self.evaluations, self.validation = networks, evaluations, validation
        self.labels = labels

    @property
    def histories(self) -> dict[str, History]:
        """Both by name, as `fastnet.plot.history` takes them."""
        return {"true labels": self.true, "shuffled labels": self.shuffled}

    def _rows(self) -> list[tuple[str, ...]]:
        rows = []
        for run, name in enumerate(self.histories):
            trained = self.evaluations[run]
            row = [name, f"{trained.cost:.4g}", _percent(trained)]
            rows.append((*row, _percent(self.validation[run])) if self.validation else tuple(row))
        return rows

    def _head(self) -> tuple[str, ...]:
        head = ("trained on", "cost there", "accuracy there")
        return (*head, "accuracy on validation data") if self.validation else head

    def __repr__(self) -> str:
        true, shuffled = (_percent(evaluation) for evaluation in self.evaluations)
        return f"<ShuffledLabels: {true} learned of the true labels, {shuffled} memorised of shuffled ones>"

    def __str__(self) -> str:
        return "\n".join("  ".join(f"{cell:>16}" for cell in row) for row in (self._head(), *self._rows()))

    def _repr_html_(self) -> str:
        return table(self._head(), self._rows(), row_heads=True)


def _percent(evaluation: Evaluation) -> str:
    return "-" if evaluation.accuracy is None else f"{evaluation.accuracy:.2%}"


def shuffled_labels(
    net: Any, X: Any, y: Any, *, rng: Any = 0, validation_data: tuple[Any, Any] | None = None, **options: Any
) -> ShuffledLabels:
    """Train twice from the same first weights: on the true labels, and on shuffled ones.

    A network large enough learns even labels without any meaning, one sample at a time. But its cost
    falls slowly and evenly, where true labels let it fall fast: there is something to find (Arpit et al.
    2017, "A closer look at memorization in deep networks").

    Parameters
    ----------
    net : Network
        What to build: sizes, activations, cost and first weights' kind. It is not trained itself.
    X, y : array-like
        As for `Network.fit`.
    rng : None, int or numpy.random.Generator, default 0
        Where the first weights, the order of the samples and the shuffling come from.
    validation_data : (X, y), optional
        Measured with its true labels for both.
    **options
        The arguments of `Network.fit`: epochs, batch_size, learning_rate, progress and so on.

    Returns
    -------
    ShuffledLabels
        `.true`, `.shuffled`, `.evaluations`; `str` of it is a table.

    Raises
    ------
    TypeError, ValueError
        If an argument is not of its kind, as for `Network.fit`.
    """
    net, generator = as_network(net), as_generator(rng)
    seed = generator.integers(2**63)
    y = np.asarray(y)
    labels = y[generator.permutation(len(y))] if y.ndim else y
    histories, networks = [], []
    for given in (y, labels):
        fresh = Network(
            net.sizes, net.activations, cost=net.cost, init=net.init, dtype=net.dtype, rng=seed,
            input_scale=net.input_scale,
        )  # fmt: skip
        histories.append(fresh.fit(X, given, validation_data=validation_data, **options))
        networks.append(fresh)
    first, second = networks
    validation = None
    if validation_data is not None:
        validation = (first.evaluate(*validation_data), second.evaluate(*validation_data))
    evaluations = (first.evaluate(X, y), second.evaluate(X, labels))
    return ShuffledLabels((histories[0], histories[1]), (first, second), evaluations, validation, labels)
