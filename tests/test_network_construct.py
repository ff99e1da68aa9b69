"""A network comes into being: its sizes, names, first weights, views and words."""

import copy
import doctest
import pickle
import subprocess
import sys

import numpy as np
import pytest

import fastnet
from fastnet import names

CLASSIC = [784, 16, 16, 10]


def test_the_classic_has_13002_parameters_and_the_defaults_of_the_articles():
    net = fastnet.Network(CLASSIC)
    assert net.n_parameters == 13_002
    assert net.sizes == (784, 16, 16, 10)
    assert net.activations == ("sigmoid",) * 3
    assert (net.cost, net.init, net.dtype, net.input_scale) == ("quadratic", "auto", np.float32, 1.0)
    assert [w.shape for w in net.weights] == [(16, 784), (16, 16), (10, 16)]
    assert [b.shape for b in net.biases] == [(16,), (16,), (10,)]
    assert len(net.weights) == 3 and net.weights[-1].shape == (10, 16)


@pytest.mark.parametrize("sizes", [np.array([3, 2]), (3, 2), [np.int64(3), 2], range(3, 1, -1)])
def test_sizes_may_be_any_sequence_of_integers(sizes):
    assert fastnet.Network(sizes, rng=0).sizes == (3, 2)


def test_activations_are_one_name_or_one_a_layer():
    def names_of(*args, **kwargs):
        return fastnet.Network([4, 3, 2, 2], *args, **kwargs).activations

    assert names_of(activation="relu") == ("relu", "relu", "sigmoid")
    assert names_of("tanh", "softmax") == ("tanh", "tanh", "softmax")
    assert names_of(["relu", "tanh"]) == ("relu", "tanh", "sigmoid")
    assert names_of(["relu", "tanh"], output="identity") == ("relu", "tanh", "identity")
    assert names_of(["relu", "tanh", "softmax"]) == ("relu", "tanh", "softmax")
    assert names_of(["relu", "tanh", "softmax"], output="softmax") == ("relu", "tanh", "softmax")
    assert fastnet.Network([4, 2], activation="relu").activations == ("sigmoid",)


BAD = [
    (dict(sizes=[784]), ValueError, "sizes"),
    (dict(sizes=[]), ValueError, "sizes"),
    (dict(sizes="784"), TypeError, "sizes"),
    (dict(sizes=784), TypeError, "sizes"),
    (dict(sizes=[784, 0, 10]), ValueError, r"sizes\[1\].*0"),
    (dict(sizes=[784, -16, 10]), ValueError, r"sizes\[1\].*-16"),
    (dict(sizes=[784, 16.5, 10]), TypeError, r"sizes\[1\].*16.5"),
    (dict(sizes=[784, True]), TypeError, r"sizes\[1\].*True"),
    (dict(activation="sigmoidd"), ValueError, "activation.*'sigmoid'.*'tanh'.*did you mean 'sigmoid'"),
    (dict(activation="softmax"), ValueError, "activation"),
    (dict(activation=["relu"]), ValueError, "activation.*2 names.*not 1"),
    (dict(activation=["relu", "softmax"]), ValueError, r"activation\[1\]"),
    (dict(activation=7), TypeError, "activation"),
    (dict(activation=["relu", "relu", "tanh"], output="softmax"), ValueError, "must agree"),
    (dict(output="soft"), ValueError, "output.*'softmax'"),
    (dict(cost="mse"), ValueError, "cost.*'quadratic', 'cross_entropy'"),
    (dict(cost="cross_entropy", output="identity"), ValueError, "output.*sigmoid or softmax"),
    (dict(cost="cross_entropy", output="tanh"), ValueError, "output"),
    (dict(init="xavier"), ValueError, "init.*'glorot'"),
    (dict(dtype="float16"), ValueError, "dtype.*'float32', 'float64'"),
    (dict(dtype="no such"), ValueError, "dtype"),
    (dict(dtype=None), ValueError, "dtype"),
    (dict(rng="seed"), TypeError, "rng"),
    (dict(rng=-1), ValueError, "rng"),
    (dict(rng=True), TypeError, "rng"),
    (dict(rng=1.5), TypeError, "rng"),
    (dict(input_scale=0), ValueError, "input_scale"),
    (dict(input_scale=np.nan), ValueError, "input_scale"),
    (dict(input_scale="big"), TypeError, "input_scale"),
]


@pytest.mark.parametrize("given, error, message", BAD, ids=[str(bad[0]) for bad in BAD])
def test_a_bad_argument_is_named(given, error, message):
    with pytest.raises(error, match=message):
        fastnet.Network(**{"sizes": CLASSIC, **given})


