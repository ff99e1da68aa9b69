"""Cost and accuracy over a whole data set, in slices short enough for Ctrl-C to be heard between them."""

from __future__ import annotations

from typing import Any

import numpy as np

from fastnet._inputs.features import Features
from fastnet._inputs.targets import Targets

__all__ = ["measure", "slices"]

WORK = 1 << 28  # multiply-adds a slice: some 20 to 50 ms


def slices(n: int, n_parameters: int) -> range:
    """Return the starts of the slices of n samples; `.step` is their length."""
    return range(0, n, max(1, WORK // n_parameters))


def measure(
    engine: Any, features: Features, targets: Targets, weight: np.ndarray | None, n_parameters: int
) -> tuple[float, float | None]:
    """Return the mean cost, without the penalty, and the accuracy in [0, 1] (None for values)."""
    starts = slices(features.n, n_parameters)
    cost = total = correct = 0.0
    for start in starts:
        stop = min(start + starts.step, features.n)
        part = features if len(starts) == 1 else features.slice(start, stop)
        wanted = targets if len(starts) == 1 else targets.slice(start, stop)
        some = None if weight is None else weight[start:stop]
        sums = engine.evaluate(part, wanted, some)
        cost, total, correct = cost + sums[0], total + sums[1], correct + sums[2]
    return cost / total, None if targets.score == "none" else correct / total
