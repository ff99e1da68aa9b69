"""Each of the book's experiments runs, on made-up digits, and leaves its picture."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import nielsen_oracle as oracle
import numpy as np
import pytest

import fastnet.nielsen
from fastnet.datasets import write_idx

ROOT = Path(fastnet.nielsen.__file__).parents[2]
SCRIPTS = sorted(path.name for path in (ROOT / "examples").glob("book_*.py") if path.name != "book_common.py")


@pytest.fixture(scope="module")
def digits(tmp_path_factory):
    folder = tmp_path_factory.mktemp("mnist")
    for name, n in (("train", 240), ("t10k", 40)):
        x, y = oracle.images(n, n)
        write_idx(folder / f"{name}-images-idx3-ubyte", (x * 256).astype(np.uint8).reshape(-1, 28, 28))
        write_idx(folder / f"{name}-labels-idx1-ubyte", y.astype(np.uint8))
    return folder


@pytest.mark.parametrize("script", SCRIPTS)
def test_example(script, digits, tmp_path):
    pytest.importorskip("matplotlib")
    out = tmp_path / "picture.png"
    command = [sys.executable, "-W", "error", str(ROOT / "examples" / script), "--out", str(out), "--data",
               str(digits), "--epochs", "2"]
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "MPLCONFIGDIR": str(digits)}
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert out.read_bytes().startswith(b"\x89PNG") and out.stat().st_size > 10_000
    assert " s" in done.stdout and "picture: " in done.stdout


def test_all_experiments_are_there():
    assert len(SCRIPTS) == 8
