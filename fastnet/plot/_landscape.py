"""The cost around the network."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import LogNorm
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, MaxNLocator

from fastnet._architecture import as_generator
from fastnet._checks import whole
from fastnet._inputs.arrays import numeric_array
from fastnet.inspect import Line, Path, Plane
from fastnet.inspect import line as measure_line
from fastnet.inspect import plane as measure_plane
from fastnet.inspect._checks import as_network, dense_samples
from fastnet.plot._canvas import Place
from fastnet.plot._theme import Theme, as_cmap, as_theme

__all__ = ["landscape"]


def landscape(
    net: Any,
    X: Any,
    y: Any,
    *,
    path: Path | None = None,
    span: float = 1.0,
    points: int = 31,
    n: int | None = 1000,
    directions: Any = None,
    cmap: Any = None,
    dark: bool = False,
    ax: Any = None,
    rng: Any = 0,
    progress: bool | str = "auto",
) -> Figure:
    """Draw the cost on a line and on a plane through the network's parameters.

    Parameters
    ----------
    net : Network
        It is not changed.
    X, y : array-like
        As for `Network.evaluate`.
    path : fastnet.inspect.Path, optional
        The way the network came; by default that of its `history_`, where the callback `Path` recorded it.
    span : float above 0, default 1
        How far to go; see `fastnet.inspect.line` and `plane`.
    points : int, default 31
        Places along either direction of the plane; the line has about twice as many.
    n : int or None, default 1000
        How many samples the cost is measured on, drawn without replacement; None for all.
    directions : two (n_parameters,) array-likes, optional
        Of the plane, the first of them also of the line. Default: the two along which the path goes
        furthest, where there is one; otherwise random ones.
    cmap, dark, ax
        See `fastnet.plot`.
    rng : None, int or numpy.random.Generator, default 0
    progress : {"auto", True, False}
        As for `Network.fit`.

    Returns
    -------
    matplotlib.figure.Figure

    Raises
    ------
    TypeError, ValueError
        As for `Network.evaluate`, or if an argument is not of its kind or out of range.
    """
    net, theme, generator = as_network(net), as_theme(dark), as_generator(rng)
    colours = as_cmap(cmap, theme, "height")
    X, y = _some(net, X, y, n, generator)
    first = None if directions is None else list(directions)[0]
    along = measure_line(
        net, X, y, direction=first, span=span, points=2 * whole(points, "points", 3) - 1, rng=generator,
        progress=progress,
    )  # fmt: skip
    across = measure_plane(
        net, X, y, directions=directions, path=path, span=span, points=points, rng=generator,
        progress=progress,
    )  # fmt: skip
    place = Place(ax, (9.4, 4.2), theme)
    parts = place.spec.subgridspec(1, 3, width_ratios=[1, 1.15, 0.05])
    _draw_line(place.add(parts[0]), along, theme)
    image = _draw_plane(place.add(parts[1]), across, theme, colours)
    bar = place.colour_bar(image, parts[2], "cost")
    if isinstance(image.norm, LogNorm):
        bar.set_ticks(_round_numbers(float(across.cost.min()), float(across.cost.max())), minor=False)
        bar.minorticks_off()
        bar.ax.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    return place.figure


def _round_numbers(low: float, high: float) -> list[float]:
    """Return 1, 2 and 5 times powers of ten between two numbers."""
    powers = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
    return [m * 10.0**p for p in powers for m in (1, 2, 5) if low <= m * 10.0**p <= high]


def _some(net: Any, X: Any, y: Any, n: int | None, generator: np.random.Generator) -> tuple[Any, Any]:
    """Return at most n of the samples."""
    samples, targets = dense_samples(net, X), numeric_array(y, "y")
    if targets.ndim == 0 or len(targets) != len(samples):
        raise ValueError(f"y must have one target a sample, {len(samples)}, not the shape {targets.shape}")
    if n is None or whole(n, "n") >= len(samples):
        return samples, targets
    chosen = np.sort(generator.permutation(len(samples))[:n])
    return samples[chosen], targets[chosen]


def _draw_line(axes: Axes, along: Line, theme: Theme) -> None:
    axes.plot(along.at, along.cost, color=theme.runs[0], linewidth=1.8)
    here = float(np.interp(0, along.at, along.cost))
    axes.plot([0], [here], marker="*", markersize=13, color=theme.runs[1], linestyle="none")
    axes.set_ylim(bottom=0)
    axes.xaxis.set_major_locator(MaxNLocator(5))
    axes.set_xlabel("along a direction, in lengths of each neuron's weights")
    axes.set_ylabel("cost")
    axes.set_title(f"on a line (\N{BLACK STAR} the network: {here:.3g})", fontsize=10, color=theme.ink)
    axes.grid(True, color=theme.grid, linewidth=0.6)
    axes.set_axisbelow(True)
    axes.xaxis.label.set_fontsize(9)
    for spine in ("top", "right"):
        axes.spines[spine].set_visible(False)


def _draw_plane(axes: Axes, across: Plane, theme: Theme, colours: Any) -> Any:
    cost = across.cost
    low, high = float(cost.min()), float(cost.max())
    if 0 < low < high / 5:
        cuts: dict[str, Any] = {"levels": np.geomspace(low, high, 21), "norm": LogNorm(low, high)}
    else:
        levels = MaxNLocator(20).tick_values(low, high if high > low else low + 1)
        cuts = {"levels": levels}
    image = axes.contourf(across.first, across.second, cost, cmap=colours, **cuts)
    lines = {"colors": "#ffffff", "linewidths": 0.4, "alpha": 0.5, "levels": cuts["levels"][::2]}
    axes.contour(across.first, across.second, cost, **lines)
    if across.path is not None:
        axes.plot(*across.path.T, color="#ffffff", linewidth=2.6, zorder=3)
        axes.plot(*across.path.T, color="#d3380d", linewidth=1.3, marker="o", markersize=2.6, zorder=4)
        axes.plot(
            *across.path[0], marker="s", markersize=7, color="#ffffff", markeredgecolor="#1c2126", zorder=5
        )
    axes.plot([0], [0], marker="*", markersize=14, color="#ffffff", markeredgecolor="#1c2126", zorder=6)
    axes.set_xlabel("first direction")
    axes.set_ylabel("second direction")
    axes.xaxis.label.set_fontsize(9)
    title = "on a plane (\N{BLACK STAR} the network"
    if across.path is not None:
        title += ", \N{BLACK SQUARE} where it began"
        if across.explained is not None:
            title += f";\n{across.explained:.0%} of the path's way lies in the plane"
    axes.set_title(title + ")", fontsize=10, color=theme.ink)
    return image
