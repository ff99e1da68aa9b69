"""The hyperparameters of a run: their defaults, their checks, and what a resumed run takes over."""

from __future__ import annotations

from typing import Any, TypeVar

from fastnet._checks import flag, real, shown, whole
from fastnet._training.stopping import as_early_stopping
from fastnet.names import OPTIMIZERS, SCHEDULES, choose

__all__ = ["FUNCTION", "Options", "default", "default_learning_rate", "resolve"]

#: What stands for a schedule that is a function where a run is saved: functions are not.
FUNCTION = "<function>"

T = TypeVar("T")


class _Default:
    """A default in a signature that can be told from a value the caller gave."""

    __slots__ = ("value",)

    def __init__(self, value: Any) -> None:
        self.value = value

    def __repr__(self) -> str:
        return repr(self.value)


def default(value: T) -> T:
    """Mark a default: it shows as `value` in the signature, and gives way to a resumed run's setting."""
    return _Default(value)  # type: ignore[return-value]


class Options:
    """Checked hyperparameters, by the names that `fit` has for them."""

    __slots__ = (
        "batch_size",
        "beta1",
        "beta2",
        "early_stopping",
        "epochs",
        "epsilon",
        "l2",
        "learning_rate",
        "momentum",
        "optimizer",
        "schedule",
        "shuffle",
        "threads",
    )

    def __init__(self, given: dict[str, Any]) -> None:
        self.epochs = whole(given["epochs"], "epochs")
        batch_size = given["batch_size"]
        self.batch_size = None if batch_size is None else whole(batch_size, "batch_size")
        rate = given["learning_rate"]
        self.learning_rate = None if rate is None else real(rate, "learning_rate", low=0, low_open=True)
        self.optimizer = choose(given["optimizer"], OPTIMIZERS, "optimizer")
        self.l2 = real(given["l2"], "l2", low=0)
        schedule = given["schedule"]
        self.schedule = schedule if callable(schedule) else _schedule(schedule)
        self.momentum = real(given["momentum"], "momentum", low=0, high=1, high_open=True)
        self.beta1 = real(given["beta1"], "beta1", low=0, high=1, high_open=True)
        self.beta2 = real(given["beta2"], "beta2", low=0, high=1, high_open=True)
        self.epsilon = real(given["epsilon"], "epsilon", low=0, low_open=True)
        self.shuffle = flag(given["shuffle"], "shuffle")
        self.early_stopping = as_early_stopping(given["early_stopping"])
        self.threads = whole(given["threads"], "threads")

    def as_dict(self) -> dict[str, Any]:
        """Return the settings by name."""
        return {name: getattr(self, name) for name in self.__slots__}


def _schedule(name: Any) -> str:
    if name == FUNCTION:
        raise ValueError("schedule was a function, which is not saved with a run: give it again to resume")
    if not isinstance(name, str):
        raise TypeError(
            f"schedule must be one of {', '.join(map(repr, SCHEDULES))} or a callable, not {shown(name)}"
        )
    return choose(name, SCHEDULES, "schedule")


def resolve(given: dict[str, Any], before: dict[str, Any] | None) -> Options:
    """Check what a caller gave.

    Parameters
    ----------
    given : dict
        Every argument by name; what the caller left out is still marked by `default`.
    before : dict or None
        The settings of the run that goes on, which replace what was left out.

    Returns
    -------
    Options

    Raises
    ------
    TypeError, ValueError
        Naming the argument.
    """
    settled = {}
    for name, value in given.items():
        if isinstance(value, _Default):
            value = value.value if before is None else before.get(name, value.value)
        settled[name] = value
    return Options(settled)


def default_learning_rate(options: Options, activations: tuple[str, ...], cost: str) -> float:
    """Return the learning rate that stands for None.

    adam and adamw: 0.001 (Kingma and Ba 2015). sgd: 3.0 for sigmoid or tanh layers with sigmoid outputs
    and the quadratic cost, 0.5 with cross_entropy (the rates of Nielsen 2015), 0.05 with any other
    activation. momentum and nesterov: sgd's times 1 - momentum, since their steps add up to that much more.
    """
    if options.optimizer in ("adam", "adamw"):
        return 0.001
    bounded = set(activations[:-1]) <= {"sigmoid", "tanh"} and activations[-1] in ("sigmoid", "softmax")
    if not bounded:
        rate = 0.05
    else:
        rate = 3.0 if cost == "quadratic" else 0.5
    return rate if options.optimizer == "sgd" else rate * (1 - options.momentum)
