"""What `evaluate` and `gradient` return."""

from __future__ import annotations

from typing import Any

import numpy as np

from fastnet._html import table
from fastnet._inputs.targets import Targets
from fastnet._training.fit import Data
from fastnet._training.measure import measure

__all__ = ["Evaluation", "Gradient", "evaluate", "gradient"]


class Evaluation:
    """How well a network does on a data set.

    Attributes
    ----------
    n : int
        Samples.
    cost : float
        Mean cost of an example, without the penalty, weighted by `sample_weight`.
    accuracy : float or None
        Share of right answers, in [0, 1], weighted by `sample_weight`. None where targets are values.
    confusion : (k, k) int64 array or None
        How many samples of class i (row) were taken for class j (column), unweighted. None for values.
    r2 : float or None
        For values: the coefficient of determination, 1 - sum (y - a)^2 / sum (y - mean y)^2 over all
        samples and outputs, means output by output; 1 is perfect, 0 no better than the mean. nan if the
        targets do not vary. None where targets are classes.
    """

    def __init__(
        self,
        n: int,
        cost: float,
        accuracy: float | None = None,
        confusion: np.ndarray | None = None,
        r2: float | None = None,
    ) -> None:
        self.n, self.cost, self.accuracy, self.confusion, self.r2 = n, cost, accuracy, confusion, r2

    def as_dict(self) -> dict[str, Any]:
        """Return the figures by name, the confusion matrix as lists."""
        confusion = None if self.confusion is None else self.confusion.tolist()
        return {
            "n": self.n,
            "cost": self.cost,
            "accuracy": self.accuracy,
            "confusion": confusion,
            "r2": self.r2,
        }

    def __repr__(self) -> str:
        return f"<Evaluation: {self._line()}>"

    def __str__(self) -> str:
        if self.confusion is None:
            return self._line()
        k = len(self.confusion)
        if k > 30:
            return self._line()
        width = max(len(str(self.confusion.max())), len(str(k - 1))) + 1
        lines = [self._line(), "rows: true class, columns: predicted"]
        lines.append(" " * 4 + "".join(f"{j:>{width}}" for j in range(k)))
        for i, row in enumerate(self.confusion):
            lines.append(f"{i:>4}" + "".join(f"{count or '.':>{width}}" for count in row))
        return "\n".join(lines)

    def _repr_html_(self) -> str:
        line = f"<p>{self._line()}</p>"
        if self.confusion is None:
            return line
        k = len(self.confusion)
        rows = ((i, *row) for i, row in enumerate(self.confusion))
        return line + table(("true \\ predicted", *range(k)), rows, row_heads=True)

    def _line(self) -> str:
        parts = [f"cost {self.cost:.5g}"]
        if self.accuracy is not None:
            parts.append(f"accuracy {self.accuracy:.2%}")
        if self.r2 is not None:
            parts.append(f"r2 {self.r2:.4f}")
        return ", ".join(parts) + f" on {self.n:,} sample{'' if self.n == 1 else 's'}"


class Gradient:
    """The average gradient of the objective on a data set.

    Attributes
    ----------
    cost : float
        The objective itself, mean cost + (l2/2) sum w^2: what `weights` and `biases` are the derivatives of.
    weights : list of (n_out, n_in) arrays
        d cost / d weights[l].
    biases : list of (n_out,) arrays
        d cost / d biases[l].
    """

    def __init__(self, cost: float, weights: list[np.ndarray], biases: list[np.ndarray]) -> None:
        self.cost, self.weights, self.biases = cost, weights, biases

    def flat(self) -> np.ndarray:
        """Return all entries, (n_parameters,): layer by layer, the weights row by row, then the biases."""
        pairs = zip(self.weights, self.biases, strict=True)
        return np.concatenate([part.ravel() for pair in pairs for part in pair])

    def __repr__(self) -> str:
        sizes = ", ".join(f"{np.sqrt((w * w).sum(dtype=np.float64)):.3g}" for w in self.weights)
        return f"<Gradient: cost {self.cost:.5g}, lengths by layer {sizes}>"


def evaluate(network: Any, X: Any, y: Any, sample_weight: Any, threads: int) -> Evaluation:
    """See `Network.evaluate`; `threads` is checked."""
    data = Data(network, X, y, sample_weight)
    outputs = np.empty((data.n, network.sizes[-1]), network.dtype)
    cost, accuracy = measure(
        network._engine, data.features, data.targets, data.weight, network.n_parameters, threads, outputs
    )
    if accuracy is None:
        assert data.targets.values is not None
        return Evaluation(data.n, cost, r2=_r2(data.targets.values, outputs, data.weight))
    return Evaluation(data.n, cost, accuracy, _confusion(data.targets, outputs))


def _confusion(targets: Targets, outputs: np.ndarray) -> np.ndarray:
    true = targets.classes()
    assert true is not None
    if targets.score == "threshold":
        k, predicted = 2, (outputs[:, 0] > 0.5).astype(np.intp)
    else:
        k, predicted = outputs.shape[1], outputs.argmax(axis=1)
    counts = np.bincount(true.astype(np.intp) * k + predicted, minlength=k * k)
    return counts.reshape(k, k).astype(np.int64)


def _r2(values: np.ndarray, outputs: np.ndarray, weight: np.ndarray | None) -> float:
    y, a = values.astype(np.float64), outputs.astype(np.float64)
    w = np.ones((len(y), 1)) if weight is None else weight.astype(np.float64)[:, None]
    mean = (w * y).sum(axis=0) / w.sum()
    total = (w * (y - mean) ** 2).sum()
    return float(1 - (w * (y - a) ** 2).sum() / total) if total > 0 else float("nan")


def gradient(network: Any, X: Any, y: Any, l2: float, sample_weight: Any) -> Gradient:
    """See `Network.gradient`; `l2` is checked."""
    data = Data(network, X, y, sample_weight, single=True)
    layout = network._layout
    flat = layout.aligned_zeros()
    cost_sum, weight_sum = network._engine.gradient(data.features, data.targets, data.weight, flat)
    weights = [layout.weights(flat, layer) for layer in range(len(layout.blocks))]
    biases = [layout.biases(flat, layer) for layer in range(len(layout.blocks))]
    cost = cost_sum / weight_sum
    if l2:
        for slope, w in zip(weights, network.weights, strict=True):
            slope += network.dtype.type(l2) * w
            cost += 0.5 * l2 * float((w.astype(np.float64) ** 2).sum())
    return Gradient(cost, weights, biases)
