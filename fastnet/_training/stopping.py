"""Early stopping: the end of a run that no longer gets better on the validation data."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from fastnet._checks import flag, real, shown, whole
from fastnet.names import choose

__all__ = ["EarlyStopping", "Stopper", "as_early_stopping"]

_MONITORS = ("accuracy", "cost")


class EarlyStopping:
    """When to stop early.

    Parameters
    ----------
    monitor : {"accuracy", "cost"} or None, default None
        The validation figure to watch; None is accuracy where the targets are classes, else cost.
    patience : int, default 5
        The run ends after this many epochs in a row without a better figure. At least 1.
    min_delta : float, default 0
        What counts as better: by more than this. At least 0.
    restore_best : bool, default True
        Whether the network ends with the weights of its best epoch, however the run ended (all epochs
        done, early, or by a callback; not after Ctrl-C or an error).

    Raises
    ------
    TypeError, ValueError
        If a value is not of its kind or out of range.

    Notes
    -----
    Prechelt (1998), "Early stopping - but when?", compares such rules.
    """

    def __init__(
        self,
        monitor: str | None = None,
        patience: int = 5,
        min_delta: float = 0.0,
        restore_best: bool = True,
    ) -> None:
        if monitor is not None:
            monitor = choose(monitor, _MONITORS, "monitor")
        self.monitor = monitor
        self.patience = whole(patience, "patience")
        self.min_delta = real(min_delta, "min_delta", low=0)
        self.restore_best = flag(restore_best, "restore_best")

    def as_dict(self) -> dict[str, Any]:
        """Return the four settings by name."""
        names = ("monitor", "patience", "min_delta", "restore_best")
        return {name: getattr(self, name) for name in names}

    def __repr__(self) -> str:
        return "EarlyStopping(" + ", ".join(f"{k}={v!r}" for k, v in self.as_dict().items()) + ")"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, EarlyStopping) and self.as_dict() == other.as_dict()

    def __hash__(self) -> int:
        return hash(tuple(self.as_dict().values()))


def as_early_stopping(value: Any) -> EarlyStopping | None:
    """Return the rule that a caller gave: None, a patience, settings by name, or an EarlyStopping."""
    if value is None or isinstance(value, EarlyStopping):
        return value
    if isinstance(value, dict):
        known = EarlyStopping().as_dict()
        for name in value:
            choose(name, known, "the keys of early_stopping")
        return EarlyStopping(**value)
    if isinstance(value, int | np.integer) and not isinstance(value, bool):
        return EarlyStopping(patience=whole(value, "early_stopping"))
    raise TypeError(
        "early_stopping must be None, a patience in epochs, a dict of EarlyStopping's arguments or an "
        f"EarlyStopping, not {shown(value)}"
    )


class Stopper:
    """Watches the validation figure of a run and keeps its best weights.

    `memory` (best figure, its epoch, epochs since) is replaced as a whole, so that an interruption never
    finds it half changed.
    """

    def __init__(self, rule: EarlyStopping, has_accuracy: bool, params: np.ndarray) -> None:
        monitor = rule.monitor or ("accuracy" if has_accuracy else "cost")
        if monitor == "accuracy" and not has_accuracy:
            raise ValueError(
                'early_stopping cannot watch "accuracy" here, because the targets are values; watch "cost"'
            )
        self.rule = rule
        self.figure = f"validation_{monitor}"
        self._sign = 1.0 if monitor == "accuracy" else -1.0
        self._params = params
        self.memory: tuple[float, int, int] = (-math.inf, -1, 0)
        self.best: np.ndarray | None = None

    def update(self, epoch: int, figure: float) -> None:
        """Take in the figure of an epoch."""
        best, best_epoch, waited = self.memory
        quality = self._sign * figure
        if quality > best + (self.rule.min_delta if best > -math.inf else 0):
            if self.rule.restore_best:
                self.best = self._params.copy()
            self.memory = (quality, epoch, 0)
        else:
            self.memory = (best, best_epoch, waited + 1)

    @property
    def done(self) -> bool:
        """Whether patience has run out."""
        return self.memory[2] >= self.rule.patience

    @property
    def best_epoch(self) -> int | None:
        """The epoch of the best figure so far."""
        return self.memory[1] if self.memory[1] >= 0 else None
