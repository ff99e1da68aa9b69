"""`fastnet.nielsen.network` against the oracle: numbers, order, generators, printing."""

from __future__ import annotations

import random
from types import SimpleNamespace

import nielsen_oracle as oracle
import numpy as np
import pytest

from fastnet.nielsen import _fast, network

SIZES = [784, 30, 10]


def seeded(seed):
    random.seed(seed)
    np.random.seed(seed)


def states():
    return random.getstate(), np.random.get_state()[1].tolist(), np.random.get_state()[2]


def assert_close(net, state, tolerance):
    for got, expected in zip(net.weights + net.biases, state["w"] + state["b"], strict=True):
        assert got.shape == expected.shape and got.dtype == np.float64
        np.testing.assert_allclose(got, expected, rtol=0, atol=tolerance)


def compiled(net):
    return _fast.can_compile(network._original, net, "quadratic")


@pytest.mark.parametrize("sizes", [[784, 30, 10], [2, 1], [3, 4, 5, 6], (7, 2)])
def test_first_weights_are_the_book_s(sizes):
    np.random.seed(5)
    state = oracle.fresh(sizes)
    np.random.seed(5)
    net = network.Network(sizes)
    assert net.num_layers == len(sizes) and net.sizes is sizes
    assert_close(net, state, 0)


@pytest.mark.parametrize(
    ("n", "size", "eta", "epochs", "tolerance"),
    [(10, 10, 3.0, 1, 1e-14), (10_000, 10, 3.0, 1, 1e-11), (997, 10, 0.5, 3, 1e-12), (500, 1, 0.3, 1, 1e-12),
     (7, 10, 3.0, 2, 1e-13)],
)
@pytest.mark.parametrize("one_array", [True, False])
def test_training_equals_the_oracle(n, size, eta, epochs, tolerance, one_array, capsys):
    examples = oracle.training_list(n, 1, one_array=one_array)
    test = oracle.judged_list(50, 2)
    expected_list, got_list = list(examples), list(examples)

    seeded(11)
    state = oracle.fresh(SIZES)
    counts = []
    for _ in range(epochs):
        oracle.epoch(state, expected_list, size, eta)
        counts.append(oracle.right(state, test))
    expected_states = states()

    seeded(11)
    net = network.Network(SIZES)
    assert compiled(net)
    assert net.SGD(got_list, epochs, size, eta, test_data=test) is None

    assert_close(net, state, tolerance)
    assert all(a is b for a, b in zip(got_list, expected_list, strict=True))
    assert states() == expected_states
    lines = [f"Epoch {j}: {count} / 50\n" for j, count in enumerate(counts)]
    assert capsys.readouterr().out == "".join(lines)
    assert counts[-1] != oracle.right(oracle.fresh(SIZES), test)  # something was learned


def test_without_test_data(capsys):
    net = network.Network([784, 5, 10])
    net.SGD(oracle.training_list(10, 3), 2, 5, 1.0)
    assert capsys.readouterr().out == "Epoch 0 complete\nEpoch 1 complete\n"


def test_an_epoch_at_eta_3_keeps_the_order_even_where_numbers_part():
    examples = oracle.training_list(1500, 4, n_in=20)
    expected, got = list(examples), list(examples)
    seeded(3)
    for _ in range(4):
        random.shuffle(expected)
    after = random.getstate()
    seeded(3)
    network.Network([20, 30, 10]).SGD(got, 4, 1, 3.0)
    assert all(a is b for a, b in zip(got, expected, strict=True))
    assert random.getstate() == after


def test_update_mini_batch_backprop_and_feedforward():
    seeded(8)
    net = network.Network([6, 5, 4])
    state = {"w": net.weights, "b": net.biases}
    examples = oracle.training_list(5, 9, n_in=6, n_out=4)
    x, y = examples[0]
    np.testing.assert_allclose(net.feedforward(x), oracle.answer(state, x), rtol=1e-15)
    nabla_b, nabla_w = net.backprop(x, y)
    expected_b, expected_w = oracle.gradient(state, x, y, "quadratic")
    for got, expected in zip(nabla_b + nabla_w, expected_b + expected_w, strict=True):
        np.testing.assert_allclose(got, expected, rtol=1e-13, atol=1e-18)
    oracle.descend(state, examples, 0.7)
    net.update_mini_batch(examples, 0.7)
    assert_close(net, state, 1e-15)


def test_several_columns_at_once():
    net = network.Network([6, 5, 4])
    x = np.random.default_rng(0).random((6, 3))
    together = net.feedforward(x)
    for k in range(3):
        np.testing.assert_allclose(together[:, [k]], net.feedforward(x[:, [k]]), rtol=1e-14)


