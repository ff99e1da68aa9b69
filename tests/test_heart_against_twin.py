"""The compiled heart against its NumPy twin, kernel by kernel, and against central differences.

As both sum in orders of their own, signed values are compared, relative to the largest of the array:
rounding grows about with the square root of the number of terms in a sum.
"""

import numpy as np
import pytest
from helpers import (
    COMBINATIONS,
    COST_AND_OUTPUT,
    assert_gradient,
    central_differences,
    combination_problem,
    compact_features,
    make_problem,
    objective_gradient,
    simple_features,
    simple_targets,
    train,
)

from fastnet import _heart as heart  # noqa: E402
from fastnet import names, reference

DTYPES = ["float32", "float64"]
SIZES = [1, 2, 3, 7, 8, 15, 16, 17, 33, 784]
SAMPLES = [1, 2, 5, 6, 7, 13, 300]
#: networks in which each size is that of the inputs, of a hidden layer, of the output and of all of them
SHAPES = [shape for s in SIZES for shape in ((s, 7, 3), (7, s, 3), (5, 3, s), (s, s, s)) if sum(shape) < 1600]

#: what training may differ by after a few dozen updates, relative to the largest parameter: Adam divides
#: by the size of the gradient, so that rounding in its small entries arrives enlarged
TRAINED = {"float32": 1e-5, "float64": 2e-14}


def assert_close(actual, expected, dtype, terms, floor=0.0):
    """Signed values, to 4 roundings of the largest one (or of `floor`) times the root of the sum's length."""
    actual, expected = np.asarray(actual), np.asarray(expected)
    assert actual.shape == expected.shape
    assert np.isfinite(actual).all()
    bound = 4 * np.finfo(dtype).eps * np.sqrt(terms) * max(np.abs(expected).max(), floor)
    worst = np.abs(actual.astype(np.float64) - expected).max()
    assert worst <= bound, f"off by {worst:.1e}, allowed are {bound:.1e}"


def engines(problem):
    """The heart's engine and the twin's, each on a copy of the parameters."""
    return problem.engine(heart.core(str(problem.layout.dtype))), problem.engine(reference)


