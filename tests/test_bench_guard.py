"""The guard against slow kernels: it judges rightly, and nothing has lost."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture
def guard(monkeypatch):
    monkeypatch.setattr(sys, "path", [*sys.path, str(ROOT)])
    from bench import guard

    return guard


def test_a_loss_over_the_bound_is_told(guard):
    lines, lost = guard.judged({"a": 116, "b": 114, "c": 50, "d": 1}, {"a": 100, "b": 100, "c": 100})
    assert lost == ["a"]
    assert [line.rsplit(" ", 1)[-1] for line in lines] == ["LOST", "before", "--update", "baseline"]


def test_every_job_has_a_baseline_where_there_is_one(guard):
    stored = guard.json.loads(guard.BASELINE.read_text("utf-8"))
    assert stored
    for place, counts in stored.items():
        assert set(counts) == set(guard.JOBS), f"{place}: run python -m bench.guard --update"
        assert all(isinstance(number, int) and number > 1_000_000 for number in counts.values())


@pytest.mark.slow
def test_no_kernel_takes_more_instructions(guard):
    if reason := guard.why_not():
        pytest.skip(reason)
    if not guard.baseline():
        pytest.skip(f"no baseline for {guard.place()}")
    if os.environ.get("FASTNET_DEBUG", "") not in ("", "0"):
        pytest.skip("a build with checks takes more instructions")
    lines, lost = guard.judged(guard.count(), guard.baseline())
    assert not lost, "\n".join(lines)
