"""Pictures against stored ones, with a tolerance for fonts and for versions of matplotlib.

``FASTNET_BASELINE=new pytest tests/test_plot_baselines.py`` stores them anew: look at them then.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest

matplotlib = pytest.importorskip("matplotlib")

import numpy as np  # noqa: E402
from matplotlib.testing.compare import compare_images  # noqa: E402
from plot_subjects import PICTURES, net  # noqa: E402

from fastnet import plot  # noqa: E402

BASELINE = Path(__file__).with_name("baseline")
TOLERANCE = 10.0  # root mean square difference of 0..255; another picture differs by 20 and more
DARK = ("weights", "network", "confusion", "histories", "landscape", "confidence")
CASES = [(name, False) for name in PICTURES] + [(name, True) for name in DARK]


def save(draw, path, **options):
    with matplotlib.rc_context():
        matplotlib.rcdefaults()
        draw(**options).savefig(path, dpi=50, metadata={"Software": None})


def difference(expected, path):
    """Return the root mean square difference of two pictures, or None within the tolerance."""
    found = compare_images(str(expected), str(path), TOLERANCE, in_decorator=True)
    return None if found is None else found["rms"]


@pytest.mark.parametrize(("name", "dark"), CASES, ids=lambda value: str(value))
def test_picture(name, dark, tmp_path):
    file = f"{name}{'_dark' if dark else ''}.png"
    if os.environ.get("FASTNET_BASELINE") == "new":
        save(PICTURES[name], BASELINE / file, dark=dark)
        pytest.skip("stored anew")
    save(PICTURES[name], tmp_path / file, dark=dark)
    rms = difference(BASELINE / file, tmp_path / file)
    assert rms is None, f"{file} differs from its baseline by {rms:.1f}"


def test_another_picture_is_told_apart(tmp_path):
    turned = net().copy()
    turned.weights[0] = -turned.weights[0]
    save(lambda **o: plot.weights(turned, **o), tmp_path / "weights.png")
    assert difference(BASELINE / "weights.png", tmp_path / "weights.png") > 20
    dimmed = net().copy()
    dimmed.biases[2] = np.full(10, -20.0)
    x = np.zeros(64)
    save(lambda **o: plot.network(dimmed, x, **o), tmp_path / "network.png")
    assert difference(BASELINE / "network.png", tmp_path / "network.png") > 15
