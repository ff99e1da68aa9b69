"""Data at the command line: found by name or path, and brought into the form that a network expects."""

from __future__ import annotations

import argparse
from typing import Any

import numpy as np

from fastnet import Network
from fastnet._metadata import classes_of, names_of
from fastnet.cli._models import require_inputs
from fastnet.cli._problems import Refused
from fastnet.datasets import Dataset, load_any

__all__ = ["PARTS", "add_data_arguments", "for_model"]

PARTS = ("test", "train", "all")
KINDS = "digits, mnist, a folder of IDX files, a .npz with X and y, or a .csv"


def add_data_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments MODEL, DATA, --label and --part of a command that applies a network to data."""
    parser.add_argument("model", metavar="MODEL", help="a saved network")
    parser.add_argument("data", metavar="DATA", help=KINDS)
    parser.add_argument("--label", metavar="COLUMN", help="the column of a .csv that is the label")
    parser.add_argument(
        "--part", choices=PARTS, help="which part of data that come in two (default: test, of others all)"
    )


def for_model(
    net: Network, spec: str, *, label: str | None, part: str | None, labelled: bool
) -> tuple[Dataset, np.ndarray, Any]:
    """Load data for a network that exists.

    Parameters
    ----------
    net : Network
    spec : str
        As for `fastnet.datasets.load_any`.
    label : str or None
        The label's column; default: the one the network was trained with.
    part : str or None
        One of PARTS; None: "test" where there is one, else everything.
    labelled : bool
        Whether labels are needed.

    Returns
    -------
    (Dataset, X, y)
        The data, and the part asked for: X (n, n_in), y class indices, values, or None.

    Raises
    ------
    Refused, ValueError, OSError
        If the data cannot be read or do not fit the network.
    """
    classes = classes_of(net)
    is_csv = spec.lower().endswith((".csv", ".csv.gz"))
    known = net.metadata.get("label")
    if label is None and is_csv and isinstance(known, str):
        label = known
    data = load_any(
        spec,
        label=label,
        labelled=labelled,
        classes=classes,
        target="values" if classes is None else "classes",
    )
    order = _columns(net, data, spec)
    X, y = _part(data, part, spec)
    if order is not None:
        X = X[:, order]
    require_inputs(net, X.shape[1], spec)
    return data, X, y


def _part(data: Dataset, part: str | None, spec: str) -> tuple[np.ndarray, Any]:
    if data.X_test is None:
        if part == "test":
            raise Refused(f"{spec} has no test part")
        return data.X_train, data.y_train
    if part == "train":
        return data.X_train, data.y_train
    if part == "all":
        X = np.concatenate([data.X_train, data.X_test])
        return X, None if data.y_train is None else np.concatenate([data.y_train, _given(data.y_test)])
    return data.X_test, data.y_test


def _given(y: Any) -> Any:
    if y is None:
        raise Refused("the test part has no labels")
    return y


def _columns(net: Network, data: Dataset, spec: str) -> list[int] | None:
    """Return the order that brings a table's columns into the network's, or None where nothing is known."""
    wanted = names_of(net, "feature_names")
    if wanted is None or data.feature_names is None:
        return None
    at = {name: i for i, name in enumerate(data.feature_names)}
    missing = [name for name in wanted if name not in at]
    if missing:
        raise Refused(f"{spec} has no column {missing[0]!r}, which the model was trained with")
    return [at[name] for name in wanted]
