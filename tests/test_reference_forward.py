"""The twin's forward pass, costs and scores, against plain formulas and at saturation."""

import math

import numpy as np
import pytest
from helpers import COST_AND_OUTPUT, make_problem, random_weights, simple_features, simple_targets

from fastnet import names, reference
from fastnet._layout import Layout

DTYPES = [np.float32, np.float64]

# Written once more, for one number (softmax: for one row), with the standard library
PLAIN = {
    "identity": lambda z: z,
    "sigmoid": lambda z: 1 / (1 + math.exp(-z)),
    "tanh": math.tanh,
    "relu": lambda z: z if z > 0 else 0.0,
    "leaky_relu": lambda z: z if z > 0 else 0.01 * z,
    "elu": lambda z: z if z > 0 else math.expm1(z),
    "gelu": lambda z: z * math.erfc(-z / math.sqrt(2)) / 2,
    "softplus": lambda z: math.log(1 + math.exp(z)),
    "exp": math.exp,
}


def by_hand(problem, x):
    """Every layer's activations for one sample, in scalar loops."""
    outs, a = [], [float(v) for v in x]
    for layer, name in enumerate(problem.activations):
        W = problem.layout.weights(problem.params, layer)
        b = problem.layout.biases(problem.params, layer)
        z = [float(b[j]) + sum(float(W[j, i]) * a[i] for i in range(len(a))) for j in range(len(b))]
        if name == "softmax":
            total = sum(math.exp(v) for v in z)
            a = [math.exp(v) / total for v in z]
        else:
            a = [PLAIN[name](v) for v in z]
        outs.append(a)
    return outs


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("output", names.OUTPUT_ACTIVATIONS)
@pytest.mark.parametrize("hidden", names.ACTIVATIONS)
def test_forward(hidden, output, dtype):
    problem = make_problem((5, 4, 3), (hidden, output), dtype=dtype, targets="values")
    engine = problem.engine(reference)
    n = problem.features.n
    outs = [np.full((n, size), np.nan, dtype) for size in problem.sizes[1:]]
    engine.activations(problem.features, outs)
    out = np.full((n, 3), np.nan, dtype)
    engine.forward(problem.features, out)
    np.testing.assert_array_equal(out, outs[-1])
    tolerance = 16 * np.finfo(dtype).eps
    for i in range(n):
        for expected, got in zip(by_hand(problem, problem.X[i]), outs, strict=True):
            np.testing.assert_allclose(got[i], expected, rtol=tolerance, atol=tolerance)
        one = engine.forward_one(problem.X[i])
        assert one.dtype == dtype and one.shape == (3,)
        np.testing.assert_allclose(one, out[i], rtol=tolerance, atol=tolerance)


def test_forward_one_leaves_anything_else_to_the_general_path():
    engine = make_problem((4, 2), ("sigmoid",)).engine(reference)
    x = np.zeros(4)
    assert engine.forward_one(x) is not None
    others = [x[None], x[:3], x.astype(np.float32), [0.0] * 4, np.zeros(8)[::2], x.astype(">f8"), None]
    assert all(engine.forward_one(other) is None for other in others)


#: of |a - y|, with the engine's default parameter, 1/2
DISTANCES = {
    "absolute_error": lambda e: e,
    "huber": lambda e: e * e / 2 if e < 0.5 else 0.5 * (e - 0.25),
    "quantile": lambda e: e / 2,
}


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("targets", ["labels", "values"])
@pytest.mark.parametrize("cost, output", COST_AND_OUTPUT)
def test_cost(cost, output, targets, dtype):
    problem = make_problem((4, 3), (output,), cost, targets=targets, weights="zeros", dtype=dtype)
    expected = 0.0
    for i, w in enumerate(problem.sample_weight):
        a = by_hand(problem, problem.X[i])[-1]
        y = problem.y[i] if targets == "values" else [float(j == problem.y[i]) for j in range(3)]
        for a_j, y_j in zip(a, map(float, y), strict=True):
            if cost == "poisson":
                expected += float(w) * ((y_j * math.log(y_j / a_j) if y_j else 0) - y_j + a_j)
            elif output == "identity" and cost != "quadratic":
                expected += float(w) * DISTANCES[cost](abs(a_j - y_j))
            elif cost == "quadratic":
                expected += float(w) * (a_j - y_j) ** 2 / 2
            elif output == "sigmoid":
                expected -= float(w) * (y_j * math.log(a_j) + (1 - y_j) * math.log(1 - a_j))
            else:
                expected -= float(w) * y_j * math.log(a_j)
    got = problem.engine(reference).evaluate(problem.features, problem.targets, problem.sample_weight)
    assert got[0] == pytest.approx(expected, rel=float(16 * np.finfo(dtype).eps))
    assert got[1] == pytest.approx(problem.sample_weight.sum(dtype=np.float64), rel=1e-12)
    assert expected > 0.1


