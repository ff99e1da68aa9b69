"""What a worker does for the rows with contenders: rounds of training, and of answering."""

from __future__ import annotations

from importlib import import_module
from time import perf_counter
from typing import Any

import numpy as np

from bench import data, verify
from bench.contenders import CONTENDERS
from bench.jobs import FORWARD_BY_KEY, TRAINING_BY_KEY

__all__ = ["Forward", "Train"]

QUICK_SAMPLES = 2000


class Train:
    """Rounds of training of one contender: seconds an epoch."""

    def __init__(self, contender: str, row: str, folder: str, quick: bool) -> None:
        peer = import_module(CONTENDERS[contender].module)
        job, self.note = TRAINING_BY_KEY[row], ""
        if hasattr(peer, "as_done"):
            job, self.note = peer.as_done(job)
        self.epochs = job.epochs_of(contender)
        if quick:
            self.epochs = 2 if contender == "fastnet" else min(1, self.epochs)
        n = QUICK_SAMPLES if quick else job.n
        self.job, self.data, self.rng = job, data.load(folder, job.data, n), np.random.default_rng(11)
        self.start = verify.first_weights(job.sizes)
        self.training = self._new(peer, n)
        # A few whole mini-batches and a short one, on a contender of its own.
        few = min(n, 6 * job.batch_size + (job.batch_size + 1) // 2)
        self.checked = verify.check_training(
            self._new(peer, few),
            job,
            self.data.X,
            self.data.Y,
            self.start,
            self.rng.permutation(few),
            getattr(peer, "TOLERANCE", 1e-3),
        )
        self.before = verify.score(job, self.start, self.data.test_X, self.data.test_Y)
        self.samples = max(job.batch_size, round(n * min(1, self.epochs)) // job.batch_size * job.batch_size)
        if self.epochs < 1:
            self.note = ", ".join(filter(None, (self.note, f"timed on {self.epochs:g} of an epoch")))
        else:
            self.samples = n
        self.whole_fit = getattr(peer.Training, "whole_fit", False)
        if not self.whole_fit:
            self.training.epoch(
                self._order()
            )  # compiles, fills caches and memory: not timed, to their favour
        self.ready = {
            "data": self.data.name,
            "versions": peer.versions(),
            "note": self.note,
            "check": self.checked,
        }

    def _new(self, peer: Any, n: int) -> Any:
        more = (
            {}
            if peer.__name__.endswith("numpy_peer")
            else {"labels": None if self.data.labels is None else self.data.labels[:n]}
        )
        return peer.Training(self.job, self.data.X[:n], self.data.Y[:n], self.start, **more)

    def _order(self) -> np.ndarray:
        return self.rng.permutation(len(self.data.X))[: self.samples]

    def round(self) -> dict[str, Any]:
        """Time one round; drawing the order of the samples is part of it."""
        begun = perf_counter()
        if self.whole_fit:
            self.training.fit(int(self.epochs))
            epochs = self.epochs
        else:
            passes = max(1, int(self.epochs))
            for _ in range(passes):
                self.training.epoch(self._order())
            epochs = passes * self.samples / len(self.data.X)
        return {"seconds": (perf_counter() - begun) / epochs}

    def end(self) -> dict[str, Any]:
        """Show that it learns: the cost on data it has not seen has fallen."""
        after = verify.score(self.job, self.training.parameters(), self.data.test_X, self.data.test_Y)
        if not after["cost"] < self.before["cost"]:
            raise AssertionError(
                f"nothing learned: the cost went from {self.before['cost']} to {after['cost']}"
            )
        return {
            **self.checked,
            "updates_an_epoch": self.job.updates,
            "updates_made": self.training.updates,
            "sizes": self.job.sizes,
            "before": self.before,
            "after": after,
        }


class Forward:
    """Rounds of answering of one contender: seconds a call."""

    def __init__(self, contender: str, row: str, folder: str, quick: bool) -> None:
        peer = import_module(CONTENDERS[contender].module)
        job = FORWARD_BY_KEY[row]
        start = verify.first_weights(job.sizes)
        images = data.load(folder, job.data, 1)
        answering = peer.Answering(job, start)
        self.call = answering.many if job.n else answering.one
        self.X = images.test_X[: job.n] if job.n else images.test_X[0].copy()
        self.checked = verify.check_forward(self.call, job, self.X, start)
        self.calls = 3 if quick else 30
        if not job.n:  # as many as take about a fifth of a second
            self._run(100)
            self.calls = max(100, round((0.02 if quick else 0.2) * 100 / self._run(100)))
        self._run(self.calls)
        self.ready = {"data": images.name, "versions": peer.versions(), "note": "", "check": self.checked}

    def _run(self, calls: int) -> float:
        call, X = self.call, self.X
        begun = perf_counter()
        for _ in range(calls):
            call(X)
        return perf_counter() - begun

    def round(self) -> dict[str, Any]:
        """Time a number of calls."""
        return {"seconds": self._run(self.calls) / self.calls}

    def end(self) -> dict[str, Any]:
        """Return what was checked."""
        return {**self.checked, "calls_a_round": self.calls}
