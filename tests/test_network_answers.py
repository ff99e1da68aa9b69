"""What a network answers: forward, predict, layer_activations, evaluate, gradient."""

import numpy as np
import pytest

import fastnet


def plain(net, X):
    """Every layer's activations, from the formula."""
    a, found = np.asarray(X, np.float64) * net.input_scale, []
    for w, b, name in zip(net.weights, net.biases, net.activations, strict=True):
        z = a @ w.T.astype(np.float64) + b
        if name == "softmax":
            e = np.exp(z - z.max(axis=1, keepdims=True))
            a = e / e.sum(axis=1, keepdims=True)
        else:
            a = {
                "sigmoid": lambda z: 1 / (1 + np.exp(-z)),
                "tanh": np.tanh,
                "relu": lambda z: np.maximum(z, 0),
                "leaky_relu": lambda z: np.where(z > 0, z, 0.01 * z),
                "identity": lambda z: z,
            }[name](z)
        found.append(a)
    return found


@pytest.mark.parametrize("dtype, rtol", [("float32", 2e-5), ("float64", 1e-12)])
@pytest.mark.parametrize("activation", ["sigmoid", "tanh", "relu", "leaky_relu", "identity"])
@pytest.mark.parametrize("output", ["sigmoid", "softmax", "identity"])
def test_forward_and_layer_activations_follow_the_formula(dtype, rtol, activation, output):
    net = fastnet.Network([9, 7, 5, 4], activation, output, rng=0, dtype=dtype)
    X = np.random.default_rng(1).standard_normal((13, 9)).astype(dtype)
    wanted = plain(net, X)
    layers = net.layer_activations(X)
    assert [a.shape for a in layers] == [(13, 7), (13, 5), (13, 4)]
    for a, b in zip(layers, wanted, strict=True):
        assert a.dtype == dtype
        np.testing.assert_allclose(a, b, rtol=rtol, atol=rtol)
    assert np.array_equal(net.forward(X), layers[-1])
    assert np.array_equal(net(X), layers[-1])


def test_one_sample_gives_one_answer():
    net = fastnet.Network([9, 7, 4], rng=0, dtype="float64")
    X = np.random.default_rng(1).random((3, 9))
    for x in (X[1], X[1].tolist(), X[1].astype(np.float32).astype(np.float64), X[:, :].copy("F")[1]):
        assert net.forward(x).shape == (4,)
        np.testing.assert_allclose(net.forward(x), net.forward(X)[1], rtol=1e-6)
    assert [a.shape for a in net.layer_activations(X[0])] == [(7,), (4,)]
    assert net.predict(X[0]) == net.predict(X)[0]
    assert np.ndim(net.predict(X[0])) == 0


def test_input_scale_lets_images_be_used_as_they_are():
    images = np.random.default_rng(0).integers(0, 256, (20, 4, 4), dtype=np.uint8)
    net = fastnet.Network([16, 5, 3], rng=0, input_scale=1 / 255)
    same = fastnet.Network([16, 5, 3], rng=0)
    np.testing.assert_allclose(net(images), same(images.reshape(20, 16) / 255), rtol=1e-5)
    as_float = images.reshape(20, 16).astype(np.float32)
    np.testing.assert_allclose(net(images), net(as_float), rtol=1e-6)
    np.testing.assert_allclose(net(as_float[0]), net(images)[0], rtol=1e-5)


def test_predict_says_what_the_output_layer_means():
    X = np.random.default_rng(0).standard_normal((40, 5))
    for output in ("softmax", "sigmoid"):
        net = fastnet.Network([5, 4, 3], output=output, rng=1)
        assert np.array_equal(net.predict(X), net(X).argmax(axis=1))
        assert net.predict(X).dtype.kind == "i"
    net = fastnet.Network([5, 4, 1], rng=1, init="gaussian")
    net.biases[-1] -= np.median(net.layer_activations(X)[0] @ net.weights[-1].T + net.biases[-1])
    assert net.predict(X).shape == (40,) and set(net.predict(X)) == {0, 1}
    assert np.array_equal(net.predict(X), net(X)[:, 0] > 0.5)
    for n_out in (1, 3):
        net = fastnet.Network([5, 4, n_out], output="identity", rng=1)
        assert np.array_equal(net.predict(X), net(X))