def test_sigmoid_is_silent_where_the_book_s_overflows():
    np.testing.assert_array_equal(network.sigmoid(np.array([-1e4, 0.0, 1e4])), [0.0, 0.5, 1.0])
    np.testing.assert_array_equal(network.sigmoid_prime(np.array([-1e4, 0.0, 1e4])), [0.0, 0.25, 0.0])


# --- Forms of the data ----------------------------------------------------------------------------


@pytest.mark.parametrize("form", ["labels", "vectors", "zip", "tuple", "float64", "images", "fortran"])
def test_every_form_of_the_data_trains_the_same(form):
    x, y = oracle.images(53, 6)
    vectors = np.concatenate([oracle.one_hot(digit).T for digit in y])
    forms = {
        "labels": lambda: (x, y),
        "vectors": lambda: [x, vectors],
        "zip": lambda: zip(x[:, :, None], vectors[:, :, None], strict=True),
        "tuple": lambda: tuple(zip(x[:, :, None], vectors[:, :, None], strict=True)),
        "float64": lambda: [
            (c.astype(float), v) for c, v in zip(x[:, :, None], vectors[:, :, None], strict=True)
        ],
        "images": lambda: (x.reshape(-1, 28, 28), y),
        "fortran": lambda: (np.asfortranarray(x), y.astype(np.uint8)),
    }
    seeded(2)
    expected = network.Network(SIZES)
    expected.SGD(list(zip(x[:, :, None], vectors[:, :, None], strict=True)), 2, 10, 1.0)
    after = random.getstate()
    seeded(2)
    net = network.Network(SIZES)
    before = x.copy(), y.copy()
    net.SGD(forms[form](), 2, 10, 1.0, test_data=zip(x[:, :, None], y, strict=True))
    assert_close(net, {"w": expected.weights, "b": expected.biases}, 1e-13)
    assert random.getstate() == after
    assert np.array_equal(x, before[0]) and np.array_equal(y, before[1])


def test_a_pair_takes_the_general_path_in_the_same_order():
    class Own(network.Network):
        def cost_derivative(self, output_activations, y):
            return super().cost_derivative(output_activations, y)

    x, y = oracle.images(53, 6)
    results = []
    for cls in (network.Network, Own):
        seeded(2)
        net = cls(SIZES)
        net.SGD((x, y), 3, 10, 1.0)
        results.append(net)
    assert_close(results[0], {"w": results[1].weights, "b": results[1].biases}, 1e-13)


def test_the_same_image_twice_with_different_answers():
    column = oracle.training_list(1, 1)[0][0]
    examples = [(column, oracle.one_hot(3)), (column, oracle.one_hot(4)), (column, oracle.one_hot(3))]
    seeded(1)
    state = oracle.fresh(SIZES)
    expected = list(examples)
    oracle.epoch(state, expected, 2, 2.0)
    seeded(1)
    net = network.Network(SIZES)
    net.SGD(examples, 1, 2, 2.0)
    assert_close(net, state, 1e-14)


@pytest.mark.parametrize("n", [40, 300])
def test_a_list_shuffled_before_and_a_slice_of_it(n):
    examples = oracle.training_list(300, 1)
    random.Random(0).shuffle(examples)
    some = examples[:n]
    seeded(1)
    state = oracle.fresh(SIZES)
    oracle.epoch(state, list(some), 7, 1.0)
    seeded(1)
    net = network.Network(SIZES)
    net.SGD(some, 1, 7, 1.0)
    assert_close(net, state, 1e-13)


def test_plain_numbers_as_the_book_s_broadcasting_takes_them():
    # x a (2, 1) column and y a number: y is what every output should be
    examples = [(np.array([[p], [q]]), p ^ q) for p in (0, 1) for q in (0, 1)]
    seeded(4)
    state = oracle.fresh([2, 3, 1])
    expected = list(examples)
    for _ in range(5):
        oracle.epoch(state, expected, 3, 1.0)
    seeded(4)
    net = network.Network([2, 3, 1])
    net.SGD(examples, 5, 3, 1.0)
    assert_close(net, state, 1e-14)


# --- What a user changes ----------------------------------------------------------------------------


class Doubled(network.Network):
    def cost_derivative(self, output_activations, y):
        return 2 * (output_activations - y)


def test_an_overridden_cost_derivative_is_heard():
    examples = oracle.training_list(30, 5)
    seeded(6)
    state = oracle.fresh(SIZES)
    oracle.epoch(state, list(examples), 10, 2.0)  # twice the derivative is twice the rate
    seeded(6)
    net = Doubled(SIZES)
    assert not compiled(net)
    net.SGD(examples, 1, 10, 1.0)
    assert_close(net, state, 1e-14)


