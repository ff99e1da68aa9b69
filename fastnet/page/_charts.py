"""Charts as SVG markup: lines, a confusion matrix, a histogram, a cloud of points."""

from __future__ import annotations

import math
from collections.abc import Sequence
from html import escape

import numpy as np

__all__ = ["confusion", "histogram", "lines", "scatter"]

WIDTH, HEIGHT = 480, 260
LEFT, RIGHT, TOP, BOTTOM = 52, 12, 34, 36


def _svg(width: float, height: float, label: str, parts: list[str]) -> str:
    size = f"0 0 {width:g} {height:g}"
    return f'<svg viewBox="{size}" role="img" aria-label="{escape(label)}">{"".join(parts)}</svg>'


def _text(x: float, y: float, text: object, names: str = "") -> str:
    chosen = f' class="{names}"' if names else ""
    return f'<text x="{x:.1f}" y="{y:.1f}"{chosen}>{escape(str(text))}</text>'


def _ticks(low: float, high: float, wanted: int = 5) -> list[float]:
    """Return round numbers from `low` to `high`."""
    if not high > low:
        return [low]
    rough = (high - low) / wanted
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(factor * power for factor in (1, 2, 2.5, 5, 10) if factor * power >= rough * (1 - 1e-9))
    first = math.ceil(low / step - 1e-9)
    return [number * step for number in range(first, math.floor(high / step + 1e-9) + 1)]


class _Frame:
    """A plot's axes: where a number lies."""

    def __init__(self, x: tuple[float, float], y: tuple[float, float]) -> None:
        self.x_range, self.y_range = x, y

    def x(self, number: float) -> float:
        low, high = self.x_range
        return LEFT + (number - low) / ((high - low) or 1) * (WIDTH - LEFT - RIGHT)

    def y(self, number: float) -> float:
        low, high = self.y_range
        return HEIGHT - BOTTOM - (number - low) / ((high - low) or 1) * (HEIGHT - TOP - BOTTOM)

    def axes(self, title: str, x_label: str, *, percent: bool = False, whole: bool = False) -> list[str]:
        parts = [_text(LEFT, 16, title, "title")]
        for tick in _ticks(*self.y_range):
            at = self.y(tick)
            parts.append(f'<path class="axis" d="M{LEFT} {at:.1f}H{WIDTH - RIGHT}"/>')
            parts.append(_text(LEFT - 6, at + 4, f"{100 * tick:.4g} %" if percent else f"{tick:.4g}", "end"))
        for tick in _ticks(*self.x_range):
            if not whole or tick == int(tick):
                parts.append(_text(self.x(tick), HEIGHT - BOTTOM + 16, f"{tick:.4g}", "middle"))
        parts.append(_text((LEFT + WIDTH - RIGHT) / 2, HEIGHT - 4, x_label, "middle"))
        return parts


def lines(title: str, series: Sequence[tuple[str, Sequence[float]]], *, percent: bool = False) -> str:
    """Return one or two curves over the epochs, from 1; nan leaves a gap."""
    finite = [number for _, column in series for number in column if math.isfinite(number)]
    epochs = max(len(column) for _, column in series)
    if not finite:
        return ""
    low, high = min(finite), max(finite)
    low = 0.0 if not percent and low >= 0 else low
    margin = 0.05 * (high - low) or 0.05 * abs(high) or 0.05
    top = min(1.0, high + margin) if percent else high + margin
    frame = _Frame((1, max(epochs, 2)), (low if low == 0 else low - margin, top))
    parts = frame.axes(title, "epoch", percent=percent, whole=True)
    for number, ((name, column), style) in enumerate(zip(series, "ab", strict=False)):
        path, pen = "", "M"
        for epoch, value in enumerate(column, 1):
            if not math.isfinite(value):
                pen = "M"
                continue
            path += f"{pen}{frame.x(epoch):.1f} {frame.y(value):.1f}"
            pen = "L"
        if len(column) == 1:
            path += "h1"
        parts.append(f'<path class="{style}" d="{path}"/>')
        parts.append(_text(WIDTH - RIGHT - (len(series) - 1 - number) * 110, 16, name, f"{style} end"))
    last = "; ".join(f"{name} ends at {column[-1]:.4g}" for name, column in series)
    return _svg(WIDTH, HEIGHT, f"{title} by epoch: {last}", parts)


def confusion(counts: np.ndarray, names: Sequence[str]) -> str:
    """Return a confusion matrix (k, k): the diagonal green, mistakes red, both by the share of their row."""
    k, size, margin = len(counts), 36, 46
    side = margin + k * size
    parts = [_text(margin, 14, "predicted", ""), _text(2, margin - 6, "true", "")]
    shares = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    mistakes = shares * (1 - np.eye(k))
    most = mistakes.max() or 1.0
    for i in range(k):
        parts.append(_text(margin - 8, margin + (i + 0.62) * size, _short(names[i]), "end"))
        parts.append(_text(margin + (i + 0.5) * size, margin - 8, _short(names[i]), "middle"))
        for j in range(k):
            x, y = margin + j * size, margin + i * size
            opacity = 0.15 + 0.6 * shares[i, j] if i == j else 0.75 * mistakes[i, j] / most
            kind = "right" if i == j else "wrong"
            parts.append(
                f'<rect class="{kind}" x="{x + 1}" y="{y + 1}" width="{size - 2}" height="{size - 2}" rx="3" '
                f'fill-opacity="{opacity:.3f}"><title>{escape(names[i])} taken for {escape(names[j])}: '
                f"{counts[i, j]:,}</title></rect>"
            )
            if counts[i, j]:
                parts.append(_text(x + size / 2, y + size / 2 + 4, counts[i, j], "count middle"))
    return _svg(side + 2, side + 2, f"Confusion matrix of {k} classes", parts)


def _short(name: str) -> str:
    return name if len(name) <= 5 else name[:4] + "…"


def histogram(title: str, values: np.ndarray) -> str:
    """Return how often values in [0, 1] fall into each of twenty equal parts, as shares."""
    shares = np.histogram(np.clip(values, 0, 1), 20, (0, 1))[0] / max(len(values), 1)
    frame = _Frame((0, 1), (0, max(float(shares.max()), 0.05)))
    parts = frame.axes(title, "activation of the brightest output", percent=True)
    for number, share in enumerate(shares):
        left, right = frame.x(number / 20) + 1, frame.x((number + 1) / 20) - 1
        top = frame.y(float(share))
        parts.append(
            f'<rect class="bar" x="{left:.1f}" y="{top:.1f}" width="{right - left:.1f}" '
            f'height="{HEIGHT - BOTTOM - top:.1f}"/>'
        )
    return _svg(WIDTH, HEIGHT, f"{title}: mean {values.mean():.3f}", parts)


def scatter(title: str, x: np.ndarray, y: np.ndarray) -> str:
    """Return what was predicted (y) over what is true (x), with the line where they are equal."""
    low, high = float(min(x.min(), y.min())), float(max(x.max(), y.max()))
    frame = _Frame((low, high), (low, high))
    parts = frame.axes(title, "true value")
    start, end = (f"{frame.x(number):.1f} {frame.y(number):.1f}" for number in (low, high))
    parts.append(f'<path class="b" d="M{start}L{end}"/>')
    for a, b in zip(x.tolist(), y.tolist(), strict=True):
        parts.append(f'<circle class="dot" cx="{frame.x(a):.1f}" cy="{frame.y(b):.1f}" r="2.5"/>')
    return _svg(WIDTH, HEIGHT, title, parts)
