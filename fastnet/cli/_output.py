"""What commands print: text for people, JSON for machines."""

from __future__ import annotations

import json
import math
from typing import Any

__all__ = ["count", "print_json", "seconds", "table_of_confusion"]

MOST_CLASSES = 20  # more make a table that no terminal can show


def print_json(value: dict[str, Any]) -> None:
    """Print an object as JSON, with null for what is not a finite number: the standard has no other word."""
    print(json.dumps(_plain(value), allow_nan=False))


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {str(key): _plain(entry) for key, entry in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(entry) for entry in value]
    if hasattr(value, "tolist"):  # of NumPy
        return _plain(value.tolist())
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value


def count(n: int, thing: str) -> str:
    """Return "1 epoch", "2 epochs"."""
    return f"{n:,} {thing}{'' if n == 1 else 's'}"


def seconds(duration: float) -> str:
    """Return a duration to read."""
    if duration < 60:
        return f"{duration:.2f} s" if duration < 10 else f"{duration:.1f} s"
    return f"{int(duration // 60)} min {int(duration % 60)} s"


def table_of_confusion(confusion: Any, names: tuple[str, ...]) -> list[str]:
    """Return the lines of a confusion matrix (k, k): a row a true class, a column a predicted one.

    Empty where there are too many classes for a terminal.
    """
    if len(confusion) > MOST_CLASSES:
        return []
    short = [name if len(name) <= 8 else name[:7] + "~" for name in names]
    width = max(len(str(int(confusion.max()))), *map(len, short)) + 1
    first = max(4, *map(len, short))
    lines = ["confusion (rows: true class, columns: predicted)"]
    lines.append(" " * first + "".join(f"{name:>{width}}" for name in short))
    for name, row in zip(short, confusion.tolist(), strict=True):
        lines.append(f"{name:>{first}}" + "".join(f"{n or '.':>{width}}" for n in row))
    return lines
