"""fastnet.inspect: importance, classes, confidence, neurons."""

from __future__ import annotations

import numpy as np
import pytest

import fastnet
from fastnet import inspect


@pytest.fixture(scope="module")
def data():
    return fastnet.datasets.load_digits()


@pytest.fixture(scope="module")
def net(data):
    net = fastnet.Network([64, 16, 16, 10], rng=0)
    net.fit(*data[0], epochs=15)
    return net


# --- importance ---------------------------------------------------------------------------------


def test_a_gradient_of_3_and_1_is_read_as_relative_importance():
    # C = (a - y)^2 / 2 with a = w x + b: dC/dw = (a - y) x, so x = (3, 1) gives a gradient in that ratio.
    net = fastnet.Network([2, 1], output="identity", dtype="float64", rng=0)
    net.weights[0], net.biases[0] = [[0.5, -0.25]], [0.0]
    found = inspect.importance(net, [[3.0, 1.0]], [0.0])
    slope = 0.5 * 3 - 0.25
    np.testing.assert_allclose(found.gradient.weights[0], [[3 * slope, slope]])
    np.testing.assert_allclose(found.weights[0], [[1, 1 / 3]])
    np.testing.assert_allclose(found.biases[0], [1 / 3])
    assert [(p.neuron, p.input) for p in found.top(3)] == [(0, 0), (0, 1), (0, None)]
    assert found.top(1)[0].value == 0.5 and found.top(1)[0].gradient == pytest.approx(3 * slope)


def test_importance_is_the_gradient_s_size_divided_by_its_largest_entry(net, data):
    X, y = data[0]
    gradient, found = net.gradient(X, y), inspect.importance(net, X, y)
    largest = np.abs(gradient.flat()).max()
    for layer in range(3):
        np.testing.assert_allclose(found.weights[layer], np.abs(gradient.weights[layer]) / largest, rtol=1e-6)
    assert max(part.max() for part in found.weights + found.biases) == 1
    assert found.layers.sum() == pytest.approx(1)
    top = found.top(20)
    assert [p.relative for p in top] == sorted((p.relative for p in top), reverse=True)
    for p in top:
        array = gradient.biases[p.layer] if p.input is None else gradient.weights[p.layer][:, p.input]
        assert array[p.neuron] == np.float32(p.gradient)


def test_importance_where_nothing_matters():
    net = fastnet.Network([2, 1], output="identity", rng=0)
    found = inspect.importance(net, [[0.0, 0.0]], net.forward([[0.0, 0.0]]))
    assert not found.weights[0].any() and not found.layers.any()


# --- classes --------------------------------------------------------------------------------------


COUNTS = np.array([[8, 2, 0], [1, 5, 4], [0, 3, 7]])


def test_precision_and_recall_class_by_class():
    found = inspect.per_class(COUNTS)
    np.testing.assert_allclose(found.precision, [8 / 9, 5 / 10, 7 / 11])
    np.testing.assert_allclose(found.recall, [0.8, 0.5, 0.7])
    np.testing.assert_allclose(found.f1, [16 / 19, 10 / 20, 14 / 21])
    assert found.support.tolist() == [10, 10, 10] and found.predicted.tolist() == [9, 10, 11]


def test_a_class_that_is_not_there_has_no_recall():
    found = inspect.per_class([[3, 0, 0], [1, 2, 0], [0, 0, 0]])
    assert np.isnan(found.recall[2]) and np.isnan(found.precision[2])
    assert found.recall[1] == pytest.approx(2 / 3)
    assert "-" in str(found).splitlines()[-1]


def test_the_most_confusable_pairs_first():
    pairs = inspect.confusable(COUNTS)
    assert [(p.a, p.b, p.mistakes) for p in pairs] == [(1, 2, 7), (0, 1, 3)]
    assert (pairs[0].a_as_b, pairs[0].b_as_a) == (4, 3) and pairs[0].rate == pytest.approx(7 / 20)
    assert len(inspect.confusable(COUNTS, n=1)) == 1


def test_classes_from_an_evaluation_agree_with_scikit_learn(net, data):
    metrics = pytest.importorskip("sklearn.metrics")
    X, y = data[1]
    found = inspect.per_class(net.evaluate(X, y))
    expected = metrics.precision_recall_fscore_support(y, net.predict(X))
    for ours, theirs in zip((found.precision, found.recall, found.f1, found.support), expected, strict=True):
        np.testing.assert_allclose(ours, theirs)


@pytest.mark.parametrize("wrong", [np.ones((2, 3)), [[1, -1], [0, 1]], [[1]], "text", None])
def test_what_is_no_confusion_matrix_is_refused(wrong):
    with pytest.raises((TypeError, ValueError), match="evaluation"):
        inspect.per_class(wrong)


# --- confidence ----------------------------------------------------------------------------------------


