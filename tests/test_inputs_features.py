"""X in all its shapes, types, orders and sparsities; and what is refused."""

import tracemalloc

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as npst

import fastnet
from fastnet._inputs import compact as compact_module
from fastnet._inputs.features import as_features

F32 = np.dtype(np.float32)


@pytest.fixture
def net():
    return fastnet.Network([12, 5, 3], rng=0)


@pytest.fixture
def X():
    return np.random.default_rng(0).random((7, 12)).astype(np.float32)


def variants(X):
    strided = np.zeros((14, 24), X.dtype)
    strided[::2, ::2] = X
    read_only = X.copy()
    read_only.flags.writeable = False
    unaligned = np.frombuffer(b"x" + X.tobytes(), np.uint8)[1:].view(X.dtype).reshape(X.shape)
    return {
        "list": X.tolist(),
        "tuple": tuple(map(tuple, X.tolist())),
        "fortran": np.asfortranarray(X),
        "strided": strided[::2, ::2],
        "reversed": X[::-1].copy()[::-1],
        "read-only": read_only,
        "unaligned": unaligned,
        "float64": X.astype(np.float64),
        "longdouble": X.astype(np.longdouble),
        "big-endian": X.astype(">f4"),
        "images": X.reshape(7, 3, 4),
        "images, fortran": np.asfortranarray(X.reshape(7, 3, 4)),
        "deep": X.reshape(7, 1, 2, 6),
    }


@pytest.mark.parametrize("name", variants(np.zeros((7, 12), np.float32)))
def test_every_form_of_one_array_gives_one_answer(net, X, name):
    given = variants(X)[name]
    before = np.array(given, copy=True)
    assert np.array_equal(net.forward(given), net.forward(X))
    assert np.array_equal(np.array(given), before)


@pytest.mark.parametrize("dtype", ["u1", "i1", "i2", "u4", "i8", "?", "f2", "f8", ">i2"])
def test_every_real_dtype_is_taken(net, dtype):
    X = np.random.default_rng(0).integers(0, 2, (7, 12)).astype(dtype)
    assert np.array_equal(net(X), net(X.astype(np.float32)))


def test_memory_maps_and_read_only_arrays_train(tmp_path, X):
    y = np.arange(7) % 3
    np.save(tmp_path / "x.npy", X)
    mapped = np.load(tmp_path / "x.npy", mmap_mode="r")
    one, other = (fastnet.Network([12, 5, 3], rng=0) for _ in range(2))
    one.fit(X, y, epochs=3)
    other.fit(mapped, y, epochs=3)
    assert np.array_equal(one.weights[0], other.weights[0])


def test_what_the_heart_can_read_is_not_copied(X):
    assert np.shares_memory(as_features(X, 12, F32).array, X)
    bytes_ = (X * 255).astype(np.uint8)
    features = as_features(bytes_.reshape(7, 3, 4), 12, F32, 1 / 255)
    assert np.shares_memory(features.array, bytes_) and features.array.dtype == np.uint8
    assert np.array_equal(features.rows(np.array([3])), bytes_[[3]].astype(F32) * np.float32(1 / 255))
    flags = X > 0.5
    assert np.shares_memory(as_features(flags, 12, F32).array, flags)


BAD = [
    (np.zeros((7, 11)), ValueError, r"X .*\(n, 12\).*\(7, 11\)"),
    (np.zeros((0, 12)), ValueError, "X .*at least one"),
    (np.zeros(11), ValueError, "X "),
    (np.zeros((7, 3, 5)), ValueError, "X "),
    (3.0, ValueError, "X "),
    ([], ValueError, "X "),
    ([[1, 2], [3]], ValueError, "X .*different lengths"),
    ([["a"] * 12], TypeError, "X .*dtype"),
    (np.zeros((7, 12), complex), TypeError, "X .*complex"),
    (np.zeros((7, 12), object), TypeError, "X .*object"),
    (np.zeros((7, 12), "M8[s]"), TypeError, "X "),
    (None, TypeError, "X "),
    ({1, 2}, TypeError, "X "),
    (np.ma.masked_less(np.arange(84.0).reshape(7, 12), 5), ValueError, "X .*masked"),
]


@pytest.mark.parametrize("X, error, message", BAD, ids=range(len(BAD)))
def test_bad_features_are_refused_before_anything_changes(net, X, error, message):
    before = net.copy()
    y = np.zeros(7, int)
    for call in (net.forward, net.predict, net.layer_activations, net):
        with pytest.raises(error, match=message):
            call(X)
    for call in (net.fit, net.partial_fit, net.evaluate, net.gradient):
        with pytest.raises(error, match=message):
            call(X, y)
    assert net.history_ is None and np.array_equal(net.weights[0], before.weights[0])
    assert net.rng.bit_generator.state == before.rng.bit_generator.state


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("dtype", ["f2", "f4", "f8", "g"])
@pytest.mark.parametrize("order", ["C", "F"])
def test_numbers_that_are_not_finite_are_counted_and_located(net, bad, dtype, order):
    X = np.zeros((700, 12), dtype, order)
    X[601, 7] = X[650, 2] = bad
    for call in (net.forward, lambda X: net.fit(X, np.zeros(700, int))):
        with pytest.raises(ValueError, match=r"X .*finite.* 2 (NaN|infinite).*sample 601, input 7"):
            call(X)


