"""What a network is made of, checked: its layers, their activations, its cost and its generator."""

from __future__ import annotations

from _thread import allocate_lock as new_lock
from collections.abc import Iterable
from typing import Any, NamedTuple

import numpy as np

from fastnet._checks import real, shown, whole
from fastnet.names import ACTIVATIONS, COST_OUTPUTS, COSTS, INITIALISERS, OUTPUT_ACTIVATIONS, choose

__all__ = ["Plan", "Training", "as_generator", "checked", "new_lock"]

DTYPES = ("float32", "float64")


class Plan(NamedTuple):
    """A network without its numbers.

    sizes : neurons a layer. activations : one a layer after the inputs. dtype : a numpy.dtype.
    """

    sizes: tuple[int, ...]
    activations: tuple[str, ...]
    cost: str
    init: str
    dtype: np.dtype
    input_scale: float

    def as_dict(self) -> dict[str, Any]:
        """Return the fields by name."""
        return self._asdict()


def checked(
    sizes: Any, activation: Any, output: Any, cost: Any, init: Any, dtype: Any, input_scale: Any
) -> Plan:
    """Check the arguments of a network; see `fastnet.Network`."""
    layers = _sizes(sizes)
    names = _activations(activation, output, len(layers) - 1)
    cost = choose(cost, COSTS, "cost")
    if names[-1] not in COST_OUTPUTS[cost]:
        allowed = " or ".join(COST_OUTPUTS[cost])
        raise ValueError(f"output must be {allowed} for the {cost} cost, not {names[-1]!r}")
    scale = real(input_scale, "input_scale")
    if scale == 0:
        raise ValueError("input_scale must not be 0: every input would be lost")
    return Plan(layers, names, cost, choose(init, INITIALISERS, "init"), _dtype(dtype), scale)


def _sizes(sizes: Any) -> tuple[int, ...]:
    expected = "sizes must be a sequence of at least two layer sizes, the inputs first"
    if isinstance(sizes, str | bytes) or not isinstance(sizes, Iterable):
        raise TypeError(f"{expected}, not {shown(sizes)}")
    layers = tuple(sizes)
    if len(layers) < 2:
        raise ValueError(f"{expected}, not {shown(sizes)}")
    return tuple(whole(n, f"sizes[{layer}]") for layer, n in enumerate(layers))


def _activations(activation: Any, output: Any, n_layers: int) -> tuple[str, ...]:
    hidden = n_layers - 1
    if output is not None:
        output = choose(output, OUTPUT_ACTIVATIONS, "output")
    if isinstance(activation, str):
        name = choose(activation, ACTIVATIONS, "activation")
        return (name,) * hidden + (output or "sigmoid",)
    if not isinstance(activation, Iterable):
        choose(activation, ACTIVATIONS, "activation")  # raises
    names = tuple(activation)
    if len(names) not in (hidden, n_layers):
        raise ValueError(
            f"activation must be one name, {hidden} names (one a hidden layer) or {n_layers} (with the "
            f"output layer's), not {len(names)}"
        )
    last = names[hidden] if len(names) == n_layers else None
    names = tuple(choose(name, ACTIVATIONS, f"activation[{i}]") for i, name in enumerate(names[:hidden]))
    if last is not None:
        last = choose(last, OUTPUT_ACTIVATIONS, f"activation[{hidden}]")
        if output is not None and output != last:
            raise ValueError(f"output {output!r} and activation[{hidden}] {last!r} must agree; give only one")
    return (*names, last or output or "sigmoid")


def _dtype(dtype: Any) -> np.dtype:
    expected = f"dtype must be one of {', '.join(map(repr, DTYPES))}"
    try:
        found = np.dtype(dtype) if dtype is not None else None
    except TypeError:
        found = None
    if found is None or found.name not in DTYPES:
        raise ValueError(f"{expected}, not {shown(dtype)}")
    return np.dtype(found.name)  # in this machine's byte order


def as_generator(rng: Any) -> np.random.Generator:
    """Return the generator that a seed stands for, or the generator itself.

    Raises
    ------
    TypeError, ValueError
        If it is neither.
    """
    if isinstance(rng, np.random.Generator):
        return rng
    expected = "rng must be None, a seed (an integer of at least 0) or a numpy.random.Generator"
    if isinstance(rng, bool | np.bool_ | np.random.RandomState | str | float):
        raise TypeError(f"{expected}, not {shown(rng)}")
    try:
        return np.random.default_rng(rng)
    except TypeError:
        raise TypeError(f"{expected}, not {shown(rng)}") from None
    except ValueError:
        raise ValueError(f"{expected}, not {shown(rng)}") from None


class Training:
    """Holds a network's lock while it trains; a second thread that comes is turned away, not kept waiting."""

    __slots__ = ("_lock",)

    def __init__(self, lock: Any) -> None:
        self._lock = lock

    def __enter__(self) -> None:
        if not self._lock.acquire(blocking=False):
            raise RuntimeError(
                "this network is being trained already, in another thread or by the fit that called this "
                "callback; train a copy (net.copy()) instead"
            )

    def __exit__(self, *exception: object) -> None:
        self._lock.release()
