"""Learning rates over a run."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from fastnet._checks import real

__all__ = ["Schedule", "epoch_rates"]

Schedule = str | Callable[[int], float]


def epoch_rates(
    schedule: Schedule, learning_rate: float, epoch: int, epochs: int, updates: int
) -> np.ndarray:
    """Return the learning rates of one epoch: one for all its updates, or one for each.

    With t the number of the update in the run (from 0) and T = epochs * updates their total:

    - constant: learning_rate
    - linear: learning_rate * (1 - t/T), so that update T would be the first one at zero
    - cosine: learning_rate * (1 + cos(pi t/T)) / 2 (Loshchilov and Hutter 2017, without restarts)
    - a callable: learning_rate * schedule(epoch), epochs counted from 0

    Parameters
    ----------
    schedule : {"constant", "linear", "cosine"} or callable
    learning_rate : float
    epoch, epochs : int
        This epoch (from 0), and how many the run has.
    updates : int
        Mini-batches an epoch.

    Returns
    -------
    (1,) or (updates,) float64 array

    Raises
    ------
    TypeError, ValueError
        If the callable gives no finite factor of at least 0.
    """
    if callable(schedule):
        factor = real(schedule(epoch), f"the factor that schedule gives for epoch {epoch}", low=0)
        return np.array([learning_rate * factor])
    if schedule == "constant":
        return np.array([learning_rate])
    passed = np.arange(epoch * updates, (epoch + 1) * updates) / (epochs * updates)
    if schedule == "linear":
        return learning_rate * (1 - passed)
    return learning_rate * (0.5 * (1 + np.cos(np.pi * passed)))