def rotating(shape, n=13, dtype="float64", **options):
    """A problem of this shape; activations, cost and output differ from shape to shape."""
    turn = SHAPES.index(shape)
    cost, output = COST_AND_OUTPUT[turn % len(COST_AND_OUTPUT)]
    hidden = list(names.ACTIVATIONS)[turn % len(names.ACTIVATIONS)]
    options = {"targets": ("labels", "values")[turn // 2 % 2], "kink": 1e-5, "seed": turn} | options
    return make_problem(shape, (hidden, output), cost, n=n, dtype=dtype, **options)


def gradients_agree(ours, twin, problem, terms):
    for layer in range(len(problem.layout.blocks)):
        block = problem.layout.block(twin, layer)
        assert np.abs(block).max() > 0, f"layer {layer}: the gradient is all zero"
        assert_close(problem.layout.block(ours, layer), block, problem.layout.dtype, terms)


# --- Forward -----------------------------------------------------------------------------------------


def check_forward(problem):
    ours, twin = engines(problem)
    dtype, n, terms = problem.layout.dtype, problem.features.n, max(problem.sizes)
    out, expected = (np.full((n, problem.sizes[-1]), np.nan, dtype) for _ in range(2))
    ours.forward(problem.features, out)
    twin.forward(problem.features, expected)
    assert_close(out, expected, dtype, terms, floor=1.0)
    outs, twins = ([np.full((n, size), np.nan, dtype) for size in problem.sizes[1:]] for _ in range(2))
    ours.activations(problem.features, outs)
    twin.activations(problem.features, twins)
    for a, b in zip(outs, twins, strict=True):
        assert_close(a, b, dtype, terms, floor=1.0)
    # one sample and many, with and without the layers between: the same bits
    np.testing.assert_array_equal(outs[-1], out)
    for x, row in zip(problem.X, out, strict=True):
        one = ours.forward_one(x.copy())
        assert type(one) is np.ndarray and one.dtype == dtype
        np.testing.assert_array_equal(one, row)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("shape", SHAPES, ids=str)
def test_forward_of_every_size(shape, dtype):
    check_forward(rotating(shape, n=7, dtype=dtype))


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("n", SAMPLES)
@pytest.mark.parametrize("sizes", [(3, 2), (17, 9, 10), (130, 33, 16, 10), (6, 256, 250, 256)], ids=str)
def test_forward_of_every_number_of_samples(sizes, n, dtype):
    check_forward(make_problem(sizes, ("sigmoid",) * (len(sizes) - 1), n=n, dtype=dtype, zeros=0.3))


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("output", names.OUTPUT_ACTIVATIONS)
@pytest.mark.parametrize("hidden", names.ACTIVATIONS)
def test_forward_of_every_activation(hidden, output, dtype):
    check_forward(make_problem((9, 18, 7, 5), (hidden, hidden, output), dtype=dtype, n=13))


@pytest.mark.parametrize("dtype", DTYPES)
def test_forward_one_leaves_anything_else_to_the_general_path(dtype):
    engine, _ = engines(make_problem((4, 2), ("sigmoid",), dtype=dtype))
    x = np.zeros(4, dtype)
    other = np.float64 if dtype == "float32" else np.float32
    assert engine.forward_one(x) is not None
    swapped = x.astype(x.dtype.newbyteorder())
    others = [x[None], x[:3], x.astype(other), [0.0] * 4, np.zeros(8, dtype)[::2], swapped, None, 1.0]
    assert all(engine.forward_one(wrong) is None for wrong in others)
    x.flags.writeable = False  # read-only is plain enough, if it is taken
    one = engine.forward_one(x)
    assert one is None or one.shape == (2,)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("output", names.OUTPUT_ACTIVATIONS)
def test_results_are_new_and_the_engine_keeps_none(output, dtype):
    problem = make_problem((4, 3), (output,), dtype=dtype)
    engine, _ = engines(problem)
    first = engine.forward_one(problem.X[0])
    kept = first.copy()
    engine.forward_one(problem.X[1])
    np.testing.assert_array_equal(first, kept)
    assert first.flags.writeable and first.flags.owndata


@pytest.mark.parametrize("dtype", DTYPES)
def test_parameters_are_shared(dtype):
    problem = make_problem((4, 3), ("sigmoid",), dtype=dtype)
    params = problem.copy()
    engine = heart.core(dtype).Engine(problem.sizes, problem.activations, problem.cost, params)
    before = engine.forward_one(problem.X[0])
    problem.layout.biases(params, 0)[...] += 1
    assert (engine.forward_one(problem.X[0]) > before).all()


# --- Costs and gradients -----------------------------------------------------------------------------


def check_gradient(problem):
    ours, twin = engines(problem)
    dtype, terms = problem.layout.dtype, max(*problem.sizes, problem.features.n)
    grads = [problem.layout.aligned_zeros() for _ in range(2)]
    for grad in grads:
        grad.fill(np.nan)  # it has to be overwritten, its padding too
    data = problem.features, problem.targets, problem.sample_weight
    sums, expected = ours.gradient(*data, grads[0]), twin.gradient(*data, grads[1])
    outs = [np.full((problem.features.n, problem.sizes[-1]), np.nan, dtype) for _ in range(2)]
    evaluated, expected_evaluated = ours.evaluate(*data, outs[0]), twin.evaluate(*data, outs[1])
    assert_close(outs[0], outs[1], dtype, terms)
    for got, want in ((sums, expected), (evaluated[:2], expected_evaluated[:2])):
        assert_close(got[0], want[0], dtype, terms)
        assert_close(got[1], want[1], dtype, 1)
    assert_close(evaluated[2], expected_evaluated[2], dtype, 1)
    gradients_agree(grads[0], grads[1], problem, terms)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("shape", SHAPES, ids=str)
def test_gradient_of_every_size(shape, dtype):
    check_gradient(rotating(shape, dtype=dtype, weights="zeros" if sum(shape) % 2 else "none"))


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("n", SAMPLES)
@pytest.mark.parametrize("sizes", [(3, 2), (130, 33, 16, 10), (6, 256, 250, 256)], ids=str)
def test_gradient_of_every_number_of_samples(sizes, n, dtype):
    check_gradient(make_problem(sizes, ("tanh",) * (len(sizes) - 2) + ("sigmoid",), n=n, dtype=dtype))


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("combination", [c for c in COMBINATIONS if not c.l2], ids=str)
def test_gradient_of_every_combination(combination, dtype):
    check_gradient(combination_problem(combination, (9, 18, 7, 5), dtype, n=40, kink=1e-5))


@pytest.mark.parametrize("combination", COMBINATIONS, ids=str)
def test_every_parameter_by_central_differences(combination):
    core = heart.core("float64")
    problem = combination_problem(combination, kink=0.01)
    gradient = objective_gradient(core, problem, combination.l2)
    assert_gradient(gradient, central_differences(core, problem, combination.l2), problem.layout)


@pytest.mark.parametrize("cost", names.COSTS)
@pytest.mark.parametrize("sizes", [(1, 1), (1, 1, 1), (3, 2, 1)], ids=str)
def test_one_neuron_by_central_differences(sizes, cost):
    core = heart.core("float64")
    problem = make_problem(sizes, ("tanh",) * (len(sizes) - 2) + ("sigmoid",), cost, n=1)
    gradient = objective_gradient(core, problem, 0.0)
    assert_gradient(gradient, central_differences(core, problem, 0.0), problem.layout)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("score", ["label", "argmax", "threshold", "none"])
def test_scores(score, dtype):
    targets = "labels" if score == "label" else "values"
    n_out = 1 if score == "threshold" else 4
    problem = make_problem((6, n_out), ("sigmoid",), targets=targets, weights="zeros", n=50, dtype=dtype)
    problem.targets.score = score
    ours, twin = engines(problem)
    data = problem.features, problem.targets, problem.sample_weight
    expected = twin.evaluate(*data)[2]
    assert (expected > 0) == (score != "none")
    assert_close(ours.evaluate(*data)[2], expected, dtype, 1)


@pytest.mark.parametrize("dtype", DTYPES)
def test_scores_of_ties(dtype):
    # every output is 1/2: one output answers 0 (as predict does), several answer the first
    for n_out, score in ((1, "threshold"), (4, "label"), (4, "argmax")):
        targets = "values" if score == "argmax" else "labels"
        problem = make_problem((6, n_out), ("sigmoid",), targets=targets, n=50, dtype=dtype)
        problem.targets.score = score
        problem.params[...] = 0
        ours, twin = (e.evaluate(problem.features, problem.targets, None)[2] for e in engines(problem))
        assert 0 < ours < 50
        assert ours == twin


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("cost, output", COST_AND_OUTPUT)
def test_saturation(cost, output, dtype):
    # z of +-2^13 in every pairing; the twin's own tests say that it is exact there. A power of two, because
    # opposite terms then cancel exactly with and without fused multiply-add.
    far = 2.0**13 if output != "exp" else 32.0  # exp itself overflows
    corners = np.array([[far, -far], [-far, far], [far, far], [-far, -far], [0, 0], [far, 0]], dtype)
    for label in (0, 1):
        problem = make_problem((2, 2), (output,), cost, n=len(corners), dtype=dtype)
        problem = problem._replace(features=simple_features(corners))
        problem.targets.labels[...] = label
        problem.layout.weights(problem.params, 0)[...] = np.eye(2)
        problem.layout.biases(problem.params, 0)[...] = 0
        check_gradient(problem)
        out = np.empty((len(corners), 2), dtype)
        engines(problem)[0].forward(problem.features, out)
        assert np.isfinite(out).all()


@pytest.mark.parametrize("dtype", DTYPES)
def test_gradient_of_weightless_samples_is_zero(dtype):
    problem = make_problem((3, 4, 2), ("tanh", "sigmoid"), dtype=dtype)
    grad = problem.layout.aligned_zeros() + 1
    aligned = problem.layout.aligned_zeros()
    aligned[...] = grad
    engine, _ = engines(problem)
    none = np.zeros(problem.features.n, dtype)
    assert engine.gradient(problem.features, problem.targets, none, aligned) == (0, 0)
    assert not aligned.any()


# --- Training ------------------------------------------------------------------------------------------


def check_training(problem, **options):
    dtype = str(problem.layout.dtype)
    ours, twin = train(heart.core(dtype), problem, **options), train(reference, problem, **options)
    moved = np.abs(twin.params - problem.params).max()
    assert moved > 1e-3, "nothing was learnt"
    largest = np.abs(twin.params).max()
    for got, want in ((ours.params, twin.params), *zip(ours.moments, twin.moments, strict=True)):
        scale = largest if want is twin.params else np.abs(want).max()
        np.testing.assert_allclose(got, want, rtol=0, atol=TRAINED[dtype] * scale)
        assert np.isfinite(got).all()
    np.testing.assert_allclose(ours.sums[:, :2], twin.sums[:, :2], rtol=TRAINED[dtype])
    np.testing.assert_allclose(ours.sums[:, 2], twin.sums[:, 2], rtol=TRAINED[dtype])
    assert ours.updates == twin.updates > 0
    return ours


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("batch_size", [1, 4, 10, 23])  # 23 samples: single, short last ones, all at once
@pytest.mark.parametrize("optimizer", names.OPTIMIZERS)
def test_training(optimizer, batch_size, dtype):
    problem = make_problem((18, 9, 5), ("tanh", "sigmoid"), n=23, dtype=dtype)
    check_training(problem, optimizer=optimizer, batch_size=batch_size)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("optimizer", names.OPTIMIZERS)
@pytest.mark.parametrize("weights", ["none", "positive", "zeros"])
def test_training_with_penalty_weights_and_other_constants(weights, optimizer, dtype):
    problem = make_problem(
        (7, 6, 4), ("sigmoid", "softmax"), "cross_entropy", n=19, weights=weights, dtype=dtype
    )
    check_training(
        problem, optimizer=optimizer, batch_size=4, l2=0.1, momentum=0.7, beta1=0.8, beta2=0.98, epsilon=1e-6,
    )  # fmt: skip


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("form", [simple_features, compact_features])
def test_training_on_data_that_are_mostly_zeros(form, dtype):
    problem = make_problem((130, 17, 5), ("tanh", "sigmoid"), n=23, dtype=dtype, zeros=0.8)
    check_training(problem._replace(features=form(problem.X)), optimizer="sgd", batch_size=4, rate=0.5)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("shape", [s for s in SHAPES if 16 in s or 17 in s or 33 in s or 784 in s], ids=str)
def test_training_of_every_size(shape, dtype):
    problem = rotating(shape, n=9, dtype=dtype)
    check_training(problem, optimizer="momentum", batch_size=4, epochs=1, rate=0.02, l2=0.01)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("batch_size", [64, 255, 256, 257, 300])
@pytest.mark.parametrize("optimizer", ["sgd", "adam"])
def test_training_with_large_batches(optimizer, batch_size, dtype):
    problem = make_problem((18, 9, 5), ("tanh", "sigmoid"), n=300, dtype=dtype, weights="zeros")
    check_training(problem, optimizer=optimizer, batch_size=batch_size, rate=0.1)


def one_epoch(problem, w, order, optimizer):
    """An epoch in mini-batches of 3 from full moments; returns the trainer, the parameters, the moments."""
    core, params = heart.core(str(problem.layout.dtype)), problem.copy()
    engine = core.Engine(problem.sizes, problem.activations, problem.cost, params)
    moments = [problem.copy(problem.params**2) for _ in range(names.OPTIMIZERS[optimizer])]
    features, targets = simple_features(problem.X[order]), simple_targets(problem.y[order])
    trainer = core.Trainer(
        engine, features, targets, w, batch_size=3, optimizer=optimizer, moments=moments, l2=0.1
    )
    trainer.start_epoch(np.arange(len(order), dtype=np.intp), np.array([0.1]))
    while not trainer.run(1.0):
        pass
    return trainer, [params, *moments]


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("optimizer", names.OPTIMIZERS)
def test_batch_without_weight_changes_nothing(optimizer, dtype):
    problem = make_problem((3, 4, 2), ("tanh", "sigmoid"), n=6, dtype=dtype)
    idle, untouched = one_epoch(problem, np.zeros(6, dtype), np.arange(6), optimizer)
    np.testing.assert_array_equal(untouched[0], problem.params)
    for moment in untouched[1:]:
        np.testing.assert_array_equal(moment, problem.params**2)
    assert (idle.updates, idle.weight_sum, idle.cost_sum, idle.correct_sum) == (0, 0, 0, 0)
    # with a weightless first batch: as if there had been the second one only
    w = np.array([0, 0, 0, 1, 1, 1], dtype)
    both, after_both = one_epoch(problem, w, np.arange(6), optimizer)
    second, after_second = one_epoch(problem, w[3:], np.arange(3, 6), optimizer)
    for a, b in zip(after_both, after_second, strict=True):
        np.testing.assert_array_equal(a, b)
    assert (both.updates, both.weight_sum) == (second.updates, second.weight_sum) == (1, 3)
    assert np.abs(after_both[0] - problem.params).max() > 1e-3


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("optimizer", names.OPTIMIZERS)
def test_padding_stays_zero(optimizer, dtype):
    problem = make_problem((3, 5, 2), ("sigmoid", "softmax"), "cross_entropy", n=6, dtype=dtype)
    result = train(heart.core(dtype), problem, batch_size=4, optimizer=optimizer, l2=0.1)
    padding = np.ones(problem.layout.size, bool)
    for layer in range(2):
        problem.layout.weights(padding, layer)[...] = False
        problem.layout.biases(padding, layer)[...] = False
    for flat in (result.params, *result.moments):
        assert not flat[padding].any() and flat[~padding].all()


@pytest.mark.parametrize("optimizer", ["adam", "adamw"])
@pytest.mark.parametrize("l2", [0, 0.01])
def test_parameters_that_no_cache_keeps(optimizer, l2):
    """Parameters and moments are asked for ahead where they are more than 12 MB. Of half a million gradients
    the smallest are so small that Adam makes more of their rounding."""
    problem = make_problem((1000, 520, 3), ("tanh", "softmax"), "cross_entropy", n=40, zeros=0.9)
    options = {"batch_size": 20, "optimizer": optimizer, "rate": 0.01, "epochs": 1, "l2": l2}
    expected = train(reference, problem, **options)
    for features in (problem.features, compact_features(problem.X)):
        found = train(heart.core("float64"), problem, features=features, **options)
        pairs = zip((found.params, *found.moments), (expected.params, *expected.moments), strict=True)
        for ours, twin in pairs:
            bound = 50 * TRAINED["float64"] * np.abs(twin).max()
            assert np.abs(ours - twin).max() <= bound