def test_confidence_is_the_brightest_output_s_activation(net, data):
    X = data[1][0]
    found = inspect.confidence(net, X, n=len(X) + 1)
    outputs = net.forward(X)
    np.testing.assert_array_equal(found["real"].predicted, outputs.argmax(axis=1))
    np.testing.assert_allclose(found["real"].confidence, outputs.max(axis=1))
    assert found["real"].counts.sum() == len(X) and len(found["noise"]) == len(X) + 1
    assert found["real"].mean > found["shuffled"].mean


def test_shuffled_images_have_their_own_pixels_and_noise_has_their_range(net, data):
    X = data[1][0][:50].copy()
    before = X.copy()
    found = inspect.confidence(net, X, n=50)
    np.testing.assert_array_equal(np.sort(found["shuffled"].samples, axis=1), np.sort(X, axis=1))
    assert not np.array_equal(found["shuffled"].samples, X)
    np.testing.assert_array_equal(X, before)
    noise = found["noise"].samples
    assert 0 <= noise.min() < 0.05 and 0.95 < noise.max() <= 1


def test_noise_alone_and_the_same_seed(net):
    one, other = (inspect.confidence(net, rng=3)["noise"] for _ in range(2))
    np.testing.assert_array_equal(one.samples, other.samples)
    assert set(inspect.confidence(net)) == {"noise"}


def test_noise_for_scaled_inputs():
    net = fastnet.Network([64, 10], rng=0, input_scale=1 / 255)
    assert inspect.confidence(net)["noise"].samples.max() > 250


def test_confidence_of_one_sigmoid_output():
    net = fastnet.Network([2, 1], rng=0)
    net.weights[0], net.biases[0] = [[4.0, 0.0]], [0.0]
    found = inspect.confidence(net, [[1.0, 0.0], [-1.0, 0.0]])["real"]
    assert found.predicted.tolist() == [1, 0] and np.ptp(found.confidence) < 1e-6


def test_values_have_no_confidence():
    with pytest.raises(ValueError, match="classes"):
        inspect.confidence(fastnet.Network([2, 1], output="identity"))


# --- neurons ---------------------------------------------------------------------------------------------


def test_dead_and_saturated_neurons():
    net = fastnet.Network([1, 4, 2], activation="sigmoid", dtype="float64", rng=0)
    net.weights[0], net.biases[0] = [[0.0], [100.0], [1.0], [0.0]], [0.0, 0.0, 0.0, 50.0]
    X = np.linspace(-1, 1, 201)[:, None]
    layer = inspect.neurons(net, X)[0]
    assert layer.dead.tolist() == [True, False, False, True]
    assert layer.saturated.tolist() == [False, True, False, True]
    ends = 1 / (1 + np.exp(-100 * X[:, 0]))
    assert layer.low[1] == pytest.approx((ends <= 0.02).mean())
    assert layer.high[1] == pytest.approx((ends >= 0.98).mean())
    assert layer.share_dead == 0.5 and layer.share_saturated == 0.5
    assert layer.mean[2] == pytest.approx(0.5)


def test_a_dead_relu_is_zero_for_all_data():
    net = fastnet.Network([1, 3, 2], activation="relu", rng=0)
    net.weights[0], net.biases[0] = [[1.0], [1.0], [0.0]], [-5.0, -0.5, 1.0]
    layer = inspect.neurons(net, np.linspace(0, 1, 11)[:, None])[0]
    assert layer.dead.tolist() == [True, False, True]
    assert layer.low == pytest.approx([1, 6 / 11, 0])
    assert layer.saturated.tolist() == [True, False, False]


def test_neurons_of_many_samples_are_those_of_their_parts(net, data):
    X = np.tile(data[0][0], (4, 1))
    once, often = inspect.neurons(net, data[0][0]), inspect.neurons(net, X)
    for a, b in zip(once, often, strict=True):
        np.testing.assert_allclose(a.mean, b.mean, rtol=1e-6)
        np.testing.assert_allclose(a.low, b.low)
        assert len(a) == len(a.dead)


@pytest.mark.parametrize("wrong", [{"margin": 0.5}, {"margin": -1}, {"threshold": 0}, {"threshold": 1.1}])
def test_margins_out_of_range_are_refused(net, data, wrong):
    with pytest.raises(ValueError, match=next(iter(wrong))):
        inspect.neurons(net, data[0][0], **wrong)


def test_notebooks_get_tables(net, data):
    X, y = data[1]
    things = [inspect.importance(net, X, y), inspect.per_class(net.evaluate(X, y)),
              inspect.neurons(net, X)[0], inspect.confidence(net, X)["noise"],
              net, net.history_, net.evaluate(X, y)]  # fmt: skip
    for thing in things:
        html = thing._repr_html_()
        assert html.count("<table>") == html.count("</table>") == 1 and "<td>" in html and repr(thing)


def test_what_is_no_network_is_refused(data):
    with pytest.raises(TypeError, match="net must be"):
        inspect.importance("net", *data[0])
