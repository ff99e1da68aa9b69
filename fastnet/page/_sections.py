"""The sections of a report, each as markup; empty where there is nothing to say."""

from __future__ import annotations

from html import escape
from typing import Any

import numpy as np

from fastnet import inspect
from fastnet._html import table
from fastnet.page import _charts
from fastnet.page._png import data_url, diverging, grey

__all__ = ["confusion", "curves", "figures", "mistakes", "neurons", "noise", "values", "weights"]

MOST_TILES = 32
MOST_CLASSES = 30
MOST_POINTS = 2000


def section(title: str, content: str) -> str:
    """Return a section with a heading."""
    name = title.lower().replace(" ", "-")
    return f'<section aria-labelledby="{name}"><h2 id="{name}">{escape(title)}</h2>{content}</section>\n'


def tile(pixels: np.ndarray, caption: str, what: str, names: str = "") -> str:
    """Return one picture of a grid; `caption` is markup, `what` tells what it shows."""
    return (
        f'<li class="{names}"><figure><img src="{data_url(pixels)}" alt="{escape(what)}">'
        f"<figcaption>{caption}</figcaption></figure></li>"
    )


def figures(evaluation: Any) -> str:
    """Return accuracy (or r2) and cost."""
    pairs = []
    if evaluation.accuracy is not None:
        pairs.append(("accuracy", f"{evaluation.accuracy:.2%}"))
        wrong = int(evaluation.confusion.sum() - np.trace(evaluation.confusion))
        pairs.append(("mistakes", f"{wrong:,}"))
    elif evaluation.r2 is not None:
        pairs.append(("r²", f"{evaluation.r2:.4f}"))
    pairs += [("samples", f"{evaluation.n:,}"), ("mean cost", f"{evaluation.cost:.5g}")]
    rows = "".join(f"<div><dt>{escape(name)}</dt><dd>{escape(text)}</dd></div>" for name, text in pairs)
    title = "Fit" if evaluation.accuracy is None else "Accuracy"
    return section(title, f'<dl class="figures">{rows}</dl>')


def curves(history: Any) -> str:
    """Return the figures of the run, epoch by epoch."""
    if history is None or not len(history):
        return section("Curves", '<p class="hint">The model file keeps no history of its training.</p>')
    charts = []
    for title, name in (("Cost", "cost"), ("Accuracy", "accuracy")):
        columns = (("training", getattr(history, name)), ("test", getattr(history, f"validation_{name}")))
        series = [(label, column) for label, column in columns if column]
        if series:
            charts.append(_charts.lines(title, series, percent=name == "accuracy"))
    text = (
        "<p>Training figures are means over each epoch's mini-batches, taken while the network was "
        "learning; test figures are of the data held back, after the epoch.</p>"
    )
    return section("Curves", f'{text}<div class="side">{"".join(charts)}</div>')


def weights(net: Any, shape: tuple[int, int] | None) -> str:
    """Return the first layer's weights as images, if the inputs are one, and the rest as matrices."""
    sign = '<span class="positive">green excites</span>, <span class="negative">red inhibits</span>'
    parts = []
    for layer, (w, b) in enumerate(zip(net.weights, net.biases, strict=True)):
        most = float(np.quantile(np.abs(w), 0.995))  # a few weights are far larger than all the others
        title = f"<h3>Layer {layer + 1}: {w.shape[1]} to {w.shape[0]}, full colour from ±{most:.3g}</h3>"
        if layer == 0 and shape is not None:
            tiles = "".join(
                tile(diverging(w[j].reshape(shape), most), f"{j + 1}: bias {b[j]:.2f}", f"neuron {j + 1}")
                for j in range(min(len(w), MOST_TILES))
            )
            left = len(w) - MOST_TILES
            more = f'<p class="hint">and {left} more neurons</p>' if left > 0 else ""
            parts.append(f'{title}<ul class="tiles">{tiles}</ul>{more}')
        else:
            url = data_url(diverging(_enlarged(w), most))
            parts.append(f'{title}<img class="matrix" src="{url}" alt="weights of layer {layer + 1}">')
    text = f"<p>What each neuron listens to: {sign}. In a matrix, a row is a neuron, a column an input.</p>"
    columns = [f"<div>{part}</div>" for part in parts]
    if shape is not None:
        return section("Weights", f'{text}{columns[0]}<div class="side">{"".join(columns[1:])}</div>')
    return section("Weights", f'{text}<div class="side">{"".join(columns)}</div>')


def _enlarged(w: np.ndarray) -> np.ndarray:
    """Return a matrix whose entries are squares to see."""
    factor = max(1, 8 if max(w.shape) <= 64 else 1)
    return w.repeat(factor, axis=0).repeat(factor, axis=1)


