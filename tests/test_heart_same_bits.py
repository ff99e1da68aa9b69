"""The compiled heart against itself: what must not change a bit, and what must not change at all.

Stopping between mini-batches, threads, alignment, and zeros that are skipped or bytes that are scaled:
no sum's order depends on them.
"""

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from helpers import compact_features, make_problem, same_bits, simple_features, simple_targets, train

from fastnet import _heart as heart  # noqa: E402
from fastnet import names

DTYPES = ["float32", "float64"]


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("optimizer", names.OPTIMIZERS)
def test_stopping_anywhere_changes_no_bit(optimizer, dtype):
    problem = make_problem((9, 6, 4), ("tanh", "sigmoid"), n=23, dtype=dtype, weights="zeros")
    options = {"optimizer": optimizer, "batch_size": 4, "l2": 0.01}
    whole = train(heart.core(dtype), problem, **options)
    pieces = train(heart.core(dtype), problem, seconds=0.0, **options)
    same_bits(whole, pieces)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize(
    "sizes, batch_size", [((20, 33, 5), 7), ((100, 130, 60, 10), 64), ((40, 256, 10), 64)], ids=str
)
def test_threads_change_no_bit(sizes, batch_size, dtype):
    activations = ("relu",) * (len(sizes) - 2) + ("softmax",)
    problem = make_problem(sizes, activations, "cross_entropy", n=150, dtype=dtype, weights="zeros")
    options = {"optimizer": "adam", "batch_size": batch_size, "rate": 0.01}
    alone = train(heart.core(dtype), problem, threads=1, **options)
    for threads in (2, 3):
        same_bits(alone, train(heart.core(dtype), problem, threads=threads, **options))


# --- A single output has a gradient of its own -------------------------------------------------------


def with_outputs(problem, params, y):
    """The problem with other parameters and values to learn, one for each output."""
    return problem._replace(
        params=params, y=y, targets=simple_targets(y, "none"), sizes=(*problem.sizes[:2], y.shape[1])
    )


def silent_beside(one):
    """The same network with a second output, whose weights, bias and error are zero."""
    hidden = one.sizes[1]
    two = make_problem((one.sizes[0], hidden, 2), one.activations, n=1, dtype=one.layout.dtype)
    two.params[...] = 0
    for layer in range(2):
        two.layout.weights(two.params, layer)[: (hidden, 1)[layer]] = one.layout.weights(one.params, layer)
        two.layout.biases(two.params, layer)[: (hidden, 1)[layer]] = one.layout.biases(one.params, layer)
    y = np.hstack([one.y, np.zeros_like(one.y)])
    return with_outputs(one, two.params, y)._replace(layout=two.layout)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("n", [1, 7, 300, 700])
@pytest.mark.parametrize("hidden", [1, 7, 8, 33, 64, 100, 130])
def test_one_output_learns_as_beside_a_silent_one(hidden, n, dtype):
    one = make_problem((5, hidden, 1), ("tanh", "identity"), targets="values", n=n, dtype=dtype)
    one = with_outputs(one, one.params, one.y)
    two = silent_beside(one)
    grads = []
    for problem in (one, two):
        grads.append(problem.layout.aligned_zeros())
        problem.engine(heart.core(dtype)).gradient(problem.features, problem.targets, None, grads[-1])
    assert_the_same_but_for_the_silent_one(one, two, *grads)
    for options in (
        {"optimizer": "sgd", "batch_size": 40, "l2": 0.01},
        {"optimizer": "adam", "batch_size": 40, "threads": 2},
        {"optimizer": "momentum", "batch_size": 600},  # more than a block
    ):
        trained = [train(heart.core(dtype), problem, rate=0.01, **options).params for problem in (one, two)]
        assert_the_same_but_for_the_silent_one(one, two, *trained)


