"""Read features and labels from a .csv file whose first line names the columns."""

from __future__ import annotations

import csv
import io
import os
from array import array
from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ._dataset import Source
from ._reading import open_binary

_USUAL_LABELS = ("label", "target", "class", "y")
_MISSING = {"", "na", "n/a", "nan", "null", "none", "?", "-"}


def read_csv(path: str | os.PathLike[str], *, label: str | None, labelled: bool) -> Source:
    """Read a table with commas, semicolons or tabs between its columns, gzip-compressed or not.

    One column, `label`, is the label: numbers or text. All others are features: finite numbers.
    Without `label` it is the one column called label, target, class or y. With ``labelled=False``
    that column is left out if it is there. Raises ValueError, with the line where there is one, for
    missing values, rows too short or too long, text among the features, and files that are no table.
    """
    name = os.fspath(path)
    with open_binary(path) as stream:
        text = io.TextIOWrapper(stream, encoding="utf-8-sig", newline="")
        try:
            return _read_table(text, name, label, labelled)
        except UnicodeDecodeError as error:
            raise ValueError(f"{name}: not UTF-8 text: {error}") from None
        except csv.Error as error:
            raise ValueError(f"{name}: {error}") from None
        finally:
            text.detach()


def _read_table(text: io.TextIOWrapper, name: str, label: str | None, labelled: bool) -> Source:
    first = text.readline()
    delimiter = max(",;\t", key=first.count)
    columns = [cell.strip() for cell in next(csv.reader([first], delimiter=delimiter), [])]
    _check_columns(columns, name)
    at = _find_label(columns, name, label, labelled)
    features = tuple(column for i, column in enumerate(columns) if i != at)
    if not features:
        raise ValueError(f"{name}: no columns besides the label {columns[0]!r}, expected features")
    values, labels, lines = array("d"), [], array("q")
    for line, row in _rows(text, delimiter, len(columns), name):
        if at is not None:
            labels.append(row.pop(at).strip())
        try:
            values.extend(map(float, row))
        except ValueError:
            raise ValueError(f"{name}, line {line}: {_fault(row, features)}") from None
        lines.append(line)
    if not lines:
        raise ValueError(f"{name}: no rows below the names of the columns")
    X = _finite(np.frombuffer(values).reshape(len(lines), len(features)), features, lines, name)
    if at is None or not labelled:
        return Source(X, None, feature_names=features)
    return Source(X, _parse_labels(labels, lines, columns[at], name), feature_names=features, indices=False)


def _check_columns(columns: list[str], name: str) -> None:
    if not any(columns):
        raise ValueError(f"{name}, line 1: expected the names of the columns, found nothing")
    for i, column in enumerate(columns):
        if not column:
            raise ValueError(f"{name}, line 1: column {i + 1} has no name (an index that was written with "
                             f"the table?); expected a name for every column")
        if column in columns[:i]:
            raise ValueError(f"{name}, line 1: two columns are called {column!r}; "
                             f"is the line with the names of the columns there?")


def _find_label(columns: list[str], name: str, label: str | None, labelled: bool) -> int | None:
    if label is not None:
        if label in columns:
            return columns.index(label)
        wanted = f"label: no column {label!r} in {name}"
    else:
        usual = [i for i, column in enumerate(columns) if column.lower() in _USUAL_LABELS]
        if len(usual) == 1:
            return usual[0]
        wanted = f"label: name the column of {name} that is the label"
    if not labelled:
        return None
    listed = ", ".join(columns[:8]) + (f", ... ({len(columns)} columns)" if len(columns) > 8 else "")
    raise ValueError(f"{wanted}; line 1 names {listed}")


def _rows(text: io.TextIOWrapper, delimiter: str, width: int, name: str) -> Iterator[tuple[int, list[str]]]:
    reader = csv.reader(text, delimiter=delimiter)
    for row in reader:
        if not row:  # an empty line
            continue
        line = reader.line_num + 1  # the header was read before
        if len(row) != width:
            raise ValueError(f"{name}, line {line}: {len(row)} columns, expected {width} as in line 1")
        yield line, row


def _fault(row: list[str], features: tuple[str, ...]) -> str:
    for cell, column in zip(row, features, strict=True):
        try:
            float(cell)
        except ValueError:
            if cell.strip().lower() in _MISSING:
                return f"column {column!r}: missing value, expected a number"
            return f"column {column!r}: {cell!r} is not a number; features have to be numbers"
    raise AssertionError("every cell is a number")


def _finite(values: NDArray[np.float64], features: tuple[str, ...], lines: array[int],
            name: str) -> NDArray[np.float32]:
    with np.errstate(over="ignore"):  # too large for float32 is told here
        X = values.astype(np.float32)
    bad = np.argwhere(~np.isfinite(X))
    if len(bad):
        row, column = bad[0]
        raise ValueError(f"{name}, line {lines[row]}: column {features[column]!r}: {values[row, column]} is "
                         f"missing, infinite or too large for float32, expected a finite number")
    return X


def _parse_labels(labels: list[str], lines: array[int], column: str, name: str) -> NDArray[Any]:
    """Give numbers if all are numbers, text if some are text; a missing one is an error in both."""
    numbers = array("d")
    faults = []
    for i, cell in enumerate(labels):
        if not cell:
            raise ValueError(f"{name}, line {lines[i]}: column {column!r}: missing label")
        try:
            numbers.append(float(cell))
        except ValueError:
            faults.append(i)
    # "NA" can be the name of a class, but not among numbers.
    if faults and not all(labels[i].lower() in _MISSING for i in faults):
        return np.array(labels)
    bad = faults or np.flatnonzero(~np.isfinite(np.frombuffer(numbers))).tolist()
    if bad:
        raise ValueError(f"{name}, line {lines[bad[0]]}: column {column!r}: "
                         f"{labels[bad[0]]!r} among numbers, expected a finite number")
    return np.frombuffer(numbers)
