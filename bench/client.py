"""The test's side: starts a worker process, asks it for rounds, and is the clock of pytest-benchmark."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from time import perf_counter
from typing import Any

__all__ = ["CLOCK", "Clock", "Worker", "python_path"]

ROOT = Path(__file__).resolve().parent.parent
# For everybody, before anything is imported.
ONE_THREAD = {
    name: "1"
    for name in (
        "OMP_NUM_THREADS",
        "OPENBLAS_NUM_THREADS",
        "MKL_NUM_THREADS",
        "BLIS_NUM_THREADS",
        "VECLIB_MAXIMUM_THREADS",
        "NUMEXPR_NUM_THREADS",
    )
} | {
    "XLA_FLAGS": "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1",
    "JAX_PLATFORMS": "cpu",
    "KMP_BLOCKTIME": "0",
}


def python_path() -> str:
    """Return the PYTHONPATH of a process that is to use the same fastnet as this one, and `bench`."""
    import fastnet

    here = str(Path(fastnet.__file__).resolve().parent.parent)
    return os.pathsep.join(dict.fromkeys(filter(None, (here, str(ROOT), os.environ.get("PYTHONPATH")))))


class Clock:
    """A timer for pytest-benchmark that shows the seconds a worker measured, not those of talking to it."""

    def __init__(self) -> None:
        self.now: float | None = None

    def __call__(self) -> float:
        return perf_counter() if self.now is None else self.now

    def start(self) -> None:
        """Stand still from now on, but for `add`."""
        self.now = 0.0

    def add(self, seconds: float) -> None:
        """Let `seconds` pass."""
        assert self.now is not None
        self.now += seconds

    def stop(self) -> None:
        """Show the real time again."""
        self.now = None


CLOCK = Clock()  # there is one, as the benchmarks run one after the other


class Worker:
    """A process that measures one thing.

    Parameters
    ----------
    task : str
        "train", "forward" or "self".
    threads : int
        Cores it may use; with one it is bound to a single core.
    what
        The task's arguments; see `bench.worker`.
    """

    def __init__(self, task: str, threads: int = 1, **what: Any) -> None:
        self._errors = tempfile.TemporaryFile("w+")
        environment = {**os.environ, **ONE_THREAD, "PYTHONPATH": python_path()}
        spec = json.dumps({"task": task, "threads": threads, **what})
        self._process = subprocess.Popen(
            [sys.executable, "-P", "-m", "bench.worker", spec],
            cwd=ROOT,
            env=environment,
            text=True,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._errors,
        )
        try:
            self.ready: dict[str, Any] = self._answer()
        except BaseException:
            self.close()
            raise

    def ask(self, what: str) -> dict[str, Any]:
        """Send one request ("round" or "end") and return the answer."""
        assert self._process.stdin is not None
        self._process.stdin.write(what + "\n")
        self._process.stdin.flush()
        return self._answer()

    def _answer(self) -> dict[str, Any]:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        answer = json.loads(line) if line else {"error": f"the worker died ({self._process.wait()})"}
        if "error" in answer:
            self._errors.seek(0)
            raise RuntimeError(f"{answer['error']}\n{self._errors.read()[-3000:]}")
        return answer

    def close(self) -> None:
        """End the process."""
        for stream in (self._process.stdin, self._process.stdout):
            if stream is not None:
                stream.close()
        try:
            self._process.wait(10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._errors.close()

    def __enter__(self) -> Worker:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()
