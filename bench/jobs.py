"""The rows of the table: what is trained and answered, and how fast it is meant to be."""

from __future__ import annotations

from dataclasses import dataclass, field

__all__ = ["FORWARD", "FORWARD_BY_KEY", "TRAINING", "TRAINING_BY_KEY", "Bar", "ForwardJob", "Job"]


@dataclass(frozen=True)
class Bar:
    """What to reach: `at_least` times as fast as the contender `peer`; `aim` is the hope."""

    peer: str
    at_least: float
    aim: float


@dataclass(frozen=True)
class Job:
    """One training row.

    `epochs` has, for a contender, how many epochs one timed round takes (a part of one for the very slow);
    the time is always given for one whole epoch.
    """

    key: str
    title: str
    sizes: tuple[int, ...]
    hidden: str
    output: str
    cost: str
    optimizer: str
    learning_rate: float
    batch_size: int
    data: str = "mnist"
    n: int = 50_000
    bar: Bar | None = None
    epochs: dict[str, float] = field(default_factory=dict)

    def epochs_of(self, contender: str) -> float:
        """Return how many epochs a round of `contender` takes: ours are always 30."""
        return self.epochs.get(contender, 30 if contender.startswith("fastnet") else 1)

    @property
    def updates(self) -> int:
        """Updates an epoch."""
        return -(-self.n // self.batch_size)


@dataclass(frozen=True)
class ForwardJob:
    """One row of answering: `n` samples a call (0: one sample without an axis in front)."""

    key: str
    title: str
    n: int
    sizes: tuple[int, ...] = (784, 16, 16, 10)
    bar: Bar | None = None
    hidden: str = "sigmoid"
    output: str = "sigmoid"
    cost: str = "quadratic"
    data: str = "mnist"


def _book(key: str, sizes: tuple[int, ...], batch: int, bar: Bar, rate: float, **epochs: float) -> Job:
    name = "-".join(map(str, sizes))
    title = f"{name} sigmoid, quadratic, SGD, batch {batch}"
    return Job(
        key, title, sizes, "sigmoid", "sigmoid", "quadratic", "sgd", rate, batch, bar=bar, epochs=epochs
    )


def _modern(key: str, sizes: tuple[int, ...], bar: Bar, **epochs: float) -> Job:
    title = f"{'-'.join(map(str, sizes))} ReLU, softmax, Adam, batch 128"
    return Job(
        key, title, sizes, "relu", "softmax", "cross_entropy", "adam", 0.001, 128, bar=bar, epochs=epochs
    )


TRAINING = (
    _book("video-b10", (784, 16, 16, 10), 10, Bar("numpy", 12, 18), 3.0, numpy=2, jax=2),
    _book(
        "video-b1",
        (784, 16, 16, 10),
        1,
        Bar("numpy", 100, 150),
        0.3,
        torch=0.1,
        sklearn=0.1,
        numpy=0.5,
        jax=1,
    ),
    _book("book-30", (784, 30, 10), 10, Bar("numpy", 11, 16), 3.0, numpy=2, jax=2),
    _book("book-100", (784, 100, 10), 10, Bar("numpy", 5, 7), 3.0, numpy=2, jax=2, torch=0.5, sklearn=0.5),
    _modern("adam-128", (784, 128, 10), Bar("jax", 3, 4.5), jax=2),
    _modern("adam-512", (784, 512, 512, 10), Bar("jax", 1.5, 2)),
    Job(
        "dense-64",
        "20-64-64-1 ReLU, squared error, Adam, batch 32, dense",
        (20, 64, 64, 1),
        "relu",
        "identity",
        "quadratic",
        "adam",
        0.001,
        32,
        data="dense",
        n=20_000,
        bar=Bar("jax", 2, 3),
        epochs={"jax": 10, "numpy": 5, "torch": 2, "sklearn": 3},
    ),
)
TRAINING_BY_KEY = {job.key: job for job in TRAINING}

FORWARD = (
    ForwardJob("forward-1", "forward, one sample, 784-16-16-10, from Python", 0, bar=Bar("onnx", 4, 6.7)),
    ForwardJob("forward-10000", "forward, 10,000 samples, 784-16-16-10", 10_000, bar=Bar("onnx", 1.1, 1.3)),
)
FORWARD_BY_KEY = {job.key: job for job in FORWARD}
