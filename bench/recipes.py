"""How the accuracies are reached that are timed: the networks and the arguments of `fit`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

__all__ = ["BY_PERCENT", "Recipe"]


@dataclass(frozen=True)
class Recipe:
    """A network, how to train it on the 60,000 images, and what it reaches on the MNIST test set.

    The accuracy is looked at after every epoch from `looks_from` (counted from 0) on.
    """

    title: str
    accuracy: float
    looks_from: int
    network: dict[str, Any]
    fit: dict[str, Any]


CLASSES = {"output": "softmax", "cost": "cross_entropy"}
BY_PERCENT = {
    "96": Recipe(
        "784-16-16-10 ELU, softmax, Adam 0.015 falling linearly, batch 128, l2 2e-4, 8 epochs",
        0.96,
        4,
        {"sizes": (784, 16, 16, 10), "activation": "elu", **CLASSES},
        {
            "epochs": 8,
            "batch_size": 128,
            "learning_rate": 0.015,
            "optimizer": "adam",
            "schedule": "linear",
            "l2": 2e-4,
        },
    ),
    "98": Recipe(
        "784-128-10 ReLU, softmax, Adam 0.006 falling linearly, batch 128, l2 2e-5, 10 epochs",
        0.98,
        4,
        {"sizes": (784, 128, 10), "activation": "relu", **CLASSES},
        {
            "epochs": 10,
            "batch_size": 128,
            "learning_rate": 0.006,
            "optimizer": "adam",
            "schedule": "linear",
            "l2": 2e-5,
        },
    ),
}
