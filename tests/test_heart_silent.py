"""Neurons that ReLU or dropout has silenced, and zeros of a dense X, are left out of products where they
are many: not a bit may change.

`skips_zeros = False` makes the same products dense. Sizes are chosen for every width of a panel and for
words of 64 bits that are full, cut and several; biases for layers that are loud, silent and in between.
"""

from types import SimpleNamespace

import numpy as np
import pytest
from helpers import make_problem, same_bits, simple_features, train

from fastnet import _heart as heart

DTYPES = ["float32", "float64"]

# Hidden layers: one word and two, cut ones; seams of the sums at 128 neurons and more; 24 to 136 outputs
# are 3 to 34 vectors, panels of four to eight.
SIZES = [
    (5, 64, 64, 1), (5, 48, 56, 3), (4, 72, 100, 60, 2), (6, 63, 65, 24), (5, 128, 96, 5), (5, 130, 136, 3),
    (4, 200, 48, 130, 3), (5, 321, 77, 2),
]  # fmt: skip


def dense_core(dtype):
    """The compiled core whose engines leave nothing out."""
    core = heart.core(dtype)

    def engine(*args):
        made = core.Engine(*args)
        made.skips_zeros = False
        return made

    return SimpleNamespace(Engine=engine, Trainer=core.Trainer)


def quiet_problem(sizes, dtype, n, loudness, weights="none"):
    """A problem whose hidden neurons answer `loudness` of the time or so."""
    output, cost = ("identity", "quadratic") if sizes[-1] == 1 else ("softmax", "cross_entropy")
    targets = "values" if sizes[-1] == 1 else "labels"
    activations = ("relu",) * (len(sizes) - 2) + (output,)
    problem = make_problem(sizes, activations, cost, n=n, dtype=dtype, targets=targets, weights=weights)
    params, a = problem.copy(), problem.X
    for layer in range(len(sizes) - 2):
        z = a @ problem.layout.weights(params, layer).T
        problem.layout.biases(params, layer)[...] = -np.quantile(z, 1 - loudness)
        a = np.maximum(z + problem.layout.biases(params, layer), 0)
        assert abs((a != 0).mean() - loudness) < 0.1
    return problem._replace(params=params)


def everything(core, problem):
    """All that an engine computes."""
    engine, n = problem.engine(core), problem.features.n
    outs = [np.full((n, size), np.nan, problem.X.dtype) for size in problem.sizes[1:]]
    grad = problem.layout.aligned_zeros()
    engine.activations(problem.features, outs)
    sums = engine.evaluate(problem.features, problem.targets, problem.sample_weight)
    engine.gradient(problem.features, problem.targets, problem.sample_weight, grad)
    assert np.isfinite(grad).all() and grad.any()
    return [*outs, np.array(sums), grad]


def same_answers(problem, dtype):
    found, expected = (everything(core(dtype), problem) for core in (heart.core, dense_core))
    for a, b in zip(found, expected, strict=True):
        np.testing.assert_array_equal(a, b)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("loudness", [0.0, 0.1, 0.5, 0.9])
@pytest.mark.parametrize("sizes", SIZES, ids=str)
def test_answers_and_gradients_keep_their_bits(sizes, loudness, dtype):
    for n in (1, 7, 40, 200):
        if loudness > 0:
            problem = quiet_problem(sizes, dtype, n, loudness, "positive")
        else:  # a layer that is silent altogether
            problem = quiet_problem(sizes, dtype, n, 0.5, "positive")
            problem.layout.biases(problem.params, 0)[...] = -1000
        same_answers(problem, dtype)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("sizes", SIZES, ids=str)
def test_training_keeps_its_bits(sizes, dtype):
    problem = quiet_problem(sizes, dtype, 330, 0.3)
    for options in (
        {"optimizer": "adam", "batch_size": 32},
        {"optimizer": "adam", "batch_size": 130, "threads": 2},
        {"optimizer": "sgd", "batch_size": 10, "l2": 0.01},
        {"optimizer": "sgd", "batch_size": 1, "epochs": 1},
        {"optimizer": "momentum", "batch_size": 300},  # more than a block
        {"optimizer": "adamw", "batch_size": 70, "clip_norm": 0.1},
    ):
        options = {"rate": 0.01, **options}
        same_bits(train(heart.core(dtype), problem, **options), train(dense_core(dtype), problem, **options))


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("hidden", ["sigmoid", "gelu", "relu"])
def test_dropout_keeps_its_bits(hidden, dtype):
    problem = make_problem((5, 70, 130, 3), (hidden, hidden, "softmax"), "cross_entropy", n=150, dtype=dtype)
    options = {"optimizer": "adam", "batch_size": 64, "rate": 0.01, "dropout": (0.6, 0.4), "seed": 3}
    same_bits(train(heart.core(dtype), problem, **options), train(dense_core(dtype), problem, **options))


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("of_bytes", [False, True])
@pytest.mark.parametrize("n_in", [16, 30, 64, 144, 208])  # rows of whole words, and one that is none
def test_zeros_of_a_dense_x(n_in, of_bytes, dtype):
    if of_bytes and dtype == "float64":
        pytest.skip("bytes are for float32")
    for n in (5, 150):
        layers = {"sizes": (n_in, 100, 3), "activations": ("tanh", "softmax"), "cost": "cross_entropy"}
        problem = make_problem(**layers, n=n, dtype=dtype, zeros=0.6)
        if of_bytes:
            pixels = np.abs(problem.X * 255).astype(np.uint8)
            problem = problem._replace(X=pixels, features=simple_features(pixels, 1 / 255))
        else:
            same_answers(problem, dtype)
        for optimizer, batch_size, threads in (("sgd", 20, 1), ("adam", 64, 2), ("adam", 300, 1)):
            options = {"optimizer": optimizer, "batch_size": batch_size, "threads": threads, "rate": 0.01}
            found, expected = (train(core(dtype), problem, **options) for core in (heart.core, dense_core))
            same_bits(found, expected)


@pytest.mark.parametrize("dtype", DTYPES)
def test_what_is_not_a_number_is_not_silent(dtype):
    """NaN weights of one neuron reach every output, left out or not; only its own column is lost."""
    problem = quiet_problem((5, 64, 64, 3), dtype, 40, 0.3)
    problem.layout.weights(problem.params, 0)[7] = np.nan
    outs = [np.zeros((40, size), dtype) for size in problem.sizes[1:]]
    problem.engine(heart.core(dtype)).activations(problem.features, outs)
    assert np.isnan(outs[0][:, 7]).all() and np.isnan(outs[1]).all() and np.isnan(outs[2]).all()
