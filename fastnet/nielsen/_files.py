"""A network as the book's JSON: {"sizes", "weights", "biases", "cost"}."""

from __future__ import annotations

import json
from collections.abc import Container, Iterable
from typing import Any, NamedTuple

import numpy as np

__all__ = ["Saved", "read", "write"]


class Saved(NamedTuple):
    """What a file holds."""

    sizes: list[int]
    weights: list[np.ndarray]  # (n_out, n_in)
    biases: list[np.ndarray]  # (n_out, 1)
    cost: str
    dtype: str


def write(filename: Any, sizes: Iterable[int], weights: Iterable[Any], biases: Iterable[Any], cost: str,
          dtype: np.dtype) -> None:
    """Write a network. `dtype` is added to the book's four entries if it is not the book's float64."""
    data = {
        "sizes": [int(size) for size in sizes],
        "weights": [np.asarray(w).tolist() for w in weights],
        "biases": [np.asarray(b).tolist() for b in biases],
        "cost": cost,
    }
    if np.dtype(dtype) != np.float64:
        data["dtype"] = np.dtype(dtype).name
    text = json.dumps(data)  # before the file is opened, so that an error leaves an old one alone
    with open(filename, "w", encoding="utf-8") as file:
        file.write(text)


def read(filename: Any, costs: Container[str]) -> Saved:
    """Read a network whose cost is one of `costs`.

    Raises
    ------
    ValueError
        If the file is no such network; it names the file and what is wrong.
    """
    with open(filename, encoding="utf-8") as file:
        try:
            data = json.load(file)
        except (ValueError, RecursionError) as error:
            raise ValueError(f"{filename}: no JSON file: {error}") from None
    try:
        return _checked(data, costs)
    except ValueError as error:
        raise ValueError(f"{filename}: no network as network2 saves it: {error}") from None


def _checked(data: Any, costs: Container[str]) -> Saved:
    wanted = ("sizes", "weights", "biases", "cost")
    if not isinstance(data, dict) or not all(key in data for key in wanted):
        raise ValueError(f"expected an object with {', '.join(wanted)}")
    sizes, cost, dtype = data["sizes"], data["cost"], data.get("dtype", "float64")
    if not isinstance(sizes, list) or len(sizes) < 2 or not all(type(n) is int and n > 0 for n in sizes):
        raise ValueError(f"sizes must be at least two positive whole numbers, found {sizes!r:.80}")
    if not isinstance(cost, str) or cost not in costs:
        raise ValueError(f"the cost must be CrossEntropyCost or QuadraticCost, found {cost!r:.80}")
    if dtype not in ("float64", "float32"):
        raise ValueError(f"dtype must be 'float64' or 'float32', found {dtype!r:.80}")
    pairs = list(zip(sizes[:-1], sizes[1:], strict=True))
    weights = _arrays(data["weights"], "weights", [(n_out, n_in) for n_in, n_out in pairs], dtype)
    biases = _arrays(data["biases"], "biases", [(n_out, 1) for _, n_out in pairs], dtype)
    return Saved(sizes, weights, biases, cost, dtype)


def _arrays(given: Any, name: str, shapes: list[tuple[int, int]], dtype: str) -> list[np.ndarray]:
    if not isinstance(given, list) or len(given) != len(shapes):
        raise ValueError(f"{name} must be a list of {len(shapes)} arrays, as sizes say")
    arrays = []
    for layer, (numbers, shape) in enumerate(zip(given, shapes, strict=True)):
        try:
            array = np.array(numbers)
        except ValueError:
            raise ValueError(f"{name}[{layer}] has rows of different lengths") from None
        if array.dtype.kind not in "fiu" or array.shape != shape:
            raise ValueError(f"{name}[{layer}] must be numbers of shape {shape}, "
                             f"found {array.dtype} of shape {array.shape}")
        arrays.append(array.astype(dtype))
    return arrays
