"""What callbacks are called with."""

from __future__ import annotations

from typing import Any

__all__ = ["EpochEnd"]


class EpochEnd:
    """The end of an epoch, as a callback sees it.

    Attributes
    ----------
    estimator : MLPClassifier or MLPRegressor
        With the weights after this epoch.
    epoch : int
        The epoch that has just ended, counted from 0.
    epochs : int
        How many this call of `fit` has at most.
    loss, learning_rate : float
        As in `loss_curve_`; of the epoch's updates.
    validation_loss, validation_score : float or None
        None without a validation set.
    """

    def __init__(self, estimator: Any) -> None:
        self.estimator = estimator
        self.epoch, self.epochs = estimator.n_iter_ - 1, estimator.max_iter
        self.loss: float = estimator.loss_
        self.learning_rate: float = estimator._optimizer.learning_rate
        scores, losses = estimator.validation_scores_, estimator.validation_loss_curve_
        self.validation_score: float | None = scores[-1] if scores else None
        self.validation_loss: float | None = losses[-1] if losses else None
        self.stopped = False

    def stop(self) -> None:
        """End the training after this epoch."""
        self.stopped = True

    def __repr__(self) -> str:
        figures = f"loss {self.loss:.6g}"
        if self.validation_score is not None:
            figures += f", validation score {self.validation_score:.6g}"
        return f"<EpochEnd: epoch {self.epoch} of {self.epochs}, {figures}>"
