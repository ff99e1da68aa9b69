"""What is in the pictures, and that drawing leaves the rest of the world alone."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest

matplotlib = pytest.importorskip("matplotlib")

from matplotlib.collections import LineCollection  # noqa: E402
from matplotlib.figure import Figure  # noqa: E402
from matplotlib.patches import Circle  # noqa: E402
from plot_subjects import PICTURES, data, net  # noqa: E402

import fastnet  # noqa: E402
from fastnet import plot  # noqa: E402


def tiles(figure):
    return [axes for axes in figure.axes if axes.images]


def texts(figure):
    return [text.get_text() for axes in figure.axes for text in axes.texts]


# --- every picture ----------------------------------------------------------------------------------


@pytest.mark.parametrize("name", PICTURES)
def test_an_axes_of_the_caller_s_own(name):
    figure = Figure(figsize=(8, 4))
    left, right = figure.subplots(1, 2)
    before = left.get_position().bounds
    assert PICTURES[name](ax=right) is figure
    assert left.get_position().bounds == before and not left.images and not left.lines


@pytest.mark.parametrize("name", PICTURES)
def test_a_figure_of_the_caller_s_own_and_axes_without_a_grid(name):
    figure = Figure(figsize=(8, 4))
    assert PICTURES[name](ax=figure) is figure and figure.axes
    loose = Figure()
    assert PICTURES[name](ax=loose.add_axes((0.2, 0.2, 0.6, 0.6))) is loose
    sub = Figure(figsize=(8, 4)).subfigures(1, 2)
    assert PICTURES[name](ax=sub[0]) is sub[0].figure


@pytest.mark.parametrize("name", [name for name in PICTURES if not name.startswith("histor")])
def test_a_colour_map_of_the_caller_s_own(name):
    PICTURES[name](cmap="viridis").draw_without_rendering()
    with pytest.raises(ValueError, match="cmap"):
        PICTURES[name](cmap="nonsense")
    with pytest.raises(TypeError, match="cmap"):
        PICTURES[name](cmap=3)


@pytest.mark.parametrize("name", PICTURES)
def test_wrong_places_and_themes_are_refused(name):
    with pytest.raises(TypeError, match="ax must be"):
        PICTURES[name](ax="here")
    with pytest.raises(TypeError, match="dark must be"):
        PICTURES[name](dark="yes")


def test_pyplot_is_never_imported_and_a_notebook_still_shows_the_figure():
    code = """