# --- First weights ----------------------------------------------------------------------------------

LARGE = [400, 300]


def moments(init, activation="sigmoid"):
    net = fastnet.Network([*LARGE, 5], activation, init=init, rng=1, dtype="float64")
    return net.weights[0].ravel(), net.biases[0]


def test_gaussian_draws_everything_from_the_standard_normal():
    w, b = moments("gaussian")
    assert abs(w.std() - 1) < 0.01 and abs(b.std() - 1) < 0.15 and abs(w.mean()) < 0.02
    assert abs((np.abs(w) < 1).mean() - 0.6827) < 0.01


def test_scaled_divides_the_weights_by_the_root_of_the_inputs():
    w, b = moments("scaled")
    assert abs(w.std() * np.sqrt(400) - 1) < 0.01 and abs(b.std() - 1) < 0.15


def test_glorot_is_uniform_without_biases():
    w, b = moments("glorot")
    radius = np.sqrt(6 / 700)
    assert np.abs(w).max() <= radius and abs(w.std() * np.sqrt(3) / radius - 1) < 0.01 and not b.any()


def test_he_has_the_variance_two_over_the_inputs_without_biases():
    w, b = moments("he")
    assert abs(w.std() * np.sqrt(200) - 1) < 0.01 and not b.any()
    assert abs((np.abs(w) * np.sqrt(200) < 1).mean() - 0.6827) < 0.01


@pytest.mark.parametrize(
    "activation, init", [("sigmoid", "scaled"), ("tanh", "scaled"), ("relu", "he"), ("leaky_relu", "he")]
)
def test_auto_follows_the_activation(activation, init):
    for auto, wanted in zip(moments("auto", activation), moments(init, activation), strict=True):
        assert np.array_equal(auto, wanted)


def test_one_seed_gives_one_network_in_both_dtypes():
    single, double = (fastnet.Network(CLASSIC, rng=3, dtype=d) for d in ("float32", "float64"))
    for a, b in zip(single.weights, double.weights, strict=True):
        assert np.array_equal(a, b.astype(np.float32))
    other = fastnet.Network(CLASSIC, rng=4)
    assert not np.array_equal(other.weights[0], single.weights[0])


def test_a_generator_is_used_as_it_is_and_no_global_one_is():
    before = np.random.get_state()
    rng = np.random.default_rng(5)
    net = fastnet.Network([3, 2], rng=rng)
    assert net.rng is rng
    assert np.array_equal(net.weights[0], fastnet.Network([3, 2], rng=5).weights[0])
    assert not np.array_equal(fastnet.Network([3, 2], rng=rng).weights[0], net.weights[0])
    fastnet.Network([3, 2])
    after = np.random.get_state()
    assert np.array_equal(before[1], after[1]) and before[2:] == after[2:]


def test_two_networks_without_a_seed_differ():
    assert not np.array_equal(fastnet.Network([9, 9]).weights[0], fastnet.Network([9, 9]).weights[0])


# --- Views --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_changes_of_weights_and_biases_take_effect(dtype):
    net = fastnet.Network([2, 3, 1], output="identity", activation="relu", rng=0, dtype=dtype)
    x = np.array([1, 2], dtype)
    net.weights = [np.ones((3, 2)), np.ones((1, 3))]
    net.biases = [[0, 1, 2], [5]]
    assert net(x) == 5 + 3 + 4 + 5
    net.weights[1] = [[1, 0, 0]]
    assert net(x) == 8
    net.weights[0][0, 0] = 10
    assert net(x) == 17
    net.weights[0][...] = 0
    net.biases[0] += 1
    assert net(x) == 6
    net.biases[-1] = np.float16([7])
    assert net(x) == 8
    assert net.weights[0].dtype == dtype


def test_weights_refuse_what_does_not_fit_and_stay_as_they_were():
    net = fastnet.Network([2, 3, 1], rng=0)
    before = net.copy()
    good = [np.ones((3, 2)), np.ones((1, 3))]
    for wrong, error in [
        ([good[0]], ValueError),
        ([good[0], np.ones((3, 1))], ValueError),
        ([good[0], np.full((1, 3), np.nan)], ValueError),
        ([good[0], np.full((1, 3), 1e300)], ValueError),
        ([good[0], [["a", "b", "c"]]], TypeError),
        (3, TypeError),
    ]:
        with pytest.raises(error, match="weights"):
            net.weights = wrong
    with pytest.raises(ValueError, match=r"weights\[1\].*\(1, 3\).*\(2, 2\)"):
        net.weights[-1] = np.ones((2, 2))
    with pytest.raises(ValueError, match=r"biases\[0\].*finite"):
        net.biases[0] = [np.inf, 0, 0]
    with pytest.raises(IndexError):
        net.weights[2] = np.ones((1, 3))
    for a, b in zip([*net.weights, *net.biases], [*before.weights, *before.biases], strict=True):
        assert np.array_equal(a, b)


