"""Ink in a photo or scan: which pixels were written, whatever the paper, the light and the pen's colour.

The steps: tell dark ink on light paper from light ink on dark paper; divide by the paper's own brightness,
which takes uneven light and shadows away; threshold by Otsu's method ("A threshold selection method from
gray-level histograms", IEEE Trans. Systems, Man, and Cybernetics 9, 1979); keep the strokes that belong
together and drop specks and the edges of the paper.
"""

from __future__ import annotations

import numpy as np

__all__ = ["find_ink", "stroke_width"]

TINY = 40  # pixels on the longer side, below which a picture is all digit and has no light of its own
GRAINY = 200  # from which a camera's noise is smoothed a little: strokes are wider than its grain
DARK = 0.2  # of the lightest paper's brightness, below which the light is not made up for
COARSE = 96  # pixels on the longer side of the picture that the paper is looked for in
WINDOW = 31  # of those: wider than any stroke, narrower than shadows
LEAST_CONTRAST = 0.14  # between ink and paper, paper being 1
LEAST_SEPARATION = 4.0  # of ink and paper, in standard deviations of the paper
MOST_COVERED = 0.6  # of the picture, by ink
BELONGS = 0.08  # of the largest stroke's ink, that another stroke has to have to be kept


def find_ink(grey: np.ndarray) -> np.ndarray:
    """Return how much ink there is.

    Parameters
    ----------
    grey : (rows, columns) float array
        Luminance in [0, 1].

    Returns
    -------
    (rows, columns) float64 array
        In [0, 1]: 0 on the paper, 1 in the middle of a stroke, between them on its edges.

    Raises
    ------
    ValueError
        If there is no ink.
    """
    tiny = max(grey.shape) < TINY
    light = grey if _ink_is_dark(grey, tiny) else 1 - grey
    if max(grey.shape) >= GRAINY:
        light = _mean(light, 3)
    paper_light = _paper(light, tiny)
    # In the dark there is nothing but noise, which a division would make ink of.
    darkness = 1 - light / np.maximum(paper_light, max(0.05, DARK * float(paper_light.max())))
    threshold, paper, ink = _otsu(darkness)
    contrast = ink - paper
    noise = float(darkness[darkness <= threshold].std())
    written = darkness > threshold
    if contrast < max(LEAST_CONTRAST, LEAST_SEPARATION * noise) or written.mean() > MOST_COVERED:
        found = f"(contrast {max(contrast, 0):.0%})"
        raise ValueError(f"no ink found: the picture has no strokes that stand out {found}")
    kept = _strokes(written, darkness, alone=tiny)
    if kept.sum() < 3:
        raise ValueError("no ink found: nothing in the picture is larger than a speck")
    soft = np.clip((darkness - paper) / contrast, 0, 1)
    soft[soft < 0.25] = 0  # the paper's grain
    return np.where(_grown(kept), soft, 0)


def stroke_width(ink: np.ndarray) -> float:
    """Return the mean width of the strokes, in pixels: twice the area by the length of the outline."""
    solid = np.pad(ink > 0.5, 1)
    outline = (solid[1:] != solid[:-1]).sum() + (solid[:, 1:] != solid[:, :-1]).sum()
    # An outline in steps is 4 / pi times as long as a smooth one, over all directions.
    return float(2 * solid.sum() / max(outline * np.pi / 4, 1e-9))


# --- Paper and light ------------------------------------------------------------------------------


