"""The process that measures: `python -m bench.worker '{"task": "train", "contender": "numpy", ...}'`.

It prepares and checks the work, says so in a line of JSON, and then answers every line "round" with the
time of a round and "end" with what it can show for it. Everything else that is printed goes to stderr.
"""

from __future__ import annotations

import json
import os
import sys
import traceback
from typing import Any, TextIO


def bind(threads: int) -> None:
    """Stay on the last of this process's cores if one thread is meant, so that nobody cheats unawares."""
    if threads == 1 and hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})


def work(spec: dict[str, Any]) -> Any:
    """Return the object that does the rounds. Imported here: thread settings come first."""
    if spec["task"] == "self":
        from bench.selves import ROWS

        return ROWS[spec["row"]].make(spec["folder"], spec["quick"])
    from bench.measure import Forward, Train

    kind = {"train": Train, "forward": Forward}[spec["task"]]
    return kind(spec["contender"], spec["row"], spec["folder"], spec["quick"])


def serve(spec: dict[str, Any], out: TextIO) -> None:
    """Do what is asked for until the input ends."""

    def say(answer: dict[str, Any]) -> None:
        print(json.dumps(answer), file=out, flush=True)

    try:
        bind(spec["threads"])
        worker = work(spec)
        say(worker.ready)
        for line in sys.stdin:
            say(worker.round() if line.strip() == "round" else worker.end())
    except Exception:
        say({"error": traceback.format_exc()})


if __name__ == "__main__":
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # what libraries print is not an answer
    serve(json.loads(sys.argv[1]), answers)
