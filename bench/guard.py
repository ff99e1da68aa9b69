"""The guard against slow kernels: instructions are counted, so the machine's mood does not matter.

    python -m bench.guard            compares with bench/guard_baseline.json; exit code 1 if anything lost
    python -m bench.guard --update   writes the counts of this platform down, after a change that is meant

The jobs of `bench.guard_jobs` run under `valgrind --tool=callgrind` with FASTNET_CPU=avx2 (valgrind knows no
AVX-512; the source is the same). Counted is all of `fit` or `forward`, the Python around the heart too.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from bench.client import python_path
from bench.guard_jobs import JOBS

__all__ = ["BOUND", "baseline", "count", "judged", "main", "why_not"]

ROOT = Path(__file__).resolve().parent.parent
BASELINE = Path(__file__).with_name("guard_baseline.json")
BOUND = 1.15  # so many times the baseline's instructions are still accepted


def _level() -> str:
    return "avx2" if platform.machine().lower() in ("x86_64", "amd64") else "baseline"


def place() -> str:
    """Return the name of this platform's counts."""
    return f"{platform.system()} {platform.machine()} {_level()}"


def why_not() -> str | None:
    """Return why nothing can be counted here, or None."""
    if shutil.which("valgrind") is None:
        return "valgrind is not installed"
    from fastnet import _heart

    if _level() not in _heart._available():
        return f"this processor or build has no {_level()} kernels"
    return None


def count() -> dict[str, int]:
    """Return each job's instructions.

    Raises
    ------
    RuntimeError
        If valgrind or a job fails, or nothing was counted.
    """
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "count"
        command = ["valgrind", "--tool=callgrind", f"--callgrind-out-file={out}", "--dump-before=getppid"]
        environment = {
            **os.environ,
            "FASTNET_CPU": _level(),
            "PYTHONHASHSEED": "0",
            "OPENBLAS_NUM_THREADS": "1",
            "PYTHONPATH": python_path(),
        }
        done = subprocess.run(
            [*command, sys.executable, "-P", "-m", "bench.guard_jobs"], cwd=ROOT, env=environment, text=True,
            stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)  # fmt: skip
        counts = [_total(Path(f"{out}.{part}")) for part in range(2, 2 * len(JOBS) + 1, 2)]
    if done.returncode or 0 in counts:
        raise RuntimeError(f"counted {counts}; exit code {done.returncode}: {done.stderr[-2000:]}")
    return dict(zip(JOBS, counts, strict=True))


def _total(path: Path) -> int:
    """Return the instructions in one of callgrind's files; 0 if it is not there."""
    if not path.exists():
        return 0
    for line in path.read_text("utf-8", errors="replace").splitlines():
        if line.startswith("totals:"):
            return int(line.split()[1])
    return 0


def baseline() -> dict[str, int]:
    """Return this platform's stored counts; empty where there are none."""
    return json.loads(BASELINE.read_text("utf-8")).get(place(), {}) if BASELINE.exists() else {}


def judged(counts: dict[str, int], stored: dict[str, int]) -> tuple[list[str], list[str]]:
    """Return a line for every job, and the names of those that lost more than the bound allows."""
    lines, lost = [], []
    for name, now in counts.items():
        before = stored.get(name)
        if before is None:
            lines.append(f"{name:36} {now:>13,} instructions, no baseline")
            continue
        word = "LOST" if now > BOUND * before else "won: --update" if now * BOUND < before else "as before"
        lines.append(f"{name:36} {now:>13,} instructions, {now / before:.3f} of {before:,}: {word}")
        if word == "LOST":
            lost.append(name)
    return lines, lost


def main(argv: list[str] | None = None) -> int:
    """Run the command; return its exit code."""
    parser = argparse.ArgumentParser(
        prog="python -m bench.guard", description="Count the kernels' instructions."
    )
    parser.add_argument("--update", action="store_true", help="store the counts as this platform's baseline")
    update = parser.parse_args(argv).update
    if reason := why_not():
        print(f"skipped: {reason}")
        return 0
    counts = count()
    lines, lost = judged(counts, baseline())
    print("\n".join(lines))
    if update:
        stored = json.loads(BASELINE.read_text("utf-8")) if BASELINE.exists() else {}
        BASELINE.write_text(json.dumps({**stored, place(): counts}, indent=2, sort_keys=True) + "\n", "utf-8")
        return 0
    return 1 if lost else 0


if __name__ == "__main__":
    sys.exit(main())
