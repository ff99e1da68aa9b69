"""The two costs of an output `a` where `y` is desired."""

from __future__ import annotations

from typing import Any

import numpy as np

__all__ = ["cross_entropy", "quadratic"]


def quadratic(a: Any, y: Any) -> Any:
    """Return C = |a - y|^2 / 2."""
    return 0.5 * np.linalg.norm(a - y) ** 2


def cross_entropy(a: Any, y: Any) -> Any:
    """Return C = -sum_j [y_j ln a_j + (1 - y_j) ln(1 - a_j)], finite for every a from 0 to 1.

    A factor of 0 makes its term 0, the limit. An `a` that has been rounded to 0 or 1 stands for the
    nearest number that would have been: the true cost is at least as large.
    """
    a = np.asarray(a)
    if a.dtype.kind != "f":
        a = a.astype(np.float64)
    limits = np.finfo(a.dtype)
    # 1 - a of an a that rounds to 1 lies below half the gap to the next smaller number
    log_a = np.log(np.maximum(a, limits.smallest_subnormal))
    log_not_a = np.log(np.maximum(1 - a, limits.epsneg / 2))
    return -np.sum(y * log_a + (1 - np.asarray(y)) * log_not_a)
