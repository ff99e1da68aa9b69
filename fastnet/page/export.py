"""`export_html`: a page to draw on, with the network inside."""

from __future__ import annotations

from typing import Any

import numpy as np

from fastnet._centring import placing
from fastnet._checks import shown
from fastnet.inspect._checks import dense_samples
from fastnet.page._document import as_json, assemble, write_page
from fastnet.page._subject import as_network, base64_of, classes_of, image_shape, packed_parameters, summary

__all__ = ["export_html"]

SCRIPTS = ("model.js", "pad.js", "graph.js", "panels.js", "main.js")
MOST_EXAMPLES = 20


def export_html(
    net: Any,
    path: Any,
    *,
    examples: Any = None,
    title: str | None = None,
    ink: tuple[float, float] | None = None,
) -> None:
    """Write a page that one can draw on: one file that works without a server and without a network.

    Parameters
    ----------
    net : Network
        Its inputs are an image: `net.metadata["image_shape"]` is its [height, width], or, without
        metadata, the inputs make a square of at least 8 x 8. `net.metadata["classes"]` names the classes.
    path : str or path-like
        Where to write.
    examples : (X, y) or X, optional
        Test images to click, X (n, n_in) or (n, height, width), in the numbers that the network takes; y
        (n,) class indices. At most 20 are shown: of more, the first ones of every class.
    title : str, optional
        Default: "Draw a digit", or "Draw" where the classes are not the ten digits.
    ink : (float, float), optional
        The numbers that stand for no ink and for full ink. Default: the smallest and the greatest number
        in `examples`; without examples, 0 and 1 / input_scale.

    Raises
    ------
    TypeError
        If `net` is not a network, or an argument not of its kind.
    ValueError
        If the inputs are not an image, or the examples do not fit.
    OSError
        If the file cannot be written.

    Notes
    -----
    What is drawn is scaled and centred as the network's images are (see `fastnet._centring`): for 28 x 28
    into 20 x 20 pixels with the centre of mass in the middle, as MNIST; images below 20 x 20 are filled.

    In the page, ``window.fastnet.forward(array)`` is `Network.forward` of one sample, ``.layers(array)``
    all layers' activations, ``.input()`` what the network sees now, ``.answer()`` the class it names.

    Examples
    --------
    >>> (X, y), test = fastnet.datasets.load_digits()  # doctest: +SKIP
    >>> export_html(net, "digits.html", examples=test)  # doctest: +SKIP
    """
    net = as_network(net)
    shape = image_shape(net)
    if shape is None:
        raise ValueError(
            f"net must take images, to be drawn on: its {net.sizes[0]} inputs are not known to be one "
            '(net.metadata["image_shape"] = [height, width] says so)'
        )
    classes = classes_of(net)
    X, y = _examples(net, examples, classes)
    low, high = _ink(net, X, ink)
    is_digits = classes == tuple("0123456789")
    title = _title(title, is_digits)
    chosen = _choose(y, len(X))
    table, coded = _coded(X[chosen])
    model = {
        "invitation": "draw a digit here" if is_digits else "draw here",
        "sizes": list(net.sizes),
        "activations": list(net.activations),
        "dtype": net.dtype.name,
        "inputScale": net.input_scale,
        "shape": list(shape),
        "placing": placing(shape),
        "ink": [low, high],
        "classes": None if classes is None else list(classes),
        "parameters": base64_of(packed_parameters(net)),
        "table": table,
        "examples": [
            {"pixels": pixels, "label": None if y is None or classes is None else classes[int(y[i])]}
            for i, pixels in zip(chosen, coded, strict=True)
        ],
    }
    texts = {"title": title, "summary": summary(net)}
    markup = {"model": as_json(model)}
    write_page(path, assemble("template.html", ["base.css", "style.css"], SCRIPTS, texts, markup))


def _title(title: Any, is_digits: bool) -> str:
    if title is None:
        return "Draw a digit" if is_digits else "Draw"
    if not isinstance(title, str):
        raise TypeError(f"title must be a string, not {shown(title)}")
    return title


def _examples(net: Any, examples: Any, classes: Any) -> tuple[np.ndarray, np.ndarray | None]:
    """Return the examples' X (n, n_in) and y (n,) or None; n is 0 without any."""
    if examples is None:
        return np.empty((0, net.sizes[0]), net.dtype), None
    X, y = examples if isinstance(examples, tuple) and len(examples) == 2 else (examples, None)
    X = dense_samples(net, X, "examples")
    if y is None:
        return X, None
    y = np.asarray(y)
    if y.shape != (len(X),):
        raise ValueError(f"examples must have {len(X)} labels, one an image, not the shape {y.shape}")
    if classes is None:
        return X, None
    if y.dtype.kind not in "biu":
        raise TypeError(f"examples must have class indices as labels, not dtype {y.dtype}")
    if y.min() < 0 or y.max() >= len(classes):
        last = len(classes) - 1
        raise ValueError(f"examples must have labels from 0 to {last}, not {y.min()} to {y.max()}")
    return X, y


def _ink(net: Any, X: np.ndarray, ink: Any) -> tuple[float, float]:
    if ink is None:
        if len(X) and X.min() < X.max():
            return float(X.min()), float(X.max())
        return 0.0, 1 / abs(net.input_scale)
    try:
        low, high = (float(number) for number in ink)
    except (TypeError, ValueError):
        raise TypeError(f"ink must be two numbers, not {shown(ink)}") from None
    if not (np.isfinite([low, high]).all() and low != high):
        raise ValueError(f"ink must be two different finite numbers, not {low:g} and {high:g}")
    return low, high


def _choose(y: np.ndarray | None, n: int) -> list[int]:
    """Return which examples to show: the first, the same number of every class if possible."""
    if y is None or n <= MOST_EXAMPLES:
        return list(range(min(n, MOST_EXAMPLES)))
    # Every class's first, then every class's second, and so on.
    turn = np.zeros(n, np.intp)
    for k in np.unique(y):
        turn[y == k] = np.arange((y == k).sum())
    order = np.lexsort((y, turn))[:MOST_EXAMPLES]
    return [int(i) for i in order[np.lexsort((turn[order], y[order]))]]


def _coded(X: np.ndarray) -> tuple[str | None, list[str]]:
    """Return the examples as text: one byte a pixel and a table of numbers if 256 of them are enough."""
    values = np.unique(X)
    if len(values) > 256:
        return None, [base64_of(row.astype(np.float64)) for row in X]
    codes = np.searchsorted(values, X).astype(np.uint8)
    return base64_of(values.astype(np.float64)), [base64_of(row) for row in codes]
