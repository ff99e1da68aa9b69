"""How sure the network is: on real images, on shuffled pixels, on noise."""

from __future__ import annotations

from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import PercentFormatter

from fastnet.inspect import Answers
from fastnet.inspect import confidence as measure
from fastnet.inspect._checks import as_network
from fastnet.plot._canvas import Place
from fastnet.plot._digits import class_names
from fastnet.plot._images import inputs_shape, percent
from fastnet.plot._theme import Theme, as_cmap, as_theme

__all__ = ["confidence"]

TITLES = {
    "real": "real images",
    "shuffled": "shuffled pixels, the most confident",
    "noise": "random noise, the most confident",
}
ROWS, COLUMNS = 2, 3  # images of each kind


def confidence(
    net: Any,
    X: Any,
    *,
    n: int = 1000,
    shape: tuple[int, int] | None = None,
    labels: Any = None,
    cmap: Any = None,
    dark: bool = False,
    ax: Any = None,
    rng: Any = 0,
) -> Figure:
    """Draw how sure the network is on real images, on shuffled pixels and on noise, side by side.

    Parameters
    ----------
    net : Network
        With sigmoid or softmax outputs.
    X : array-like, shape (n, n_in) or (n, height, width)
        Real images.
    n : int, default 1000
        How many of each kind are tried.
    shape : (height, width), optional
    labels : sequence of str, optional
        The names of the classes.
    cmap, dark, ax
        See `fastnet.plot`.
    rng : None, int or numpy.random.Generator, default 0

    Returns
    -------
    matplotlib.figure.Figure
        For each kind: some images with the answer and its confidence (of noise and of shuffled images the
        most confident ones), and how confident it is over all of them.

    Raises
    ------
    TypeError, ValueError
        If the network's inputs are not an image, its outputs are values, or an argument is not of its kind.
    """
    net, theme = as_network(net), as_theme(dark)
    lengths = inputs_shape(net, shape, X)
    found = measure(net, X, n=n, rng=rng)
    names = class_names(labels, len(found["real"].counts))
    place = Place(ax, (10.4, 5.6), theme)
    # Every second column is empty: what belongs together has to stand together.
    kinds = place.spec.subgridspec(1, 2 * len(found) - 1, width_ratios=[1, 0.09] * (len(found) - 1) + [1])
    colours = as_cmap(cmap, theme, "images")
    highest = max(_shares(answers)[0].max() for answers in found.values())
    for k, (kind, answers) in enumerate(found.items()):
        parts = kinds[2 * k].subgridspec(ROWS + 2, 1, height_ratios=[0.16] + [1] * ROWS + [1.1])
        _head(place.add(parts[0]), kind, theme)
        chosen = np.arange(len(answers)) if kind == "real" else np.argsort(-answers.confidence, kind="stable")
        for row in range(ROWS):
            tiles = parts[row + 1].subgridspec(1, COLUMNS)
            for column in range(COLUMNS):
                place_in = row * COLUMNS + column
                if place_in < len(chosen):
                    i = chosen[place_in]
                    said = f"{names[answers.predicted[i]]}, {percent(answers.confidence[i])}"
                    image = answers.samples[i].reshape(lengths)
                    place.tile(tiles[column], image, said, 9, cmap=colours)
        _histogram(place.add(parts[ROWS + 1]), answers, names, theme, highest, first=k == 0)
    place.title("How sure is the network?")
    return place.figure


def _head(axes: Axes, kind: str, theme: Theme) -> None:
    axes.set_axis_off()
    axes.text(0.5, 0.5, TITLES[kind], ha="center", va="center", fontsize=11, color=theme.ink)


def _shares(answers: Answers) -> tuple[np.ndarray, np.ndarray]:
    counts, edges = np.histogram(answers.confidence, np.linspace(0, 1, 21))
    return counts / len(answers), edges


def _histogram(
    axes: Axes, answers: Answers, names: list[str], theme: Theme, highest: float, *, first: bool
) -> None:
    shares, edges = _shares(answers)
    sure = edges[:-1] >= 0.9 - 1e-9
    axes.bar(edges[:-1], shares, 0.05, align="edge", edgecolor=theme.paper, linewidth=0.5,
             color=np.where(sure, theme.accent, theme.faint))  # fmt: skip
    axes.axvline(answers.mean, color=theme.ink, linewidth=1.2, linestyle="--")
    axes.set_xlim(0, 1)
    axes.set_ylim(0, highest * 1.08)
    axes.xaxis.set_major_formatter(PercentFormatter(1.0))
    axes.yaxis.set_major_formatter(PercentFormatter(1.0))
    if first:
        axes.set_ylabel("share of the images", fontsize=9)
    else:
        axes.tick_params(labelleft=False)
    axes.set_xlabel(
        f"confidence: {answers.mean:.0%} in the mean (dashed)\n"
        f"at least 90% sure of {answers.share_sure:.0%} of them\n"
        f'most often called "{names[answers.favourite]}" ({answers.counts.max() / len(answers):.0%})',
        fontsize=8.5, color=theme.ink,
    )  # fmt: skip
    axes.tick_params(labelsize=8)
    for spine in ("top", "right"):
        axes.spines[spine].set_visible(False)
