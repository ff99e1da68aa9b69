"""The rows where fastnet meets itself: inputs, dtypes, threads, memory, long runs, time to an accuracy.

A row's `make(folder, quick)` returns an object for `bench.worker`: each round returns its seconds and its
figure (a ratio measured within the round, both sides one after the other, or a value).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

from bench.jobs import TRAINING
from bench.self_threads import FitThreads, ForwardThreads, Many
from bench.self_training import Dtypes, FirstAndLast, Inputs, Memory, TimeTo

__all__ = ["ROWS", "Row"]


@dataclass(frozen=True)
class Row:
    """One row: what its figure means, and its bar: ("at least" or "at most", number)."""

    key: str
    title: str
    figure: str
    unit: str
    bar: tuple[str, float]
    make: Callable[[str, bool], Any]
    aim: float | None = None
    threads: int = 1


def _dtype_rows() -> list[Row]:
    return [
        Row(
            f"float64-{job.key}",
            f"float64: {job.title}",
            "time over that of float32",
            "x",
            ("at most", 2.2),
            partial(Dtypes, job.key),
        )
        for job in TRAINING
    ]


def _input_rows() -> list[Row]:
    # "the same speed or better", with 5 % for what two runs of the same work differ by
    names = {
        "uint8": "uint8 pixels, scaled in the kernel",
        "csr": "CSR matrix",
        "memmap": "float32 in a memory map",
    }
    return [
        Row(
            f"input-{kind}",
            f"input: {name}, 784-16-16-10 batch 10",
            "speed over that of a float32 array",
            "x",
            ("at least", 0.95),
            partial(Inputs, kind),
        )
        for kind, name in names.items()
    ]


ROWS = {
    row.key: row
    for row in [
        Row(
            "time-to-96",
            "from fit to 96.0 % of the MNIST test set, 784-16-16-10",
            "seconds",
            "s",
            ("at most", 1.0),
            partial(TimeTo, "96"),
            aim=0.4,
        ),
        Row(
            "time-to-98",
            "from fit to 98.0 % of the MNIST test set, any MLP",
            "seconds",
            "s",
            ("at most", 2.0),
            partial(TimeTo, "98"),
            aim=1.0,
        ),
        *_dtype_rows(),
        *_input_rows(),
        Row(
            "epoch-30",
            "epoch 30 against epoch 1 (subnormals), 784-16-16-10 batch 10",
            "time over that of epoch 1",
            "x",
            ("at most", 1.15),
            FirstAndLast,
        ),
        Row(
            "memory",
            "memory of a fit on 60,000 MNIST float32 images, at its peak",
            "on top of the input",
            "x the input",
            ("at most", 0.35),
            Memory,
        ),
        Row(
            "threads-fit",
            "fit, 784-128-10 batch 128, two threads",
            "speed over one thread",
            "x",
            ("at least", 1.7),
            FitThreads,
            threads=2,
        ),
        Row(
            "threads-forward",
            "forward, 10,000 samples, 784-128-10, two threads",
            "speed over one thread",
            "x",
            ("at least", 1.7),
            ForwardThreads,
            threads=2,
        ),
        Row(
            "threads-fit-busy",
            "fit on two threads beside a busy process",
            "speed over one thread",
            "x",
            ("at least", 0.9),
            partial(FitThreads, busy=True),
            threads=2,
        ),
        Row(
            "threads-forward-busy",
            "forward on two threads beside a busy process",
            "speed over one thread",
            "x",
            ("at least", 0.9),
            partial(ForwardThreads, busy=True),
            threads=2,
        ),
        Row(
            "fit-many",
            "fit_many, eight networks 784-16-16-10 on two cores",
            "speed over one after the other",
            "x",
            ("at least", 1.8),
            Many,
            threads=2,
        ),
    ]
}
