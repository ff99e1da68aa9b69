"""Cost and accuracy over a whole data set, in slices short enough for Ctrl-C to be heard between them."""

from __future__ import annotations

from typing import Any

import numpy as np

from fastnet._inputs.features import Features
from fastnet._inputs.targets import Targets
from fastnet._threads import each

__all__ = ["measure", "slices"]

WORK = 1 << 26  # multiply-adds a slice: some milliseconds


def slices(n: int, n_parameters: int) -> range:
    """Return the starts of the slices of n samples; `.step` is their length."""
    return range(0, n, max(1, WORK // n_parameters))


def measure(
    engine: Any,
    features: Features,
    targets: Targets,
    weight: np.ndarray | None,
    n_parameters: int,
    threads: int = 1,
    outputs: np.ndarray | None = None,
) -> tuple[float, float | None]:
    """Return the mean cost, without the penalty, and the accuracy in [0, 1] (None for values).

    The last layer's activations go into `outputs` (n, n_out), if they are wanted.

    The slices do not depend on the number of threads, and are added in their order: neither does the result.
    """
    starts = slices(features.n, n_parameters)

    def sums(start: int) -> tuple[float, float, float]:
        stop = min(start + starts.step, features.n)
        some = None if weight is None else weight[start:stop]
        found: tuple[float, float, float] = engine.evaluate(
            features.slice(start, stop),
            targets.slice(start, stop),
            some,
            None if outputs is None else outputs[start:stop],
        )
        return found

    cost = total = correct = 0.0
    for part in each(sums, starts, threads):
        cost, total, correct = cost + part[0], total + part[1], correct + part[2]
    return cost / total, None if targets.score == "none" else correct / total
