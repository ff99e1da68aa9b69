"""scikit-learn: MLPClassifier, or MLPRegressor where the cost is quadratic (without sigmoid outputs then)."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import sklearn
from sklearn.neural_network import MLPClassifier, MLPRegressor

__all__ = ["Answering", "Training", "as_done", "versions"]

# Its Adam adds epsilon before the second moment is corrected, not after, which in the first updates moves the
# weights with very small gradients by less.
TOLERANCE = 0.1
NAMES = {"sigmoid": "logistic", "relu": "relu"}


def versions() -> dict[str, str]:
    """Return what takes part."""
    return {"scikit-learn": sklearn.__version__}


def as_done(job: Any) -> tuple[Any, str]:
    """Return the job as scikit-learn can do it, and what is different."""
    if job.cost == "quadratic" and job.output == "sigmoid":
        return replace(job, output="identity", learning_rate=min(job.learning_rate, 0.1)), "linear outputs"
    return job, ""


class Training:
    """`partial_fit`: one pass over the data in mini-batches, updates written into the same arrays."""

    def __init__(
        self, job: Any, X: np.ndarray, Y: np.ndarray, start: list, labels: np.ndarray | None = None
    ) -> None:
        self.job, self.X = job, X
        classes = job.cost == "cross_entropy"
        self.y = labels if classes else (Y[:, 0] if Y.shape[1] == 1 else Y)
        self.more = {"classes": np.arange(job.sizes[-1])} if classes else {}
        kind = MLPClassifier if classes else MLPRegressor
        self.model = kind(
            hidden_layer_sizes=job.sizes[1:-1],
            activation=NAMES[job.hidden],
            solver=job.optimizer,
            alpha=0,
            momentum=0,
            batch_size=job.batch_size,
            learning_rate_init=job.learning_rate,
            shuffle=False,
            random_state=0,
        )
        # There is no way to hand over first weights: one mini-batch makes the arrays, which are then filled,
        # and the optimiser of that mini-batch is forgotten.
        self.model.partial_fit(X[: job.batch_size], self.y[: job.batch_size], **self.more)
        for coef, intercept, (W, b) in zip(self.model.coefs_, self.model.intercepts_, start, strict=True):
            coef[...], intercept[...] = W.T, b
        del self.model._optimizer
        self.updates = 0

    def epoch(self, order: np.ndarray) -> None:
        """Go once through the samples `order`."""
        # scikit-learn shuffles by indexing each mini-batch; one take of the whole is quicker, to its favour.
        self.model.partial_fit(self.X[order], self.y[order], **self.more)
        self.updates += -(-len(order) // self.job.batch_size)

    def parameters(self) -> list:
        """Return the list of (W (n_out, n_in), b (n_out,))."""
        return [
            (W.T.copy(), b.copy()) for W, b in zip(self.model.coefs_, self.model.intercepts_, strict=True)
        ]


class Answering:
    """`predict_proba` of a classifier with several labels a sample: its outputs are sigmoids."""

    def __init__(self, job: Any, start: list) -> None:
        n_in, n_out = job.sizes[0], job.sizes[-1]
        self.model = MLPClassifier(
            job.sizes[1:-1], activation=NAMES[job.hidden], batch_size=2, random_state=0
        )
        y = np.zeros((2, n_out), int)
        y[1] = 1
        self.model.partial_fit(np.zeros((2, n_in), np.float32), y, classes=np.arange(n_out))
        for coef, intercept, (W, b) in zip(self.model.coefs_, self.model.intercepts_, start, strict=True):
            coef[...], intercept[...] = W.T, b
        self.many = self.model.predict_proba

    def one(self, x: np.ndarray) -> np.ndarray:
        """Return the outputs of one sample, which scikit-learn wants as a row."""
        return self.model.predict_proba(x[None])
