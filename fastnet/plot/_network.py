"""The whole network, answering one input."""

from __future__ import annotations

from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure
from matplotlib.patches import Circle

from fastnet._checks import whole
from fastnet.inspect._checks import as_network, dense_samples
from fastnet.plot._canvas import one_axes
from fastnet.plot._digits import class_names
from fastnet.plot._images import inputs_are_image, inputs_shape, percent
from fastnet.plot._theme import Theme, as_cmap, as_theme

__all__ = ["network"]

HEIGHT, GAP, IMAGE = 12.0, 4.6, 4.6  # of a column, between columns, of the image; in units of the drawing
OFF, ON = 0.09, 1.0  # brightness of a neuron that is off, and of one that is fully on


def network(
    net: Any,
    x: Any,
    *,
    shape: tuple[int, int] | None = None,
    neurons: int = 16,
    connections: int = 90,
    labels: Any = None,
    cmap: Any = None,
    dark: bool = False,
    ax: Any = None,
) -> Figure:
    """Draw the network with its neurons as bright as they are active for one input.

    Parameters
    ----------
    net : Network
    x : array-like
        One sample: (n_in,), (1, n_in) or (height, width).
    shape : (height, width), optional
        Of the image; by default a square number of inputs is one. Other inputs are drawn as neurons.
    neurons : int, default 16
        How many neurons of a layer are drawn at most (at least 2); of a larger one the first and the last.
        The outputs are all drawn, up to 24.
    connections : int, default 90
        How many connections are drawn from layer to layer: those with the largest weights between the
        neurons (or pixels) that are drawn. The thicker, the larger; solid and green is positive, dashed
        and red is negative. 0 for none.
    labels : sequence of str, optional
        The names of the outputs.
    cmap : optional
        The diverging map that the connections take their colours from.
    dark, ax
        See `fastnet.plot`.

    Returns
    -------
    matplotlib.figure.Figure
        Activations are drawn from 0 (dark) to 1 (bright) for sigmoid and softmax, -1 to 1 for tanh, and
        from 0 to the layer's largest one (at least 1) for the others.

    Raises
    ------
    TypeError, ValueError
        If x is not one sample of this network, or an argument is not of its kind.
    """
    net, theme = as_network(net), as_theme(dark)
    samples = dense_samples(net, x, "x")
    if len(samples) != 1:
        raise ValueError(f"x must be one sample of {net.sizes[0]} inputs, not {len(samples)}")
    neurons, connections = whole(neurons, "neurons", 2), whole(connections, "connections", 0)
    names = [""] if labels is None and net.sizes[-1] == 1 else class_names(labels, net.sizes[-1])
    if shape is None and np.ndim(x) == 2 and np.shape(x)[0] > 1:
        shape = np.shape(x)  # type: ignore[assignment]
    image = None
    if inputs_are_image(net, shape):
        image = samples[0].reshape(inputs_shape(net, shape))
    activations = [np.atleast_1d(a) for a in net.layer_activations(samples[0])]
    columns = _columns(net, image, activations, samples[0], neurons)
    radius = min(column.radius for column in columns if isinstance(column, _Column))
    for column in columns:
        column.radius = radius
    width = columns[-1].x + 3.2
    figure, axes = one_axes(ax, (width * 0.42, (HEIGHT + 1.1) * 0.42), theme)
    axes.set_axis_off()
    axes.set_aspect("equal")
    axes.set_xlim(-0.4, width)
    axes.set_ylim(-HEIGHT / 2 - 0.9, HEIGHT / 2 + 0.2)
    colours = as_cmap(cmap, theme, "signed")
    inks = (theme.positive, theme.negative) if cmap is None else (colours(0.9), colours(0.1))
    for layer, weights in enumerate(net.weights):
        _connect(axes, columns[layer], columns[layer + 1], weights, connections, inks)
    for column in columns:
        column.draw(axes, theme)
    _answers(axes, columns[-1], net, activations[-1], names, theme)
    return figure


