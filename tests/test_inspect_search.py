"""fastnet.inspect: preferred inputs, memorising, the path of a run, the cost around a network."""

from __future__ import annotations

import numpy as np
import pytest

import fastnet
from fastnet import inspect, names
from fastnet.inspect._preferred import _Climb


@pytest.fixture(scope="module")
def data():
    return fastnet.datasets.load_digits()


@pytest.fixture(scope="module")
def net(data):
    net = fastnet.Network([64, 16, 16, 10], rng=0)
    net.fit(*data[0], epochs=10, callbacks=[inspect.Path(net)])
    return net


# --- preferred inputs ------------------------------------------------------------------------------


def test_the_first_layer_s_preferred_input_is_known_exactly(net):
    for neuron in (0, -1):
        found = inspect.preferred_input(net, 0, neuron)
        np.testing.assert_array_equal(found.x, (net.weights[0][neuron] > 0).astype(float))
        expected = net.weights[0][neuron].clip(0).sum() + net.biases[0][neuron]
        assert found.weighted_input == pytest.approx(expected, rel=1e-5)
        assert found.activation == pytest.approx(float(net.layer_activations(found.x)[0][neuron]))


@pytest.mark.parametrize("activation", names.ACTIVATIONS)
@pytest.mark.parametrize("scale", [1.0, -0.5])
def test_the_slope_that_ascent_follows(activation, scale):
    rng = np.random.default_rng(5)
    net = fastnet.Network([6, 5, 4, 3], activation, dtype="float64", rng=rng, input_scale=scale)
    climb, x = _Climb(net, 2, 1), rng.normal(size=(3, 6))
    slope, h = climb.gradient(x), 1e-5
    for i in range(6):
        step = np.eye(6)[i] * h
        numeric = (climb.z(x + step) - climb.z(x - step)) / (2 * h)
        np.testing.assert_allclose(slope[:, i], numeric, rtol=1e-5, atol=1e-8)
    np.testing.assert_allclose(1 / (1 + np.exp(-climb.z(x))), net.forward(x)[:, 1])


@pytest.mark.parametrize("layer", [1, 2])
def test_ascent_beats_every_image_of_the_data_and_stays_in_range(net, data, layer):
    found = inspect.preferred_input(net, layer, 3)
    assert 0 <= found.x.min() and found.x.max() <= 1
    assert found.activation >= net.layer_activations(data[0][0])[layer][:, 3].max()


def test_the_pattern_by_weights(net):
    found = inspect.preferred_input(net, 0, 2, method="weights")
    np.testing.assert_allclose(found.x, net.weights[0][2] / np.linalg.norm(net.weights[0][2]), rtol=1e-5)
    deep = inspect.preferred_input(net, 1, 2, method="weights").x
    expected = net.weights[1][2].astype(float) @ net.weights[0]
    np.testing.assert_allclose(deep, expected / np.linalg.norm(expected), rtol=1e-5)


def test_the_range_follows_the_input_scale():
    net = fastnet.Network([4, 3, 2], rng=0, input_scale=1 / 255)
    assert inspect.preferred_input(net, 0, 0).x.max() == 255


@pytest.mark.parametrize(
    ("arguments", "named"),
    [((3, 0), "layer"), ((0, 16), "neuron"), ((0, -17), "neuron"), ((0.5, 0), "layer")],
)
def test_places_that_are_not_there_are_refused(net, arguments, named):
    with pytest.raises((TypeError, ValueError), match=named):
        inspect.preferred_input(net, *arguments)


@pytest.mark.parametrize("wrong", [{"method": "magic"}, {"low": 1, "high": 0}, {"steps": 0}, {"starts": -1}])
def test_options_out_of_range_are_refused(net, wrong):
    with pytest.raises(ValueError, match=next(iter(wrong))):
        inspect.preferred_input(net, 1, 0, **wrong)


# --- memorising --------------------------------------------------------------------------------------


def test_shuffled_labels_are_memorised_slower(data):
    X, y = data[0]
    net = fastnet.Network([64, 60, 10], activation="relu", output="softmax", cost="cross_entropy", rng=1)
    before = net.weights[0].copy()
    found = inspect.shuffled_labels(
        net, X[:200], y[:200], epochs=60, optimizer="adam", learning_rate=5e-3, validation_data=data[1]
    )
    assert found.evaluations[1].accuracy > 0.9 > 2 * found.validation[1].accuracy  # learned, and no use
    assert found.true.cost[10] < 0.5 * found.shuffled.cost[10]
    assert sorted(found.labels) == sorted(y[:200]) and not np.array_equal(found.labels, y[:200])
    np.testing.assert_array_equal(net.weights[0], before)
    assert "shuffled labels" in str(found) and list(found.histories) == ["true labels", "shuffled labels"]


