"""The registry: every name a caller may use, with the integer code the compiled heart knows it by.

This file is the only place where a name of an activation, a cost, an optimiser, an initialiser or a
schedule is written down. Whoever adds one starts here; `fastnet.reference` and the heart follow.
"""

from __future__ import annotations

from collections.abc import Iterable

__all__ = [
    "ACTIVATIONS",
    "ACTIVATION_CODES",
    "COSTS",
    "COST_CODES",
    "COST_OUTPUTS",
    "INITIALISERS",
    "OPTIMIZERS",
    "OPTIMIZER_CODES",
    "OUTPUT_ACTIVATIONS",
    "SCHEDULES",
    "SCORES",
    "choose",
]

#: Activations of any layer, and of the output layer (which alone may be softmax or exp): name -> code.
ACTIVATIONS: dict[str, int] = {
    "identity": 0,
    "sigmoid": 1,
    "tanh": 2,
    "relu": 3,
    "leaky_relu": 4,
    "elu": 7,
    "gelu": 8,
    "softplus": 9,
}
OUTPUT_ACTIVATIONS: dict[str, int] = {**ACTIVATIONS, "softmax": 5, "exp": 6}
ACTIVATION_CODES = OUTPUT_ACTIVATIONS

#: Costs: name -> code, and the output activations each of them is defined for.
#: gelu's slope cannot be had from its value, so an output layer that learns is anything else. The heart
#: knows more costs (COST_CODES) than a `Network` has (COSTS), for `fastnet.sklearn`.
COSTS: dict[str, int] = {"quadratic": 0, "cross_entropy": 1}
COST_CODES: dict[str, int] = {
    **COSTS,
    "log_loss": 2,
    "poisson": 3,
    "absolute_error": 4,
    "huber": 5,
    "quantile": 6,
}
_SLOPED = tuple(name for name in OUTPUT_ACTIVATIONS if name != "gelu")
COST_OUTPUTS: dict[str, tuple[str, ...]] = {
    "quadratic": _SLOPED,
    "cross_entropy": ("sigmoid", "softmax"),
    "log_loss": ("sigmoid", "softmax"),
    "poisson": ("exp",),
    "absolute_error": ("identity",),
    "huber": ("identity",),
    "quantile": ("identity",),
}

#: Optimisers: name -> number of moment arrays (each as long as the parameters); name -> code.
OPTIMIZERS: dict[str, int] = {"sgd": 0, "momentum": 1, "nesterov": 1, "adam": 2, "adamw": 2}
OPTIMIZER_CODES: dict[str, int] = {name: code for code, name in enumerate(OPTIMIZERS)}

#: First weights, and the course of the learning rate over a run.
INITIALISERS: tuple[str, ...] = ("auto", "gaussian", "scaled", "glorot", "he")
SCHEDULES: tuple[str, ...] = ("constant", "linear", "cosine")

#: How an answer counts as correct (`Targets.score`): name -> code.
SCORES: dict[str, int] = {"none": 0, "label": 1, "argmax": 2, "threshold": 3}


def choose(name: object, known: Iterable[str], argument: str) -> str:
    """Return `name` if it is one of the known ones.

    Parameters
    ----------
    name : str
        What the caller gave.
    known : iterable of str
        The names that are allowed here, for instance `COSTS`.
    argument : str
        The caller's argument, for the message.

    Returns
    -------
    str
        `name`, unchanged.

    Raises
    ------
    TypeError
        If `name` is not a string.
    ValueError
        If `name` is not known; the message lists the known names and the closest of them.
    """
    known = tuple(known)
    choices = ", ".join(map(repr, known))
    if not isinstance(name, str):
        raise TypeError(f"{argument} must be one of {choices}, not {name!r} ({type(name).__name__})")
    if name not in known:
        import difflib  # here, because it is needed for a mistake only and costs import time

        close = difflib.get_close_matches(name.lower().replace("-", "_"), known, n=1)
        hint = f"; did you mean {close[0]!r}?" if close else ""
        raise ValueError(f"{argument} must be one of {choices}, not {name!r}{hint}")
    return str(name)
