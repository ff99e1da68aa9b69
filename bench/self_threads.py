"""fastnet against itself on several threads: idle, beside a busy process, and many networks at once."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from time import perf_counter
from typing import Any

import numpy as np

import fastnet
from bench import data, verify
from bench.fastnet_peer import network, settings
from bench.jobs import TRAINING_BY_KEY
from bench.self_training import VIDEO, against, ready, seconds, small

__all__ = ["FitThreads", "ForwardThreads", "Many"]

# Spins on one core until it is ended, or its parent is gone.
HOG = """
import os
if hasattr(os, "sched_setaffinity"):
    os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
parent = os.getppid()
print("busy", flush=True)
while os.getppid() == parent:
    for _ in range(100_000):
        pass
"""


@contextmanager
def neighbour(busy: bool) -> Iterator[None]:
    """Keep one core busy with somebody else's work, if asked to."""
    if not busy:
        yield
        return
    hog = subprocess.Popen([sys.executable, "-c", HOG], stdout=subprocess.PIPE)
    assert hog.stdout is not None
    try:
        hog.stdout.readline()
        yield
    finally:
        hog.kill()
        hog.wait()
        hog.stdout.close()


class FitThreads:
    """`fit` with threads=2 against threads=1: the same bits, sooner."""

    def __init__(self, folder: str, quick: bool, busy: bool = False) -> None:
        self.job = small(TRAINING_BY_KEY["adam-128"], quick)
        self.data = data.load(folder, self.job.data, self.job.n)
        self.start, self.busy = verify.first_weights(self.job.sizes), busy
        self.epochs = 1 if quick else 10 if busy else 30  # as in the rows of one thread, with all of `fit`
        self.weights: dict[int, np.ndarray] = {}
        for threads in (1, 2):
            self._fit(threads, 1)
        self.ready = ready(self.data.name)

    def _fit(self, threads: int, epochs: int) -> float:
        net = network(self.job, self.start)
        took = seconds(
            lambda: net.fit(
                self.data.X, self.data.labels, epochs=epochs, threads=threads, **settings(self.job)
            )
        )
        self.weights[threads] = net.weights[0].copy()
        return took / epochs

    def round(self) -> dict[str, Any]:
        """Train with either number of threads."""
        with neighbour(self.busy):
            one, two = against(lambda: self._fit(1, self.epochs), lambda: self._fit(2, self.epochs))
        return {"seconds": two, "figure": one / two}

    def end(self) -> dict[str, Any]:
        """Hold the bits against each other."""
        if not np.array_equal(self.weights[1], self.weights[2]):
            raise AssertionError("one and two threads give different weights")
        return {"same_bits": True}


class ForwardThreads:
    """`forward` of 10,000 samples with threads=2 against threads=1."""

    def __init__(self, folder: str, quick: bool, busy: bool = False) -> None:
        job = TRAINING_BY_KEY["adam-128"]
        source = data.load(folder, job.data, 1)
        self.net, self.X, self.busy = network(job, verify.first_weights(job.sizes)), source.test_X, busy
        self.calls = 3 if quick else 60
        self.same = np.array_equal(self.net.forward(self.X), self.net.forward(self.X, threads=2))
        self.ready = ready(source.name)

    def _run(self, threads: int) -> float:
        begun = perf_counter()
        for _ in range(self.calls):
            self.net.forward(self.X, threads=threads)
        return (perf_counter() - begun) / self.calls

    def round(self) -> dict[str, Any]:
        """Answer with either number of threads."""
        with neighbour(self.busy):
            one, two = against(lambda: self._run(1), lambda: self._run(2))
        return {"seconds": two, "figure": one / two}

    def end(self) -> dict[str, Any]:
        """Tell whether the bits were the same."""
        if not self.same:
            raise AssertionError("one and two threads give different answers")
        return {"same_bits": True}


class Many:
    """Eight networks by `fit_many` on two cores against one `fit` after the other."""

    def __init__(self, folder: str, quick: bool) -> None:
        if not hasattr(fastnet, "fit_many"):
            self.ready = {"skip": "this fastnet has no fit_many"}
            return
        self.job = small(VIDEO, quick)
        self.data = data.load(folder, self.job.data, self.job.n)
        self.epochs = 1 if quick else 10
        self.ready = ready(self.data.name)

    def _networks(self) -> list[fastnet.Network]:
        return [network(self.job, verify.first_weights(self.job.sizes, seed)) for seed in range(8)]

    def round(self) -> dict[str, Any]:
        """Train them all, in either way."""
        apart, together = [self._networks(), self._networks()], self._networks()
        X, y, more = self.data.X, self.data.labels, {"epochs": self.epochs, **settings(self.job)}
        each = iter(apart)
        one, many = against(
            lambda: seconds(lambda: [net.fit(X, y, **more) for net in next(each)]),
            lambda: seconds(lambda: fastnet.fit_many(together, X, y, threads=2, **more)),
        )
        self.same = all(
            np.array_equal(a.weights[0], b.weights[0]) for a, b in zip(apart[0], together, strict=True)
        )
        return {"seconds": many / self.epochs, "figure": one / many}

    def end(self) -> dict[str, Any]:
        """Hold the networks against each other."""
        if not self.same:
            raise AssertionError("fit_many and fit give different networks")
        return {"same_bits": True}
