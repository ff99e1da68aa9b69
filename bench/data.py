"""What the benchmarks train on: MNIST where it is on this machine, else a generated stand-in."""

from __future__ import annotations

import os
from pathlib import Path
from typing import NamedTuple

import numpy as np

__all__ = ["Data", "dense", "load", "prepare", "stand_in"]

SIDE = 28
LIT = 150  # pixels of an image that are not zero: 19.1 % of 784, as in MNIST


class Data(NamedTuple):
    """Inputs (n, n_in) and targets (n, n_out) to train on, and others to test on; all float32.

    `labels` and `test_labels` are the classes, None where the targets are values. `name` says what it is.
    """

    X: np.ndarray
    Y: np.ndarray
    labels: np.ndarray | None
    test_X: np.ndarray
    test_Y: np.ndarray
    test_labels: np.ndarray | None
    name: str


def prepare(folder: Path) -> str:
    """Put the images, uint8, into `folder` once for all processes; return what they are."""
    try:
        from fastnet.datasets import load_mnist

        (images, labels), (test_images, test_labels) = load_mnist(raw=True, download=False)
        name = "MNIST"
    except FileNotFoundError:
        images, labels = stand_in(60_000, seed=1)
        test_images, test_labels = stand_in(10_000, seed=2)
        name = "generated stand-in for MNIST (19 % of the pixels not zero)"
    np.save(folder / "images.npy", images.reshape(len(images), -1))
    np.save(folder / "labels.npy", labels)
    np.save(folder / "test_images.npy", test_images.reshape(len(test_images), -1))
    np.save(folder / "test_labels.npy", test_labels)
    (folder / "name.txt").write_text(name, "utf-8")
    return name


def load(folder: str | os.PathLike[str], kind: str, n: int) -> Data:
    """Return the first `n` samples to train on, and the test set, of "mnist" or "dense" data."""
    if kind == "dense":
        return dense(n)
    folder = Path(folder)
    labels = np.load(folder / "labels.npy")[:n]
    test_labels = np.load(folder / "test_labels.npy")
    return Data(
        _unit(np.load(folder / "images.npy", mmap_mode="r")[:n]),
        one_hot(labels),
        labels,
        _unit(np.load(folder / "test_images.npy")),
        one_hot(test_labels),
        test_labels,
        (folder / "name.txt").read_text("utf-8"),
    )


def _unit(images: np.ndarray) -> np.ndarray:
    return np.divide(images, np.float32(255), out=np.empty(images.shape, np.float32))


def one_hot(labels: np.ndarray) -> np.ndarray:
    """Return (n, 10) float32 with a one at each label."""
    return np.eye(10, dtype=np.float32)[labels]


def dense(n: int, n_in: int = 20) -> Data:
    """Return a smooth function of `n_in` normal numbers, with a little noise: nothing in it is zero."""
    rng = np.random.default_rng(7)
    directions = rng.standard_normal((n_in, 4)) / np.sqrt(n_in)

    def draw(count: int) -> tuple[np.ndarray, np.ndarray]:
        X = rng.standard_normal((count, n_in))
        u = X @ directions
        y = np.sin(2 * u[:, 0]) + u[:, 1] * u[:, 2] + 0.5 * u[:, 3] + 0.05 * rng.standard_normal(count)
        return X.astype(np.float32), y.astype(np.float32)[:, None]

    (X, Y), (test_X, test_Y) = draw(n), draw(2000)
    return Data(X, Y, None, test_X, test_Y, None, "generated, dense, one target value")


def stand_in(n: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Return (n, 784) uint8 images and (n,) labels with MNIST's sparsity, border and short runs.

    Every class has eight smooth shapes inside the middle 20 x 20 pixels; a sample is one of them, moved by
    up to two pixels, with a brightness of its own and some pixels darkened.
    """
    shapes = _shapes()
    rng = np.random.default_rng(seed)
    labels = rng.integers(0, 10, n)
    variant, brightness = rng.integers(0, 8, n), rng.uniform(0.6, 1.0, n).astype(np.float32)
    down, right = rng.integers(-2, 3, n), rng.integers(-2, 3, n)
    images = np.zeros((n, SIDE, SIDE), np.uint8)
    for i in range(n):
        top, left = 4 + down[i], 4 + right[i]
        images[i, top : top + 20, left : left + 20] = shapes[labels[i], variant[i]] * brightness[i]
    images = images.reshape(n, -1)
    for start in range(0, n, 5000):
        part = images[start : start + 5000]
        darker = rng.random(part.shape, np.float32) < 0.1
        part[darker] = (part[darker] + 1) // 2  # never to zero
    return images, labels.astype(np.int64)


def _shapes() -> np.ndarray:
    """Return (10, 8, 20, 20) float32: the `LIT` highest points of smoothed noise, 80 to 255, else 0."""
    noise = np.random.default_rng(0).standard_normal((10, 8, 26, 26))
    for _ in range(3):  # a box of three pixels, three times: nearly a Gaussian
        noise = noise[..., 1:-1, :] + noise[..., 2:, :] + noise[..., :-2, :]
        noise = noise[..., :, 1:-1] + noise[..., :, 2:] + noise[..., :, :-2]
    flat = noise.reshape(10, 8, 400)
    floor = np.sort(flat, axis=-1)[..., -LIT, None]
    height = flat - floor
    height = 80 + 175 * height / height.max(axis=-1, keepdims=True)
    return np.where(flat >= floor, height, 0).reshape(10, 8, 20, 20).astype(np.float32)