def assert_the_same_but_for_the_silent_one(one, two, params, beside):
    assert np.isfinite(params).all()
    for layer in range(2):
        for part in ("weights", "biases"):
            alone, both = getattr(one.layout, part)(params, layer), getattr(two.layout, part)(beside, layer)
            np.testing.assert_array_equal(alone, both[: len(alone)])
            assert alone.any() and not both[len(alone) :].any()


# --- Nothing of the caller's changes, wherever it lies -----------------------------------------------


def displaced(array):
    """A copy whose data begin one number after a multiple of 64 bytes."""
    raw = np.zeros(array.nbytes + 128, np.uint8)
    start = -raw.ctypes.data % 64 + array.itemsize
    moved = raw[start : start + array.nbytes].view(array.dtype).reshape(array.shape)
    moved[...] = array
    return moved


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("targets", ["labels", "values"])
def test_inputs_are_never_modified(targets, dtype):
    # make_problem's arrays are read-only, so that even trying fails
    problem = make_problem((5, 7, 3), ("tanh", "sigmoid"), targets=targets, weights="zeros", dtype=dtype)
    kept = problem.X.copy(), problem.y.copy(), problem.sample_weight.copy()
    params = problem.copy()
    core = heart.core(dtype)
    engine = core.Engine(problem.sizes, problem.activations, problem.cost, params)
    data = problem.features, problem.targets, problem.sample_weight
    n = problem.features.n
    engine.forward(problem.features, np.empty((n, 3), dtype))
    engine.activations(problem.features, [np.empty((n, 7), dtype), np.empty((n, 3), dtype)])
    engine.forward_one(problem.X[0].copy())
    engine.evaluate(*data)
    engine.gradient(*data, problem.layout.aligned_zeros())
    np.testing.assert_array_equal(params, problem.params)
    trainer = core.Trainer(engine, *data, batch_size=2, optimizer="sgd", moments=[])
    order, rates = np.arange(n, dtype=np.intp)[::-1].copy(), np.linspace(1, 0.5, -(-n // 2))
    given = order.copy(), rates.copy()
    trainer.start_epoch(order, rates)
    assert trainer.run(60.0)
    for now, then in zip(
        (problem.X, problem.y, problem.sample_weight, order, rates), (*kept, *given), strict=True
    ):
        np.testing.assert_array_equal(now, then)


@pytest.mark.parametrize("dtype", DTYPES)
def test_data_need_no_alignment(dtype):
    problem = make_problem((17, 9, 3), ("tanh", "sigmoid"), targets="values", weights="zeros", dtype=dtype)
    moved = problem._replace(
        features=simple_features(displaced(problem.X)),
        targets=type(problem.targets)(labels=None, values=displaced(problem.y), score="argmax"),
        sample_weight=displaced(problem.sample_weight),
    )
    options = {"optimizer": "adam", "batch_size": 3}
    same_bits(train(heart.core(dtype), problem, **options), train(heart.core(dtype), moved, **options))
    outs = [displaced(np.zeros((7, 3), dtype)), np.zeros((7, 3), dtype)]
    for out in outs:
        problem.engine(heart.core(dtype)).forward(problem.features, out)
    np.testing.assert_array_equal(*outs)
    assert outs[0].all()


# --- Zeros: dense, bytes and compact give the same bits ----------------------------------------------


def check_same_bits(problem, other, **options):
    """Everything the heart computes, from the problem's features and from the same data in another form."""
    dtype = str(problem.layout.dtype)
    n, results = problem.features.n, []
    for features in (problem.features, other):
        engine = problem.engine(heart.core(dtype))
        out, grad = np.full((n, problem.sizes[-1]), np.nan, dtype), problem.layout.aligned_zeros()
        outs = [np.full((n, size), np.nan, dtype) for size in problem.sizes[1:]]
        engine.forward(features, out)
        engine.activations(features, outs)
        sums = engine.evaluate(features, problem.targets, problem.sample_weight)
        engine.gradient(features, problem.targets, problem.sample_weight, grad)
        assert np.isfinite(out).all() and grad.any()
        results.append([out, *outs, np.array(sums), grad])
    for a, b in zip(*results, strict=True):
        np.testing.assert_array_equal(a, b)
    core = heart.core(dtype)
    for optimizer in ("sgd", "adamw"):  # each with a loop of its own
        choice = {"optimizer": optimizer, "batch_size": 5, "l2": 0.01, "rate": 0.3, **options}
        same_bits(train(core, problem, **choice), train(core, problem, features=other, **choice))


def sparse_problem(sizes, dtype, n=23):
    """80 % zeros, bytes over 255 as the rest, one sample and one input all zero."""
    problem = make_problem(sizes, ("sigmoid",) * (len(sizes) - 1), n=n, dtype=dtype, weights="positive")
    rng = np.random.default_rng(3)
    pixels = rng.integers(1, 256, size=(n, sizes[0]), dtype=np.uint8)
    pixels[rng.random(pixels.shape) < 0.8] = 0
    pixels[n // 2] = 0
    pixels[:, sizes[0] // 3] = 0
    X = pixels.astype(dtype) * np.dtype(dtype).type(1 / 255)
    return problem._replace(X=X, features=simple_features(X)), pixels


SPARSE_SIZES = [(3, 2), (17, 9, 4), (65, 16, 5), (130, 40, 3), (140, 256, 5), (784, 16, 16, 10)]


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("sizes", SPARSE_SIZES, ids=str)
def test_compact_and_dense_give_the_same_bits(sizes, dtype):
    problem, _ = sparse_problem(sizes, dtype)
    for index_dtype, coded in ((np.uint16, False), (np.uint16, True), (np.uint32, False)):
        check_same_bits(problem, compact_features(problem.X, index_dtype, coded))


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("threads", [1, 2])
@pytest.mark.parametrize("batch_size", [1, 6, 23, 70, 300])
def test_compact_and_dense_at_other_batch_sizes(batch_size, threads, dtype):
    problem, _ = sparse_problem((65, 9, 4), dtype, n=max(23, batch_size))
    check_same_bits(problem, compact_features(problem.X), batch_size=batch_size, threads=threads)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("batch_size", [1, 7, 70, 300])
def test_compact_and_dense_with_clipped_gradients(batch_size, dtype):
    problem, _ = sparse_problem((65, 9, 4), dtype, n=max(23, batch_size))
    check_same_bits(problem, compact_features(problem.X), batch_size=batch_size, clip_norm=0.1)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("threads", [1, 2])
@pytest.mark.parametrize("coded", [True, False])
@pytest.mark.parametrize("batch_size", [64, 66])  # a last group of 32 samples, and one of two
def test_wide_layers_that_sort_their_entries_on_the_way(batch_size, coded, threads, dtype):
    problem, _ = sparse_problem((500, 130, 3), dtype, n=150)
    features = compact_features(problem.X, np.uint16, coded)
    check_same_bits(problem, features, batch_size=batch_size, threads=threads)


def stroke_problem(sizes, dtype, n):
    """One in five inputs not zero, in strokes of three to nine; one sample and one stretch all zero."""
    problem, pixels = sparse_problem(sizes, dtype, n)
    rng = np.random.default_rng(4)
    pixels[...] = 0
    for row in pixels:
        for start in rng.integers(0, sizes[0], size=-(-sizes[0] // 30)):
            length = rng.integers(3, 10)
            row[start : start + length] = rng.integers(1, 256, size=row[start : start + length].size)
    pixels[n // 2] = 0
    pixels[:, sizes[0] // 3 : sizes[0] // 3 + 9] = 0
    X = pixels.astype(dtype) * np.dtype(dtype).type(1 / 255)
    return problem._replace(X=X, features=simple_features(X))


def goes_by_strips(problem, features, batch_size, optimizer):
    core = heart.core(str(problem.layout.dtype))
    moments = [problem.layout.aligned_zeros() for _ in range(names.OPTIMIZERS[optimizer])]
    trainer = core.Trainer(
        problem.engine(core), features, problem.targets, problem.sample_weight,
        batch_size=batch_size, optimizer=optimizer, moments=moments,
    )  # fmt: skip
    return trainer.strips


# Seams of the sums behind whole strips, one input and two inputs of a strip, and none; panels of two to four
# vectors, whether of 8 numbers or of 16 (then 40 outputs are too few to go by strips). The last two are
# so small that other optimisers than plain descent add up their gradients sample by sample.
STROKE_SIZES = [(252, 300, 3), (200, 350, 3), (257, 330, 3), (100, 700, 3), (130, 66, 3), (130, 40, 3)]


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("threads", [1, 2])
@pytest.mark.parametrize("coded", [True, False])
@pytest.mark.parametrize("batch_size", [64, 66, 300])
@pytest.mark.parametrize("sizes", STROKE_SIZES, ids=str)
def test_strokes_that_go_by_strips(sizes, batch_size, coded, threads, dtype):
    problem = stroke_problem(sizes, dtype, n=max(150, batch_size))
    features = compact_features(problem.X, np.uint16, coded)
    wide = sizes[1] > 48 or dtype == "float64" or heart.cpu() != "avx512"
    assert goes_by_strips(problem, features, batch_size, "sgd") == wide
    large = sizes[1] > 66 or batch_size > 256
    assert goes_by_strips(problem, features, batch_size, "adamw") == (wide and large)
    check_same_bits(problem, features, batch_size=batch_size, threads=threads)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("coded", [True, False])
@pytest.mark.parametrize("weighty", [340, 4])
@pytest.mark.parametrize(("batch_size", "blocks"), [(64, 6), (300, 4)])
def test_strips_sorted_ahead_by_several_threads(batch_size, blocks, weighty, coded, dtype):
    """In one call, and in one for every block: what was sorted in a call is there in the next. Nothing is
    sorted ahead where a mini-batch has no weight and takes no step."""
    problem = stroke_problem((200, 350, 3), dtype, n=340)
    problem = problem._replace(sample_weight=np.repeat([1.5, 0], [weighty, 340 - weighty]).astype(dtype))
    features = compact_features(problem.X, np.uint16, coded)
    assert goes_by_strips(problem, features, batch_size, "adamw")
    choice = {"features": features, "batch_size": batch_size, "optimizer": "adamw", "epochs": 3}
    one = train(heart.core(dtype), problem, **choice)
    for threads, seconds in ((2, 60.0), (2, 0.0), (3, 60.0)):
        several = train(heart.core(dtype), problem, threads=threads, seconds=seconds, calls=blocks, **choice)
        same_bits(one, several)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("threads", [1, 2])
@pytest.mark.parametrize("n_in", [1536, 1537, 600])
def test_strips_that_are_made_once_or_for_every_block(n_in, threads, dtype):
    problem = stroke_problem((n_in, 130, 3), dtype, n=130)
    features = compact_features(problem.X, np.uint16, coded=True)
    if n_in == 600:  # no code for zero is free
        features.table[features.table == 0] = 7
    assert goes_by_strips(problem, features, 64, "adamw")
    assert hasattr(features, "strips") == (n_in == 1536)
    check_same_bits(problem, features, batch_size=64, threads=threads)


def test_codes_by_strips():
    from fastnet._kernels._compact import strips_of

    X = np.zeros((3, 130), np.float32)  # the seam lies at 65, behind two thirds of a strip
    X[0, [0, 1, 2, 4, 64, 65, 129]] = [1, 2, 3, 4, 5, 6, 7]
    X[2, 66] = 8
    form = compact_features(X, coded=True)
    zero = int(np.flatnonzero(form.table == 0)[0])
    words, ends = strips_of(form.rowptr, form.index, form.value, form.middle, 130, zero)
    np.testing.assert_array_equal(ends, [0, 3, 5, 5, 5, 5, 6])
    np.testing.assert_array_equal(words & 255, [0, 1, 21, 0, 21, 0])
    values = form.table[np.stack([words >> shift & 255 for shift in (8, 16, 24)], axis=1)]
    np.testing.assert_array_equal(values, [[1, 2, 3], [0, 4, 0], [0, 5, 0], [6, 0, 0], [0, 7, 0], [0, 8, 0]])


@pytest.mark.parametrize("dtype", DTYPES)
def test_zeros_without_strokes_do_not_go_by_strips(dtype):
    problem, _ = sparse_problem((500, 130, 3), dtype, n=150)
    assert not goes_by_strips(problem, compact_features(problem.X), 64, "sgd")


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("threads", [1, 2])
def test_so_many_inputs_that_their_entries_are_counted_first(threads, dtype):
    problem, _ = sparse_problem((6000, 70, 3), dtype, n=100)
    check_same_bits(problem, compact_features(problem.X), batch_size=50, threads=threads)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("sizes", SPARSE_SIZES, ids=str)
def test_checked_inputs_give_the_same_bits(sizes, dtype):
    from fastnet._inputs.compact import compact
    from fastnet._inputs.features import as_features

    problem, pixels = sparse_problem(sizes, dtype)
    n_in, real = sizes[0], np.dtype(dtype)
    bytes_, scale = as_features(pixels, n_in, real, 1 / 255), 1 / 255
    assert bytes_.kind == "dense" and bytes_.array.dtype == np.uint8
    np.testing.assert_array_equal(bytes_.rows(np.arange(23)), problem.X)
    forms = [
        bytes_,
        as_features(problem.X, n_in, real),
        compact(pixels, n_in, real, scale, "X"),
        compact(problem.X, n_in, real, 1.0, "X"),
        # a part of a larger set: its first row's entries do not begin at 0
        compact(np.vstack([pixels[::-1], pixels]), n_in, real, scale, "X").slice(23, 46),
    ]
    for features in forms:
        assert features.n == 23
        check_same_bits(problem, features)


@pytest.mark.parametrize("calls", [1, 2, 7])
@pytest.mark.parametrize("n", [1, 48, 49, 500])
def test_blocks_are_shared_out_whoever_comes(n, calls):
    """Three stretches of blocks, gone through by fewer calls, as many or more: what one leaves another
    takes."""
    problem = make_problem((20, 6, 3), ("tanh", "softmax"), "cross_entropy", n=n)
    engine = problem.engine(heart.core("float64"))
    expected, found = np.empty((n, 3)), np.full((calls, n, 3), np.nan)
    engine.forward(problem.features, expected)
    shares = engine.shares(n, 3)
    with ThreadPoolExecutor(calls) as pool:
        assert all(pool.map(lambda out: engine.forward(problem.features, out, True, shares), found))
    assert (np.isfinite(found).all(axis=2).sum(axis=0) == 1).all()
    np.testing.assert_array_equal(np.nansum(found, axis=0), expected)


@pytest.mark.parametrize("n_in", [128, 131, 784])
@pytest.mark.parametrize("hidden", [8, 16, 30])
def test_processors_that_shuffle_aside_give_the_same_bits(hidden, n_in):
    core = heart.core("float32")
    for n in (1, 11, 12, 50):
        problem = make_problem(
            (n_in, hidden, 3), ("tanh", "softmax"), "cross_entropy", n=n, dtype="float32", zeros=0
        )
        engine, found = problem.engine(core), []
        for aside in (False, True):
            found.append(np.empty((n, 3), np.float32))
            before = core.work_as(False, aside, False)
            try:
                assert engine.forward(problem.features, found[-1], True)
            finally:
                assert core.work_as(*before) == (False, aside, False)
        np.testing.assert_array_equal(*found)
