"""`fastnet.nielsen.network2` against the oracle: costs, decay, monitoring, stopping, files."""

from __future__ import annotations

import json
import random

import nielsen_oracle as oracle
import numpy as np
import pytest

from fastnet.nielsen import _fast, network2
from fastnet.nielsen.network2 import CrossEntropyCost, Network, QuadraticCost

SIZES = [784, 12, 10]
COSTS = {"quadratic": QuadraticCost, "cross_entropy": CrossEntropyCost}


def seeded(seed):
    random.seed(seed)
    np.random.seed(seed)


def assert_close(net, state, tolerance):
    for got, expected in zip(net.weights + net.biases, state["w"] + state["b"], strict=True):
        assert got.shape == expected.shape and got.dtype == np.float64
        np.testing.assert_allclose(got, expected, rtol=0, atol=tolerance)


def compiled(net):
    return _fast.can_compile(network2._original, net, net.cost)


@pytest.mark.parametrize("large", [False, True])
def test_first_weights_are_the_book_s(large):
    np.random.seed(5)
    if large:
        oracle.fresh(SIZES, scaled=True)  # drawn by the constructor
    state = oracle.fresh(SIZES, scaled=not large)
    np.random.seed(5)
    net = Network(SIZES)
    if large:
        net.large_weight_initializer()
    assert net.cost is CrossEntropyCost and net.num_layers == 3 and net.sizes is SIZES
    assert_close(net, state, 0)


@pytest.mark.parametrize("instance", [False, True])
@pytest.mark.parametrize("cost", COSTS)
@pytest.mark.parametrize("own", [False, True])
def test_training_equals_the_oracle(cost, instance, own, capsys):
    class Own(Network):
        def update_mini_batch(self, mini_batch, eta, lmbda, n):
            super().update_mini_batch(mini_batch, eta, lmbda, n)

    training, evaluation = oracle.training_list(205, 1), oracle.judged_list(80, 2)
    expected_list, got_list = list(training), list(training)
    vectors = [(x, oracle.one_hot(y)) for x, y in evaluation]

    seeded(7)
    state = oracle.fresh(SIZES, scaled=True)
    expected, lines = ([], [], [], []), []
    for j in range(3):
        oracle.epoch(state, expected_list, 10, 0.5, cost, lmbda=5.0)
        expected[0].append(oracle.mean_cost(state, vectors, cost, 5.0))
        expected[1].append(oracle.right(state, evaluation))
        expected[2].append(oracle.mean_cost(state, expected_list, cost, 5.0))
        expected[3].append(oracle.right(state, expected_list))
        lines += [f"Epoch {j} training complete", "Cost on training data: ",
                  f"Accuracy on training data: {expected[3][-1]} / 205", "Cost on evaluation data: ",
                  f"Accuracy on evaluation data: {expected[1][-1]} / 80", ""]
    after = random.getstate(), np.random.get_state()[1].tolist()

    seeded(7)
    net = (Own if own else Network)(SIZES, COSTS[cost]() if instance else COSTS[cost])
    assert compiled(net) is not own
    got = net.SGD(got_list, 3, 10, 0.5, 5.0, evaluation, True, True, True, True)

    assert_close(net, state, 1e-13)
    assert all(a is b for a, b in zip(got_list, expected_list, strict=True))
    assert (random.getstate(), np.random.get_state()[1].tolist()) == after
    assert [got[1], got[3]] == [expected[1], expected[3]]
    np.testing.assert_allclose([got[0], got[2]], [expected[0], expected[2]], rtol=1e-9)
    printed = capsys.readouterr().out.splitlines()
    assert len(printed) == len(lines)
    assert all(a.startswith(b) for a, b in zip(printed, lines, strict=True))
    assert printed[1] == f"Cost on training data: {got[2][0]}"


def test_nothing_monitored(capsys):
    assert Network([784, 10]).SGD(oracle.training_list(5, 1), 1, 2, 0.5) == ([], [], [], [])
    assert capsys.readouterr().out == "Epoch 0 training complete\n\n"


def test_biases_do_not_decay():
    seeded(1)
    net = Network([3, 2])
    state = {"w": [net.weights[0]], "b": [net.biases[0]]}
    x, y = np.zeros((3, 1)), np.zeros((2, 1))
    oracle.descend(state, [(x, y)], 0.5, "cross_entropy", decay=0.25)
    net.update_mini_batch([(x, y)], 0.5, 2.5, 10)
    assert_close(net, state, 0)
    np.testing.assert_allclose(net.weights[0], state["w"][0])