@pytest.mark.parametrize("name", ["backprop", "cost_derivative", "update_mini_batch"])
def test_an_override_on_the_instance_is_noticed(name):
    net = network.Network([3, 2])
    assert compiled(net)
    setattr(net, name, getattr(net, name))
    assert not compiled(net)


@pytest.mark.parametrize("name", ["sigmoid", "sigmoid_prime"])
def test_a_replaced_sigmoid_is_noticed(name, monkeypatch):
    net = network.Network([3, 2])
    own = getattr(network, name)
    monkeypatch.setattr(network, name, lambda z: own(z))
    assert not compiled(net)


def test_a_replaced_method_of_the_class_is_noticed(monkeypatch):
    net = network.Network([3, 2])
    monkeypatch.setattr(network.Network, "backprop", lambda self, x, y: ([], []))
    assert not compiled(net)


def test_an_overridden_update_sees_each_mini_batch():
    seen = []

    class Watching(network.Network):
        def update_mini_batch(self, mini_batch, eta):
            seen.append(len(mini_batch))
            super().update_mini_batch(mini_batch, eta)

    Watching([784, 3, 10]).SGD(oracle.training_list(25, 5), 2, 10, 1.0)
    assert seen == [10, 10, 5] * 2


def test_overridden_feedforward_and_evaluate(capsys):
    class Blind(network.Network):
        def feedforward(self, a):
            return np.eye(10)[:, [7]]

    class Counting(network.Network):
        def evaluate(self, test_data):
            return f"all {len(test_data)}"

    test = [(x, 7) for x, _ in oracle.judged_list(9, 1)]
    assert Blind([784, 10]).evaluate(test) == 9
    Counting([784, 10]).SGD(oracle.training_list(10, 5), 1, 10, 1.0, test_data=test)
    assert capsys.readouterr().out == "Epoch 0: all 9 / 9\n"


def test_replaced_and_edited_parameters_take_effect():
    examples = oracle.training_list(40, 5)
    seeded(6)
    net = network.Network(SIZES)
    net.weights = [w / 10 for w in net.weights]
    net.biases[0] = np.zeros((30, 1))
    net.biases[1][3] = 5.0
    state = {"w": [w.copy() for w in net.weights], "b": [b.copy() for b in net.biases]}
    random.seed(1)
    oracle.epoch(state, list(examples), 10, 1.0)
    random.seed(1)
    net.SGD(list(examples), 1, 10, 1.0)
    assert_close(net, state, 1e-14)
    test = oracle.judged_list(60, 7)
    net.weights[-1][...] = -net.weights[-1]
    state["w"][-1] = -state["w"][-1]
    assert net.evaluate(test) == oracle.right(state, test)


def test_changes_between_epochs_are_heard():
    class Resetting(network.Network):
        def evaluate(self, test_data):
            self.weights = [np.zeros_like(w) for w in self.weights]
            self.biases[0][...] = 1.0
            return 0

    net = Resetting([784, 4, 10])
    random.seed(1)
    net.SGD(oracle.training_list(10, 5), 1, 10, 1.0, test_data=oracle.judged_list(1, 1))
    assert all((w == 0).all() for w in net.weights)
    biases = [b.copy() for b in net.biases]
    examples = oracle.training_list(10, 5)
    net.evaluate = lambda data: 0
    random.seed(2)
    state = {"w": [w.copy() for w in net.weights], "b": biases}
    oracle.epoch(state, list(examples), 10, 1.0)
    random.seed(2)
    net.SGD(examples, 1, 10, 1.0)
    assert_close(net, state, 1e-14)


def test_arrays_taken_before_keep_their_numbers():
    net = network.Network([784, 4, 10])
    weights, first = net.weights, net.weights[0]
    copy = first.copy()
    net.SGD(oracle.training_list(10, 5), 1, 10, 1.0)
    assert np.array_equal(first, copy) and weights[0] is first
    assert net.weights is not weights and not np.array_equal(net.weights[0], copy)
    assert all(p.flags.c_contiguous and p.flags.owndata for p in net.weights)


def test_weights_of_other_sizes_than_at_first():
    net = network.Network([784, 4, 10])
    net.weights = [np.random.randn(6, 784), np.random.randn(10, 6)]
    net.biases = [np.random.randn(6, 1), np.random.randn(10, 1)]
    state = {"w": [w.copy() for w in net.weights], "b": [b.copy() for b in net.biases]}
    examples = oracle.training_list(10, 5)
    random.seed(2)
    oracle.epoch(state, list(examples), 4, 1.0)
    random.seed(2)
    net.SGD(examples, 1, 4, 1.0)
    assert_close(net, state, 1e-14)