class _Column:
    """A layer's neurons that are drawn, one below the other, with a gap where some are left out."""

    def __init__(
        self, x: float, caption: str, brightness: np.ndarray, most: int, keep: int | None = None
    ) -> None:
        n = len(brightness)
        self.x, self.caption, self.brightness = x, caption, brightness
        self.elided = n > most
        first = most // 2 + most % 2
        self.shown = np.r_[0:first, n - most // 2 : n] if self.elided else np.arange(n)
        if keep is not None and keep not in self.shown:
            self.shown[first - 1] = keep
        slots = len(self.shown) + self.elided
        self._spacing = min(1.1, HEIGHT / slots)
        slot = np.arange(len(self.shown)) + (self.elided * (np.arange(len(self.shown)) >= first))
        self.y = ((slots - 1) / 2 - slot) * self._spacing
        self._gap_y = ((slots - 1) / 2 - first) * self._spacing
        self.radius = 0.4 * self._spacing

    def places(self) -> tuple[np.ndarray, np.ndarray]:
        """Return the neurons that lines may begin and end at, and where, (m, 2)."""
        return self.shown, np.column_stack([np.full(len(self.y), self.x), self.y])

    def draw(self, axes: Axes, theme: Theme) -> None:
        """Draw the discs and what stands below them."""
        for neuron, y in zip(self.shown, self.y, strict=True):
            face = (OFF + (ON - OFF) * float(self.brightness[neuron]),) * 3
            axes.add_patch(
                Circle((self.x, y), self.radius, facecolor=face, edgecolor=theme.faint, linewidth=1, zorder=3)
            )
        if self.elided:
            for k in (-0.22, 0, 0.22):
                place = (self.x, self._gap_y + k * self._spacing)
                axes.add_patch(Circle(place, 0.05 * self._spacing, color=theme.faint, zorder=3))
        _caption(axes, self.x, self.caption, theme)


class _Image:
    """The inputs as the picture they are."""

    def __init__(self, image: np.ndarray, caption: str) -> None:
        self._image, self.caption = image, caption
        height, width = image.shape
        self._pixel = IMAGE / max(height, width)
        self.x, self.radius = 0.0, 0.0
        self._half = (IMAGE / 2, height * self._pixel / 2)
        self._width = width * self._pixel

    def places(self) -> tuple[np.ndarray, np.ndarray]:
        """Return the pixels and where their middles are, (n, 2)."""
        height, width = self._image.shape
        v, u = np.mgrid[0:height, 0:width]
        x, y = (u + 0.5) * self._pixel, self._half[1] - (v + 0.5) * self._pixel
        return np.arange(self._image.size), np.column_stack([x.ravel(), y.ravel()])

    def draw(self, axes: Axes, theme: Theme) -> None:
        """Draw it over the lines that begin in it."""
        extent = (0, self._width, -self._half[1], self._half[1])
        low, high = min(0, self._image.min()), self._image.max()
        axes.imshow(
            self._image, cmap="gray", vmin=low, vmax=high if high > low else low + 1, extent=extent,
            interpolation="nearest", zorder=2,
        )  # fmt: skip
        axes.plot(
            [0, self._width, self._width, 0, 0], np.array([-1, -1, 1, 1, -1]) * self._half[1],
            color=theme.faint, linewidth=1, zorder=3,
        )  # fmt: skip
        _caption(axes, self._width / 2, self.caption, theme)


def _caption(axes: Axes, x: float, text: str, theme: Theme) -> None:
    axes.text(x, -HEIGHT / 2 - 0.25, text, ha="center", va="top", fontsize=8.5, color=theme.faint)


def _columns(
    net: Any, image: np.ndarray | None, activations: list[np.ndarray], x: np.ndarray, most: int
) -> list[Any]:
    caption = f"{net.sizes[0]:,} inputs"
    columns: list[Any] = []
    if image is None:
        span = float(x.max() - x.min()) or 1.0
        columns.append(_Column(0.8, caption, (x - x.min()) / span, most))
        start = 0.8 + GAP
    else:
        columns.append(_Image(image, caption))
        start = IMAGE + GAP * 0.85
    for layer, a in enumerate(activations):
        last = layer == len(activations) - 1
        text = f"{len(a):,} {net.activations[layer]}"
        limit = max(most, 24) if last else most
        keep = int(a.argmax()) if last else None  # the answer is always drawn
        brightness = _brightness(a, net.activations[layer])
        columns.append(_Column(start + layer * GAP, text, brightness, limit, keep))
    return columns


def _brightness(a: np.ndarray, activation: str) -> np.ndarray:
    """Return activations as brightness, in [0, 1]."""
    a = a.astype(np.float64)
    if activation in ("sigmoid", "softmax"):
        return a
    if activation == "tanh":
        return (a + 1) / 2
    return np.clip(a / max(1.0, float(a.max())), 0, 1)


def _connect(
    axes: Axes, source: Any, target: Any, weights: np.ndarray, most: int, inks: tuple[Any, Any]
) -> None:
    """Draw the strongest of the weights (n_out, n_in) between the neurons that are drawn."""
    (i, begin), (j, end) = source.places(), target.places()
    visible = np.asarray(weights, np.float64)[np.ix_(j, i)]
    strongest = np.argsort(-np.abs(visible), axis=None, kind="stable")[:most]
    rows, columns = np.unravel_index(strongest, visible.shape)
    values = visible[rows, columns]
    largest = float(np.abs(values).max(initial=0))
    for ink, chosen, dashes in zip(inks, (values > 0, values < 0), ("-", (0, (3, 2))), strict=True):
        if not chosen.any():
            continue
        size = np.abs(values[chosen]) / largest
        lines = np.stack([begin[columns[chosen]], end[rows[chosen]]], axis=1)
        shades = np.column_stack([np.tile(to_rgb(ink), (len(size), 1)), 0.12 + 0.75 * size**2])
        widths = 0.4 + 1.8 * size
        axes.add_collection(
            LineCollection(list(lines), colors=shades, linewidths=widths, linestyles=[dashes], zorder=1)
        )


def _answers(axes: Axes, column: _Column, net: Any, a: np.ndarray, names: list[str], theme: Theme) -> None:
    """Name the outputs, the brightest with how bright it is."""
    brightest = int(a.argmax())
    x = column.x + column.radius + 0.25
    for neuron, y in zip(column.shown, column.y, strict=True):
        best = neuron == brightest and len(a) > 1
        axes.text(
            x, y, names[neuron], ha="left", va="center_baseline", color=theme.ink if best else theme.faint,
            fontsize=13 if best else 9.5, fontweight="bold" if best else "normal",
        )  # fmt: skip
        if best:
            ring = Circle((column.x, y), column.radius * 1.12, fill=False, linewidth=2.2, zorder=4)
            ring.set_edgecolor(theme.accent)
            axes.add_patch(ring)
        if best or len(a) == 1:
            unit = net.activations[-1] in ("sigmoid", "softmax")
            amount = percent(float(a[neuron])) if unit else f"{a[neuron]:.3g}"
            offset = 0.45 + 0.24 * len(names[neuron]) if names[neuron] else 0.0
            axes.text(
                x + offset, y, amount, ha="left", va="center_baseline", fontsize=9, color=theme.accent
            )
