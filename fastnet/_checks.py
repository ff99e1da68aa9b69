"""Checks of single numbers and of lists of them: each names the argument, what came, what was expected."""

from __future__ import annotations

import operator
from typing import Any

import numpy as np

__all__ = ["flag", "real", "shown", "whole"]


def shown(value: object, limit: int = 60) -> str:
    """Return `value` as a message shows it: its repr, shortened, with its type."""
    text = repr(value)
    if len(text) > limit:
        text = text[: limit - 3] + "..."
    return f"{text} ({type(value).__name__})"


def whole(value: Any, argument: str, least: int = 1) -> int:
    """Return `value` as an int of at least `least`; NumPy's integers are integers, booleans are not."""
    expected = f"{argument} must be an integer of at least {least}"
    if isinstance(value, bool | np.bool_):
        raise TypeError(f"{expected}, not {shown(value)}")
    try:
        number = operator.index(value)
    except TypeError:
        raise TypeError(f"{expected}, not {shown(value)}") from None
    if number < least:
        raise ValueError(f"{expected}, not {number}")
    return number


def real(
    value: Any,
    argument: str,
    *,
    low: float = -np.inf,
    high: float = np.inf,
    low_open: bool = False,
    high_open: bool = False,
) -> float:
    """Return `value` as a finite float from `low` to `high`, without the ends that are open."""
    left = "" if low == -np.inf else f" {'above' if low_open else 'of at least'} {low:g}"
    right = "" if high == np.inf else f" {'below' if high_open else 'of at most'} {high:g}"
    expected = f"{argument} must be a finite number{left}{' and' if left and right else ''}{right}"
    if isinstance(value, bool | np.bool_ | str | bytes | complex) or np.ndim(value) != 0:
        raise TypeError(f"{expected}, not {shown(value)}")
    try:
        number = float(value)
    except OverflowError:
        number = np.inf
    except (TypeError, ValueError):
        raise TypeError(f"{expected}, not {shown(value)}") from None
    above = number > low if low_open else number >= low
    below = number < high if high_open else number <= high
    if not (np.isfinite(number) and above and below):
        raise ValueError(f"{expected}, not {number:g}")
    return number


def flag(value: Any, argument: str) -> bool:
    """Return `value`, which must be True or False."""
    if not isinstance(value, bool | np.bool_):
        raise TypeError(f"{argument} must be True or False, not {shown(value)}")
    return bool(value)
