"""The optimisers' state: learning rate, moments, and when to stop."""

from __future__ import annotations

from math import sqrt
from typing import Any

import numpy as np

from fastnet._layout import ALIGNMENT, Layout
from fastnet.names import OPTIMIZERS

__all__ = ["Adam", "Optimizer", "SGD", "new_optimizer"]


class Optimizer:
    """What stays from one update to the next.

    Attributes
    ----------
    name : str
        The heart's name of the optimiser.
    learning_rate_init, learning_rate : float
        At the beginning, and of the latest update.
    moments : list of flat arrays
        In the layout of the parameters.
    updates : int
        Updates so far.
    dropout_seed : int or None
        What dropout hashes, with the number of updates; None until it is wanted.
    """

    def __init__(self, name: str, learning_rate_init: float, layout: Layout) -> None:
        self.name = name
        self.learning_rate_init, self.learning_rate = learning_rate_init, float(learning_rate_init)
        self.moments = [layout.aligned_zeros() for _ in range(OPTIMIZERS[name])]
        self.updates = 0
        self.dropout_seed: int | None = None

    def aligned_moments(self, layout: Layout) -> list[np.ndarray]:
        """Return the moments where the heart can use them; pickling moves arrays, mapping locks them."""
        for number, moment in enumerate(self.moments):
            usable = moment.dtype == layout.dtype and moment.flags.writeable
            if not usable or moment.ctypes.data % ALIGNMENT:
                self.moments[number] = layout.aligned_zeros()
                self.moments[number][...] = moment
        return self.moments

    def options(self) -> dict[str, Any]:
        """Return the heart's arguments."""
        return {}

    def rate(self) -> float:
        """Return the learning rate of the coming updates, before the optimiser's own corrections."""
        return self.learning_rate

    def epoch_ends(self, n_seen: int) -> None:
        """Change the learning rate after an epoch; n_seen samples have been seen so far."""

    def stops(self, message: str, verbose: Any) -> bool:
        """Whether to stop now that nothing gets better."""
        if verbose:
            print(message + " Stopping.")
        return True


class SGD(Optimizer):
    """Gradient descent, with momentum v = mu v - rate g, after Nesterov if wanted.

    With the learning rate "adaptive" it is divided by 5 instead of stopping, until it is 1e-6 or less; with
    "invscaling" it is learning_rate_init / (samples seen + 1)^power_t.
    """

    def __init__(self, estimator: Any, layout: Layout) -> None:
        name = "sgd"
        if estimator.momentum:
            name = "nesterov" if estimator.nesterovs_momentum else "momentum"
        super().__init__(name, estimator.learning_rate_init, layout)
        self.lr_schedule = estimator.learning_rate
        self.momentum, self.power_t = estimator.momentum, estimator.power_t
        self.nesterov = estimator.nesterovs_momentum

    def options(self) -> dict[str, Any]:
        return {"momentum": self.momentum}

    def epoch_ends(self, n_seen: int) -> None:
        if self.lr_schedule == "invscaling":
            self.learning_rate = float(self.learning_rate_init) / (n_seen + 1) ** self.power_t

    def stops(self, message: str, verbose: Any) -> bool:
        if self.lr_schedule != "adaptive":
            return super().stops(message, verbose)
        if self.learning_rate <= 1e-6:
            return super().stops(message + " Learning rate too small.", verbose)
        self.learning_rate /= 5.0
        if verbose:
            print(f"{message} Setting learning rate to {self.learning_rate:f}")
        return False


class Adam(Optimizer):
    """Adam as scikit-learn has it: epsilon is added to the root of the uncorrected second moment.

    w -= rate sqrt(1 - b2^t) / (1 - b1^t) m / (sqrt(v) + epsilon); `learning_rate` is rate with the factor of
    the latest update. AdamW besides: w -= rate alpha w.
    """

    def __init__(self, estimator: Any, layout: Layout) -> None:
        super().__init__(estimator.solver, estimator.learning_rate_init, layout)
        self.beta_1, self.beta_2, self.epsilon = estimator.beta_1, estimator.beta_2, estimator.epsilon

    def options(self) -> dict[str, Any]:
        return {"beta1": self.beta_1, "beta2": self.beta_2, "epsilon": self.epsilon, "plain_epsilon": True}

    def rate(self) -> float:
        return float(self.learning_rate_init)

    def epoch_ends(self, n_seen: int) -> None:
        t = self.updates
        if t:
            correction = sqrt(1 - self.beta_2**t) / (1 - self.beta_1**t)
            self.learning_rate = self.learning_rate_init * correction


def new_optimizer(estimator: Any, layout: Layout) -> Optimizer:
    """Return the optimiser of the estimator's solver, at its beginning."""
    return SGD(estimator, layout) if estimator.solver == "sgd" else Adam(estimator, layout)
