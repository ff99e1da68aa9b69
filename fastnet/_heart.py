"""Picks the build of the heart that fits this processor, once, at import.

On x86-64 there are three builds of the same source for each dtype: `baseline`, `avx2` (with FMA) and
`avx512`. Elsewhere there is one, `baseline`, which the compiler lowers to what the machine has (NEON on
ARM). The environment variable `FASTNET_CPU` forces one of them. The AVX2 and the AVX-512 build give the same
bits; the x86 baseline has no fused multiply-add and may differ from them in the last digits.
"""

from __future__ import annotations

import os
from importlib import import_module
from types import ModuleType

from fastnet._kernels import _cpu, levels

__all__ = ["core", "cpu"]


def _available() -> tuple[str, ...]:
    """Return the builds that are installed and that this processor can run, best first."""
    can = {"avx512": _cpu.has_avx512(), "avx2": _cpu.has_avx2(), "baseline": True}
    return tuple(level for level in reversed(levels.LEVELS) if can[level])


def _chosen() -> str:
    available = _available()
    forced = os.environ.get("FASTNET_CPU", "").strip().lower()
    if not forced:
        return available[0]
    if forced not in available:
        raise ImportError(
            f"FASTNET_CPU is {forced!r}; this installation and processor can run "
            + ", ".join(map(repr, available))
        )
    return forced


_LEVEL = _chosen()
_CORES: dict[str, ModuleType] = {}


def core(dtype: str) -> ModuleType:
    """Return the compiled heart for "float32" or "float64"."""
    if dtype not in _CORES:
        _CORES[dtype] = import_module(f"fastnet._kernels.core_{dtype}_{_LEVEL}")
    return _CORES[dtype]


def cpu() -> str:
    """Tell which build of the kernels runs: "avx512", "avx2" or "baseline".

    Returns
    -------
    str
        Chosen at import from what the processor can do, or forced by the environment variable FASTNET_CPU.
    """
    return _LEVEL
