"""scikit-learn's names for activations and losses, and the heart's."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NamedTuple

from fastnet.names import ACTIVATIONS

__all__ = [
    "ACTIVATION",
    "LOSSES",
    "Loss",
    "activations",
    "hidden_names",
    "loss_of",
    "parameter_of",
    "their_name",
]

#: Activations of hidden layers: this face's name -> the heart's.
ACTIVATION = {"logistic": "sigmoid"} | {name: name for name in ACTIVATIONS if name not in ("sigmoid", "exp")}

#: The same and those of output layers.
_OUTPUT = ACTIVATION | {"softmax": "softmax", "exp": "exp"}


class Loss(NamedTuple):
    """How a loss of this face is made from a cost of the heart, which sums over the outputs.

    cost : the heart's name. mean : whether the loss is the mean over the outputs. true : whether the gradient
    is always that of the mean; scikit-learn's squared error takes that of the sum.
    """

    cost: str
    mean: bool
    true: bool


#: What an estimator's `loss` may be.
LOSSES = {
    "log_loss": Loss("log_loss", mean=False, true=True),
    "squared_error": Loss("quadratic", mean=True, true=False),
    "poisson": Loss("poisson", mean=False, true=True),
    "absolute_error": Loss("absolute_error", mean=True, true=True),
    "huber": Loss("huber", mean=True, true=True),
    "quantile": Loss("quantile", mean=True, true=True),
}


def loss_of(estimator: Any) -> Loss:
    """Return how the estimator's loss is made."""
    return LOSSES[estimator.loss]


def parameter_of(estimator: Any) -> float:
    """Return the parameter of the estimator's loss, of those that have one."""
    if estimator.loss == "huber":
        return float(estimator.huber_delta)
    return float(estimator.quantile) if estimator.loss == "quantile" else 0.5


def their_name(name: str) -> str:
    """Return this face's name of one of the heart's activations."""
    return "logistic" if name == "sigmoid" else name


def hidden_names(activation: Any, n_hidden: int) -> tuple[str, ...]:
    """Return this face's name of every hidden layer's activation.

    Raises
    ------
    ValueError
        If there is not one for each layer, or one is unknown.
    """
    if isinstance(activation, str):
        return (activation,) * n_hidden
    names = tuple(activation) if isinstance(activation, Iterable) else (activation,)
    if len(names) != n_hidden:
        raise ValueError(
            f"activation must be one name, or one for each of {n_hidden} hidden layers, got {activation!r}"
        )
    for name in names:
        if not isinstance(name, str) or name not in ACTIVATION:
            known = ", ".join(sorted(map(repr, ACTIVATION)))
            raise ValueError(f"every entry of activation must be one of {known}, got {name!r}")
    return names


def activations(activation: Any, n_hidden: int, output: str) -> tuple[str, ...]:
    """Return the heart's name of every layer's activation."""
    return tuple(_OUTPUT[name] for name in (*hidden_names(activation, n_hidden), output))
