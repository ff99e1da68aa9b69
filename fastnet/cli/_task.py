"""What `fastnet train` trains on: data with a test part, and how their columns are scaled."""

from __future__ import annotations

import argparse
from dataclasses import dataclass
from typing import Any

import numpy as np

from fastnet.cli._problems import Refused
from fastnet.cli._scaling import Scale, scale_of
from fastnet.datasets import Dataset, load_any

__all__ = ["Task", "prepare"]

HELD_OUT = 0.2  # of data that come in one part
MANY, FEW = 20, 5  # more different whole numbers than MANY, with less than FEW samples each, are values


@dataclass(frozen=True, eq=False)
class Task:
    """X (n, n_in) and y to train on and to test with, as the network is to see them while it learns."""

    data: Dataset
    X: np.ndarray
    y: np.ndarray
    X_test: np.ndarray
    y_test: np.ndarray
    held_out: bool
    input_scale: Scale | None
    output_scale: Scale | None

    @property
    def values(self) -> bool:
        """Whether the targets are values, not classes."""
        return self.data.classes is None

    @property
    def n_out(self) -> int:
        """Outputs that a network needs: one a class, or one a value."""
        return self.y.shape[1] if self.data.classes is None else len(self.data.classes)


def prepare(args: argparse.Namespace) -> Task:
    """Load the data that the arguments name, split off a test part where there is none, and scale.

    Raises
    ------
    Refused, ValueError, OSError, ImportError
        If the data cannot be read, or cannot be learned from.
    """
    data = _load(args)
    X, y = data.X_train, data.y_train
    if y is None:
        raise Refused(f"{args.data} has no labels to learn")
    X_test, y_test = data.X_test, data.y_test
    held_out = X_test is None
    if X_test is None:
        X, y, X_test, y_test = _split(X, y, args.test_share or HELD_OUT, args.seed, args.data)
    elif args.test_share is not None:
        raise Refused(f"--test-share: {args.data} has a test part of its own")
    if y_test is None:
        raise Refused(f"{args.data} has no labels for its test part")
    if data.classes is not None and len(data.classes) < 2:
        raise Refused(f"{args.data} has a single class, {data.classes[0]!r}: there is nothing to tell apart")
    if data.classes is None:
        y, y_test = _columns(y), _columns(y_test)
    scaled = _wants_scaling(data) if args.scale is None else args.scale
    input_scale = scale_of(X) if scaled else None
    output_scale = scale_of(y) if data.classes is None and args.scale is not False else None
    if input_scale is not None:
        X, X_test = input_scale.apply(X), input_scale.apply(X_test)
    if output_scale is not None:
        y, y_test = output_scale.apply(y), output_scale.apply(y_test)
    return Task(data, X, y, X_test, y_test, held_out, input_scale, output_scale)


def _load(args: argparse.Namespace) -> Dataset:
    data = load_any(args.data, label=args.label, target=args.target)
    names = data.classes
    if (
        args.target == "auto"
        and names is not None
        and len(names) > MANY
        and len(data.X_train) < FEW * len(names)
    ):
        try:  # ages, prices, counts: whole numbers that are no classes
            [float(name) for name in names]
        except ValueError:
            return data
        return load_any(args.data, label=args.label, target="values")
    return data


def _wants_scaling(data: Dataset) -> bool:
    """Images, and whatever else lies between 0 and 1, are left as they are: many zeros make training fast."""
    return data.image_shape is None and not (data.X_train.min() >= 0 and data.X_train.max() <= 1)


def _columns(y: np.ndarray) -> np.ndarray:
    return y.reshape(len(y), -1)


def _split(X: np.ndarray, y: np.ndarray, share: float, seed: int, name: str) -> tuple[np.ndarray, ...]:
    """Hold out a share of the samples, chosen by the seed, the same share of every class."""
    n_test = round(len(X) * share)
    if not 0 < n_test < len(X):
        raise Refused(f"{name} has {len(X)} samples: too few to hold out a share of {share:g} for the test")
    order = np.random.default_rng(seed).permutation(len(X))
    if y.dtype.kind in "iu":
        # Deal the samples out class by class, so that every n-th of each is for the test.
        order = order[np.argsort(y[order], kind="stable")]
    place = np.floor((np.arange(len(X)) + 0.5) * n_test / len(X) + 0.5)
    is_test = np.diff(place, prepend=0) > 0
    test, rest = np.sort(order[is_test]), np.sort(order[~is_test])
    return X[rest], y[rest], X[test], y[test]


def as_metadata(task: Task, args: argparse.Namespace) -> dict[str, Any]:
    """Return what `fastnet._metadata` says that a saved network's metadata hold of its data."""
    data = task.data
    is_csv = args.data.lower().endswith((".csv", ".csv.gz"))
    return {
        "data": data.name,
        "classes": None if data.classes is None else list(data.classes),
        "image_shape": None if data.image_shape is None else list(data.image_shape),
        "feature_names": None if data.feature_names is None else list(data.feature_names),
        "label": args.label if is_csv else None,
        "seed": args.seed,
    }