def test_both_runs_begin_with_the_same_weights(data):
    X, y = data[0][0][:50], data[0][1][:50]
    net = fastnet.Network([64, 8, 10])
    found = inspect.shuffled_labels(net, X, y, epochs=1, learning_rate=1e-9, rng=4)
    np.testing.assert_allclose(found.networks[0].weights[0], found.networks[1].weights[0], atol=1e-6)


# --- the path, and the cost around ------------------------------------------------------------------


def test_the_path_of_a_run(net):
    path = net.history_.path
    assert path.epochs == list(range(11)) and len(path) == 11
    last = np.concatenate([p.ravel() for pair in zip(net.weights, net.biases, strict=True) for p in pair])
    np.testing.assert_array_equal(path.points[-1], last)
    assert not np.array_equal(path.points[0], path.points[-1])


def test_every_so_many_epochs_and_the_end(data):
    net = fastnet.Network([64, 4, 10], rng=0)
    path = inspect.Path(net, every=3)
    net.fit(*data[0], epochs=8, callbacks=[path])
    assert path.epochs == [0, 3, 6, 8]


def test_a_resumed_run_goes_on_with_its_path(data):
    net = fastnet.Network([64, 4, 10], rng=0)
    path = inspect.Path(net)
    net.fit(*data[0], epochs=2, callbacks=[path])
    net.fit(*data[0], epochs=4, resume=True, callbacks=[path])
    assert path.epochs == [0, 1, 2, 3, 4]


def test_the_line_is_the_cost_at_the_moved_parameters(net, data):
    X, y = data[1]
    before = net.weights[0].copy()
    line = inspect.line(net, X, y, span=0.5, points=5)
    np.testing.assert_allclose(line.at, [-0.5, -0.25, 0, 0.25, 0.5])
    assert line.cost[2] == pytest.approx(net.evaluate(X, y).cost)
    moved, start = net.copy(), 0
    for w, b in zip(moved.weights, moved.biases, strict=True):
        for view in (w, b):
            view += 0.5 * line.direction[start : start + view.size].reshape(view.shape)
            start += view.size
    assert line.cost[4] == pytest.approx(moved.evaluate(X, y).cost)
    np.testing.assert_array_equal(net.weights[0], before)


def test_each_neuron_s_part_of_a_random_direction_is_as_long_as_its_own(net, data):
    direction = inspect.line(net, *data[1], points=3).direction
    part = direction[: 16 * 64].reshape(16, 64)
    length = np.hypot(np.linalg.norm(part, axis=1), direction[16 * 64 : 16 * 64 + 16])
    own = np.linalg.norm(np.column_stack([net.weights[0], net.biases[0]]), axis=1)
    np.testing.assert_allclose(length, own, rtol=1e-5)


def test_the_plane_holds_the_path(net, data):
    plane = inspect.plane(net, *data[1], points=7)
    assert plane.path.shape == (11, 2) and 0.5 < plane.explained <= 1
    np.testing.assert_allclose(plane.path[-1], 0, atol=1e-4)  # it ends at the network
    np.testing.assert_allclose(plane.directions @ plane.directions.T, np.eye(2), atol=1e-6)
    for k, ticks in enumerate((plane.first, plane.second)):
        assert ticks[0] < plane.path[:, k].min() and plane.path[:, k].max() < ticks[-1]
    away = np.array(net.history_.path.points, float) - net.history_.path.points[-1]
    _, sizes, _ = np.linalg.svd(away, full_matrices=False)
    assert plane.explained == pytest.approx((sizes[:2] ** 2).sum() / (sizes**2).sum(), rel=1e-4)


def test_a_plane_through_given_directions(net, data):
    X, y = data[1]
    directions = np.random.default_rng(0).normal(size=(2, net.n_parameters))
    plane = inspect.plane(net, X, y, directions=directions, span=0.2, points=3)
    line = inspect.line(net, X, y, direction=directions[1], span=0.2, points=3)
    np.testing.assert_allclose(plane.cost[:, 1], line.cost)
    assert plane.path is not None  # projected, though not its own directions


@pytest.mark.parametrize(
    "wrong", [{"span": 0}, {"points": 2}, {"directions": [1, 2]}, {"directions": 5}, {"path": "no"}]
)
def test_planes_that_make_no_sense_are_refused(net, data, wrong):
    with pytest.raises((TypeError, ValueError), match=next(iter(wrong))):
        inspect.plane(net, *data[1], **wrong)


def test_progress_in_plain_lines_where_nobody_looks(net, data, capsys):
    inspect.plane(net, *data[1], points=3, progress=True)
    assert capsys.readouterr().err.splitlines()[-1] == "plane: 9/9"
    inspect.plane(net, *data[1], points=3)
    assert capsys.readouterr().err == ""
    with pytest.raises(ValueError, match="progress"):
        inspect.line(net, *data[1], progress="maybe")
