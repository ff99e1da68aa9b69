"""What is in the wheel and in the sdist; `.ci/run` builds both and names them."""

from __future__ import annotations

import os
import tarfile
import zipfile

import pytest

WHEEL, SDIST = os.environ.get("FASTNET_WHEEL"), os.environ.get("FASTNET_SDIST")
needs_wheel = pytest.mark.skipif(not WHEEL, reason="FASTNET_WHEEL does not name a built wheel")
needs_sdist = pytest.mark.skipif(not SDIST, reason="FASTNET_SDIST does not name a built sdist")


@needs_wheel
def test_the_wheel_has_all_that_runs():
    with zipfile.ZipFile(WHEEL) as wheel:
        names = wheel.namelist()
        [about] = [name for name in names if name.endswith(".dist-info/METADATA")]
        text = wheel.read(about).decode()
        [points] = [name for name in names if name.endswith(".dist-info/entry_points.txt")]
        assert "fastnet = fastnet.cli:main" in wheel.read(points).decode()
    for wanted in (
        "fastnet/__init__.py",
        "fastnet/py.typed",
        "fastnet/cli/train.py",
        "fastnet/datasets/digits.npz",
        "fastnet/datasets/DIGITS-LICENCE.txt",
        "fastnet/_kernels/core_float32_baseline.pyi",
        "fastnet/nielsen/_shuffle.pyi",
        "fastnet/page/template.html",
        "fastnet/page/main.js",
        "fastnet/page/style.css",
    ):
        assert wanted in names
    compiled = [name for name in names if name.endswith((".so", ".pyd"))]
    modules = ("_cython", "_cpu", "_compact", "_order", "_shuffle")
    for module in ("core_float32_baseline", "core_float64_baseline", *modules):
        assert any(name.rpartition("/")[2].startswith(module + ".") for name in compiled), module
    assert all(name.startswith(("fastnet/", "fastnet-")) for name in names)
    assert not [name for name in names if name.endswith((".c", ".pyc"))]
    assert any(name.endswith("licenses/LICENSE") for name in names)
    assert "License-Expression: MIT" in text and "Requires-Python: >=3.11" in text
    needed = [line for line in text.splitlines() if line.startswith("Requires-Dist") and "extra" not in line]
    assert needed == ["Requires-Dist: numpy>=2.0"]


@needs_sdist
def test_the_sdist_can_be_built_and_tested():
    with tarfile.open(SDIST) as sdist:
        names = {name.partition("/")[2] for name in sdist.getnames()}
    for wanted in (
        "setup.py",
        "pyproject.toml",
        "README.md",
        "LICENSE",
        "CHANGELOG.md",
        "ARCHITECTURE.md",
        "fastnet/_kernels/core.pyx",
        "fastnet/_kernels/engine.pxi",
        "fastnet/_kernels/words.pxd",
        "fastnet/_kernels/words.h",
        "fastnet/_kernels/levels.py",
        "fastnet/datasets/digits.npz",
        "fastnet/nielsen/_shuffle.pyx",
        "tests/helpers.py",
        ".ci/run",
    ):
        assert wanted in names
    assert not [name for name in names if name.endswith((".so", ".c", ".pyc", ".fastnet"))]
