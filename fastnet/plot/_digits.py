"""Images and what they are; images and what the network takes them for."""

from __future__ import annotations

from typing import Any

import numpy as np
from matplotlib.figure import Figure

from fastnet._checks import whole
from fastnet._inputs.targets import as_targets
from fastnet.inspect._checks import as_network, classes_of, dense_samples
from fastnet.inspect._confidence import sureness
from fastnet.plot._canvas import Place
from fastnet.plot._images import as_images, columns_for, inputs_shape, percent
from fastnet.plot._theme import Theme, as_cmap, as_theme

__all__ = ["digits", "image_tiles", "mistakes"]


def digits(
    X: Any,
    y: Any = None,
    *,
    n: int = 40,
    shape: tuple[int, int] | None = None,
    columns: int | None = None,
    cmap: Any = None,
    dark: bool = False,
    ax: Any = None,
) -> Figure:
    """Draw images, each under its label.

    Parameters
    ----------
    X : array-like
        (n, n_pixels), (n, height, width), or one image.
    y : (n,) or (n, n_classes) array-like, optional
        Labels, or target values whose largest is the label.
    n : int, default 40
        How many at most: the first ones.
    shape : (height, width), optional
        Of flat images; by default they are square.
    columns : int, optional
    cmap, dark, ax
        See `fastnet.plot`.

    Returns
    -------
    matplotlib.figure.Figure

    Raises
    ------
    TypeError, ValueError
        If X is not made of images, or an argument is not of its kind.
    """
    theme, images = as_theme(dark), as_images(X, shape)
    titles = [""] * len(images)
    if y is not None:
        labels = np.asarray(y)
        if labels.ndim == 2 and labels.shape[1] > 1:
            labels = labels.argmax(axis=1)
        labels = labels.reshape(-1)
        if len(labels) != len(images):
            raise ValueError(f"y must have one label an image, {len(images)}, not {len(labels)}")
        titles = [str(label) for label in labels]
    n = min(whole(n, "n"), len(images))
    return image_tiles(images[:n], titles, "", columns, theme, cmap, ax)


def mistakes(
    net: Any,
    X: Any,
    y: Any,
    *,
    n: int = 24,
    shape: tuple[int, int] | None = None,
    columns: int | None = None,
    labels: Any = None,
    cmap: Any = None,
    dark: bool = False,
    ax: Any = None,
) -> Figure:
    """Draw the images that the network gets wrong, the most confident mistakes first.

    Parameters
    ----------
    net : Network
        With sigmoid or softmax outputs.
    X : array-like
        (n, n_in) or (n, height, width).
    y : array-like
        As for `Network.fit`.
    n : int, default 24
        How many at most.
    shape : (height, width), optional
    columns : int, optional
    labels : sequence of str, optional
        The names of the classes.
    cmap, dark, ax
        See `fastnet.plot`.

    Returns
    -------
    matplotlib.figure.Figure
        Above each image what the network says, how sure it is (the brightest output's activation), and
        what it is.

    Raises
    ------
    TypeError, ValueError
        If the network's inputs are not an image, or an argument is not of its kind.
    """
    net, theme, n = as_network(net), as_theme(dark), whole(n, "n")
    names = class_names(labels, classes_of(net))
    samples = dense_samples(net, X)
    height, width = inputs_shape(net, shape, X)
    targets = as_targets(y, len(samples), net.sizes[-1], net.dtype, net.cost, net.activations[-1])
    true = targets.classes()
    if true is None:
        raise ValueError("y must stand for classes, not for values")
    predicted, sure = sureness(net, samples)
    wrong = np.flatnonzero(predicted != true)
    title = f"{len(wrong):,} mistakes among {len(samples):,} images ({len(wrong) / len(samples):.2%})"
    worst = wrong[np.argsort(-sure[wrong], kind="stable")][:n]
    if not len(worst):
        place = Place(ax, (4, 1.2), theme)
        place.title(f"No mistake among {len(samples):,} images")
        return place.figure
    if len(worst) < len(wrong):
        title += ", the most confident first"
    titles = [f"says {names[predicted[i]]}, {percent(sure[i])}\nis {names[true[i]]}" for i in worst]
    images = samples[worst].reshape(-1, height, width)
    return image_tiles(images, titles, title, columns, theme, cmap, ax)


def class_names(labels: Any, k: int) -> list[str]:
    """Return the names of k classes: those given, or 0 to k - 1."""
    if labels is None:
        return [str(j) for j in range(k)]
    if isinstance(labels, str):
        raise TypeError(f"labels must be a sequence of {k} names, not a str")
    names = [str(label) for label in labels]
    if len(names) != k:
        raise ValueError(f"labels must be {k} names, one a class, not {len(names)}")
    return names


def image_tiles(
    images: np.ndarray, titles: list[str], title: str, columns: int | None, theme: Theme, cmap: Any, ax: Any
) -> Figure:
    """Draw images (n, height, width) on a grid, each from its own darkest to the brightest of all."""
    rows, columns = columns_for(len(images), columns)
    _, height, width = images.shape
    lines = max(text.count("\n") + 1 if text else 0 for text in titles)
    row = 1.1 * height / width + 0.145 * lines + 0.04
    size = (1.15 * columns + 0.2, rows * row + 0.35 * bool(title) + 0.1)
    place = Place(ax, size, theme)
    grid = place.spec.subgridspec(rows, columns)
    low, high = min(0, images.min()), images.max()
    colours = as_cmap(cmap, theme, "images")
    for k, image in enumerate(images):
        place.tile(grid[divmod(k, columns)], image, titles[k], cmap=colours, vmin=low, vmax=high)
    if title:
        place.title(title)
    return place.figure
