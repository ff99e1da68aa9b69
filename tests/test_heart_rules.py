"""What the heart has for `fastnet.sklearn`: rules of training, dropout, clipping, more costs."""

import math

import numpy as np
import pytest
from helpers import make_problem, simple_targets, train

from fastnet import _heart as heart
from fastnet import names, reference
from fastnet._equations import dropout_mask

RULES = {
    "l2 over the batch": dict(l2=0.5, l2_over_batch=True),
    "plain epsilon": dict(plain_epsilon=True, epsilon=0.1),
    "error scale": dict(error_scale=0.25, l2=0.1),
    "clipped": dict(clip_norm=0.02, l2=0.5, l2_over_batch=True),
    "hardly clipped": dict(clip_norm=1e3),
    "dropout": dict(dropout=(0.3, 0.0), seed=2**63 + 11),
    "dropout twice": dict(dropout=(0.5, 0.25), seed=3, l2=0.1),
}


BATCHES = [("sgd", 7), ("nesterov", 300), ("adam", 13), ("adamw", 280)]


@pytest.mark.parametrize("dtype, tolerance", [("float32", 3e-5), ("float64", 1e-13)])
@pytest.mark.parametrize("hidden", ["sigmoid", "relu", "gelu", "elu", "softplus"])
@pytest.mark.parametrize("rule", RULES)
@pytest.mark.parametrize("optimizer, batch_size", BATCHES)
def test_rules_against_the_twin(rule, hidden, optimizer, batch_size, dtype, tolerance):
    problem = make_problem(
        (6, 18, 9, 3), (hidden, hidden, "softmax"), "log_loss", n=300, dtype=dtype, weights="zeros"
    )
    options = dict(optimizer=optimizer, batch_size=batch_size, epsilon=1e-3) | RULES[rule]
    runs = [train(core, problem, **options) for core in (heart.core(dtype), reference)]
    scale = np.abs(runs[1].params).max()
    assert np.abs(runs[0].params - runs[1].params).max() < tolerance * scale
    np.testing.assert_allclose(runs[0].sums[:, :2], runs[1].sums[:, :2], rtol=tolerance)
    if rule != "hardly clipped":  # the rule does something
        plain = train(reference, problem, **(options | dict(zip(RULES[rule], _off(rule), strict=True))))
        if rule != "plain epsilon" or optimizer.startswith("adam"):
            assert np.abs(plain.params - runs[1].params).max() > 20 * tolerance * scale


def _off(rule):
    neutral = dict(
        l2=RULES[rule].get("l2", 0.0), l2_over_batch=False, plain_epsilon=False, epsilon=0.1, error_scale=1.0,
        clip_norm=0.0, dropout=(), seed=0,
    )  # fmt: skip
    return [neutral[name] for name in RULES[rule]]


@pytest.mark.parametrize("core", ["heart", "twin"])
def test_sums_of_an_epoch(core):
    core = heart.core("float64") if core == "heart" else reference
    problem = make_problem((4, 5, 2), ("tanh", "identity"), n=23, targets="values", weights="some")
    params = problem.copy()
    engine = core.Engine(problem.sizes, problem.activations, problem.cost, params)
    trainer = core.Trainer(
        engine, problem.features, problem.targets, problem.sample_weight,
        batch_size=10, optimizer="sgd", moments=[], l2=0.7, l2_over_batch=True, penalty=True,
    )  # fmt: skip
    trainer.start_epoch(np.arange(23, dtype=np.intp), np.zeros(1))  # a rate of zero: nothing moves
    assert trainer.run(60)
    squares = sum((problem.layout.weights(params, layer) ** 2).sum() for layer in range(2))
    cost = penalty = 0.0
    for start in (0, 10, 20):
        some = slice(start, start + 10)
        weight = problem.sample_weight[some]
        out = np.empty((len(weight), 2))
        engine.forward(type(problem.features)(**(vars(problem.features) | _rows(problem.X[some]))), out)
        costs = ((out - problem.y[some]) ** 2).sum(axis=1) / 2
        cost += len(weight) * (weight @ costs) / weight.sum()
        penalty += len(weight) * 0.7 / weight.sum() * squares / 2
    assert trainer.mean_cost_sum == pytest.approx(cost, rel=1e-12)
    assert trainer.penalty_sum == pytest.approx(penalty, rel=1e-12)


def _rows(X):
    return dict(n=len(X), array=np.ascontiguousarray(X), rows=lambda which: X[which])


def test_dropout_leaves_out_its_share():
    mask = dropout_mask(0.3, 7, 2, np.arange(4000), 1, 50, np.dtype(np.float64))
    kept = mask > 0
    np.testing.assert_allclose(mask[kept], 1 / 0.7)
    assert abs(kept.mean() - 0.7) < 4 * math.sqrt(0.21 / kept.size)
    assert abs(kept.mean(axis=0) - 0.7).max() < 5 * math.sqrt(0.21 / 4000)
    for other in (dict(seed=8), dict(updates=3), dict(layer=2)):
        arguments = dict(seed=7, updates=2, layer=1) | other
        again = dropout_mask(0.3, places=np.arange(4000), n=50, dtype=np.dtype(np.float64), **arguments)
        assert abs((again > 0)[kept].mean() - 0.7) < 0.01


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_dropout_does_not_answer(dtype):
    problem = make_problem((4, 5, 2), ("relu", "softmax"), "log_loss", dtype=dtype)
    engine = problem.engine(heart.core(dtype))
    before = np.empty((7, 2), dtype)
    engine.forward(problem.features, before)
    core = heart.core(dtype)
    core.Trainer(
        engine, problem.features, problem.targets, None, batch_size=3, optimizer="sgd", moments=[],
        dropout=(0.5,),
    )  # fmt: skip
    after = np.empty((7, 2), dtype)
    engine.forward(problem.features, after)
    np.testing.assert_array_equal(before, after)