@pytest.mark.parametrize("bad", [np.nan, np.inf])
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_numbers_that_are_not_finite_are_found_among_zeros_left_out(bad, dtype):
    wide = fastnet.Network([160, 130, 3], rng=0, dtype=dtype)
    X = np.zeros((700, 160), dtype)
    X[:, ::5] = 1
    X[650, 159] = bad
    with pytest.raises(ValueError, match="sample 650, input 159"):
        wide.forward(X)
    X[650, 159] = 0
    assert np.isfinite(wide.forward(X)).all()


def test_one_sample_that_is_not_finite_is_refused(net, X):
    for bad in (np.nan, np.inf, -np.inf):
        x = X[0].copy()
        x[5] = bad
        with pytest.raises(ValueError, match="X .*finite"):
            net.forward(x)


def test_numbers_too_large_for_the_dtype_are_refused(net):
    X = np.zeros((7, 12))
    X[3, 4] = 1e300
    with pytest.raises(ValueError, match="too large for float32.*sample 3, input 4"):
        net.forward(X)
    assert np.isfinite(fastnet.Network([12, 2], rng=0, dtype="float64").forward(X)).all()


def test_one_sample_is_for_answers_not_for_training(net, X):
    with pytest.raises(ValueError, match=r"X .*reshape\(1, -1\)"):
        net.fit(X[0], [1])


# --- Sparse ------------------------------------------------------------------------------------------


class Csr:
    """The attributes of a CSR matrix, and nothing else."""

    def __init__(self, dense):
        dense = np.asarray(dense)
        row, column = np.nonzero(dense)
        self.shape, self.data, self.indices = dense.shape, dense[row, column], column.astype(np.int32)
        self.indptr = np.searchsorted(row, np.arange(len(dense) + 1)).astype(np.int32)


@pytest.fixture
def sparse_X():
    rng = np.random.default_rng(3)
    return (rng.random((30, 12)) * (rng.random((30, 12)) < 0.2)).astype(np.float32)


def test_csr_is_known_by_its_attributes(net, sparse_X):
    y = np.arange(30) % 3
    np.testing.assert_allclose(net(Csr(sparse_X)), net(sparse_X), rtol=1e-6)
    dense, compact = (fastnet.Network([12, 5, 3], rng=0) for _ in range(2))
    dense.fit(sparse_X, y, epochs=3)
    compact.fit(Csr(sparse_X), y, epochs=3)
    np.testing.assert_allclose(compact.weights[0], dense.weights[0], rtol=1e-5, atol=1e-7)
    assert net.predict(Csr(sparse_X)).shape == (30,)
    assert net.evaluate(Csr(sparse_X), y).n == 30
    assert net.gradient(Csr(sparse_X), y).flat().shape == (net.n_parameters,)


@pytest.mark.parametrize("kind", ["csr", "csc", "coo", "lil", "dok", "bsr"])
@pytest.mark.parametrize("container", ["matrix", "array"])
def test_scipy_matrices_of_every_format(net, sparse_X, kind, container):
    scipy_sparse = pytest.importorskip("scipy.sparse")
    given = getattr(scipy_sparse, f"{kind}_{container}")(sparse_X)
    np.testing.assert_allclose(net(given), net(sparse_X), rtol=1e-6)


def test_csr_with_repeated_and_unordered_entries(net):
    X = Csr(np.zeros((3, 12)))
    X.indptr = np.array([0, 3, 3, 5])
    X.indices = np.array([7, 2, 7, 11, 0])
    X.data = np.array([1.0, 2.0, 0.5, 3.0, 4.0])
    kept = X.indices.copy(), X.data.copy()
    dense = np.zeros((3, 12))
    dense[0, 7], dense[0, 2], dense[2, 11], dense[2, 0] = 1.5, 2, 3, 4
    features = as_features(X, 12, F32)
    assert features.kind == "compact" and np.array_equal(features.rows(np.arange(3)), dense)
    assert all(np.all(np.diff(features.index[a:b].astype(int)) > 0) for a, b in [(0, 2), (2, 4)])
    assert np.array_equal(X.indices, kept[0]) and np.array_equal(X.data, kept[1])
    scaled = as_features(X, 12, F32, 0.5)
    assert np.array_equal(scaled.rows(np.array([2, 0])), 0.5 * dense[[2, 0]])