def test_a_cost_of_the_user_s_own():
    class Tripled:
        @staticmethod
        def fn(a, y):
            return 3 * CrossEntropyCost.fn(a, y)

        @staticmethod
        def delta(z, a, y):
            return 3 * (a - y)

    examples, evaluation = oracle.training_list(40, 1), oracle.judged_list(9, 2)
    seeded(3)
    state = oracle.fresh(SIZES, scaled=True)
    oracle.epoch(state, list(examples), 10, 0.3, "cross_entropy")
    for cost in (Tripled, Tripled()):
        seeded(3)
        net = Network(SIZES, cost=cost)
        assert not compiled(net)
        costs, _, _, right = net.SGD(list(examples), 1, 10, 0.1, 0.0, evaluation, True, False, False, True)
        assert_close(net, state, 1e-14)
        vectors = [(x, oracle.one_hot(y)) for x, y in evaluation]
        expected = 3 * oracle.mean_cost(state, vectors, "cross_entropy", 0)
        np.testing.assert_allclose(costs, [expected], rtol=1e-12)
        assert right == [oracle.right(state, examples)]


def test_a_changed_cost_is_noticed(monkeypatch):
    class Child(CrossEntropyCost):
        pass

    altered = CrossEntropyCost()
    altered.delta = lambda z, a, y: 0 * a
    assert compiled(Network([3, 2], CrossEntropyCost())) and compiled(Network([3, 2], QuadraticCost))
    assert not compiled(Network([3, 2], Child)) and not compiled(Network([3, 2], altered))
    net = Network([3, 2])
    net.cost = Child
    assert not compiled(net)
    monkeypatch.setattr(CrossEntropyCost, "delta", staticmethod(lambda z, a, y: a))
    assert not compiled(Network([3, 2]))


def test_overridden_monitors():
    class Own(Network):
        def accuracy(self, data, convert=False):
            return 41 + convert

        def total_cost(self, data, lmbda, convert=False):
            return lmbda + convert

    got = Own([784, 10]).SGD(oracle.training_list(5, 1), 1, 2, 0.5, 3.0, oracle.judged_list(4, 2), True, True,
                             True, True)
    assert got == ([4.0], [41], [3.0], [42])


@pytest.mark.parametrize(
    ("accuracies", "n", "epochs"),
    [
        ([3, 4, 4, 4, 9], 2, 4),
        ([0, 0, 0], 2, 3),
        ([5, 4, 6, 6, 5, 9], 2, 5),
        ([1, 2, 3], 1, 3),
        ([1, 1, 1], 0, 3),
    ],
)
def test_early_stopping(accuracies, n, epochs):
    class Scripted(Network):
        def accuracy(self, data, convert=False):
            return script.pop(0)

    script = list(accuracies)
    for monitored in (True, False):
        script[:] = accuracies
        got = Scripted([784, 10]).SGD(
            oracle.training_list(5, 1), len(accuracies), 2, 0.5, evaluation_data=oracle.judged_list(4, 2),
            monitor_evaluation_accuracy=monitored, monitor_training_cost=True, early_stopping_n=n,
        )
        assert len(got[2]) == epochs
        assert got[1] == (accuracies[:epochs] if monitored else [])


def test_costs_where_the_book_s_overflow():
    zero, one = np.array([[0.0], [0.0]]), np.array([[1.0], [1.0]])
    assert CrossEntropyCost.fn(one, one) == 0 and CrossEntropyCost.fn(zero, zero) == 0
    for a, y in ((zero, one), (one, zero)):
        assert 70 < CrossEntropyCost.fn(a, y) < 2000
    half = CrossEntropyCost.fn(np.array([[0.5]]), np.array([[0.5]]))
    np.testing.assert_allclose(half, np.log(2))
    # A network so sure of itself that its outputs are 0 and 1: the cost grows like |z|.
    net = Network([1, 1])
    net.weights, net.biases = [np.array([[1000.0]])], [np.array([[0.0]])]
    np.testing.assert_allclose(net.total_cost([(np.ones((1, 1)), np.zeros((1, 1)))], 0.0), 1000.0)
    assert net.total_cost([(np.ones((1, 1)), np.ones((1, 1)))], 0.0) == 0.0


