"""Weights as pictures: what each neuron looks for."""

from __future__ import annotations

from typing import Any

import numpy as np
from matplotlib.figure import Figure

from fastnet._checks import flag, real
from fastnet.inspect import preferred_input
from fastnet.inspect._checks import as_network, as_place
from fastnet.plot._canvas import Place
from fastnet.plot._images import as_shape, columns_for, indices, inputs_shape
from fastnet.plot._theme import Theme, as_cmap, as_ink, as_theme

__all__ = ["preferred", "signed_tiles", "weights"]


def weights(
    net: Any,
    layer: int = 0,
    *,
    shape: tuple[int, int] | None = None,
    neurons: Any = 64,
    columns: int | None = None,
    scale: float | None = None,
    signs: bool = False,
    cmap: Any = None,
    dark: bool = False,
    ax: Any = None,
) -> Figure:
    """Draw each neuron's incoming weights as the pixel pattern that it looks for.

    Parameters
    ----------
    net : Network
    layer : int, default 0
        From 0: `net.weights[layer]`. The inputs of later layers are neurons and not an image; with `shape`
        they are drawn all the same.
    shape : (height, width), optional
        Of the image; by default a square one.
    neurons : int or sequence of int, default 64
        How many neurons to show at most, or which.
    columns : int, optional
    scale : float above 0, optional
        The weight of the full colour, on both sides of zero; by default the largest weight shown. All
        neurons have the same scale, with zero in the middle, so that they can be compared.
    signs : bool, default False
        Whether to mark the strongest weights with + and -, to be read without colours.
    cmap, dark, ax
        See `fastnet.plot`. The default map is green for positive, red for negative.

    Returns
    -------
    matplotlib.figure.Figure

    Raises
    ------
    TypeError, ValueError
        If the layer's inputs are not an image, or an argument is not of its kind.
    """
    net, theme = as_network(net), as_theme(dark)
    layer = as_place(layer, len(net.weights), "layer")
    n_out, n_in = net.weights[layer].shape
    what = f"the inputs of layer {layer}, {n_in} neurons,"
    if layer and shape is None:
        raise ValueError(f"{what} are not an image; give shape=(height, width) to draw them as one")
    height, width = as_shape(shape, n_in, what) if layer else inputs_shape(net, shape)
    chosen = indices(neurons, n_out, "neurons")
    images = net.weights[layer][chosen].reshape(-1, height, width)
    titles = [f"{j}: b = {_signed(float(net.biases[layer][j]))}" for j in chosen]
    few = f", {len(chosen)} of {n_out} neurons" if len(chosen) < n_out else ""
    return signed_tiles(
        images, titles, f"What layer {layer} looks for{few}", "weight", columns=columns, scale=scale,
        signs=flag(signs, "signs"), cmap=cmap, theme=theme, ax=ax,
    )  # fmt: skip


def preferred(
    net: Any,
    layer: int = 0,
    *,
    method: str = "ascent",
    shape: tuple[int, int] | None = None,
    neurons: Any = 64,
    columns: int | None = None,
    cmap: Any = None,
    dark: bool = False,
    ax: Any = None,
    rng: Any = 0,
) -> Figure:
    """Draw the input that each neuron of a layer responds to most.

    Parameters
    ----------
    net : Network
    layer : int, default 0
    method : {"ascent", "weights"}, default "ascent"
        See `fastnet.inspect.preferred_input`.
    shape, neurons, columns
        As for `weights`.
    cmap, dark, ax
        See `fastnet.plot`.
    rng : None, int or numpy.random.Generator, default 0

    Returns
    -------
    matplotlib.figure.Figure

    Raises
    ------
    TypeError, ValueError
        If the network's inputs are not an image, or an argument is not of its kind.
    """
    net, theme = as_network(net), as_theme(dark)
    layer = as_place(layer, len(net.weights), "layer")
    height, width = inputs_shape(net, shape)
    chosen = indices(neurons, net.sizes[layer + 1], "neurons")
    found = [preferred_input(net, layer, j, method=method, rng=rng) for j in chosen]
    images = np.stack([one.x.reshape(height, width) for one in found])
    title = f"What layer {layer} responds to most"
    if method == "weights":
        return signed_tiles(
            images, [str(j) for j in chosen], f"{title}, by its weights", "direction", columns=columns,
            cmap=cmap, theme=theme, ax=ax,
        )  # fmt: skip
    rows, columns = columns_for(len(chosen), columns)
    place = Place(ax, (1.15 * columns + 0.3, rows * (1.1 * height / width + 0.2) + 0.4), theme)
    grid = place.spec.subgridspec(rows, columns)
    colours = as_cmap(cmap, theme, "images")
    low, high = images.min(), images.max()
    for k, (j, one) in enumerate(zip(chosen, found, strict=True)):
        place.tile(
            grid[divmod(k, columns)], images[k], f"{j}: a = {one.activation:.3g}", cmap=colours, vmin=low,
            vmax=high,
        )  # fmt: skip
    place.title(title)
    return place.figure