import sys
from plot_subjects import PICTURES
figures = [draw() for draw in PICTURES.values()]
assert figures[0]._repr_png_()[:4] == bytes((137, 80, 78, 71))
assert 'matplotlib.pyplot' not in sys.modules
"""
    here = __file__.rpartition("/")[0] or "."
    subprocess.run([sys.executable, "-c", code], check=True, cwd=here, env=_environment(here))


def _environment(here):
    import os

    return {**os.environ, "PYTHONPATH": os.pathsep.join([os.path.dirname(here), here]), "DISPLAY": ""}


# --- weights ------------------------------------------------------------------------------------------


def test_weights_share_one_symmetric_scale_and_have_their_biases_above():
    figure = plot.weights(net())
    shown = tiles(figure)[:12]
    largest = np.abs(net().weights[0]).max()
    for j, axes in enumerate(shown):
        image = axes.images[0]
        np.testing.assert_array_equal(image.get_array().ravel(), net().weights[0][j])
        assert image.get_clim() == pytest.approx((-largest, largest))
        bias = axes.get_title().split("= ")[1].replace("\N{MINUS SIGN}", "-")
        assert float(bias) == pytest.approx(net().biases[0][j], abs=0.006)


@pytest.mark.parametrize("dark", [False, True])
def test_positive_is_green_negative_is_red_and_zero_is_neutral(dark):
    colours = tiles(plot.weights(net(), dark=dark))[0].images[0].get_cmap()
    red, green, _, _ = colours(0.8)
    assert green > red + 0.2
    red, green, _, _ = colours(0.2)
    assert red > green + 0.2
    middle = np.array(colours(0.5)[:3])
    assert np.ptp(middle) < 0.06 and (middle.max() < 0.2 if dark else middle.min() > 0.95)


def test_signs_stand_on_the_strongest_regions_and_can_be_read_without_colours():
    marked = fastnet.Network([784, 1], rng=0)
    pattern = np.zeros((28, 28))
    pattern[3:6, 10:20], pattern[20:23, 4:9] = 2, -1
    marked.weights[0] = pattern.reshape(1, 784)
    for text in tiles(plot.weights(marked, signs=True))[0].texts:
        x, y = (int(at) for at in text.get_position())
        assert {"+": 2, "\N{MINUS SIGN}": -1}[text.get_text()] == pattern[y, x]
    assert {text.get_text() for text in tiles(plot.weights(marked, signs=True))[0].texts} == {"+", "\u2212"}
    assert not tiles(plot.weights(marked))[0].texts


def test_some_neurons_and_a_scale_of_the_caller_s_own():
    shown = tiles(plot.weights(net(), neurons=[3, 1], scale=2.0))
    np.testing.assert_array_equal(shown[0].images[0].get_array().ravel(), net().weights[0][3])
    assert shown[1].images[0].get_clim() == (-2, 2)


def test_images_of_any_shape():
    wide = fastnet.Network([12, 3, 2], rng=0)
    shown = tiles(plot.weights(wide, shape=(2, 6)))
    assert shown[0].images[0].get_array().shape == (2, 6)
    wide.metadata["image_shape"] = [3, 4]
    assert tiles(plot.weights(wide))[0].images[0].get_array().shape == (3, 4)


@pytest.mark.parametrize(
    ("sizes", "options", "message"),
    [
        ([12, 3], {}, "not an image"),
        ([4, 3], {}, "not an image"),
        ([64, 16, 10], {"layer": 1}, "not an image"),
        ([64, 3], {"shape": (7, 9)}, "shape"),
        ([64, 3], {"shape": 8}, "shape"),
        ([64, 3], {"layer": 1}, "layer"),
        ([64, 3], {"neurons": [3]}, "neurons"),
        ([64, 3], {"neurons": 0}, "neurons"),
        ([64, 3], {"columns": 0}, "columns"),
        ([64, 3], {"scale": 0}, "scale"),
    ],
)
def test_weights_that_cannot_be_drawn(sizes, options, message):
    with pytest.raises((TypeError, ValueError), match=message):
        plot.weights(fastnet.Network(sizes, rng=0), **options)


def test_a_table_with_a_square_number_of_columns_is_no_image():
    table = fastnet.Network([9, 3], rng=0)
    table.metadata["image_shape"] = None
    with pytest.raises(ValueError, match="not an image"):
        plot.weights(table)


def test_weights_that_are_all_zero():
    blank = fastnet.Network([64, 3], rng=0)
    blank.weights[0] = np.zeros((3, 64))
    plot.weights(blank, signs=True).draw_without_rendering()


# --- network -------------------------------------------------------------------------------------------


def discs(figure):
    return [patch for patch in figure.axes[0].patches if isinstance(patch, Circle) and patch.get_fill()]


def test_neurons_are_as_bright_as_they_are_active():
    x = data()[1][0][0]
    found = discs(plot.network(net(), x))
    expected = np.concatenate(net().layer_activations(x))
    brightness = np.array([disc.get_facecolor()[0] for disc in found])
    assert len(found) == 34
    np.testing.assert_allclose((brightness - 0.09) / 0.91, expected, atol=1e-6)


def test_the_strongest_connections_by_sign_and_size():
    figure = plot.network(net(), data()[1][0][0], connections=10)
    groups = [c for c in figure.axes[0].collections if isinstance(c, LineCollection)]
    assert sum(len(group.get_segments()) for group in groups) == 30
    last = groups[-2:]
    strongest = np.argsort(-np.abs(net().weights[2]), axis=None)[:10]
    positive = int((net().weights[2].ravel()[strongest] > 0).sum())
    assert [len(group.get_segments()) for group in last] == [positive, 10 - positive]
    assert last[0].get_linestyles()[0][1] is None and last[1].get_linestyles()[0][1] is not None
    assert last[0].get_colors()[0][1] > last[0].get_colors()[0][0]
    widths = np.concatenate([group.get_linewidths() for group in last])
    assert widths.max() == pytest.approx(2.2) and widths.min() < widths.max()


def test_the_brightest_output_is_named():
    x = data()[1][0][4]
    figure = plot.network(net(), x, labels=list("abcdefghij"))
    bold = [text.get_text() for text in figure.axes[0].texts if text.get_fontweight() == "bold"]
    assert bold == ["abcdefghij"[int(net().predict(x))]]


def test_large_layers_are_elided():
    wide = fastnet.Network([64, 500, 10], "relu", rng=0)
    figure = plot.network(wide, data()[1][0][0], neurons=8)
    assert len(discs(figure)) == 8 + 3 + 10  # three dots stand for the rest
    assert "500 relu" in texts(figure)


def test_the_answer_is_drawn_even_in_an_elided_output_layer():
    many = fastnet.Network([64, 4, 60], rng=0)
    many.biases[1] = np.eye(60)[30] * 20
    figure = plot.network(many, data()[1][0][0])
    bold = [text.get_text() for text in figure.axes[0].texts if text.get_fontweight() == "bold"]
    assert bold == ["30"] and len(discs(figure)) == 4 + 3 + 24


@pytest.mark.parametrize("activation", ["tanh", "relu", "leaky_relu", "identity"])
def test_networks_of_other_kinds(activation):
    kind = fastnet.Network([5, 3, 1], activation, output=activation, rng=0)
    figure = plot.network(kind, np.linspace(-1, 1, 5))
    assert not figure.axes[0].images and len(discs(figure)) == 9


@pytest.mark.parametrize("x", [np.zeros((2, 64)), np.zeros(63), np.full(64, np.nan), "x"])
def test_what_is_not_one_sample_is_refused(x):
    with pytest.raises((TypeError, ValueError), match="^x must"):
        plot.network(net(), x)


# --- the others ------------------------------------------------------------------------------------------


def test_gradient_shows_the_gradient():
    X, y = data()[0]
    figure = plot.gradient(net(), X, y)
    gradient = net().gradient(X, y)
    for j, axes in enumerate(tiles(figure)[:12]):
        np.testing.assert_array_equal(axes.images[0].get_array().ravel(), gradient.weights[0][j])
    bars = [axes for axes in figure.axes if axes.get_title().startswith("layer ")]
    for layer, axes in zip((1, 2), bars, strict=True):
        assert sum(bar.get_height() for bar in axes.patches) == np.count_nonzero(gradient.weights[layer])
    table = fastnet.Network([5, 4, 3], rng=0)
    assert len(plot.gradient(table, np.ones((2, 5)), [0, 1]).axes) == 2


def test_history_draws_every_run_and_its_validation():
    figure = plot.history({"a": net(), "b": net().history_})
    cost = figure.axes[0]
    assert [text.get_text() for text in cost.get_legend().get_texts()] == [
        "a, training", "a, validation", "b, training", "b, validation",
    ]  # fmt: skip
    np.testing.assert_allclose(cost.lines[0].get_ydata(), net().history_.cost)
    np.testing.assert_allclose(cost.lines[1].get_ydata(), net().history_.validation_cost)
    np.testing.assert_array_equal(cost.lines[0].get_xdata(), range(1, 21))
    assert len({line.get_marker() for line in cost.lines}) == 2


def test_several_runs_as_they_come():
    run = net().history_
    for figure in (plot.history(run, run), plot.history([run, net()])):
        assert figure.axes[0].get_legend().get_texts()[2].get_text() == "run 2, training"
    assert plot.history(run, figures="learning_rate").axes[0].get_title() == "learning rate"


@pytest.mark.parametrize(
    ("history", "options", "message"),
    [
        (fastnet.History(), {}, "epoch"), ([], {}, "at least one run"), (5, {}, "history must be"),
        ("net", {"figures": "speed"}, "figures"), ("net", {"labels": ["a", "b"]}, "labels"),
    ],
)  # fmt: skip
def test_histories_that_cannot_be_drawn(history, options, message):
    with pytest.raises((TypeError, ValueError), match=message):
        plot.history(net() if history == "net" else history, **options)


def test_confusion_writes_every_count():
    evaluation = net().evaluate(*data()[1])
    written = texts(plot.confusion(evaluation))
    expected = [str(n) if n else "\N{MIDDLE DOT}" for n in evaluation.confusion.ravel()]
    assert written == expected
    named = plot.confusion([[3, 1], [0, 2]], labels=["cat", "dog"]).axes[0]
    assert [text.get_text() for text in named.get_xticklabels()] == ["cat", "dog"]
    shares = texts(plot.confusion([[3, 1], [0, 2]], normalise=True))
    assert shares == ["75.0", "25.0", "\N{MIDDLE DOT}", "100.0"]


def test_mistakes_are_the_misclassified_images_the_most_confident_first():
    X, y = data()[1]
    outputs = net().forward(X)
    wrong = np.flatnonzero(outputs.argmax(axis=1) != y)
    order = wrong[np.argsort(-outputs[wrong].max(axis=1))]
    shown = tiles(plot.mistakes(net(), X, y, n=5))
    assert len(shown) == 5
    for i, axes in zip(order, shown, strict=False):
        np.testing.assert_array_equal(axes.images[0].get_array().ravel(), X[i])
        said, true = axes.get_title().split("\n")
        assert said.startswith(f"says {outputs[i].argmax()}, ") and true == f"is {y[i]}"
    one_hot = tiles(plot.mistakes(net(), X, np.eye(10)[y], n=5))
    assert [axes.get_title() for axes in one_hot] == [axes.get_title() for axes in shown]


def test_no_mistakes():
    X, y = data()[1]
    right = net().predict(X) == y
    figure = plot.mistakes(net(), X[right], y[right])
    assert not tiles(figure) and "No mistake" in figure._suptitle.get_text()


def test_digits_of_several_shapes():
    (raw, y), _ = fastnet.datasets.load_digits(raw=True)
    assert len(tiles(plot.digits(raw, y, n=7))) == 7
    assert [axes.get_title() for axes in tiles(plot.digits(data()[0][0], y, n=3))] == [str(k) for k in y[:3]]
    assert len(tiles(plot.digits(data()[0][0][0]))) == 1
    with pytest.raises(ValueError, match="y must have one label"):
        plot.digits(raw, y[:5])
    with pytest.raises(ValueError, match="X are not an image"):
        plot.digits(np.zeros((2, 12)))


def test_confidence_shows_three_kinds():
    figure = plot.confidence(net(), data()[1][0])
    assert len(tiles(figure)) == 18
    assert {"real images", "random noise, the most confident"} <= set(texts(figure))


def test_landscape_shows_the_path_only_where_there_is_one():
    figure = plot.landscape(net(), *data()[0], points=5, n=100)
    plane = next(axes for axes in figure.axes if axes.get_title().startswith("on a plane"))
    assert max(len(line.get_xdata()) for line in plane.lines) == 21
    bare = fastnet.Network([64, 4, 10], rng=0)
    figure = plot.landscape(bare, *data()[0], points=5, n=100)
    plane = next(axes for axes in figure.axes if axes.get_title().startswith("on a plane"))
    assert max(len(line.get_xdata()) for line in plane.lines) == 1
