"""Which class is taken for which."""

from __future__ import annotations

from typing import Any

import numpy as np
from matplotlib.figure import Figure

from fastnet._checks import flag
from fastnet.inspect._checks import as_confusion
from fastnet.plot._canvas import one_axes
from fastnet.plot._digits import class_names
from fastnet.plot._theme import as_cmap, as_ink, as_theme

__all__ = ["confusion"]

NUMBERED = 25  # classes beyond which numbers would be too small to read


def confusion(
    evaluation: Any,
    *,
    labels: Any = None,
    normalise: bool = False,
    cmap: Any = None,
    dark: bool = False,
    ax: Any = None,
) -> Figure:
    """Draw the confusion matrix; only the mistakes are coloured, so that they are seen.

    Parameters
    ----------
    evaluation : Evaluation or (k, k) array-like
        What `Network.evaluate` returns, or its confusion matrix.
    labels : sequence of str, optional
        The names of the classes.
    normalise : bool, default False
        Whether to write and colour shares of the true class, in percent, instead of counts.
    cmap, dark, ax
        See `fastnet.plot`.

    Returns
    -------
    matplotlib.figure.Figure

    Raises
    ------
    TypeError, ValueError
        If it is not a confusion matrix, or an argument is not of its kind.
    """
    counts, theme = as_confusion(evaluation), as_theme(dark)
    k, accuracy = len(counts), np.trace(counts) / (counts.sum() or 1)
    names = class_names(labels, k)
    if flag(normalise, "normalise"):
        sums = counts.sum(axis=1, keepdims=True)
        counts = 100 * np.divide(counts, sums, out=np.zeros_like(counts), where=sums > 0)
    side = min(9.0, 2.0 + 0.42 * k)
    figure, axes = one_axes(ax, (side, side + 0.2), theme)
    wrong = np.where(np.eye(k, dtype=bool), np.nan, counts)
    largest = float(np.nanmax(wrong)) or 1.0
    colours = as_cmap(cmap, theme, "amount").with_extremes(bad=theme.grid)
    axes.imshow(wrong, cmap=colours, vmin=0, vmax=largest)
    if k <= NUMBERED:
        for i in range(k):
            for j in range(k):
                _number(axes, i, j, counts[i, j], largest, colours, theme, normalise)
        axes.set_xticks(range(k), names)
        axes.set_yticks(range(k), names)
        axes.tick_params(length=0, labelsize=10, colors=theme.ink)
        if max(map(len, names)) > 3:
            axes.tick_params(axis="x", rotation=60)
    axes.set_xlabel("the network says")
    axes.set_ylabel("it is")
    unit = ", in % of each row" if normalise else ""
    axes.set_title(f"{accuracy:.2%} right; the mistakes in colour{unit}", fontsize=11, color=theme.ink)
    return figure


def _number(
    axes: Any, i: int, j: int, count: float, largest: float, colours: Any, theme: Any, normalise: bool
) -> None:
    if not count:
        text = "\N{MIDDLE DOT}"
    else:
        text = f"{count:.1f}" if normalise else f"{count:.0f}"
    ink = theme.ink
    if i != j:
        ink = as_ink(colours(count / largest)) if count else theme.faint
    axes.text(
        j, i, text, ha="center", va="center", fontsize=9 if len(text) < 4 else 8, color=ink,
        fontweight="bold" if i == j else "normal",
    )  # fmt: skip
