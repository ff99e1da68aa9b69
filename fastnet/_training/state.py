"""Where training stands: all that a run needs, beside the weights, to go on as if it had not stopped."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np

from fastnet._training.options import FUNCTION

__all__ = ["Place", "TrainingState"]


class Place(NamedTuple):
    """A place in a run.

    epoch : the epoch to go on with, counted from 0.
    batches : mini-batches of it that are done.
    generator : the generator's state before this epoch's order was drawn (None: the present one).
    sums : the epoch's sums so far of w*C, w and w*correct.
    stopper : the early stopping's memory before this epoch (None: nothing yet).
    """

    epoch: int = 0
    batches: int = 0
    generator: Mapping[str, Any] | None = None
    sums: tuple[float, float, float] = (0.0, 0.0, 0.0)
    stopper: tuple[float, int, int] | None = None


class TrainingState:
    """The optimiser's memory, and with `options` the place in the run it belongs to.

    Attributes
    ----------
    optimizer : str
    moments : list of flat arrays
        Laid out as the parameters, and aligned like them: the heart relies on it.
    updates : int
        Updates since the optimiser began.
    options : dict or None
        The run's settings by name. After `partial_fit` there is no run, only a stream.
    n : int
        Samples in the run's data.
    place : Place
    resumable : bool
        Whether there is a run to go on with.
    best, last : flat array or None
        Early stopping's best weights; the last weights, where the best ones have replaced them.
    """

    def __init__(self, optimizer: str, moments: list[np.ndarray]) -> None:
        self.optimizer, self.moments = optimizer, moments
        self.updates = 0
        self.options: dict[str, Any] | None = None
        self.n = 0
        self.place = Place()
        self.resumable = False
        self.best: np.ndarray | None = None
        self.last: np.ndarray | None = None

    def copy(self, moments: list[np.ndarray]) -> TrainingState:
        """Return an independent copy around other moments; a schedule that is a function is shared."""
        twin = TrainingState(self.optimizer, moments)
        twin.__dict__.update({k: v for k, v in self.__dict__.items() if k != "moments"})
        twin.options = None if self.options is None else dict(self.options)
        twin.place = self.place._replace(generator=copy.deepcopy(self.place.generator))
        twin.best = None if self.best is None else self.best.copy()
        twin.last = None if self.last is None else self.last.copy()
        return twin

    def forget_functions(self) -> None:
        """Leave a schedule that is a function out, as saved runs do."""
        if self.options is not None and callable(self.options["schedule"]):
            self.options["schedule"] = FUNCTION