def _ink_is_dark(grey: np.ndarray, tiny: bool) -> bool:
    """Tell dark ink on light paper from light on dark: ink is the smaller part, and the far one."""
    if tiny:
        border = np.concatenate([grey[0], grey[-1], grey[:, 0], grey[:, -1]])
        return float(np.median(border)) > (grey.min() + grey.max()) / 2
    step = max(1, max(grey.shape) // COARSE)
    few = grey[::step, ::step]
    rest = few - _smooth_surface(few)
    return float((rest**3).sum()) < 0


def _smooth_surface(grey: np.ndarray) -> np.ndarray:
    """Return the quadratic surface nearest to most of the pixels: the light, roughly."""
    rows, columns = grey.shape
    y, x = np.meshgrid(np.linspace(-1, 1, rows), np.linspace(-1, 1, columns), indexing="ij")
    terms = np.stack([np.ones_like(x), x, y, x * x, x * y, y * y], axis=-1).reshape(-1, 6)
    values = grey.ravel()
    used = np.ones(len(values), bool)
    for _ in range(4):
        factors = np.linalg.lstsq(terms[used], values[used], rcond=None)[0]
        rest = np.abs(values - terms @ factors)
        used = rest <= max(2 * float(np.median(rest)), 1e-6)
        if used.sum() < 12:
            break
    surface: np.ndarray = (terms @ factors).reshape(grey.shape)
    return surface


def _paper(light: np.ndarray, tiny: bool) -> np.ndarray:
    """Return the brightness that the paper has at every pixel: dark strokes closed, then smoothed."""
    if tiny:
        return np.full(light.shape, np.percentile(light, 95))
    step = max(1, round(max(light.shape) / COARSE))
    rows, columns = (-(-length // step) * step for length in light.shape)
    padded = np.pad(light, ((0, rows - light.shape[0]), (0, columns - light.shape[1])), mode="edge")
    coarse = padded.reshape(rows // step, step, columns // step, step).mean(axis=(1, 3))
    # Closing takes the lower end of a slope for a stroke: the light's own slope goes first.
    surface = np.maximum(_smooth_surface(coarse), 0.05)
    closed = -_largest(-_largest(coarse / surface, WINDOW), WINDOW)
    smooth = _mean(_mean(closed, 9), 9) * surface
    # Linear between the middles of the coarse pixels.
    for axis, length in enumerate(light.shape):
        at = np.clip((np.arange(length) + 0.5) / step - 0.5, 0, smooth.shape[axis] - 1)
        low = np.minimum(at.astype(int), max(smooth.shape[axis] - 2, 0))
        high = np.minimum(low + 1, smooth.shape[axis] - 1)
        share = (at - low).reshape((-1, 1) if axis == 0 else (1, -1))
        smooth = np.take(smooth, low, axis) * (1 - share) + np.take(smooth, high, axis) * share
    return smooth


def _over_windows(image: np.ndarray, length: int, join: np.ufunc) -> np.ndarray:
    """Return `join` over the window of length x length around every pixel; the edge goes on outside."""
    for axis in (0, 1):
        width = [(0, 0), (0, 0)]
        width[axis] = (length // 2, length // 2)
        padded = np.moveaxis(np.pad(image, width, mode="edge"), axis, 0)
        n = image.shape[axis]
        joined = padded[:n].copy()
        for start in range(1, length):
            join(joined, padded[start : start + n], out=joined)
        image = np.moveaxis(joined, 0, axis)
    return image


def _largest(image: np.ndarray, length: int) -> np.ndarray:
    return _over_windows(image, length, np.maximum)


def _mean(image: np.ndarray, length: int) -> np.ndarray:
    return _over_windows(image, length, np.add) / length**2


def _otsu(values: np.ndarray) -> tuple[float, float, float]:
    """Return the threshold with the greatest variance between the two parts, and the means of these."""
    low, high = float(values.min()), float(values.max())
    if high - low < 1e-6:
        return high, low, low
    counts, edges = np.histogram(values, 256, (low, high))
    middles = (edges[1:] + edges[:-1]) / 2
    below, weighted = np.cumsum(counts), np.cumsum(counts * middles)
    n, total = below[-1], weighted[-1]
    below, weighted = below[:-1], weighted[:-1]
    between = (weighted * n - total * below) ** 2 / np.maximum(below * (n - below), 1)
    best = int(between.argmax())
    mean_below = weighted[best] / max(below[best], 1)
    mean_above = (total - weighted[best]) / max(n - below[best], 1)
    return float(edges[best + 1]), float(mean_below), float(mean_above)


# --- Strokes --------------------------------------------------------------------------------------


def _strokes(written: np.ndarray, darkness: np.ndarray, alone: bool) -> np.ndarray:
    """Return the pixels of the largest connected stroke and of those that belong to it.

    A stroke that runs out of the picture is rather the table, a shadow or the next line: another one that
    lies within is preferred to it, unless that is `alone`, a picture of nothing but the digit.
    """
    labels, n = _connected(written)
    if n == 0:
        return written
    mass = np.bincount(labels.ravel(), np.maximum(darkness, 0).ravel(), n + 1)
    mass[0] = 0
    worth = mass.copy()
    if not alone:
        border = np.unique(np.concatenate([labels[0], labels[-1], labels[:, 0], labels[:, -1]]))
        worth[border] *= 0.05
    largest = int(worth.argmax())
    boxes = _boxes(labels, n)
    top, bottom, left, right = boxes[largest]
    reach = 0.35 * max(bottom - top, right - left)
    kept = np.zeros(n + 1, bool)
    for label in range(1, n + 1):
        t, b, lft, r = boxes[label]
        near = t <= bottom + reach and b >= top - reach and lft <= right + reach and r >= left - reach
        kept[label] = near and worth[label] >= BELONGS * worth[largest]
    return kept[labels]


def _boxes(labels: np.ndarray, n: int) -> np.ndarray:
    """Return [top, bottom, left, right] of every label, (n + 1, 4)."""
    boxes = np.tile([labels.shape[0], -1, labels.shape[1], -1], (n + 1, 1))
    y, x = np.nonzero(labels)
    found = labels[y, x]
    for column, place in ((0, y), (2, x)):
        np.minimum.at(boxes[:, column], found, place)
        np.maximum.at(boxes[:, column + 1], found, place)
    return boxes


def _connected(written: np.ndarray) -> tuple[np.ndarray, int]:
    """Return the connected parts, corners included: labels from 1, 0 elsewhere, and their number.

    Row by row the runs of written pixels are joined with the runs that they touch in the row above.
    """
    parent = [0]

    def root(label: int) -> int:
        while parent[label] != label:
            parent[label] = parent[parent[label]]
            label = parent[label]
        return label

    labels = np.zeros(written.shape, np.int64)
    above: list[tuple[int, int, int]] = []
    for row, pixels in zip(labels, written, strict=True):
        edges = np.flatnonzero(np.diff(pixels.astype(np.int8), prepend=0, append=0))
        runs = []
        for start, stop in edges.reshape(-1, 2).tolist():
            touched = [root(label) for a, b, label in above if a <= stop and b >= start]
            label = min(touched, default=len(parent))
            if not touched:
                parent.append(label)
            for other in touched:
                parent[other] = label
            row[start:stop] = label
            runs.append((start, stop, label))
        above = runs
    roots = np.array([root(label) for label in range(len(parent))])
    names, compact = np.unique(roots, return_inverse=True)
    return compact[labels], len(names) - 1


def _grown(kept: np.ndarray) -> np.ndarray:
    """Return the pixels and their neighbours: the soft edges of the strokes."""
    return _largest(kept, 3)
