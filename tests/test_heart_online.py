"""Sample by sample: small networks on sparse X go their own way there, to the same bits."""

import numpy as np
import pytest
from helpers import compact_features, make_problem, same_bits, simple_features, train

from fastnet import _heart as heart
from fastnet import names

DTYPES = ["float32", "float64"]
# sizes, activations, cost: every layer behind the first is one word of 64 bytes wide
SMALL = [
    ((784, 16, 8, 7), ("sigmoid", "sigmoid", "sigmoid"), "quadratic"),
    ((130, 40, 8), ("sigmoid", "sigmoid"), "quadratic"),
    ((65, 9, 8, 3, 4), ("tanh", "relu", "leaky_relu", "softmax"), "cross_entropy"),
    ((200, 64, 5, 2), ("relu", "elu", "sigmoid"), "cross_entropy"),
    ((90, 5, 8), ("softplus", "softmax"), "quadratic"),
    ((33, 7, 6), ("relu", "identity"), "huber"),
]


def sparse(sizes, activations, cost, dtype, targets="labels", n=41):
    problem = make_problem(sizes, activations, cost, n=n, dtype=dtype, targets=targets)
    rng = np.random.default_rng(3)
    X = (rng.integers(1, 256, (n, sizes[0])) * (rng.random((n, sizes[0])) < 0.2)).astype(dtype) / 255
    X[n // 2] = 0
    X = X.astype(dtype)
    return problem._replace(X=X, features=simple_features(X))


def goes_online(problem, features, batch_size=1, optimizer="sgd", **options):
    core = heart.core(str(problem.layout.dtype))
    moments = [problem.layout.aligned_zeros() for _ in range(names.OPTIMIZERS[optimizer])]
    return core.Trainer(
        problem.engine(core), features, problem.targets, problem.sample_weight,
        batch_size=batch_size, optimizer=optimizer, moments=moments, **options,
    ).online  # fmt: skip


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("targets", ["labels", "values"])
@pytest.mark.parametrize(("sizes", "activations", "cost"), SMALL, ids=str)
def test_online_learning_gives_the_bits_of_the_general_way(sizes, activations, cost, targets, dtype):
    problem = sparse(sizes, activations, cost, dtype, targets)
    dense = train(heart.core(dtype), problem, batch_size=1, optimizer="sgd")
    for index, coded in ((np.uint16, True), (np.uint16, False)):
        features = compact_features(problem.X, index, coded)
        in_one_pass = sizes[1] <= 8 * heart.core(dtype).LANES
        assert goes_online(problem, features) == in_one_pass and not goes_online(problem, problem.features)
        choice = {"features": features, "batch_size": 1, "optimizer": "sgd"}
        for seconds in (60.0, 0.0):
            same_bits(dense, train(heart.core(dtype), problem, seconds=seconds, **choice))


@pytest.mark.parametrize("dtype", DTYPES)
def test_what_goes_the_general_way(dtype):
    problem = sparse(*SMALL[0], dtype)
    features = compact_features(problem.X)
    assert goes_online(problem, features)
    assert not goes_online(problem, features, batch_size=2)
    assert not goes_online(problem, features, l2=0.1)
    assert not goes_online(problem, features, optimizer="adam")
    assert not goes_online(problem, features, dropout=(0.5, 0))
    assert not goes_online(problem, features, clip_norm=1.0)
    assert not goes_online(problem._replace(sample_weight=np.ones(41, dtype)), features)
    for sizes, first in [((65, 9, 17), "sigmoid"), ((65, 9, 1), "sigmoid"), ((65, 9, 4), "gelu")]:
        other = sparse(sizes, (first, "sigmoid"), "quadratic", dtype, "values")
        assert not goes_online(other, compact_features(other.X))
    wide = sparse((65, 200, 4), ("sigmoid", "sigmoid"), "quadratic", dtype)
    assert not goes_online(wide, compact_features(wide.X))


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("slowly", [True, False])
@pytest.mark.parametrize("hidden", [16, 30, 100])
def test_processors_that_store_slowly_give_the_same_bits(hidden, slowly, dtype):
    problem = sparse((784, hidden, 5), ("sigmoid", "sigmoid"), "quadratic", dtype)
    core = heart.core(dtype)
    before = core.work_as(slowly, False, False)
    try:
        same_bits(
            train(core, problem, batch_size=10, optimizer="sgd"),
            train(core, problem, features=compact_features(problem.X), batch_size=10, optimizer="sgd"),
        )
    finally:
        assert core.work_as(*before) == (slowly, False, False)
