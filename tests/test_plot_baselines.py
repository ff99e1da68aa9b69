"""Pictures against stored ones, with a tolerance for versions of matplotlib and of its fonts.

Before they are compared all text is taken away and the axes stand where their grid has them, as every
version sets type a little differently and constrained layout makes room for it; then both are reduced to an
eighth of their size, so that a line which lies a pixel further makes no difference. (What the text says is
tested in test_plot_pictures.py.)

``FASTNET_BASELINE=new pytest tests/test_plot_baselines.py`` stores them anew: look at them then.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest

matplotlib = pytest.importorskip("matplotlib")

import numpy as np  # noqa: E402
from matplotlib.backends.backend_agg import FigureCanvasAgg  # noqa: E402
from matplotlib.image import imread, imsave  # noqa: E402
from matplotlib.text import Text  # noqa: E402
from plot_subjects import PICTURES, net  # noqa: E402

from fastnet import plot  # noqa: E402

BASELINE = Path(__file__).with_name("baseline")
TOLERANCE = 10.0  # root mean square difference of 0..255; another picture differs by 20 and more
DARK = ("weights", "network", "confusion", "histories", "landscape", "confidence")
CASES = [(name, False) for name in PICTURES] + [(name, True) for name in DARK]


def pixels(draw, **options):
    """Draw without text; return the picture, (height, width, 3) uint8."""
    with matplotlib.rc_context():
        matplotlib.rcdefaults()
        figure = draw(**options)
        figure.set_layout_engine("none")
        figure.set_size_inches(np.ceil(figure.get_size_inches()))  # whole pixels, in every version
        figure.set_dpi(80)
        figure.draw_without_rendering()  # ticks make their labels here
        for text in figure.findobj(Text):
            text.set_visible(False)
        canvas = FigureCanvasAgg(figure)
        canvas.draw()
        return np.asarray(canvas.buffer_rgba())[..., :3].copy()


def difference(one, other):
    """Return the root mean square difference of two pictures at an eighth of their size."""
    assert one.shape == other.shape
    small = []
    for picture in (one, other):
        height, width = (length // 8 for length in picture.shape[:2])
        cut = picture[: 8 * height, : 8 * width].astype(float)
        small.append(cut.reshape(height, 8, width, 8, 3).mean(axis=(1, 3)))
    return float(np.sqrt(np.mean((small[0] - small[1]) ** 2)))


def stored(file):
    return (imread(BASELINE / file)[..., :3] * 255).round().astype(np.uint8)


@pytest.mark.parametrize(("name", "dark"), CASES, ids=lambda value: str(value))
def test_picture(name, dark):
    file = f"{name}{'_dark' if dark else ''}.png"
    drawn = pixels(PICTURES[name], dark=dark)
    if os.environ.get("FASTNET_BASELINE") == "new":
        imsave(BASELINE / file, drawn, metadata={"Software": None})
        pytest.skip("stored anew")
    rms = difference(stored(file), drawn)
    assert rms <= TOLERANCE, f"{file} differs from its baseline by {rms:.1f}"


def test_another_picture_is_told_apart():
    other = net().copy()
    other.weights[0] = -other.weights[0]
    drawn = pixels(lambda **o: plot.weights(other, **o))
    assert difference(stored("weights.png"), drawn) > 2 * TOLERANCE
    other.biases[2] = np.full(10, -20.0)
    drawn = pixels(lambda **o: plot.network(other, np.zeros(64), **o))
    assert difference(stored("network.png"), drawn) > 1.5 * TOLERANCE
    blank = pixels(lambda **o: plot.confusion(np.eye(10), **o))
    assert difference(stored("confusion.png"), blank) > 1.5 * TOLERANCE
