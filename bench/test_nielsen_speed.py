"""The book's programs: 30 epochs of `SGD` on a list of tuples against the same algorithm in NumPy.

Each row runs in a process of its own with one thread: first the weights, the order of the list and the
counts of both are compared, then an epoch in NumPy and the 30 of fastnet are timed in turn, three times, all
of it end to end: from the call with the list to the last printed count of right test images.
"""

from __future__ import annotations

import contextlib
import io
import json
import os
import random
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import Any

import numpy as np
import pytest

from bench.client import CLOCK, ONE_THREAD, ROOT, Clock
from bench.rounds import asked_for
from bench.worker import bind

SIZES = [784, 30, 10]
EPOCHS = 30
CHECKED = 1000  # images of the comparison


@dataclass(frozen=True)
class Row:
    """One setting, and how many times as fast as NumPy fastnet must be."""

    batch: int
    eta: float
    dtype: str
    bar: float

    @property
    def key(self) -> str:
        return f"nielsen-{self.batch}-{self.dtype}"

    @property
    def title(self) -> str:
        return f"the book's SGD, {self.dtype}, mini-batches of {self.batch}"


ROWS = (
    Row(10, 3.0, "float64", 60),
    Row(10, 3.0, "float32", 100),
    Row(1, 0.3, "float64", 60),
)


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.key)
@pytest.mark.benchmark(timer=CLOCK)
def test_book(
    row: Row,
    benchmark: Any,
    clock: Clock,
    folder: Path,
    quick: bool,
    rounds: int,
    request: pytest.FixtureRequest,
) -> None:
    if "fastnet" not in asked_for(request.config):
        pytest.skip("fastnet is not among --contenders")
    path = os.pathsep.join(filter(None, (str(ROOT), str(ROOT / "tests"), os.environ.get("PYTHONPATH"))))
    arguments = [row.key, str(folder), str(int(quick)), str(rounds)]
    command = [sys.executable, "-m", "bench.test_nielsen_speed", *arguments]
    environment = {**os.environ, **ONE_THREAD, "PYTHONPATH": path}
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    ratio = found["book_epoch"] / median(found["fast_epochs"])
    benchmark.group = row.title
    each = iter(found["fast_epochs"])
    benchmark.pedantic(lambda: clock.add(next(each)), rounds=rounds)
    benchmark.extra_info.update(
        row=row.key,
        title=row.title,
        section="self",
        contender="fastnet",
        name="fastnet",
        threads=1,
        figure=ratio,
        figures=[found["book_epoch"] / epoch for epoch in found["fast_epochs"]],
        meaning="times as fast as the book's algorithm in NumPy",
        unit="x",
        self_bar=["at least", row.bar],
        aim=None,
        data=(folder / "name.txt").read_text("utf-8"),
        versions={"NumPy": np.__version__},
        note="",
        check=found,
    )
    print(
        f"{row.title}: {found['book_epoch']:.2f} s an epoch in NumPy, "
        f"{1e3 * median(found['fast_epochs']):.1f} ms in fastnet, {ratio:.0f} times as fast"
    )
    if not quick:
        assert ratio >= row.bar


# --- In the process that measures --------------------------------------------------------------------


class Work:
    """The lists, and one setting done by both."""

    def __init__(self, row: Row, folder: Path, quick: bool) -> None:
        import nielsen_oracle  # of the tests: the book's algorithm in NumPy

        self.oracle, self.row, self.epochs = nielsen_oracle, row, 2 if quick else EPOCHS
        n = 2000 if quick else None
        x, y = (np.load(folder / f"{name}.npy")[:n] for name in ("images", "labels"))
        columns = (x[:50_000].reshape(-1, 784, 1) / np.float32(256)).astype(np.float32)
        self.training = [
            (column, nielsen_oracle.one_hot(digit)) for column, digit in zip(columns, y[:50_000], strict=True)
        ]
        x, y = (np.load(folder / f"test_{name}.npy")[:n] for name in ("images", "labels"))
        self.test = list(zip((x.reshape(-1, 784, 1) / np.float32(256)).astype(np.float32), y, strict=True))

    def book(self, training: list[Any], epochs: int) -> tuple[Any, list[int]]:
        """Train as the book does; return its parameters and the counts."""
        random.seed(1)
        np.random.seed(1)
        state = self.oracle.fresh(SIZES)
        counts = []
        for _ in range(epochs):
            self.oracle.epoch(state, training, self.row.batch, self.row.eta)
            counts.append(self.oracle.right(state, self.test))
        return state, counts

    def fast(self, training: list[Any], epochs: int) -> tuple[Any, list[int]]:
        """Train with fastnet; return the network and the counts it printed."""
        from fastnet.nielsen import network

        random.seed(1)
        np.random.seed(1)
        net = network.Network(SIZES, dtype=self.row.dtype)
        with contextlib.redirect_stdout(io.StringIO()) as printed:
            net.SGD(training, epochs, self.row.batch, self.row.eta, test_data=self.test)
        return net, [int(line.split()[2]) for line in printed.getvalue().splitlines()]

    def compare(self) -> dict[str, Any]:
        """Refuse to time what does not do the same work."""
        lists = [self.training[:CHECKED] for _ in range(2)]
        (state, book), (net, fast) = self.book(lists[0], 1), self.fast(lists[1], 1)
        pairs = zip(net.weights + net.biases, state["w"] + state["b"], strict=True)
        difference = max(float(np.abs(a - b).max()) for a, b in pairs)
        same_order = all(a is b for a, b in zip(*lists, strict=True))
        # Single precision at these rates of learning: near, and chaotic after that.
        if not same_order or difference > (1e-11 if self.row.dtype == "float64" else 1e-2):
            raise AssertionError(f"not the same work: weights differ by {difference}, {same_order=}")
        if abs(book[0] - fast[0]) > (0 if self.row.dtype == "float64" else 0.01 * len(self.test)):
            raise AssertionError(f"not the same answers: {book} and {fast}")
        return {"difference": difference}

    def measure(self, rounds: int) -> dict[str, Any]:
        """Time both in turn."""
        found: dict[str, Any] = self.compare()
        book, fast, counts = [], [], []
        for _ in range(rounds):
            book.append(self._timed(self.book, 1)[0])
            seconds, result = self._timed(self.fast, self.epochs)
            fast.append(seconds / self.epochs)
            counts = result[1]
        if counts[-1] < 0.9 * len(self.test) and self.epochs == EPOCHS:
            raise AssertionError(f"nothing learned: {counts}")
        return {**found, "book_epoch": median(book), "fast_epochs": fast, "right": counts[-1]}

    def _timed(self, train: Any, epochs: int) -> tuple[float, Any]:
        training = list(self.training)
        begun = perf_counter()
        result = train(training, epochs)
        return perf_counter() - begun, result


def main(key: str, folder: str, quick: str, rounds: str) -> None:
    bind(1)
    row = next(row for row in ROWS if row.key == key)
    print(json.dumps(Work(row, Path(folder), bool(int(quick))).measure(int(rounds))))


if __name__ == "__main__":
    main(*sys.argv[1:])
