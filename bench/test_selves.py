"""fastnet against itself: dtypes, inputs, threads, memory, long runs, time to an accuracy."""

from __future__ import annotations

import os
from pathlib import Path
from statistics import median
from typing import Any

import pytest

from bench.client import CLOCK, Clock, Worker
from bench.rounds import asked_for
from bench.selves import ROWS, Row


def _cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


@pytest.mark.parametrize("row", ROWS.values(), ids=lambda row: row.key)
@pytest.mark.benchmark(timer=CLOCK)
def test_self(
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
    if row.threads > _cores():
        pytest.skip(f"needs {row.threads} cores")
    if row.key == "input-csr":
        pytest.importorskip("scipy")
    with Worker("self", row.threads, row=row.key, folder=str(folder), quick=quick) as worker:
        if "skip" in worker.ready:
            pytest.skip(worker.ready["skip"])
        answers: list[dict[str, float]] = []

        def one() -> None:
            answers.append(worker.ask("round"))
            clock.add(answers[-1]["seconds"])

        benchmark.group = row.title
        benchmark.pedantic(one, rounds=rounds)
        benchmark.extra_info.update(
            row=row.key,
            title=row.title,
            section="self",
            contender="fastnet",
            name="fastnet",
            threads=row.threads,
            figure=median(answer["figure"] for answer in answers),
            figures=[answer["figure"] for answer in answers],
            meaning=row.figure,
            unit=row.unit,
            self_bar=list(row.bar),
            aim=row.aim,
            **worker.ready,
        )
        benchmark.extra_info["check"] = worker.ask("end")