@pytest.mark.parametrize("index", [np.int32, np.int64])
@pytest.mark.parametrize("values", [5, 256, 257, 5000])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_csr_gets_the_lists_of_a_dense_array(values, index, dtype):
    rng = np.random.default_rng(4)
    numbers = rng.standard_normal(values).astype(dtype)
    X = (rng.choice(numbers, (300, 260)) * (rng.random((300, 260)) < 0.2)).astype(dtype)
    given = Csr(X)
    given.indices = given.indices.astype(index)
    features, dense = (as_features(x, 260, np.dtype(dtype), 0.5, prepare=True) for x in (given, X))
    assert dense.kind == features.kind == "compact"
    assert (features.table is None) == (dense.table is None) == (values > 256)
    for name in ("rowptr", "index", "middle"):
        np.testing.assert_array_equal(getattr(features, name), getattr(dense, name))
    which = np.arange(300)
    np.testing.assert_array_equal(features.rows(which), dense.rows(which))


@pytest.mark.parametrize("steps", [255, 256, 1, -255, 1e-3, 1e300])
def test_codes_stand_for_the_very_numbers(steps):
    """Multiples of a number are found by their places; there are others that share a place, or have none."""
    pixels = np.random.default_rng(5).integers(0, 250, (600, 260)) * (np.arange(260) % 5 == 0)
    X = pixels / steps
    X[:300] /= 3  # what lies between; so many that they cannot all have codes
    for some in (X, X[300:]):
        for kind in (np.asarray, Csr):
            features = as_features(kind(some), 260, np.dtype(np.float64), prepare=True)
            assert (features.table is None) == (len(some) == 600)
            np.testing.assert_array_equal(features.rows(np.arange(len(some))), some)


def damaged(**changes):
    X = Csr(np.eye(12))
    for name, value in changes.items():
        setattr(X, name, value)
    return X


@pytest.mark.parametrize(
    "X",
    [
        damaged(shape=(12, 11)),
        damaged(shape=(0, 12), indptr=np.zeros(1, int)),
        damaged(indptr=np.arange(12)),
        damaged(indptr=np.r_[0, 5, 3, np.arange(3, 13)]),
        damaged(indptr=np.arange(13) + 1),
        damaged(indptr=np.arange(13) * 2),
        damaged(indices=np.full(12, 12)),
        damaged(indices=np.full(12, -1)),
        damaged(indices=np.full(12, 1.0)),
        damaged(data=np.full(12, np.nan)),
        damaged(data=np.full(12, 1e300)),
    ],
    ids=range(11),
)
def test_damaged_csr_is_refused(net, X):
    with pytest.raises(ValueError, match="X "):
        net.forward(X)


def test_sparse_data_are_not_made_dense():
    scipy_sparse = pytest.importorskip("scipy.sparse")
    X = scipy_sparse.random(2000, 50_000, density=1e-4, format="csr", dtype=np.float32, rng=0)
    net = fastnet.Network([50_000, 4, 2], rng=0)
    y = np.arange(2000) % 2
    tracemalloc.start()
    try:
        features = as_features(X, 50_000, F32)
        assert features.index.dtype == np.uint16
        net._engine.gradient  # noqa: B018
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 2_000_000
    assert as_features(scipy_sparse.csr_matrix((1, 70_000)), 70_000, F32).index.dtype == np.uint32
    assert len(y) == features.n


# --- The compact form ---------------------------------------------------------------------------------


