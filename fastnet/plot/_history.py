"""Runs: the figures epoch by epoch."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator, PercentFormatter

from fastnet._checks import shown
from fastnet._training.history import History
from fastnet.plot._canvas import Place, dress, one_axes
from fastnet.plot._theme import Theme, as_theme

__all__ = ["history"]

FIGURES = ("cost", "accuracy", "learning_rate", "seconds")
_TITLES = {"cost": "cost", "accuracy": "accuracy", "learning_rate": "learning rate", "seconds": "seconds"}
_MARKERS = "osD^vP*X"


def history(
    history: Any,
    *others: Any,
    figures: Any = None,
    labels: Any = None,
    log: bool | None = None,
    dark: bool = False,
    ax: Any = None,
) -> Figure:
    """Draw one run or several, epoch by epoch.

    Parameters
    ----------
    history : History, Network, mapping of names to them, or sequence of them
        Several runs share their axes, each with its colour and its marker. A network stands for its
        `history_`.
    *others : History or Network
        More runs.
    figures : str or sequence of str, optional
        "cost", "accuracy", "learning_rate", "seconds": one axes each. Default: cost, and accuracy where it
        was measured; on an Axes of the caller's own, the cost only.
    labels : sequence of str, optional
        The names of the runs.
    log : bool, optional
        Whether the cost's axis is logarithmic. Default: where it falls to less than a tenth.
    dark, ax
        See `fastnet.plot`.

    Returns
    -------
    matplotlib.figure.Figure
        Training is drawn solid, validation dashed.

    Raises
    ------
    TypeError, ValueError
        If there is no epoch to draw, or an argument is not of its kind.
    """
    theme, runs = as_theme(dark), _runs([history, *others] if others else history, labels)
    wanted = _figures(figures, runs, ax)
    if isinstance(ax, Axes) and len(wanted) == 1:
        figure, axes = one_axes(ax, (0, 0), theme)
        panels = [axes]
    else:
        place = Place(ax, (4.6 * len(wanted), 3.5), theme)
        grid = place.spec.subgridspec(1, len(wanted))
        figure, panels = place.figure, [place.add(grid[k]) for k in range(len(wanted))]
    for axes, name in zip(panels, wanted, strict=True):
        _draw(axes, name, runs, theme, log)
    return figure


def _runs(history: Any, labels: Any) -> dict[str, History]:
    if isinstance(history, Mapping):
        named = {str(name): one for name, one in history.items()}
    else:
        several = isinstance(history, Iterable) and not isinstance(history, History | str)
        given = list(history) if several else [history]
        named = {f"run {k + 1}" if len(given) > 1 else "": one for k, one in enumerate(given)}
    if not named:
        raise ValueError("history must have at least one run")
    if labels is not None:
        names = [labels] if isinstance(labels, str) else [str(label) for label in labels]
        if len(names) != len(named) or len(set(names)) != len(names):
            raise ValueError(f"labels must be {len(named)} different names, one a run, not {names}")
        named = dict(zip(names, named.values(), strict=True))
    runs = {}
    for name, one in named.items():
        run = getattr(one, "history_", one)
        if not isinstance(run, History):
            raise TypeError(f"history must be a History (what net.fit returns), not {shown(run)}")
        if not len(run):
            raise ValueError(f"history must have at least one epoch; {name or 'this one'} has none")
        runs[name] = run
    return runs


def _figures(figures: Any, runs: dict[str, History], ax: Any) -> list[str]:
    if figures is None:
        if isinstance(ax, Axes):
            return ["cost"]
        return [name for name in ("cost", "accuracy") if any(getattr(run, name) for run in runs.values())]
    wanted = [figures] if isinstance(figures, str) else list(figures)
    for name in wanted:
        if name not in FIGURES:
            raise ValueError(f"figures must be of {', '.join(map(repr, FIGURES))}, not {shown(name)}")
        if not any(getattr(run, name) for run in runs.values()):
            raise ValueError(f"figures: {name!r} was not measured in any of these runs")
    if not wanted:
        raise ValueError("figures must name at least one")
    return wanted


def _draw(axes: Axes, name: str, runs: dict[str, History], theme: Theme, log: bool | None) -> None:
    drawn: list[np.ndarray] = []
    for k, (run_name, run) in enumerate(runs.items()):
        colour, marker = theme.runs[k % len(theme.runs)], _MARKERS[k % len(_MARKERS)]
        for kind, column, dashes in (
            ("training", getattr(run, name), "-"),
            ("validation", getattr(run, f"validation_{name}", []), "--"),
        ):
            if not column or np.isnan(column).all():
                continue
            label = ", ".join(part for part in (run_name, kind) if part)
            filled = kind == "training"
            axes.plot(
                range(1, len(column) + 1), column, dashes, color=colour, marker=marker, label=label,
                markersize=4, markerfacecolor=colour if filled else theme.paper, linewidth=1.6,
                markevery=max(1, len(column) // 12),
            )  # fmt: skip
            drawn.append(np.asarray(column))
        if run.best_epoch is not None:
            axes.axvline(run.best_epoch + 1, color=colour, linewidth=0.8, linestyle=":", label="best epoch")
    values = np.concatenate(drawn)
    values = values[np.isfinite(values)]
    if name == "accuracy":
        axes.yaxis.set_major_formatter(PercentFormatter(1.0))
    elif values.size and values.min() > 0 and (log or (log is None and values.min() < values.max() / 10)):
        axes.set_yscale("log")
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    axes.set_xlabel("epoch")
    axes.set_title(_TITLES[name], fontsize=11)
    axes.grid(True, color=theme.grid, linewidth=0.6)
    axes.set_axisbelow(True)
    dress(axes, theme)
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)
    legend = axes.legend(frameon=False, fontsize=9, labelcolor=theme.ink)
    legend.set_zorder(5)
