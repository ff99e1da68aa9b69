"""Until the compiled heart is there: its NumPy twin. Goes away with the first build of the heart."""

from __future__ import annotations

from typing import Any

try:
    from fastnet._heart import core, cpu
except ImportError:

    def core(dtype: str) -> Any:
        from fastnet import reference

        return reference

    def cpu() -> str:
        return "reference"
