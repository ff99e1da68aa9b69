"""The cost's gradient: which weights matter most now."""

from __future__ import annotations

from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from fastnet.inspect import importance
from fastnet.inspect._checks import as_network
from fastnet.plot._canvas import Place
from fastnet.plot._images import columns_for, indices, inputs_are_image, inputs_shape
from fastnet.plot._theme import Theme, as_theme
from fastnet.plot._weights import draw_signed

__all__ = ["gradient"]


def gradient(
    net: Any,
    X: Any,
    y: Any,
    *,
    shape: tuple[int, int] | None = None,
    neurons: Any = 16,
    cmap: Any = None,
    dark: bool = False,
    ax: Any = None,
) -> Figure:
    """Draw the cost's gradient by layer: the larger an entry, the more that weight matters now.

    Parameters
    ----------
    net : Network
    X, y : array-like
        As for `Network.gradient`: many samples, or one.
    shape : (height, width), optional
        Of the image; by default a square number of inputs is one.
    neurons : int or sequence of int, default 16
        How many neurons of the first layer to show at most, or which.
    cmap, dark, ax
        See `fastnet.plot`.

    Returns
    -------
    matplotlib.figure.Figure
        The first layer as images, where the inputs are one: green where a larger weight would raise the
        cost, red where it would lower it. The other layers as histograms with the sign on their axis.
        Above each layer its share of the gradient's squared length.

    Raises
    ------
    TypeError, ValueError
        As for `Network.gradient`, or if an argument is not of its kind.
    """
    net, theme = as_network(net), as_theme(dark)
    found = importance(net, X, y)
    as_images = inputs_are_image(net, shape)
    histograms = list(range(1 if as_images else 0, len(net.weights)))
    height = 4.4
    if as_images:
        chosen = indices(neurons, net.sizes[1], "neurons")
        lengths = inputs_shape(net, shape)
        place = Place(ax, (5.4 + 3.4 * bool(histograms), height + 0.3), theme)
        widths = [5.4, 3.2] if histograms else [5.4]
        grid = place.spec.subgridspec(1, len(widths), width_ratios=widths)
        images = found.gradient.weights[0][chosen].reshape(-1, *lengths)
        rows, columns = columns_for(len(chosen), wide=1.15)
        titles = [_exponent(found.gradient.biases[0][j], j) for j in chosen]
        draw_signed(place, grid[0], images, titles, "∂C/∂w of layer 0", rows, columns, theme, cmap)
        below = grid[1] if histograms else None
    else:
        place = Place(ax, (6.0, 1.2 + 1.7 * len(histograms)), theme)
        below = place.spec
    if histograms:
        parts = below.subgridspec(len(histograms), 1)  # type: ignore[union-attr]
        for k, layer in enumerate(histograms):
            _histogram(place.add(parts[k]), found.gradient.weights[layer], layer, found.layers[layer], theme)
    first = f" (layer 0: {found.layers[0]:.0%} of the whole)" if as_images else ""
    place.title(f"The gradient: what matters now{first}")
    return place.figure


def _exponent(slope: float, neuron: int) -> str:
    """Return the title of a neuron: the bias's own entry."""
    sign = "\N{MINUS SIGN}" if slope < 0 else "+"
    return f"{neuron}: db {sign}{abs(slope):.1g}"


def _histogram(axes: Axes, slopes: np.ndarray, layer: int, share: float, theme: Theme) -> None:
    """Draw how the entries of a layer's gradient are spread, zero in the middle."""
    values = slopes.ravel().astype(np.float64)
    limit = float(np.abs(values).max()) or 1.0
    half = np.linspace(0, limit, 16)
    for ink, side in ((theme.negative, -1), (theme.positive, 1)):
        part = np.abs(values[np.sign(values) == side])
        counts, edges = np.histogram(part, half)
        axes.bar(
            side * (edges[:-1] + edges[1:]) / 2, counts, width=0.86 * half[1], color=ink,
            hatch="///" if side < 0 else None, edgecolor=theme.paper, linewidth=0,
        )  # fmt: skip
    axes.axvline(0, color=theme.faint, linewidth=0.8)
    axes.set_xlim(-1.04 * limit, 1.04 * limit)
    axes.set_yscale("symlog", linthresh=1)
    axes.set_ylim(bottom=0)
    axes.set_ylabel("weights", fontsize=9)
    axes.set_title(f"layer {layer}: {share:.0%} of the whole", fontsize=9.5, color=theme.ink)
    axes.ticklabel_format(axis="x", style="sci", scilimits=(-2, 3))
    axes.xaxis.get_offset_text().set_color(theme.faint)
    axes.xaxis.get_offset_text().set_fontsize(8)
    axes.tick_params(labelsize=8)
    for spine in ("top", "right"):
        axes.spines[spine].set_visible(False)
