"""The figures of a run, epoch by epoch."""

from __future__ import annotations

import math
from typing import Any

from fastnet._html import table

__all__ = ["History"]

_COLUMNS = ("cost", "accuracy", "validation_cost", "validation_accuracy", "learning_rate", "seconds")
_HEADS = {
    "cost": ("cost", 10, "{:.5g}"),
    "accuracy": ("accuracy", 9, "{:.2%}"),
    "validation_cost": ("val. cost", 10, "{:.5g}"),
    "validation_accuracy": ("val. acc.", 10, "{:.2%}"),
    "learning_rate": ("rate", 10, "{:.4g}"),
    "seconds": ("seconds", 9, "{:.3f}"),
}


class History:
    """The figures of a run: lists with one entry an epoch.

    A list is empty where the figure was never measured (validation without validation data, accuracy
    where targets are values); where measuring began later, the epochs before it have nan.

    Attributes
    ----------
    cost, accuracy : list of float
        Means over the epoch's mini-batches, each taken before its update: a running figure that costs no
        extra pass, and a little worse than what the epoch's last weights would give. Accuracy is in
        [0, 1]. Both are weighted by `sample_weight`. The cost is without the L2 penalty.
    validation_cost, validation_accuracy : list of float
        On the validation data, after the epoch.
    learning_rate : list of float
        At the epoch's first update.
    seconds : list of float
        Wall time of the epoch, validation included.
    stopped : str
        Why the run ended: "epochs" (all done), "early stopping", "callback", "interrupted" or "diverged";
        "" while it goes on.
    best_epoch : int or None
        With early stopping: the epoch (from 0) of the best validation figure.
    path : fastnet.inspect.Path or None
        The parameters epoch by epoch, where that callback recorded them. Not kept in copies and files.
    """

    def __init__(self) -> None:
        self.cost: list[float] = []
        self.accuracy: list[float] = []
        self.validation_cost: list[float] = []
        self.validation_accuracy: list[float] = []
        self.learning_rate: list[float] = []
        self.seconds: list[float] = []
        self.stopped = ""
        self.best_epoch: int | None = None
        self.path: Any = None

    def __len__(self) -> int:
        """Return the number of epochs."""
        return len(self.cost)

    def as_dict(self) -> dict[str, list[float]]:
        """Return the six lists by name, copied."""
        return {name: list(getattr(self, name)) for name in _COLUMNS}

    def copy(self) -> History:
        """Return an independent copy."""
        return History.from_dict({**self.as_dict(), "stopped": self.stopped, "best_epoch": self.best_epoch})

    @classmethod
    def from_dict(cls, figures: dict) -> History:
        """Return a history from what `as_dict` gave, None standing for nan."""
        history = cls()
        for name in _COLUMNS:
            column = figures.get(name, [])
            setattr(history, name, [math.nan if number is None else float(number) for number in column])
        history.stopped = str(figures.get("stopped", ""))
        history.best_epoch = figures.get("best_epoch")
        return history

    def __repr__(self) -> str:
        n = len(self)
        parts = [f"{n} epoch{'' if n == 1 else 's'}"]
        parts += [f"{name} {text}" for name, text in self._last().items() if name not in ("rate", "seconds")]
        return f"<History: {', '.join(parts)}>"

    def __str__(self) -> str:
        if not len(self):
            return "History: no epoch yet"
        columns = [name for name in _COLUMNS if getattr(self, name)]
        lines = ["epoch" + "".join(f"{_HEADS[name][0]:>{_HEADS[name][1]}}" for name in columns)]
        for epoch in range(len(self)):
            cells = "".join(f"{self._cell(name, epoch):>{_HEADS[name][1]}}" for name in columns)
            lines.append(f"{epoch:>5}{cells}")
        return "\n".join(lines)

    def _repr_html_(self) -> str:
        columns = [name for name in _COLUMNS if getattr(self, name)]
        heads = ("epoch", *(_HEADS[name][0] for name in columns))
        rows = ((epoch, *(self._cell(name, epoch) for name in columns)) for epoch in range(len(self)))
        return table(heads, rows)

    # What the loop calls

    def _append(self, **figures: float | None) -> None:
        """Add an epoch; None stands for a figure that was not measured."""
        epochs = len(self)
        for name in _COLUMNS:
            column, figure = getattr(self, name), figures.get(name)
            if figure is None and not column:
                continue
            column += [math.nan] * (epochs - len(column))
            column.append(math.nan if figure is None else float(figure))

    def _truncate(self, epochs: int) -> None:
        """Forget what came after the first `epochs` epochs."""
        for name in _COLUMNS:
            del getattr(self, name)[epochs:]

    def _last(self) -> dict[str, str]:
        """Return the last epoch's figures as text, by the heads of their columns."""
        shown = [name for name in _COLUMNS if getattr(self, name)]
        return {_HEADS[name][0]: self._cell(name, -1).strip() for name in shown}

    def _cell(self, name: str, epoch: int) -> str:
        number = getattr(self, name)[epoch]
        return "-" if math.isnan(number) else _HEADS[name][2].format(number)
