"""Training: seconds an epoch, fastnet and everybody else, row by row."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from bench.client import CLOCK, Clock
from bench.contenders import CONTENDERS
from bench.jobs import TRAINING, Job
from bench.rounds import run

WHO = [name for name, contender in CONTENDERS.items() if contender.trains]


@pytest.mark.parametrize("contender", WHO)
@pytest.mark.parametrize("job", TRAINING, ids=lambda job: job.key)
@pytest.mark.benchmark(timer=CLOCK)
def test_training(
    job: Job,
    contender: str,
    benchmark: Any,
    clock: Clock,
    folder: Path,
    quick: bool,
    rounds: int,
    request: pytest.FixtureRequest,
) -> None:
    run("train", job, contender, "s/epoch", benchmark, clock, folder, quick, rounds, request)
