"""Benchmarks: `pytest bench` measures, `python -m bench.report` writes the table and the picture.

`jobs` says what is measured, `data` on what, `*_peer` are the contenders. Each runs in a process of its own
(`worker`, started by `client`), so that "one thread" holds for all of them. `verify` makes sure that they do
the same work before anything is timed. `selves` are the rows where fastnet meets itself. This file has the
options, the data and the summary.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parent.parent
if str(ROOT) not in sys.path:  # last, so that an installed fastnet comes before an unbuilt checkout
    sys.path.append(str(ROOT))

from bench import data, machine, summary  # noqa: E402
from bench.client import CLOCK, Clock  # noqa: E402


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("fastnet")
    group.addoption(
        "--quick",
        action="store_true",
        help="a smoke run: few samples and epochs, one round; the figures mean nothing",
    )
    group.addoption(
        "--contenders",
        default="",
        metavar="A,B",
        help="only these: fastnet, numpy, sklearn, torch, jax, onnx",
    )
    group.addoption("--require-bars", action="store_true", help="fail if a 'reach at least' is missed")


def pytest_configure(config: pytest.Config) -> None:
    """Let a benchmark that fails before its first round show its own error alone."""
    config.addinivalue_line("filterwarnings", "default::pytest_benchmark.logger.PytestBenchmarkWarning")


@pytest.fixture(scope="session")
def quick(request: pytest.FixtureRequest) -> bool:
    """Tell whether this is a smoke run."""
    return bool(request.config.getoption("--quick"))


@pytest.fixture(scope="session")
def rounds(quick: bool) -> int:
    """Return how often everything is timed; the median counts."""
    return 1 if quick else 3


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder where the data lie for all worker processes."""
    where = tmp_path_factory.mktemp("data")
    data.prepare(where)
    return where


@pytest.fixture
def clock() -> Iterator[Clock]:
    """Return the clock that shows what a worker measured, set for this benchmark."""
    CLOCK.start()
    yield CLOCK
    CLOCK.stop()


def pytest_benchmark_update_machine_info(config: pytest.Config, machine_info: dict[str, Any]) -> None:
    """Add what the table's caption says about the machine."""
    machine_info["fastnet"] = machine.describe()
    machine_info["fastnet"]["quick"] = bool(config.getoption("--quick"))


def _results(config: pytest.Config) -> list[summary.Result]:
    session = getattr(config, "_benchmarksession", None)
    found = [] if session is None else session.benchmarks
    return summary.collect([bench.as_dict(include_data=False) for bench in found if bench])


@pytest.hookimpl(trylast=True)  # below the long tables of pytest-benchmark
def pytest_terminal_summary(terminalreporter: Any, config: pytest.Config) -> None:
    """Print every row's ratios, and whether it reached what it should."""
    lines = summary.as_text(_results(config))
    if lines:
        terminalreporter.section("fastnet against the others")
        if config.getoption("--quick"):
            terminalreporter.write_line("a smoke run: these figures mean nothing")
        for line in lines:
            terminalreporter.write_line(line)


def pytest_sessionfinish(session: pytest.Session) -> None:
    """With --require-bars, make a missed bar an error."""
    if session.config.getoption("--require-bars") and summary.missed(_results(session.config)):
        session.exitstatus = pytest.ExitCode.TESTS_FAILED
