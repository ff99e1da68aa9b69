"""Colours: two backgrounds, and maps that a colour-blind reader can tell apart."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any

from matplotlib import colormaps
from matplotlib.colors import Colormap, LinearSegmentedColormap

from fastnet._checks import flag, shown

__all__ = ["Theme", "as_cmap", "as_ink", "as_theme"]


@dataclass(frozen=True)
class Theme:
    """The colours of a picture.

    paper, ink, faint, grid : the background, text, lesser text, lines of a grid.
    positive, negative : a bluish green and a vermilion, which deuteranopes and protanopes tell apart.
    accent : what the eye should find first.
    runs : one colour a run (the palette of Okabe and Ito 2008, for all kinds of colour vision).
    images : the map of images.
    """

    name: str
    paper: str
    ink: str
    faint: str
    grid: str
    positive: str
    negative: str
    accent: str
    runs: tuple[str, ...]
    images: str


LIGHT = Theme(
    "light", "#ffffff", "#1c2126", "#6b747d", "#d9dee3", "#00805f", "#cc3311", "#0072b2",
    ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#1c2126"), "gray_r",
)  # fmt: skip
DARK = Theme(
    "dark", "#14171a", "#eceff1", "#98a2ab", "#343b42", "#2fc79a", "#ff6b4a", "#f0c419",
    ("#56b4e9", "#e69f00", "#2fc79a", "#cc79a7", "#f0e442", "#ff6b4a", "#eceff1"), "gray",
)  # fmt: skip


def as_theme(dark: Any) -> Theme:
    """Return the theme for the argument `dark`."""
    return DARK if flag(dark, "dark") else LIGHT


@cache
def _signed(name: str) -> Colormap:
    """Return the diverging map: red for negative, the paper's own colour for zero, green for positive."""
    if name == "light":
        stops = ["#6e1302", "#cc3311", "#f4a58c", "#ffffff", "#7fcdb0", "#00805f", "#003d2c"]
    else:
        stops = ["#ffc2b0", "#ff6b4a", "#8f2a12", "#14171a", "#0b6b4f", "#2fc79a", "#b5f5e0"]
    return LinearSegmentedColormap.from_list(f"fastnet_signed_{name}", stops)


@cache
def _amount(name: str) -> Colormap:
    """Return the map of amounts: from the paper's own colour to the accent."""
    stops = ["#ffffff", "#f6c79a", "#d55e00", "#7a2f00"]
    if name == "dark":
        stops = ["#14171a", "#7a3a05", "#e0701a", "#ffd9b0"]
    return LinearSegmentedColormap.from_list(f"fastnet_amount_{name}", stops)


def as_cmap(cmap: Any, theme: Theme, kind: str) -> Colormap:
    """Return the colour map a caller asked for, or the theme's own.

    Parameters
    ----------
    cmap : None, str or Colormap
    theme : Theme
    kind : {"signed", "amount", "images", "height"}

    Raises
    ------
    TypeError, ValueError
        If matplotlib knows no such map.
    """
    if cmap is None:
        if kind == "signed":
            return _signed(theme.name)
        return _amount(theme.name) if kind == "amount" else colormaps[_NAMED.get(kind, theme.images)]
    if isinstance(cmap, Colormap):
        return cmap
    if not isinstance(cmap, str):
        raise TypeError(f"cmap must be the name of a colour map or a Colormap, not {shown(cmap)}")
    if cmap not in colormaps:
        raise ValueError(f"cmap must be a colour map that matplotlib knows, not {cmap!r}")
    return colormaps[cmap]


def as_ink(background: Any) -> str:
    """Return black or white, whichever can be read on a colour (red, green, blue, ...)."""
    red, green, blue = background[:3]
    return "#111111" if 0.3 * red + 0.59 * green + 0.11 * blue > 0.45 else "#ffffff"


_NAMED = {"height": "cividis"}  # even in lightness, and the same for all kinds of colour vision
