"""sample_weight: one finite number of at least 0 a sample."""

from __future__ import annotations

from typing import Any

import numpy as np

from fastnet._inputs.arrays import numeric_array

__all__ = ["as_sample_weight"]


def as_sample_weight(
    value: Any, n: int, dtype: np.dtype, argument: str = "sample_weight"
) -> np.ndarray | None:
    """Check the weights of n samples: return an (n,) array of `dtype`, or None for None.

    Raises
    ------
    TypeError
        If they are not real numbers.
    ValueError
        If there are not n of them, one is negative or not finite, or all are zero.
    """
    if value is None:
        return None
    array = numeric_array(value, argument)
    if array.shape != (n,):
        raise ValueError(f"{argument} must have the shape ({n},), one number a sample, not {array.shape}")
    with np.errstate(over="ignore", under="ignore", invalid="ignore"):
        weight = array.astype(dtype)
    bad = ~np.isfinite(weight) | (weight < 0)
    if bad.any():
        first = int(bad.argmax())
        raise ValueError(
            f"{argument} must be finite and at least 0; {int(bad.sum())} are not, "
            f"the first is {array[first]} for sample {first}"
        )
    # The heart flushes subnormal numbers to zero: do it here, where both sides see it.
    weight[weight < np.finfo(dtype).tiny] = 0
    if not weight.any():
        raise ValueError(f"{argument} must not be zero for every sample")
    return weight
