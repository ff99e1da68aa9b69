"""What the book_*.py scripts share: their options, quiet training, the picture."""

from __future__ import annotations

import argparse
import contextlib
import io
import random
import time
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

BLUE, ORANGE, GREY = "#2A6EA6", "#FFA933", "#666666"


def options(description: str | None, out: str, epochs: int, dtype: str = "float32") -> argparse.Namespace:
    """Read the command line; `out`, `epochs` and `dtype` are what the experiment uses by itself."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--out", default=out, help="where to save the picture (default: %(default)s)")
    parser.add_argument("--data", help="folder of MNIST (default: where fastnet finds it)")
    parser.add_argument("--epochs", type=int, default=epochs, help="(default: %(default)s)")
    parser.add_argument("--dtype", choices=("float32", "float64"), default=dtype,
                        help="the book's precision is float64, which takes longer (default: %(default)s)")
    parser.add_argument("--seed", type=int, default=0, help="(default: %(default)s)")
    return parser.parse_args()


def seed(number: int) -> None:
    """Seed both generators the book's programs draw from."""
    random.seed(number)
    np.random.seed(number)


def quietly(train: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
    """Call `train` without its printing."""
    with contextlib.redirect_stdout(io.StringIO()):
        return train(*args, **kwargs)


@contextlib.contextmanager
def timed() -> Iterator[None]:
    """Print how long the block took."""
    start = time.perf_counter()
    yield
    print(f"{time.perf_counter() - start:.1f} s")


@contextlib.contextmanager
def picture(out: str, panels: int = 1) -> Iterator[Any]:
    """Give the axes of a figure to draw on (an array of them for several panels), then save it to `out`."""
    import matplotlib

    matplotlib.use("Agg")
    import matplotlib.pyplot as plt

    figure, axes = plt.subplots(1, panels, figsize=(6.4 * panels, 4.4), layout="constrained")
    yield axes
    for ax in np.atleast_1d(axes):
        ax.grid(alpha=0.3)
        if ax.get_legend_handles_labels()[0]:
            ax.legend()
    figure.savefig(out, dpi=120)
    plt.close(figure)
    print(f"picture: {out}")