def confusion(evaluation: Any, names: tuple[str, ...]) -> str:
    """Return the confusion matrix, the pairs that are confused most, precision and recall."""
    counts = evaluation.confusion
    per_class = inspect.per_class(evaluation)
    rows = [
        (names[k], *("–" if np.isnan(share[k]) else f"{share[k]:.1%}" for share in
                     (per_class.precision, per_class.recall)), f"{per_class.support[k]:,}")
        for k in range(len(per_class))
    ]  # fmt: skip
    pairs = [
        (f"{names[pair.a]} and {names[pair.b]}", pair.a_as_b, pair.b_as_a, f"{pair.rate:.2%}")
        for pair in inspect.confusable(evaluation, 6)
    ]
    matrix = _charts.confusion(counts, names) if len(counts) <= MOST_CLASSES else ""
    tables = table(("class", "precision", "recall", "samples"), rows, row_heads=True)
    if pairs:
        head = ("pair", "first as second", "second as first", "of both")
        confused = table(head, pairs, "Taken for one another", row_heads=True)
        tables = f"{confused}<h3>Class by class</h3>{tables}"
    columns = f'<div>{matrix}</div><div class="scroll">{tables}</div>'
    return section("Confusion matrix", f'<div class="side">{columns}</div>')


def mistakes(
    net: Any, X: np.ndarray, y: np.ndarray, names: tuple[str, ...], shape: tuple[int, int] | None
) -> str:
    """Return the samples that the network gets wrong, the most confident first."""
    predicted, sure = inspect._confidence.sureness(net, X)
    wrong = np.flatnonzero(predicted != y)
    wrong = wrong[np.argsort(-sure[wrong], kind="stable")]
    if not len(wrong):
        return section("Mistakes", "<p>None: every answer is right.</p>")
    text = f"<p>{len(wrong):,} of {len(X):,} wrong; the ones it is surest of come first.</p>"
    shown = wrong[:MOST_TILES]
    answers = [(names[y[i]], names[predicted[i]], f"{sure[i]:.2f}") for i in shown]
    if shape is None:
        rows = [(i, *answer) for i, answer in zip(shown, answers, strict=True)]
        return section("Mistakes", text + table(("sample", "true", "predicted", "confidence"), rows))
    low, high = float(X.min()), float(X.max())
    tiles = "".join(
        tile(grey(X[i].reshape(shape), low, high), f"{escape(true)} → {escape(said)}, {how}",
             f"a {true}, taken for {said} with confidence {how}", "small")
        for i, (true, said, how) in zip(shown, answers, strict=True)
    )  # fmt: skip
    hint = '<p class="hint">true → predicted, confidence</p>'
    return section("Mistakes", f'{text}{hint}<ul class="tiles">{tiles}</ul>')


def noise(net: Any, X: np.ndarray, names: tuple[str, ...], shape: tuple[int, int] | None) -> str:
    """Return how sure the network is on real samples, on shuffled ones and on noise."""
    found = inspect.confidence(net, X)
    titles = {"real": "Real samples", "shuffled": "The same, shuffled", "noise": "Random noise"}
    parts, low, high = [], float(X.min()), float(X.max())
    for kind, answers in found.items():
        often = answers.counts[answers.favourite] / len(answers)
        told = (
            f"<p>Mean confidence {answers.mean:.3f}; {answers.share_sure:.1%} of at least 0.9; "
            f"most often called {escape(names[answers.favourite])} ({often:.0%}).</p>"
        )
        tiles = ""
        if shape is not None:
            tiles = "".join(
                tile(grey(answers.samples[i].reshape(shape), low, high),
                     f"{escape(names[answers.predicted[i]])}, {answers.confidence[i]:.2f}",
                     f"{kind} sample", "small")
                for i in range(min(4, len(answers)))
            )  # fmt: skip
            tiles = f'<ul class="tiles">{tiles}</ul>'
        parts.append(f"<div>{_charts.histogram(titles[kind], answers.confidence)}{told}{tiles}</div>")
    text = (
        "<p>The network has never been told that there is anything but its classes: what does it answer "
        "to noise, and how sure is it of that?</p>"
    )
    return section("Noise", f'{text}<div class="side">{"".join(parts)}</div>')


def neurons(net: Any, X: np.ndarray) -> str:
    """Return how many neurons of each layer are dead or saturated."""
    rows = [
        (state.layer + 1, state.activation, len(state), int(state.dead.sum()), int(state.saturated.sum()))
        for state in inspect.neurons(net, X)
    ]
    text = "<p>A dead neuron never changes; a saturated one is at an end of its range nearly always.</p>"
    head = ("layer", "activation", "neurons", "dead", "saturated")
    return section("Neurons", f'{text}<div class="scroll">{table(head, rows)}</div>')


def values(net: Any, X: np.ndarray, y: np.ndarray) -> str:
    """Return what is predicted over what is true, an output each."""
    step = -(-len(X) // MOST_POINTS)
    true, said = y[::step].reshape(-1, net.sizes[-1]), net.forward(X[::step])
    charts = [
        _charts.scatter(f"Value {j}" if true.shape[1] > 1 else "Predicted over true", true[:, j], said[:, j])
        for j in range(min(true.shape[1], 6))
    ]
    return section("Predictions", f'<div class="side">{"".join(charts)}</div>')
