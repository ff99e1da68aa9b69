"""Answering: seconds a call of one sample and of ten thousand, fastnet and everybody else."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from bench.client import CLOCK, Clock
from bench.contenders import CONTENDERS
from bench.jobs import FORWARD, ForwardJob
from bench.rounds import run


@pytest.mark.parametrize("contender", list(CONTENDERS))
@pytest.mark.parametrize("job", FORWARD, ids=lambda job: job.key)
@pytest.mark.benchmark(timer=CLOCK)
def test_forward(
    job: ForwardJob,
    contender: str,
    benchmark: Any,
    clock: Clock,
    folder: Path,
    quick: bool,
    rounds: int,
    request: pytest.FixtureRequest,
) -> None:
    run("forward", job, contender, "s/call", benchmark, clock, folder, quick, rounds, request)
