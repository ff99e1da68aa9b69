"""What callbacks are called with."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import numpy as np

from fastnet._checks import shown
from fastnet._training.history import History

__all__ = ["Callback", "EpochEnd", "as_callbacks", "call"]


class EpochEnd:
    """The end of an epoch, as a callback sees it.

    Attributes
    ----------
    epoch : int
        The epoch that has just ended, counted from 0.
    epochs : int
        How many the run is to have.
    network : Network
        With the weights after this epoch.
    history : History
        The figures so far, this epoch's included: `history.cost[epoch]`.
    cost, accuracy, validation_cost, validation_accuracy, learning_rate, seconds : float or None
        This epoch's figures; None where not measured.
    """

    def __init__(self, epoch: int, epochs: int, network: Any, history: History) -> None:
        self.epoch, self.epochs, self.network, self.history = epoch, epochs, network, history
        self.stopped = False
        self.cost = _last(history.cost)
        self.accuracy = _last(history.accuracy)
        self.validation_cost = _last(history.validation_cost)
        self.validation_accuracy = _last(history.validation_accuracy)
        self.learning_rate = _last(history.learning_rate)
        self.seconds = _last(history.seconds)

    def stop(self) -> None:
        """End the run after this epoch."""
        self.stopped = True

    def __repr__(self) -> str:
        return f"<EpochEnd: epoch {self.epoch} of {self.epochs}, {self.history._last()}>"


def _last(column: list[float]) -> float | None:
    return column[-1] if column else None


Callback = Callable[[EpochEnd], object]


def as_callbacks(callbacks: Any) -> tuple[Callback, ...]:
    """Check the callbacks: a callable, or an iterable of them."""
    if callable(callbacks):
        return (callbacks,)
    if callbacks is None:
        return ()
    if not isinstance(callbacks, Iterable):
        raise TypeError(f"callbacks must be a sequence of callables, not {shown(callbacks)}")
    callbacks = tuple(callbacks)
    for callback in callbacks:
        if not callable(callback):
            raise TypeError(f"callbacks must be callables, not {shown(callback)}")
    return callbacks


def call(callbacks: tuple[Callback, ...], end: EpochEnd) -> bool:
    """Call each of them; return whether one wants the run to stop, by returning True or by `end.stop()`."""
    for callback in callbacks:
        answer = callback(end)
        if isinstance(answer, bool | np.bool_) and answer:
            end.stop()
    return end.stopped
