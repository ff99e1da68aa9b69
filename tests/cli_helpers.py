"""The command line as a process of its own, as a user starts it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import fastnet

ROOT = Path(fastnet.__file__).parents[1]
COMMAND = [sys.executable, "-W", "error", "-m", "fastnet"]


def environment(**changes):
    """This process's environment, with the package that is under test and nothing that changes the output."""
    dropped = ("FORCE_COLOR", "PYTHONWARNINGS")
    kept = {name: value for name, value in os.environ.items() if name not in dropped}
    return {**kept, "PYTHONPATH": str(ROOT), "PYTHONIOENCODING": "utf-8", **changes}


def run(*arguments, cwd, code=0, **changes):
    """Run `fastnet arguments`; return (stdout, stderr). Its exit code must be `code`."""
    done = subprocess.run(
        [*COMMAND, *map(str, arguments)], cwd=cwd, env=environment(**changes), text=True,
        stdin=subprocess.DEVNULL, capture_output=True, timeout=120,
    )  # fmt: skip
    assert done.returncode == code, f"exit code {done.returncode}\n{done.stdout}\n{done.stderr}"
    assert "Traceback" not in done.stderr, done.stderr
    return done.stdout, done.stderr


def run_json(*arguments, cwd, code=0):
    """Run `fastnet arguments --json`; return the one object that stdout must be."""
    out, err = run(*arguments, "--json", cwd=cwd, code=code)
    assert err == ""
    assert out.count("\n") == 1
    return json.loads(out, parse_constant=lambda name: (_ for _ in ()).throw(ValueError(name)))


def error(*arguments, cwd, code=1):
    """Run `fastnet arguments`, which must fail with one line on stderr; return the line."""
    out, err = run(*arguments, cwd=cwd, code=code)
    assert out == ""
    assert err.count("\n") == 1 and err.startswith("fastnet"), err
    return err.strip()
