"""Where a picture is drawn: a new figure, or a part of the caller's own."""

from __future__ import annotations

import io
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure, FigureBase
from matplotlib.gridspec import GridSpec

from fastnet._checks import shown
from fastnet.plot._theme import Theme

__all__ = ["Place", "dress", "one_axes"]


class Picture(Figure):
    """A figure that a notebook shows even where nobody has ever imported pyplot."""

    def _repr_png_(self) -> bytes:
        data = io.BytesIO()
        self.savefig(data, format="png", dpi=110)
        return data.getvalue()


class Place:
    """A rectangle to divide into axes.

    Parameters
    ----------
    ax : None, Axes, Figure or SubFigure
        What the caller gave. None makes a figure; an Axes is emptied of its frame and divided.
    size : (float, float)
        Inches of a new figure.
    theme : Theme

    Attributes
    ----------
    figure : Figure
        What the function returns.
    spec : SubplotSpec
        To divide: ``place.spec.subgridspec(rows, columns)``.
    """

    def __init__(self, ax: Any, size: tuple[float, float], theme: Theme) -> None:
        self._theme, self._ax = theme, None
        if ax is None:
            self.figure: Figure = Picture(figsize=size, facecolor=theme.paper, layout="constrained")
            self._parent: Any = self.figure
            self.spec: Any = self.figure.add_gridspec(1, 1)[0]
        elif isinstance(ax, Axes):
            self._ax, self._parent = ax, ax.figure
            self.spec = ax.get_subplotspec()
            if self.spec is None:
                box = ax.get_position()
                self.spec = GridSpec(1, 1, left=box.x0, right=box.x1, bottom=box.y0, top=box.y1)[0]
            ax.set_axis_off()
        elif isinstance(ax, FigureBase):
            self._parent, self.spec = ax, ax.add_gridspec(1, 1)[0]
            ax.set_facecolor(theme.paper)
        else:
            raise TypeError(f"ax must be a matplotlib Axes, Figure or SubFigure, not {shown(ax)}")
        if ax is not None:
            self.figure = _root(self._parent)

    def add(self, spec: Any) -> Axes:
        """Return a new axes in a part of the rectangle, in the theme's colours."""
        axes = self._parent.add_subplot(spec)
        dress(axes, self._theme)
        return axes

    def tile(self, spec: Any, image: Any, title: str = "", size: float = 8, **options: Any) -> Any:
        """Show an image, without ticks, under a title; return what a colour bar needs."""
        axes = self.add(spec)
        shown_image = axes.imshow(image, interpolation="nearest", **options)
        axes.set_xticks([])
        axes.set_yticks([])
        axes.set_title(title, fontsize=size, color=self._theme.ink, pad=3)
        return shown_image

    def title(self, text: str) -> None:
        """Write above everything."""
        if self._ax is None:
            self._parent.suptitle(text, color=self._theme.ink, fontsize=12)
        else:
            self._ax.set_title(text, color=self._theme.ink, fontsize=12, pad=16)

    def colour_bar(self, image: Any, spec: Any, label: str) -> Any:
        """Draw the scale of an image, and return the colour bar."""
        axes = self.add(spec)
        bar = self._parent.colorbar(image, cax=axes)
        bar.set_label(label, color=self._theme.ink, fontsize=9)
        bar.outline.set_edgecolor(self._theme.grid)
        axes.tick_params(colors=self._theme.faint, labelsize=8)
        return bar


def one_axes(ax: Any, size: tuple[float, float], theme: Theme) -> tuple[Figure, Axes]:
    """Return the figure and the one axes to draw on, for pictures that are not divided."""
    if isinstance(ax, Axes):
        dress(ax, theme)
        return _root(ax.figure), ax
    place = Place(ax, size, theme)
    return place.figure, place.add(place.spec)


def dress(axes: Axes, theme: Theme) -> None:
    """Give axes the colours of a theme."""
    axes.set_facecolor(theme.paper)
    for spine in axes.spines.values():
        spine.set_color(theme.grid)
    axes.tick_params(colors=theme.faint, labelsize=9)
    for text in (axes.xaxis.label, axes.yaxis.label, axes.title):
        text.set_color(theme.ink)


def _root(figure: Any) -> Figure:
    while figure.figure is not figure:
        figure = figure.figure
    return figure  # type: ignore[no-any-return]