def test_evaluate_counts_classes():
    rng = np.random.default_rng(0)
    X, y = rng.random((200, 6)), rng.integers(0, 4, 200)
    net = fastnet.Network([6, 5, 4], rng=0, dtype="float64")
    found = net.evaluate(X, y)
    predicted, onehot = net.predict(X), np.eye(4)[y]
    assert found.n == 200
    assert found.accuracy == (predicted == y).mean()
    assert found.cost == pytest.approx(0.5 * ((net(X) - onehot) ** 2).sum(axis=1).mean(), rel=1e-12)
    wanted = np.zeros((4, 4), int)
    np.add.at(wanted, (y, predicted), 1)
    assert np.array_equal(found.confusion, wanted) and found.r2 is None
    same = net.evaluate(X, onehot)
    assert (same.cost, same.accuracy) == (pytest.approx(found.cost), found.accuracy)
    assert np.array_equal(same.confusion, wanted)
    w = rng.random(200)
    weighted = net.evaluate(X, y, sample_weight=w)
    assert weighted.accuracy == pytest.approx((w * (predicted == y)).sum() / w.sum())
    assert "accuracy" in str(found) and "cost" in repr(found) and "<table>" in found._repr_html_()
    assert found.as_dict()["confusion"] == wanted.tolist()


def test_evaluate_one_sigmoid_and_values():
    rng = np.random.default_rng(0)
    X, t = rng.random((50, 3)), rng.integers(0, 2, 50)
    net = fastnet.Network([3, 4, 1], rng=0, init="gaussian")
    for y in (t, t.astype(bool), t.astype(float)[:, None]):
        found = net.evaluate(X, y)
        assert found.confusion.shape == (2, 2) and found.accuracy == (net.predict(X) == t).mean()
    net = fastnet.Network([3, 4, 2], output="identity", rng=0, dtype="float64")
    Y = rng.standard_normal((50, 2)) + [0, 3]
    found = net.evaluate(X, Y)
    left = ((Y - net(X)) ** 2).sum()
    assert found.r2 == pytest.approx(1 - left / ((Y - Y.mean(axis=0)) ** 2).sum())
    assert found.cost == pytest.approx(0.5 * left / 50)
    assert found.accuracy is None and found.confusion is None and "r2" in str(found)
    net.weights[-1][...] = 0
    net.biases[-1] = Y.mean(axis=0)
    assert net.evaluate(X, Y).r2 == pytest.approx(0, abs=1e-12)


def test_a_large_evaluation_is_the_same_in_slices(monkeypatch):
    from fastnet._training import measure

    rng = np.random.default_rng(0)
    X = rng.random((100, 6)) * (rng.random((100, 6)) < 0.3)
    y, w = rng.integers(0, 4, 100), rng.random(100)
    net = fastnet.Network([6, 5, 4], rng=0, dtype="float64")
    whole = net.evaluate(X, y, w), net.forward(X)
    monkeypatch.setattr(measure, "WORK", 7 * net.n_parameters)
    parts = net.evaluate(X, y, w), net.forward(X)
    assert parts[0].cost == pytest.approx(whole[0].cost, rel=1e-14)
    assert parts[0].accuracy == pytest.approx(whole[0].accuracy)
    np.testing.assert_allclose(parts[1], whole[1], rtol=1e-14)


COMBINATIONS = [
    (activation, output, cost)
    for activation in ("sigmoid", "tanh", "relu", "leaky_relu", "identity")
    for output, cost in [
        ("sigmoid", "quadratic"),
        ("sigmoid", "cross_entropy"),
        ("softmax", "cross_entropy"),
        ("softmax", "quadratic"),
        ("identity", "quadratic"),
        ("tanh", "quadratic"),
    ]
]


