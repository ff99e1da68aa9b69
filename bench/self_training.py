"""fastnet against itself, on one thread: dtypes, inputs, long runs, memory, time to an accuracy."""

from __future__ import annotations

import tracemalloc
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from time import perf_counter
from typing import Any

import numpy as np

import fastnet
from bench import data, recipes, verify
from bench.fastnet_peer import Training, network, settings
from bench.jobs import TRAINING_BY_KEY
from bench.measure import QUICK_SAMPLES

__all__ = ["Dtypes", "FirstAndLast", "Inputs", "Memory", "TimeTo", "against", "seconds", "small"]

FEW = 500
VIDEO = TRAINING_BY_KEY["video-b10"]


def seconds(work: Any) -> float:
    """Return how long `work()` takes."""
    begun = perf_counter()
    work()
    return perf_counter() - begun


def against(base: Callable[[], float], work: Callable[[], float]) -> tuple[float, float]:
    """Return what `base` takes, before and after `work` on average, and what `work` takes.

    A machine that grows slower or quicker meanwhile is neither's gain.
    """
    before, took, after = base(), work(), base()
    return (before + after) / 2, took


def small(job: Any, quick: bool) -> Any:
    """Return the job, cut down for a smoke run."""
    return replace(job, n=QUICK_SAMPLES) if quick else job


def ready(source: str, note: str = "") -> dict[str, Any]:
    """Return what a worker says of itself at the beginning."""
    return {"data": source, "versions": {"fastnet": fastnet.__version__}, "note": note}


class Dtypes:
    """float64 against float32 at one job; both learn the same."""

    def __init__(self, key: str, folder: str, quick: bool) -> None:
        job = small(TRAINING_BY_KEY[key], quick)
        self.job, self.data = job, data.load(folder, job.data, job.n)
        self.epochs = 1 if quick else 3 if len(job.sizes) > 3 and job.sizes[1] > 100 else 10
        start, more = verify.first_weights(job.sizes), {"labels": self.data.labels}
        self.both = {
            dtype: Training(job, self.data.X, self.data.Y, start, dtype=dtype, **more)
            for dtype in ("float32", "float64")
        }
        for training in self.both.values():
            training.fit(1)
        self.ready = ready(self.data.name, f"{self.epochs} epochs")

    def round(self) -> dict[str, Any]:
        """Train with either dtype."""
        single, double = against(
            *(lambda t=t: seconds(lambda: t.fit(self.epochs)) / self.epochs for t in self.both.values())
        )
        return {"seconds": double, "figure": double / single}

    def end(self) -> dict[str, Any]:
        """Compare what they have learned."""
        scores = {
            dtype: verify.score(self.job, training.parameters(), self.data.test_X, self.data.test_Y)
            for dtype, training in self.both.items()
        }
        costs = [score["cost"] for score in scores.values()]
        if not abs(costs[0] - costs[1]) <= 0.25 * max(costs):
            raise AssertionError(f"float32 and float64 do not learn the same: {scores}")
        return scores


class Inputs:
    """Another form of the same images against the float32 array."""

    def __init__(self, kind: str, folder: str, quick: bool) -> None:
        job = small(VIDEO, quick)
        self.job, self.kind, self.epochs = job, kind, 2 if quick else 30
        self.data = data.load(folder, job.data, job.n)
        self.start = verify.first_weights(job.sizes)
        self.X, self.more = self._as_kind(kind, Path(folder))
        self.weights: dict[str, np.ndarray] = {}
        self._fit("float32", self.data.X, {}, 1), self._fit(kind, self.X, self.more, 1)
        self.ready = ready(self.data.name)

    def _as_kind(self, kind: str, folder: Path) -> tuple[Any, dict[str, float]]:
        if kind == "uint8":
            return np.rint(self.data.X * 255).astype(np.uint8), {"input_scale": 1 / 255}
        if kind == "csr":
            from scipy.sparse import csr_matrix

            return csr_matrix(self.data.X), {}
        np.save(folder / "images_float32.npy", self.data.X)
        return np.load(folder / "images_float32.npy", mmap_mode="r"), {}

    def _fit(self, name: str, X: Any, more: dict[str, float], epochs: int) -> float:
        net = network(self.job, self.start, **more)
        labels = self.data.labels[: X.shape[0]]
        took = seconds(lambda: net.fit(X, labels, epochs=epochs, **settings(self.job)))
        self.weights[name] = net.weights[0].copy()
        return took / epochs

    def round(self) -> dict[str, Any]:
        """Train on either."""
        base, took = against(
            lambda: self._fit("float32", self.data.X, {}, self.epochs),
            lambda: self._fit(self.kind, self.X, self.more, self.epochs),
        )
        return {"seconds": took, "figure": base / took}

    def end(self) -> dict[str, Any]:
        """The same images give the same network, bit for bit; the scale of uint8 rounds a little.

        Only the first updates are compared: what rounding does at this learning rate grows without end.
        """
        self._fit("float32", self.data.X[:FEW], {}, 1), self._fit(self.kind, self.X[:FEW], self.more, 1)
        off = float(np.abs(self.weights["float32"] - self.weights[self.kind]).max())
        if off > (1e-3 if self.kind == "uint8" else 0):
            raise AssertionError(f"after an epoch of {FEW} images the weights are off by {off}")
        return {"off_the_array": off}


