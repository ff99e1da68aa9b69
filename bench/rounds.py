"""A row of the table: its contenders are started and checked, take turns, and each notes its own figures.

In turn, so that a slow minute of the machine falls on all of them and not on one: ratios are what counts.
"""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import ExitStack
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import pytest

from bench.client import Clock, Worker
from bench.contenders import CONTENDERS, missing

__all__ = ["Outcome", "asked_for", "contest", "run"]


@dataclass
class Outcome:
    """What a contender did: seconds of each round, what it said before and after, or what went wrong."""

    seconds: list[float] = field(default_factory=list)
    ready: dict[str, Any] = field(default_factory=dict)
    check: dict[str, Any] = field(default_factory=dict)
    error: Exception | None = None


OUTCOMES = pytest.StashKey[dict[tuple[str, str], dict[str, Outcome]]]()


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
    request: pytest.FixtureRequest,
) -> None:
    """Note what `contender` did at `job`, or skip it with a reason. The row's first one starts them all."""
    if contender not in asked_for(request.config):
        pytest.skip(f"{contender} is not among --contenders")
    if lacking := missing(contender):
        pytest.skip(f"not installed: {', '.join(lacking)}")
    found = request.config.stash.setdefault(OUTCOMES, {})
    if (task, job.key) not in found:
        found[task, job.key] = contest(task, job, taking_part(job, request), folder, quick, rounds)
    outcome = found[task, job.key][contender]
    if outcome.error is not None:
        raise outcome.error
    benchmark.group = job.title
    each = iter(outcome.seconds)
    benchmark.pedantic(lambda: clock.add(next(each)), rounds=rounds)
    benchmark.extra_info.update(
        row=job.key,
        title=job.title,
        section=task,
        contender=contender,
        name=CONTENDERS[contender].title,
        unit=unit,
        bar=asdict(job.bar) if job.bar else None,
        **{**outcome.ready, "check": outcome.check},
    )


def asked_for(config: pytest.Config) -> list[str]:
    """Return the contenders of --contenders, all of them without it."""
    return [name for name in config.getoption("--contenders").split(",") if name] or list(CONTENDERS)


def taking_part(job: Any, request: pytest.FixtureRequest) -> list[str]:
    """Return who is to be measured at `job`: selected, asked for and installed; the bar's peer next to us."""
    chosen = {
        item.callspec.params["contender"]
        for item in request.session.items
        if getattr(item, "originalname", None) == request.node.originalname
        and item.callspec.params["job"] is job
    }
    peers = [job.bar.peer] if job.bar else []
    order = dict.fromkeys(["fastnet", *peers, *CONTENDERS])
    asked = asked_for(request.config)
    return [name for name in order if name in chosen and name in asked and not missing(name)]


def contest(
    task: str, job: Any, contenders: Iterable[str], folder: Path, quick: bool, rounds: int
) -> dict[str, Outcome]:
    """Start all of `contenders`, let them take turns, and return what each did.

    Who fails is out, and the others go on.
    """
    outcomes = {name: Outcome() for name in contenders}
    workers: dict[str, Worker] = {}
    with ExitStack() as stack:

        def start(name: str) -> None:
            workers[name] = stack.enter_context(
                Worker(task, contender=name, row=job.key, folder=str(folder), quick=quick)
            )
            outcomes[name].ready = workers[name].ready

        def one(name: str) -> None:
            outcomes[name].seconds.append(workers[name].ask("round")["seconds"])

        def end(name: str) -> None:
            outcomes[name].check = workers[name].ask("end")

        for step in (start, *[one] * rounds, end):
            for name, outcome in outcomes.items():
                if outcome.error is None:
                    try:
                        step(name)
                    except Exception as error:
                        outcome.error = error
    return outcomes
