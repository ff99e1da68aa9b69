"""`report_html`: everything about a network on a data set, on one page."""

from __future__ import annotations

from typing import Any

import numpy as np

from fastnet._checks import shown, whole
from fastnet.inspect._checks import dense_samples
from fastnet.page import _sections
from fastnet.page._document import assemble, write_page
from fastnet.page._subject import as_network, classes_of, image_shape, summary

__all__ = ["report_html"]


def report_html(
    net: Any,
    X: Any,
    y: Any,
    path: Any,
    *,
    title: str | None = None,
    data: str | None = None,
    threads: int = 1,
) -> Any:
    """Write a report: one HTML file that needs nothing else.

    Parameters
    ----------
    net : Network
        `net.history_` gives the curves; `net.metadata["classes"]` names the classes and
        `net.metadata["image_shape"]` says that the inputs are images (a square of at least 8 x 8 inputs is
        taken for one).
    X : array-like or CSR matrix, shape (n, n_in)
    y : array-like
        As for `Network.evaluate`: class labels, or values.
    path : str or path-like
        Where to write.
    title : str, optional
        Default: "Report".
    data : str, optional
        What to call the data.
    threads : int, default 1

    Returns
    -------
    Evaluation
        Of the network on the data.

    Raises
    ------
    TypeError, ValueError
        As for `Network.evaluate`, or if an argument is not of its kind.
    OSError
        If the file cannot be written.

    Notes
    -----
    For classes: accuracy, curves, weights, confusion matrix with precision and recall, mistakes, the
    confidence on real samples, shuffled ones and noise, dead and saturated neurons. For values: r2,
    curves, weights, predictions over true values.
    """
    net = as_network(net)
    for name, text in (("title", title), ("data", data)):
        if text is not None and not isinstance(text, str):
            raise TypeError(f"{name} must be a string, not {shown(text)}")
    X = dense_samples(net, X)
    found = net.evaluate(X, y, threads=whole(threads, "threads"))
    shape, y = image_shape(net), np.asarray(y)
    parts = [_sections.figures(found), _sections.curves(net.history_), _sections.weights(net, shape)]
    if found.confusion is None:
        parts.append(_sections.values(net, X, y))
    else:
        names = _names(net, len(found.confusion))
        labels = _labels(net, y)
        parts.append(_sections.confusion(found, names))
        if classes_of(net) is not None:
            parts.append(_sections.mistakes(net, X, labels, names, shape))
            parts.append(_sections.noise(net, X, names, shape))
    parts.append(_sections.neurons(net, X))
    known = [data, summary(net)] if data else [summary(net)]
    texts = {"title": title or "Report", "summary": " · ".join(known)}
    page = assemble("report.html", ["base.css", "report.css"], [], texts, {"sections": "".join(parts)})
    write_page(path, page)
    return found


def _names(net: Any, k: int) -> tuple[str, ...]:
    names = classes_of(net)
    return names if names is not None and len(names) == k else tuple(map(str, range(k)))


def _labels(net: Any, y: np.ndarray) -> np.ndarray:
    """Return class indices (n,), also of targets with one row of values a sample."""
    if y.ndim == 2 and y.shape[1] > 1:
        found: np.ndarray = y.argmax(axis=1)
        return found
    return (y.ravel() > 0.5).astype(np.int64) if net.sizes[-1] == 1 else y.ravel().astype(np.int64)
