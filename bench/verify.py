"""The same work: before it is timed, every contender has to arrive where the referee arrives.

The referee is the NumPy contender in float64. From the same first weights, through the same mini-batches in
the same order, all have to end with the same parameters up to rounding, after the same number of updates.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from bench import numpy_peer

__all__ = ["check_forward", "check_training", "first_weights", "score"]


def first_weights(sizes: tuple[int, ...], seed: int = 5) -> list:
    """Return the list of (W (n_out, n_in), b (n_out,)) that everybody starts from, float32."""
    rng = np.random.default_rng(seed)
    return [
        (
            (rng.standard_normal((n_out, n_in)) * np.sqrt(2 / n_in)).astype(np.float32),
            (0.1 * rng.standard_normal(n_out)).astype(np.float32),
        )
        for n_in, n_out in zip(sizes, sizes[1:], strict=False)
    ]


def check_training(
    training: Any,
    job: Any,
    X: np.ndarray,
    Y: np.ndarray,
    start: list,
    order: np.ndarray,
    tolerance: float = 1e-3,
) -> dict[str, Any]:
    """Train both on the samples `order` and compare; return what was found.

    `tolerance` is for the distance between the two ends, over the length of the referee's way.
    """
    referee = numpy_peer.Training(job, X[: order.max() + 1], Y[: order.max() + 1], start, np.float64)
    referee.epoch(order)
    before = training.updates
    training.epoch(order)
    updates = training.updates - before
    expected = -(-len(order) // job.batch_size)
    if not updates == referee.updates == expected:
        raise AssertionError(f"{updates} updates instead of {expected}")
    gap = way = 0.0
    for (W, b), (rW, rb), (sW, sb) in zip(training.parameters(), referee.parameters(), start, strict=True):
        if W.shape != rW.shape or b.shape != rb.shape:
            raise AssertionError(f"parameters {W.shape} and {b.shape} instead of {rW.shape} and {rb.shape}")
        gap += float(np.square(W - rW).sum() + np.square(b - rb).sum())
        way += float(np.square(sW - rW).sum() + np.square(sb - rb).sum())
    off = (gap / way) ** 0.5
    if not off < tolerance:
        raise AssertionError(
            f"after {updates} updates the parameters are {off:.2g} of the way off the referee's"
        )
    return {"updates_checked": updates, "off_the_referee": off}


def check_forward(one_or_many: Any, job: Any, X: np.ndarray, start: list) -> dict[str, Any]:
    """Compare the answers with the referee's; return what was found."""
    expected = numpy_peer.Answering(job, start, np.float64).many(np.atleast_2d(X).astype(np.float64))
    answers = np.asarray(one_or_many(X)).reshape(expected.shape)
    off = float(np.abs(answers - expected).max())
    if not off < 1e-4:
        raise AssertionError(f"the answers are off the referee's by {off:.2g}")
    return {"samples_checked": len(expected), "off_the_referee": off}


def score(job: Any, parameters: list, X: np.ndarray, Y: np.ndarray) -> dict[str, float]:
    """Return the cost, and for classes the accuracy, of these parameters."""
    outputs = numpy_peer.Answering(job, parameters).many(X)
    if job.cost == "cross_entropy":
        cost = float(-np.log(np.maximum(outputs[Y == 1], 1e-30)).mean())
    else:
        cost = float(np.square(outputs - Y).sum() / (2 * len(X)))
    if Y.shape[1] == 1:
        return {"cost": cost}
    return {"cost": cost, "accuracy": float((outputs.argmax(1) == Y.argmax(1)).mean())}