def test_accuracy_and_cost_of_vectors_and_digits():
    seeded(2)
    net = Network(SIZES)
    state = {"w": net.weights, "b": net.biases}
    digits = oracle.judged_list(30, 3)
    vectors = [(x, oracle.one_hot(y)) for x, y in digits]
    pair = (np.hstack([x for x, _ in digits]).T, np.array([y for _, y in digits]))
    count = oracle.right(state, digits)
    assert net.accuracy(digits) == net.accuracy(vectors, convert=True) == net.accuracy(pair) == count
    cost = oracle.mean_cost(state, vectors, "cross_entropy", 2.0)
    for data, convert in ((digits, True), (vectors, False), (pair, True)):
        np.testing.assert_allclose(net.total_cost(data, 2.0, convert=convert), cost, rtol=1e-12)


# --- Files ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("cost", [QuadraticCost, CrossEntropyCost, CrossEntropyCost()])
def test_save_and_load(tmp_path, cost):
    path = tmp_path / "net.json"
    net = Network([5, 4, 3], cost)
    net.save(str(path))
    again = network2.load(path)
    assert again.sizes == [5, 4, 3] and again.cost in (QuadraticCost, CrossEntropyCost)
    assert_close(again, {"w": net.weights, "b": net.biases}, 0)
    saved = json.loads(path.read_text())
    assert set(saved) == {"sizes", "weights", "biases", "cost"}
    assert saved["cost"] == again.cost.__name__


def test_single_precision_is_kept(tmp_path):
    net = Network([5, 4], dtype="float32")
    net.save(tmp_path / "net")
    again = network2.load(tmp_path / "net")
    assert again.dtype == np.float32 and all(w.dtype == np.float32 for w in again.weights + again.biases)
    assert np.array_equal(again.weights[0], net.weights[0])


def saved(**changes):
    data = {"sizes": [2, 1], "weights": [[[0.5, 1]]], "biases": [[[2]]], "cost": "QuadraticCost", **changes}
    return json.dumps({key: value for key, value in data.items() if value is not None})


def test_a_file_of_the_book_s_program(tmp_path):
    (tmp_path / "net").write_text(saved())
    net = network2.load(tmp_path / "net")
    assert net.weights[0].tolist() == [[0.5, 1.0]] and net.biases[0].tolist() == [[2.0]]
    assert net.cost is QuadraticCost and net.weights[0].dtype == np.float64


@pytest.mark.parametrize(
    ("text", "match"),
    [
        ("", "no JSON"),
        ("[1, 2]", "an object"),
        (saved(cost=None), "an object"),
        (saved(cost="Network"), "cost"),
        (saved(cost="os.system"), "cost"),
        (saved(cost=["QuadraticCost"]), "cost"),
        (saved(sizes=[2]), "sizes"),
        (saved(sizes=[2, -1]), "sizes"),
        (saved(sizes=[10**12, 10**12]), "weights"),
        (saved(weights=[[[0.5]]]), "weights"),
        (saved(weights=[[[0.5, "a"]]]), "weights"),
        (saved(weights=[[[0.5], [1, 2]]]), "weights"),
        (saved(biases=[]), "biases"),
        ("[" * 100_000, "JSON"),
    ],
)
def test_files_that_are_no_networks(tmp_path, text, match):
    (tmp_path / "bad.json").write_text(text)
    state = np.random.get_state()[1].tolist()
    with pytest.raises(ValueError, match=match) as caught:
        network2.load(tmp_path / "bad.json")
    assert "bad.json" in str(caught.value)
    assert np.random.get_state()[1].tolist() == state


# --- Bad input ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "error", "match"),
    [
        ({"lmbda": "much"}, TypeError, "lmbda"),
        ({"early_stopping_n": -1}, ValueError, "early_stopping_n"),
        ({"early_stopping_n": 1}, ValueError, "evaluation_data"),
        ({"monitor_evaluation_cost": True}, ValueError, "evaluation_data"),
        ({"evaluation_data": [], "monitor_evaluation_accuracy": True}, ValueError, "evaluation_data"),
        ({"evaluation_data": iter([])}, ValueError, "evaluation_data"),
        ({"evaluation_data": [(np.zeros((3, 1)), 1)]}, ValueError, "evaluation_data"),
    ],
)
def test_bad_arguments_change_nothing(arguments, error, match):
    net = Network([784, 10])
    weights, state = net.weights, random.getstate()
    with pytest.raises(error, match=match):
        net.SGD(oracle.training_list(4, 1), 1, 2, 0.5, **arguments)
    assert net.weights is weights and random.getstate() == state


@pytest.mark.parametrize("cost", ["CrossEntropyCost", None, 3])
def test_bad_costs(cost):
    with pytest.raises(TypeError, match="cost"):
        Network([2, 1], cost=cost)
