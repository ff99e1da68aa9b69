"""The recipes of `fastnet train`: a network and how to train it, to start from.

Any option on the command line replaces the preset's. Adam's rate falls to zero along a cosine in both.

classic
    Two hidden layers of 16 sigmoid neurons, on 28 x 28 pixels the network of 13,002 parameters; softmax and
    cross-entropy at the end, a little weight decay. On MNIST 96.0 to 96.3 %, in two seconds on one core.
best
    One hidden layer of 128 relu neurons, softmax and cross-entropy. On MNIST 98.1 to 98.3 %, in two seconds.

Where the data are values, not classes, the outputs are identity, the cost is quadratic and L2 is 1e-3.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from typing import Any

__all__ = ["PRESETS", "Recipe", "recipe"]

#: Small data are gone through more often: until this many samples have been seen, in at most so many epochs.
SAMPLES, MOST_EPOCHS = 150_000, 300


@dataclass(frozen=True)
class Recipe:
    """What `Network` and `fit` need to know."""

    hidden: tuple[int, ...]
    activation: str
    output: str
    cost: str
    epochs: int
    batch_size: int | None
    learning_rate: float | None
    optimizer: str = "adam"
    l2: float = 0.0
    schedule: str = "cosine"
    init: str = "auto"

    def as_dict(self) -> dict[str, Any]:
        """Return the settings by name."""
        return asdict(self)


PRESETS = {
    "classic": Recipe(
        (16, 16), "sigmoid", "softmax", "cross_entropy", epochs=40, batch_size=32, learning_rate=0.01, l2=1e-4
    ),
    "best": Recipe(
        (128,), "relu", "softmax", "cross_entropy", epochs=15, batch_size=64, learning_rate=0.003, l2=1e-5
    ),
}


def recipe(name: str | None, n: int, values: bool, given: dict[str, Any]) -> Recipe:
    """Return a preset for some data, changed by what the user gave.

    Parameters
    ----------
    name : str or None
        One of PRESETS; None: "classic" for classes, "best" for values.
    n : int
        Samples to train on.
    values : bool
        Whether the targets are values.
    given : dict
        Fields of the recipe by name; None means not given.

    Returns
    -------
    Recipe
    """
    chosen = PRESETS[name or ("best" if values else "classic")]
    if values:
        chosen = replace(chosen, output="identity", cost="quadratic", l2=1e-3)
    passes = min(MOST_EPOCHS, -(-SAMPLES // n))
    chosen = replace(chosen, epochs=max(chosen.epochs, passes))
    wanted = {field: value for field, value in given.items() if value is not None}
    if "cost" not in wanted and wanted.get("output", "softmax") not in ("sigmoid", "softmax"):
        chosen = replace(chosen, cost="quadratic")  # cross-entropy is not defined for that output
    if "learning_rate" not in wanted and wanted.get("optimizer", chosen.optimizer) != chosen.optimizer:
        chosen = replace(chosen, learning_rate=None)  # Adam's rate suits no other: take the optimiser's own
    return replace(chosen, **wanted)
