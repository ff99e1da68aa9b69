"""One benchmark: a worker is started, checked, asked for its rounds, and its figures are noted."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest

from bench.client import Clock, Worker
from bench.contenders import CONTENDERS, missing

__all__ = ["run", "timed"]


def run(
    task: str,
    job: Any,
    contender: str,
    unit: str,
    benchmark: Any,
    clock: Clock,
    folder: Path,
    quick: bool,
    rounds: int,
    config: pytest.Config,
) -> None:
    """Measure `contender` at `job`, or skip it with a reason."""
    only = [name for name in config.getoption("--contenders").split(",") if name]
    if only and contender not in only:
        pytest.skip(f"{contender} is not among --contenders")
    if lacking := missing(contender):
        pytest.skip(f"not installed: {', '.join(lacking)}")
    with Worker(task, contender=contender, row=job.key, folder=str(folder), quick=quick) as worker:
        benchmark.group = job.title
        benchmark.extra_info.update(
            row=job.key,
            title=job.title,
            section=task,
            contender=contender,
            name=CONTENDERS[contender].title,
            unit=unit,
            bar=asdict(job.bar) if job.bar else None,
            **worker.ready,
        )
        timed(worker, benchmark, clock, rounds)
        benchmark.extra_info["check"] = worker.ask("end")


def timed(worker: Worker, benchmark: Any, clock: Clock, rounds: int) -> None:
    """Do the rounds, on the worker's clock."""
    benchmark.pedantic(lambda: clock.add(worker.ask("round")["seconds"]), rounds=rounds)
