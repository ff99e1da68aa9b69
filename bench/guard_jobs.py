"""The fixed, small work whose instructions `bench.guard` counts: `python -m bench.guard_jobs`.

Before and after each job the C function getppid is called, which is where valgrind writes its count and
starts anew: what is prepared in between does not count.
"""

from __future__ import annotations

import gc
import os
from collections.abc import Callable
from functools import partial

import numpy as np

import fastnet
from bench.data import dense, stand_in

__all__ = ["JOBS", "main"]

SAMPLES = 400
Job = Callable[[], None]


def _images(n: int = SAMPLES) -> tuple[np.ndarray, np.ndarray]:
    images, labels = stand_in(n, seed=4)
    return images / np.float32(255), labels


def _sigmoid(
    sizes: tuple[int, ...], batch: int, dtype: str = "float32", pixels: bool = False, epochs: int = 10
) -> Job:
    X, y = stand_in(SAMPLES, seed=4) if pixels else _images()
    net = fastnet.Network(sizes, dtype=dtype, input_scale=1 / 255 if pixels else 1.0, rng=1)
    return partial(_fit, net, X, y, epochs=epochs, batch_size=batch, learning_rate=1.0)


def _relu(sizes: tuple[int, ...], samples: int) -> Job:
    net = fastnet.Network(sizes, "relu", "softmax", cost="cross_entropy", rng=1)
    return partial(_fit, net, *_images(samples), epochs=1, batch_size=128, optimizer="adam")


def _dense() -> Job:
    data = dense(SAMPLES)
    net = fastnet.Network((20, 64, 64, 1), "relu", "identity", rng=1)
    return partial(_fit, net, data.X, data.Y, epochs=5, batch_size=32, optimizer="adam")


def _fit(net: fastnet.Network, X: np.ndarray, y: np.ndarray, **settings: object) -> None:
    net.fit(X, y, progress=False, **settings)


def _forward(single: bool) -> Job:
    net, (X, _) = fastnet.Network((784, 16, 16, 10), rng=1), _images()
    return partial(_answer, net, 2 * list(X) if single else [X] * 10)


def _answer(net: fastnet.Network, inputs: list[np.ndarray]) -> None:
    for x in inputs:
        net.forward(x)


JOBS: dict[str, Callable[[], Job]] = {
    "784-16-16-10, batch 10": partial(_sigmoid, (784, 16, 16, 10), 10),
    "784-16-16-10, one epoch": partial(_sigmoid, (784, 16, 16, 10), 10, epochs=1),  # mostly preparation
    "784-16-16-10, batch 1": partial(_sigmoid, (784, 16, 16, 10), 1),
    "784-16-16-10, batch 10, float64": partial(_sigmoid, (784, 16, 16, 10), 10, dtype="float64"),
    "784-16-16-10, batch 10, uint8": partial(_sigmoid, (784, 16, 16, 10), 10, pixels=True),
    "784-30-10, batch 10": partial(_sigmoid, (784, 30, 10), 10),
    "784-100-10, batch 10": partial(_sigmoid, (784, 100, 10), 10),
    "784-128-10, Adam, batch 128": partial(_relu, (784, 128, 10), 512),
    "784-512-512-10, Adam, batch 128": partial(_relu, (784, 512, 512, 10), 128),
    "20-64-64-1, Adam, batch 32, dense": _dense,
    "forward, 400 samples, 10 times": partial(_forward, single=False),
    "forward, one sample, 800 times": partial(_forward, single=True),
}


def main() -> None:
    """Do all the jobs, a mark before and after each."""
    for first in (_sigmoid((784, 16, 16, 10), 10), _dense(), _forward(single=True)):
        first()  # imports and caches of the first time
    gc.disable()
    for prepare in JOBS.values():
        job = prepare()
        os.getppid()
        job()
        os.getppid()


if __name__ == "__main__":
    main()
