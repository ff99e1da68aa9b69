"""How the accuracies are reached that are timed: the networks and the arguments of `fit`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

__all__ = ["BY_PERCENT", "Recipe"]


@dataclass(frozen=True)
class Recipe:
    """A network, how to train it, and what it reaches on the MNIST test set after 60,000 images an epoch."""

    title: str
    accuracy: float
    network: dict[str, Any]
    fit: dict[str, Any]


BY_PERCENT = {
    "96": Recipe(
        "784-16-16-10 sigmoid, cross-entropy, Adam 0.01 falling linearly, batch 50, l2 1e-4, 30 epochs",
        0.96,
        {"sizes": (784, 16, 16, 10), "activation": "sigmoid", "output": "softmax", "cost": "cross_entropy"},
        {
            "epochs": 30,
            "batch_size": 50,
            "learning_rate": 0.01,
            "optimizer": "adam",
            "schedule": "linear",
            "l2": 1e-4,
        },
    ),
    "98": Recipe(
        "784-128-10 ReLU, softmax, Adam 0.003 falling linearly, batch 128, 15 epochs",
        0.98,
        {"sizes": (784, 128, 10), "activation": "relu", "output": "softmax", "cost": "cross_entropy"},
        {"epochs": 15, "batch_size": 128, "learning_rate": 0.003, "optimizer": "adam", "schedule": "linear"},
    ),
}