def test_assigned_arrays_are_copied():
    net = fastnet.Network([2, 2], rng=0)
    w = np.zeros((2, 2), np.float32)
    net.weights[0] = w
    w[:] = 1
    assert not net.weights[0].any()


# --- Copies, pickles, words -----------------------------------------------------------------------


def same(a, b):
    return all(
        np.array_equal(u, v) for u, v in zip([*a.weights, *a.biases], [*b.weights, *b.biases], strict=True)
    )


@pytest.mark.parametrize(
    "duplicate", [fastnet.Network.copy, copy.copy, copy.deepcopy, lambda net: pickle.loads(pickle.dumps(net))]
)
def test_a_copy_is_equal_independent_and_learns_alike(duplicate):
    rng = np.random.default_rng(0)
    X, y = rng.random((50, 6)), rng.integers(0, 3, 50)
    net = fastnet.Network([6, 5, 3], "tanh", "softmax", "cross_entropy", rng=2, input_scale=0.5)
    net.fit(X, y, epochs=2, optimizer="adam", schedule=lambda epoch: 0.9**epoch)
    twin = duplicate(net)
    assert same(net, twin) and np.array_equal(net(X), twin(X))
    for array in (twin._params, *twin._state.moments):
        assert array.ctypes.data % 64 == 0 and array.size == net._params.size
    assert (twin.activations, twin.cost, twin.input_scale) == (net.activations, net.cost, 0.5)
    assert twin.history_.cost == net.history_.cost and twin.history_ is not net.history_
    twin.fit(X, y, epochs=1)
    assert not same(net, twin)
    net.fit(X, y, epochs=1)
    assert same(net, twin)


def test_a_pickle_of_a_run_resumes():
    rng = np.random.default_rng(0)
    X, y = rng.random((50, 6)), rng.integers(0, 3, 50)
    whole, halves = (fastnet.Network([6, 5, 3], rng=2) for _ in range(2))
    whole.fit(X, y, epochs=6, optimizer="adam", schedule="cosine")
    halves.fit(X, y, epochs=6, optimizer="adam", schedule="cosine", callbacks=lambda end: end.epoch == 2)
    halves = pickle.loads(pickle.dumps(halves))
    halves.fit(X, y, resume=True)
    assert same(whole, halves)


def test_repr_is_a_table_of_layers():
    text = repr(fastnet.Network(CLASSIC))
    assert "784-16-16-10" in text and "13,002" in text and "12,560" in text and text.count("sigmoid") == 3
    assert "<table>" in fastnet.Network(CLASSIC)._repr_html_()


def test_importing_fastnet_loads_nothing_that_is_not_needed():
    code = (
        "import sys, numpy; before = set(sys.modules); import fastnet; new = set(sys.modules) - before;"
        "print(*sorted(m for m in new if m.partition('.')[0] in "
        "('scipy', 'sklearn', 'matplotlib', 'tqdm', 'pooch', 'json', 'hashlib', 'dataclasses', 'pandas') "
        "or m.startswith(('fastnet.datasets', 'fastnet.plot', 'fastnet.nielsen', 'fastnet.sklearn'))))"
    )
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == ""


def test_the_examples_in_the_docstrings_are_true():
    for module in (fastnet, fastnet.network):
        assert doctest.testmod(module).failed == 0
    assert fastnet.Evaluation.__name__ == "Evaluation" and fastnet.EpochEnd and fastnet.Gradient


def test_unknown_attributes_of_the_package_are_errors():
    with pytest.raises(AttributeError, match="no_such"):
        fastnet.no_such  # noqa: B018
    assert fastnet.__version__.count(".") == 2
    assert {"Network", "load", "datasets", "plot"} <= set(dir(fastnet))


def test_the_registry_is_what_networks_accept():
    for name in names.ACTIVATIONS:
        assert fastnet.Network([2, 2, 2], name).activations[0] == name
    for name in names.INITIALISERS:
        assert np.isfinite(fastnet.Network([2, 2], init=name).weights[0]).all()
