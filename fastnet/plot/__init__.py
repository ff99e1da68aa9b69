"""Pictures of networks, of their training and of what they get wrong. They need matplotlib.

Every function returns the `matplotlib.figure.Figure` that it drew on and opens no window: show it in a
notebook as the last value of a cell, or write it with ``figure.savefig("picture.png")``. `pyplot` is never
used. Common arguments:

- ``ax``: where to draw, an Axes, a Figure or a SubFigure; without it a new figure is made.
- ``dark``: light on dark instead of dark on light.
- ``cmap``: any colour map of matplotlib's in place of the default one.
"""

from __future__ import annotations

try:
    import matplotlib.figure  # noqa: F401
except ImportError:
    raise ImportError('fastnet.plot needs matplotlib: pip install "fastnet[plot]"') from None

from fastnet.plot._confidence import confidence
from fastnet.plot._confusion import confusion
from fastnet.plot._digits import digits, mistakes
from fastnet.plot._gradient import gradient
from fastnet.plot._history import history
from fastnet.plot._landscape import landscape
from fastnet.plot._network import network
from fastnet.plot._weights import preferred, weights

__all__ = [
    "confidence",
    "confusion",
    "digits",
    "gradient",
    "history",
    "landscape",
    "mistakes",
    "network",
    "preferred",
    "weights",
]