def exact(name, x):
    """The activation in double precision, by the standard library."""
    return {
        "exp": lambda v: math.exp(v) if v < 709.7 else math.inf,
        "elu": lambda v: v if v > 0 else math.expm1(v),
        "softplus": lambda v: max(v, 0) + math.log1p(math.exp(-abs(v))),
        "gelu": lambda v: v * math.erfc(-v / math.sqrt(2)) / 2,
    }[name](x)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("name", ["exp", "elu", "softplus", "gelu"])
def test_activations_are_accurate(name, dtype):
    ends = {"exp": (-86, 88.7) if dtype == "float32" else (-700, 709)}.get(name, (-80, 80))
    low = max(ends[0], -12.0 if name == "gelu" else -np.inf)
    near = np.geomspace(1e-30, 1, 2000)
    x = np.concatenate([np.linspace(low, ends[1], 20001), near, -near]).astype(dtype)
    got = heart.core(dtype).apply(name, x)
    want = np.array([exact(name, float(v)) for v in x])
    spacing = np.spacing(np.abs(want).astype(dtype)).astype(float)
    # a double's expected value has been rounded itself; the rounding of erfc's argument counts x^2 times
    allowed = 2 if dtype == "float32" else 3 + (4 * x * x if name == "gelu" else 0)
    assert (np.abs(got.astype(float) - want) <= allowed * spacing).all()


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("name", [n for n in names.ACTIVATION_CODES if n != "softmax"])
def test_nan_stays(name, dtype):
    assert np.isnan(heart.core(dtype).apply(name, np.full(3, np.nan, dtype))).all()


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize(
    "output, y", [("softmax", [1, 0]), ("softmax", [[0, 1], [1, 0]]), ("sigmoid", [[1], [0]])]
)
def test_log_loss_is_cut_as_scikit_learn_cuts_it(output, y, dtype):
    metrics = pytest.importorskip("sklearn.metrics")
    y = np.array(y)
    n_out = 1 if output == "sigmoid" else 2
    targets = simple_targets(y.astype(np.int32) if y.ndim == 1 else y.astype(dtype))
    problem = make_problem((1, n_out), (output,), "log_loss", n=2, dtype=dtype)
    problem.params[...] = 0
    weights = problem.layout.weights(problem.params, 0)
    weights[0] = -60
    engine = problem.engine(heart.core(dtype))
    X = np.array([[1], [1]], dtype)
    features = type(problem.features)(**(vars(problem.features) | _rows(X)))
    labels = y if y.ndim == 1 else (y[:, 0] if n_out == 1 else y.argmax(axis=1))
    second = 1 / (1 + math.exp(60)) if n_out == 1 else 1 / (1 + math.exp(-60))
    p = np.array([[1 - second, second]] * 2, dtype)
    want = metrics.log_loss(labels, p, labels=[0, 1])
    assert engine.evaluate(features, targets, None)[0] / 2 == pytest.approx(want, rel=1e-6)


@pytest.mark.parametrize("parameter", [0.1, 0.9])
@pytest.mark.parametrize("core", ["heart", "twin"])
def test_quantile_and_huber(core, parameter):
    core = heart.core("float64") if core == "heart" else reference
    problem = make_problem((1, 1), ("identity",), "quantile", n=4)
    X = np.array([[-2.0], [-0.05], [0.05], [2.0]])
    features = type(problem.features)(**(vars(problem.features) | _rows(X)))
    targets = simple_targets(np.zeros((4, 1)))
    params = problem.layout.aligned_zeros()
    problem.layout.weights(params, 0)[...] = 1
    e = X[:, 0]
    small = np.abs(e) <= parameter
    want = {
        "quantile": (
            np.where(e > 0, 1 - parameter, -parameter),
            np.maximum(-parameter * e, (1 - parameter) * e),
        ),
        "huber": (
            np.clip(e, -parameter, parameter),
            np.where(small, e * e / 2, parameter * (np.abs(e) - parameter / 2)),
        ),
        "absolute_error": (np.sign(e), np.abs(e)),
    }
    for cost, (slopes, costs) in want.items():
        engine = core.Engine((1, 1), ("identity",), cost, params, parameter)
        grad = problem.layout.aligned_zeros()
        total, _ = engine.gradient(features, targets, None, grad)
        assert total == pytest.approx(costs.sum(), rel=1e-14)
        assert problem.layout.biases(grad, 0)[0] == pytest.approx(slopes.mean(), rel=1e-14)