class FirstAndLast:
    """Epoch 30 against epoch 1 of the same run: deltas of saturated sigmoids are subnormal by then."""

    def __init__(self, folder: str, quick: bool) -> None:
        job = small(VIDEO, quick)
        self.job, self.data = job, data.load(folder, job.data, job.n)
        self.start = verify.first_weights(job.sizes)
        network(job, self.start).fit(self.data.X, self.data.labels, epochs=1, **settings(job))
        self.ready = ready(self.data.name)

    def round(self) -> dict[str, Any]:
        """Train for 30 epochs."""
        history = network(self.job, self.start).fit(
            self.data.X, self.data.labels, epochs=30, **settings(self.job)
        )
        # of three, the quickest: a neighbour's burst is not a subnormal
        first, last = min(history.seconds[:3]), min(history.seconds[-3:])
        return {"seconds": last, "figure": last / first}

    def end(self) -> dict[str, Any]:
        """Nothing more to show."""
        return {}


class Memory:
    """The peak of a fit's memory over the input: resident (the system's view) and allocated (Python's)."""

    def __init__(self, folder: str, quick: bool) -> None:
        job = small(replace(VIDEO, n=60_000), quick)
        self.job, self.data = job, data.load(folder, job.data, job.n)
        self.start, self.epochs = verify.first_weights(job.sizes), 1 if quick else 2
        few = 200
        network(job, self.start).fit(self.data.X[:few], self.data.labels[:few], epochs=1, **settings(job))
        self.found: dict[str, float] = {}
        self.ready = ready(self.data.name)

    def _fit(self) -> None:
        network(self.job, self.start).fit(
            self.data.X, self.data.labels, epochs=self.epochs, **settings(self.job)
        )

    def round(self) -> dict[str, Any]:
        """Train once for the resident peak, and once with every allocation traced."""
        before = _resident("VmRSS")
        resettable = _reset_peak()
        took = seconds(self._fit)
        resident = _resident("VmHWM") - before if resettable else 0
        tracemalloc.start()
        self._fit()
        traced = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        self.found = {"resident_bytes": resident, "traced_bytes": traced, "input_bytes": self.data.X.nbytes}
        return {"seconds": took / self.epochs, "figure": max(resident, traced) / self.data.X.nbytes}

    def end(self) -> dict[str, Any]:
        """Return the bytes of the last round."""
        return self.found


def _reset_peak() -> bool:
    """Let the system forget the peak so far (Linux only)."""
    try:
        Path("/proc/self/clear_refs").write_text("5")
        return True
    except OSError:
        return False


def _resident(field: str) -> int:
    """Return VmRSS (now) or VmHWM (peak) in bytes."""
    try:
        status = Path("/proc/self/status").read_text()
    except OSError:
        return 0
    [line] = [line for line in status.splitlines() if line.startswith(field + ":")]
    return int(line.split()[1]) * 1024


class TimeTo:
    """From the call of `fit` to the first epoch's end with the accuracy; measuring it is included."""

    def __init__(self, percent: str, folder: str, quick: bool) -> None:
        self.recipe = recipes.BY_PERCENT[percent]
        self.data = data.load(folder, "mnist", QUICK_SAMPLES if quick else 60_000)
        self.quick = quick
        if self.data.name != "MNIST":
            self.ready = {"skip": "needs the real MNIST (FASTNET_DATA)"}
            return
        self.ready = ready(self.data.name, self.recipe.title)
        self.accuracy, self.seed, self.epochs = 0.0, 0, 0

    def round(self) -> dict[str, Any]:
        """Train until it is there, from other weights each round."""
        net = fastnet.Network(rng=self.seed, **self.recipe.network)
        self.seed += 1
        reached: list[float] = []
        begun = perf_counter()

        def look(end: Any) -> bool:
            if end.epoch < self.recipe.looks_from and not self.quick:
                return False
            self.accuracy = net.evaluate(self.data.test_X, self.data.test_labels).accuracy
            if self.accuracy >= self.recipe.accuracy or (self.quick and end.epoch == 1):
                reached.append(perf_counter() - begun)
                self.epochs = end.epoch + 1
            return bool(reached)

        net.fit(self.data.X, self.data.labels, callbacks=[look], progress=False, **self.recipe.fit)
        if not reached:
            raise AssertionError(
                f"{self.accuracy:.2%} after all epochs instead of {self.recipe.accuracy:.1%}"
            )
        return {"seconds": reached[0], "figure": reached[0]}

    def end(self) -> dict[str, Any]:
        """Return how it ended."""
        return {"accuracy": self.accuracy, "epochs": self.epochs}