def signed_tiles(
    images: np.ndarray,
    titles: list[str],
    title: str,
    label: str,
    *,
    theme: Theme,
    columns: int | None = None,
    scale: float | None = None,
    signs: bool = False,
    cmap: Any = None,
    ax: Any = None,
) -> Figure:
    """Draw images (n, height, width) of numbers with signs, all on one symmetric scale."""
    _, height, width = images.shape
    rows, columns = columns_for(len(images), columns)
    tile = 1.1 if len(images) > 3 else 2.0
    size = ((tile + 0.05) * columns + 0.9, rows * (tile * height / width + 0.2) + 0.4)
    place = Place(ax, size, theme)
    draw_signed(place, place.spec, images, titles, label, rows, columns, theme, cmap, scale, signs)
    place.title(title)
    return place.figure


def draw_signed(
    place: Place, spec: Any, images: np.ndarray, titles: list[str], label: str, rows: int, columns: int,
    theme: Theme, cmap: Any = None, scale: float | None = None, signs: bool = False,
) -> None:  # fmt: skip
    """Draw the tiles and their colour bar into a part of a picture."""
    if scale is None:
        scale = float(np.abs(images).max()) or 1.0
    else:
        scale = real(scale, "scale", low=0, low_open=True)
    colours = as_cmap(cmap, theme, "signed")
    grid = spec.subgridspec(rows, columns + 1, width_ratios=[1] * columns + [0.09])
    for k, image in enumerate(images):
        place_of = grid[divmod(k, columns)]
        drawn = place.tile(place_of, image, titles[k], cmap=colours, vmin=-scale, vmax=scale)
        if signs:
            _mark(drawn, image, scale)
    place.colour_bar(drawn, grid[:, -1], f"{label}  (\N{MINUS SIGN} red, + green)" if cmap is None else label)


def _mark(drawn: Any, image: np.ndarray, scale: float, most: int = 3) -> None:
    """Write + and - on the strongest regions of either sign, apart from one another."""
    blurred = _blurred(image)
    apart = max(2, min(image.shape) // 5)
    for sign, text in ((1, "+"), (-1, "\N{MINUS SIGN}")):
        taken: list[tuple[int, int]] = []
        for place in np.argsort(-sign * blurred, axis=None, kind="stable"):
            y, x = divmod(int(place), image.shape[1])
            if sign * blurred[y, x] < 0.1 * scale or len(taken) == most:
                break
            if all(max(abs(y - v), abs(x - u)) >= apart for v, u in taken):
                taken.append((y, x))
                ink = as_ink(drawn.to_rgba(image[y, x]))
                drawn.axes.text(
                    x, y, text, ha="center", va="center_baseline", fontsize=8, fontweight="bold", color=ink
                )


def _blurred(image: np.ndarray) -> np.ndarray:
    """Return the mean of each pixel and its eight neighbours, beyond the edges taken as zero."""
    padded = np.pad(image.astype(np.float64), 1)
    height, width = image.shape
    shifted = [padded[i : i + height, j : j + width] for i in range(3) for j in range(3)]
    return np.mean(shifted, axis=0)  # type: ignore[no-any-return]


def _signed(number: float) -> str:
    """Return a number with its sign, of three digits."""
    text = f"{abs(number):.2f}" if 0.01 <= abs(number) < 100 else f"{abs(number):.2g}"
    return ("\N{MINUS SIGN}" if number < 0 else "+") + text