def echo(z, y, output, cost, score=None):
    """An engine whose z are the given rows (n, n_out), its features and targets: identity weights."""
    n_out = z.shape[1]
    layout = Layout((n_out, n_out), z.dtype)
    params = layout.aligned_zeros()
    layout.weights(params, 0)[...] = np.eye(n_out)
    engine = reference.Engine((n_out, n_out), (output,), cost, params)
    return engine, simple_features(z), simple_targets(y, score), layout


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("cost, output", COST_AND_OUTPUT)
def test_saturated_outputs_are_finite_and_silent(cost, output, dtype):
    # Warnings are errors in this suite: an overflow or a 0 * inf anywhere would fail here.
    far = 30 if output == "exp" else 1e4  # exp itself overflows
    z = np.array([[far, -far], [-far, far], [far, far], [-far, -far], [0, 0]], dtype)
    for label in (0, 1):
        engine, features, targets, layout = echo(z, np.full(5, label), output, cost)
        out, grad = np.empty((5, 2), dtype), layout.aligned_zeros()
        engine.forward(features, out)
        sums = engine.gradient(features, targets, None, grad)
        assert np.isfinite(out).all() and np.isfinite(grad).all() and math.isfinite(sums[0])


@pytest.mark.parametrize("dtype", DTYPES)
def test_saturated_cross_entropy_is_exact(dtype):
    z = np.array([[1e4, -1e4]], dtype)
    for output, label, cost, delta in [
        ("sigmoid", 0, 0.0, (0, 0)),
        ("sigmoid", 1, 2e4, (1, -1)),
        ("softmax", 0, 0.0, (0, 0)),
        ("softmax", 1, 2e4, (1, -1)),
    ]:
        engine, features, targets, layout = echo(z, np.array([label]), output, "cross_entropy")
        grad = layout.aligned_zeros()
        assert engine.gradient(features, targets, None, grad) == (cost, 1.0)
        assert tuple(layout.biases(grad, 0)) == delta


@pytest.mark.parametrize("dtype", DTYPES)
def test_small_costs_keep_their_digits(dtype):
    # -ln(sigmoid(30)) = e^-30 (1 - ...): lost if it were computed from a = 1
    z = np.array([[30.0]], dtype)
    engine, features, targets, _ = echo(z, np.array([[1.0]], dtype), "sigmoid", "cross_entropy")
    expected = math.log1p(math.exp(-30))
    assert engine.evaluate(features, targets, None)[0] == pytest.approx(expected, rel=1e-5, abs=0)


def test_sigmoid_is_accurate_on_both_sides():
    z = np.linspace(-700, 700, 4001)
    expected = [math.exp(v) / (1 + math.exp(v)) if v < 0 else 1 / (1 + math.exp(-v)) for v in z]
    np.testing.assert_allclose(reference.ACTIVATION["sigmoid"](z), expected, rtol=1e-15)


@pytest.mark.parametrize("weights", ["none", "zeros"])
def test_scores(weights):
    a = np.array([[0.9, 0.1, 0.2], [0.3, 0.3, 0.1], [0.1, 0.2, 0.7], [0.6, 0.7, 0.1]])
    w = random_weights(np.random.default_rng(0), 4, weights, np.float64)
    labels = np.array([0, 1, 2, 0])
    values = np.array([[1, 0, 0], [0, 0, 1], [0.1, 0.2, 0.3], [1, 1, 0.0]])
    for y, score, right in [
        (labels, "label", [1, 0, 1, 0]),  # of equals (row 1) the first counts
        (values, "argmax", [1, 0, 1, 0]),
        (values, "none", [0, 0, 0, 0]),
    ]:
        engine, features, targets, _ = echo(a, y, "identity", "quadratic", score)
        expected = np.dot(right, np.ones(4) if w is None else w)
        assert engine.evaluate(features, targets, w)[2] == pytest.approx(expected, rel=1e-14, abs=0)


def test_one_output_is_right_on_the_side_of_its_target():
    z, y = np.array([[2.0], [-2.0], [0.0], [1.0]]), np.array([[1.0], [0.0], [1.0], [0.0]])
    engine, features, targets, _ = echo(z, y, "sigmoid", "cross_entropy", "threshold")
    assert engine.evaluate(features, targets, None)[1:] == (4.0, 2.0)  # a = 1/2 counts as 0
