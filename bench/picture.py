"""The picture of the table: for every row, how many times as long as fastnet the others take."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from bench import summary
from bench.contenders import CONTENDERS

__all__ = ["draw"]

COLOURS = {"numpy": "#4c72b0", "sklearn": "#dd8452", "torch": "#c44e52", "jax": "#55a868", "onnx": "#8172b3"}
MARKS = {"numpy": "o", "sklearn": "s", "torch": "^", "jax": "D", "onnx": "v"}


def draw(results: dict[str, Any], path: Path) -> None:
    """Draw pytest-benchmark's results (the JSON as a dict) into the file `path`."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot as plt
    from matplotlib.ticker import FuncFormatter

    found = summary.collect(results["benchmarks"])
    rows = [row for section in ("train", "forward") for row in summary.rows(found, section)]
    figure, axes = plt.subplots(figsize=(10, 1.6 + 0.55 * len(rows)), layout="constrained")
    for place, row in enumerate(rows):
        axes.axhline(place, color="0.9", zorder=0)
        if row.bar is not None and row.ratio(row.bar["peer"]) is not None:
            colour = COLOURS[row.bar["peer"]]
            axes.plot(
                [row.bar["at_least"]] * 2,
                [place - 0.3, place + 0.3],
                color=colour,
                lw=2.5,
                alpha=0.5,
                zorder=1,
            )
        for key in COLOURS:
            ratio = row.ratio(key)
            if ratio is not None:
                axes.plot(ratio, place, MARKS[key], color=COLOURS[key], ms=8, zorder=2)
    axes.axvline(1, color="black", lw=1.5)
    axes.set_xscale("log")
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}x"))
    axes.set_yticks(range(len(rows)), [row.title for row in rows])
    axes.set_ylim(len(rows) - 0.5, -0.5)
    axes.set_xlabel("time over fastnet's: right of the black line fastnet is faster, left of it slower")
    shown = [key for key in COLOURS if any(key in row.results for row in rows)]
    handles = [plt.Line2D([], [], ls="", marker=MARKS[key], color=COLOURS[key], ms=8) for key in shown]
    handles.append(plt.Line2D([], [], ls="", marker="|", color="0.5", ms=14, mew=2.5))
    figure.legend(
        handles,
        [*(CONTENDERS[key].title for key in shown), "to reach (in the colour of whom)"],
        loc="outside upper center",
        ncols=3,
        frameon=False,
    )
    about = results["machine_info"].get("fastnet", {})
    title = f"{about.get('processor', '')}, one core, {about.get('date', '')}"
    if about.get("quick"):
        title = "a smoke run: these figures mean nothing"
    axes.set_title(title, fontsize=9, color="0.4")
    figure.savefig(path, dpi=120)
    plt.close(figure)