@settings(max_examples=60, deadline=None)
@given(
    npst.arrays(
        st.sampled_from([np.uint8, np.bool_, np.float32, np.float64, np.int16]),
        npst.array_shapes(min_dims=2, max_dims=2, min_side=1, max_side=9),
        elements=dict(min_value=0, max_value=1),
    ),
    st.sampled_from([1.0, 0.5, 1 / 255]),
    st.sampled_from(["C", "F"]),
    st.sampled_from([np.float32, np.float64]),
)
def test_the_compact_form_holds_the_same_numbers(X, scale, order, dtype):
    X = np.asarray(X, order=order)
    dtype = np.dtype(dtype)
    n, n_in = X.shape
    compact = compact_module.compact(X, n_in, dtype, scale, "X")
    dense = as_features(X, n_in, dtype, scale)
    which = np.random.default_rng(0).permutation(n)
    assert np.array_equal(compact.rows(which), dense.rows(which))
    assert compact.rows(which).dtype == dtype
    assert compact.rowptr.dtype == np.int64
    assert np.count_nonzero(X.astype(dtype)) <= compact.rowptr[-1] <= np.count_nonzero(X)
    first = compact.slice(0, n // 2)
    assert first.n == n // 2 and np.array_equal(
        first.rows(np.arange(n // 2)), compact.rows(np.arange(n // 2))
    )
    part = compact.slice(n // 2, n)
    assert part.n == n - n // 2
    assert np.array_equal(part.rows(np.arange(part.n)), compact.rows(np.arange(n // 2, n)))


@pytest.mark.parametrize("n_in", [1, 127, 128, 129, 784, 65_536, 65_537])
@pytest.mark.parametrize("density", [0, 0.001, 0.3, 1])
def test_the_compact_form_knows_where_the_second_half_begins(n_in, density):
    rng = np.random.default_rng(0)
    X = (rng.random((12, n_in)) < density).astype(np.uint8)
    X[[0, 3, 11]] = 0
    features = compact_module.compact(X, n_in, F32, 1.0, "X")
    half = n_in // 2 if n_in >= 128 else n_in
    assert features.middle.tolist() == np.count_nonzero(X[:, :half], axis=1).tolist()
    assert features.longest == np.count_nonzero(X, axis=1).max()
    assert features.middle.dtype == np.uint32
    assert features.index.dtype == (np.uint32 if n_in > 65_536 else np.uint16)
    if n_in > 65_536:  # codes stand only beside 16-bit indices
        assert features.value.dtype == F32 and features.table is None
    else:
        assert features.value.dtype == np.uint8 and features.table is not None
    part = features.slice(3, 9)
    assert part.middle.tolist() == features.middle[3:9].tolist()
    assert np.array_equal(part.rows(np.arange(6)), X[3:9])


@pytest.mark.parametrize("share, kind", [(0.9, "compact"), (0.3, "dense")])
def test_fit_compacts_what_has_many_zeros(share, kind):
    rng = np.random.default_rng(0)
    X = rng.random((400, 200)) * (rng.random((400, 200)) > share)
    assert as_features(X, 200, F32, prepare=True).kind == kind
    assert as_features(X, 200, F32).kind == "dense"
    assert as_features(X[:20], 200, F32, prepare=True).kind == "dense"


def test_the_compact_form_of_images_takes_a_third_of_their_memory():
    rng = np.random.default_rng(0)
    X = (rng.random((4000, 784), np.float32)) * (rng.random((4000, 784)) < 0.19)
    X = X.astype(np.float32)
    tracemalloc.start()
    try:
        features = as_features(X, 784, F32, prepare=True)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert features.kind == "compact"
    block_temporaries = 12 << 20  # of the NumPy way, the same for any size of X
    assert peak < 0.31 * X.nbytes + block_temporaries


@pytest.mark.parametrize("threads", [2, 3])
@pytest.mark.parametrize("case", ["alike", "late numbers", "codes give out", "all late", "uint8", "float64"])
def test_several_threads_compact_as_one(case, threads, monkeypatch):
    """Parts that know other numbers than the rows before them, or none, or need more room than guessed."""
    monkeypatch.setattr(compact_module, "SHARED", 0)
    rng = np.random.default_rng(6)
    X = rng.integers(0, 120, (1500, 60)) * (rng.random((1500, 60)) < 0.2)
    if case == "late numbers":  # each part has some of its own
        X[900:] += 100 * (X[900:] > 0)
    elif case == "codes give out":
        X = X + 0.25 * (X > 0) * rng.integers(0, 4, X.shape)
    elif case == "all late":  # nothing to go by in the first rows; room runs out
        X[:600] = 0
        X[600:] += 1
    X = X.astype(case if case in ("uint8", "float64") else np.float32)
    dtype = np.dtype(np.float64 if case == "float64" else np.float32)
    one, several = (compact_module.compact(X, 60, dtype, 1.0, "X", t) for t in (1, threads))
    for name in ("rowptr", "index", "middle", "longest"):
        np.testing.assert_array_equal(getattr(one, name), getattr(several, name))
    assert (one.table is None) == (several.table is None) == (case == "codes give out")
    np.testing.assert_array_equal(several.rows(np.arange(len(X))), X)
    if case in ("alike", "float64"):
        X[1400, 7] = np.nan
        with pytest.raises(ValueError, match="1 NaN, the first in sample 1400, input 7"):
            compact_module.compact(X, 60, dtype, 1.0, "X", threads)


@pytest.mark.parametrize("threads", [2, 3])
def test_several_threads_make_strips_as_one(threads):
    from fastnet._kernels._compact import strips_of

    pixels = np.random.default_rng(7).integers(1, 256, (5000, 140)).astype(np.uint8)
    pixels[np.random.default_rng(8).random(pixels.shape) < 0.7] = 0
    pixels[1200:2600] = 0
    form = compact_module.compact(pixels, 140, np.dtype(np.float32), 1.0, "X").slice(1, 5000)
    lists = form.rowptr, form.index, form.value, form.middle
    for one, several in zip(*(strips_of(*lists, 140, 0, t) for t in (1, threads)), strict=True):
        np.testing.assert_array_equal(one, several)