@pytest.mark.parametrize("l2", [0.0, 0.1])
@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("activation, output, cost", COMBINATIONS)
def test_gradient_is_the_slope_of_its_cost_in_every_parameter(activation, output, cost, weighted, l2):
    rng = np.random.default_rng(0)
    net = fastnet.Network([4, 3, 3], activation, output, cost, rng=1, dtype="float64", init="gaussian")
    X, Y, w = rng.standard_normal((6, 4)), rng.random((6, 3)), rng.random(6) if weighted else None
    found = net.gradient(X, Y, l2=l2, sample_weight=w)
    slopes, h = [], 1e-5
    for p in [p for pair in zip(net.weights, net.biases, strict=True) for p in pair]:
        for place in np.ndindex(p.shape):
            old, costs = p[place], []
            for step in (h, -h):
                p[place] = old + step
                costs.append(net.gradient(X, Y, l2=l2, sample_weight=w).cost)
            p[place] = old
            slopes.append((costs[0] - costs[1]) / (2 * h))
    flat = found.flat()
    assert flat.shape == (net.n_parameters,) and np.count_nonzero(flat) > 0.6 * flat.size
    np.testing.assert_allclose(flat, slopes, rtol=1e-6, atol=1e-6 * np.abs(flat).max())


def test_gradient_and_evaluate_agree_on_the_cost():
    rng = np.random.default_rng(0)
    X, y = rng.random((30, 784)), rng.integers(0, 10, 30)
    net = fastnet.Network([784, 16, 16, 10], rng=0, dtype="float64")
    assert net.gradient(X, y).flat().shape == (13_002,)
    plain_cost, penalised = net.gradient(X, y).cost, net.gradient(X, y, l2=0.5).cost
    assert plain_cost == pytest.approx(net.evaluate(X, y).cost, rel=1e-12)
    penalty = 0.25 * sum((w**2).sum() for w in net.weights)
    assert penalised == pytest.approx(plain_cost + penalty, rel=1e-12)
    single = net.gradient(X[0], y[0])
    assert single.cost == pytest.approx(net.gradient(X[:1], y[:1]).cost)
    assert single.cost == pytest.approx(net.gradient(X[0], np.eye(10)[y[0]]).cost)


def test_saturated_outputs_have_finite_costs():
    for dtype in ("float32", "float64"):
        net = fastnet.Network([1, 2], output="sigmoid", cost="cross_entropy", rng=0, dtype=dtype)
        net.weights[0] = [[1e4], [-1e4]]
        wrong = net.evaluate(np.ones((3, 1)), [1, 1, 1])
        assert np.isfinite(wrong.cost) and wrong.cost == pytest.approx(2e4, rel=1e-3)
        right = net.evaluate(np.ones((3, 1)), [0, 0, 0])
        assert right.cost == pytest.approx(0, abs=1e-6)


@pytest.mark.parametrize("l2", [-1, np.nan, "a", None])
def test_gradient_checks_its_penalty(l2):
    net = fastnet.Network([2, 2], rng=0)
    with pytest.raises((TypeError, ValueError), match="l2"):
        net.gradient(np.zeros((1, 2)), [0], l2=l2)


@pytest.mark.parametrize("n", [1, 49, 200])
def test_finite_numbers_whose_sums_are_not_are_no_reason_to_refuse(n):
    net = fastnet.Network([200, 3], activation="identity", output="identity", dtype="float32", rng=0)
    net.weights = [np.full((3, 200), 1e30, np.float32)]
    X = np.zeros((n, 200), np.float32)
    X[-1] = 1e30
    out = net.forward(X)
    assert np.isposinf(out[-1]).all() and (out[:-1] == 0).all()
    X[-1, 7] = np.nan
    with pytest.raises(ValueError, match="finite"):
        net.forward(X)