def test_ctrl_c_leaves_what_was_learned(monkeypatch):
    heart = _fast.core("float64")

    class Interrupted:
        """A trainer during whose first stay in the heart the user presses Ctrl-C."""

        def __init__(self, *args, **kwargs):
            self.trainer = heart.Trainer(*args, **kwargs)

        def start_epoch(self, order, rates):
            self.trainer.start_epoch(order[:10], rates)

        def run(self, seconds):
            assert self.trainer.run(10.0)
            raise KeyboardInterrupt

    interrupted = SimpleNamespace(Engine=heart.Engine, Trainer=Interrupted)
    monkeypatch.setattr(_fast, "core", lambda dtype: interrupted)
    examples = oracle.training_list(40, 5)
    seeded(3)
    state = oracle.fresh(SIZES)
    expected = list(examples)
    random.shuffle(expected)
    oracle.descend(state, expected[:10], 1.0)
    seeded(3)
    net = network.Network(SIZES)
    with pytest.raises(KeyboardInterrupt):
        net.SGD(examples, 1, 10, 1.0)
    assert_close(net, state, 1e-14)
    assert all(a is b for a, b in zip(examples, expected, strict=True))


# --- Single precision ---------------------------------------------------------------------------------


@pytest.mark.parametrize("where", ["network", "SGD"])
@pytest.mark.parametrize("cls", [network.Network, Doubled])
def test_float32(where, cls):
    examples = oracle.training_list(100, 5)
    seeded(3)
    double = cls(SIZES)
    double.SGD(list(examples), 1, 10, 0.5)
    seeded(3)
    if where == "network":
        single = cls(SIZES, dtype="float32")
        single.SGD(examples, 1, 10, 0.5)
    else:
        single = cls(SIZES)
        single.SGD(examples, 1, 10, 0.5, dtype="float32")
    for got, expected in zip(single.weights + single.biases, double.weights + double.biases, strict=True):
        assert got.dtype == np.float32
        np.testing.assert_allclose(got, expected, rtol=0, atol=2e-4)


# --- Bad input --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "error", "match"),
    [
        ({"epochs": -1}, ValueError, "epochs"),
        ({"epochs": 1.5}, TypeError, "epochs"),
        ({"mini_batch_size": 0}, ValueError, "mini_batch_size"),
        ({"mini_batch_size": 2.0}, TypeError, "mini_batch_size"),
        ({"eta": "fast"}, TypeError, "eta"),
        ({"eta": float("nan")}, ValueError, "eta"),
        ({"dtype": "float16"}, ValueError, "dtype"),
        ({"training_data": None}, TypeError, "training_data"),
        ({"training_data": []}, ValueError, "training_data is empty"),
        ({"training_data": iter([])}, ValueError, "only once"),
        ({"training_data": [(np.zeros(784), np.zeros((10, 1)))]}, ValueError, "column"),
        ({"training_data": [(np.zeros((783, 1)), np.zeros((10, 1)))]}, ValueError, "784"),
        ({"training_data": [1, 2, 3]}, ValueError, "no tuple"),
        ({"training_data": (np.zeros((3, 784)), np.zeros(4))}, ValueError, "training_data"),
        ({"training_data": (np.zeros((3, 784)), np.array([0, 1, 10]))}, ValueError, "0 to 9"),
        ({"training_data": (np.zeros((3, 784), complex), np.zeros(3))}, TypeError, "complex"),
        ({"training_data": (np.full((3, 784), np.nan), np.zeros(3))}, ValueError, "training_data"),
        ({"test_data": iter([])}, ValueError, "test_data"),
        ({"test_data": [(np.zeros((5, 1)), 3)]}, ValueError, "test_data"),
        (
            {"training_data": (np.full((3, 784), np.inf), np.zeros(3)), "dtype": "float32"},
            ValueError,
            "training_data",
        ),
    ],
)
def test_bad_arguments_change_nothing(arguments, error, match):
    net = network.Network([784, 3, 10])
    given = {"training_data": oracle.training_list(4, 1), "epochs": 1, "mini_batch_size": 2, "eta": 1.0}
    weights, copies = net.weights, [w.copy() for w in net.weights]
    state = random.getstate()
    with pytest.raises(error, match=match):
        net.SGD(**{**given, **arguments})
    assert net.weights is weights and all(np.array_equal(w, c) for w, c in zip(weights, copies, strict=True))
    assert random.getstate() == state


@pytest.mark.parametrize("sizes", [[], [5], [3, 0], [3, -2, 1], [2.5, 1], "abc", 7, None])
def test_bad_sizes(sizes):
    with pytest.raises((TypeError, ValueError), match="sizes"):
        network.Network(sizes)


def test_flat_input_is_refused_not_spread():
    net = network.Network([4, 3, 2])
    with pytest.raises(ValueError, match="column"):
        net.feedforward(np.zeros(4))
    with pytest.raises(ValueError, match="mini_batch"):
        net.update_mini_batch([], 1.0)
