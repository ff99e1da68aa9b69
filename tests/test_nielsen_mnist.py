"""The book's programs on the real MNIST, against the oracle. Set FASTNET_DATA to the folder of mnist/."""

from __future__ import annotations

import os
import random

import nielsen_oracle as oracle
import numpy as np
import pytest

from fastnet.nielsen import average_darkness, mnist_loader, network

pytestmark = pytest.mark.skipif(
    not os.path.isdir(os.path.join(os.environ.get("FASTNET_DATA") or "-", "mnist")),
    reason="real MNIST wanted: FASTNET_DATA is not the folder that holds mnist/",
)
SIZES = [784, 30, 10]


@pytest.fixture(scope="module")
def lists():
    return mnist_loader.load_data_wrapper(os.environ["FASTNET_DATA"])


def seeded(seed):
    random.seed(seed)
    np.random.seed(seed)


def largest_difference(net, state):
    pairs = zip(net.weights + net.biases, state["w"] + state["b"], strict=True)
    return max(np.abs(got - expected).max() for got, expected in pairs)


def test_the_split(lists):
    assert [len(examples) for examples in lists] == [50_000, 10_000, 10_000]
    assert int(np.argmax(lists[0][0][1])) == 5 and lists[2][0][1] == 7 and lists[1][0][1] == 3


def test_pixels_are_those_of_the_book_s_pickle(lists):
    # The first numbers that are not zero in mnist.pkl.gz, as published in many printed dumps of it.
    first = lists[0][0][0]
    assert first[first > 0][:11].tolist() == [
        0.01171875, 0.0703125, 0.0703125, 0.0703125, 0.4921875, 0.53125, 0.68359375, 0.1015625, 0.6484375,
        0.99609375, 0.96484375,
    ]  # fmt: skip


def test_average_darkness_gives_the_book_s_count():
    training, _, test = mnist_loader.load_data(os.environ["FASTNET_DATA"])
    assert average_darkness(training, test) == 2225


@pytest.mark.parametrize(("n", "tolerance"), [(10, 1e-14), (10_000, 1e-11)])
def test_mini_batches_at_eta_3(lists, n, tolerance):
    training = lists[0][:n]
    expected = list(training)
    seeded(1)
    state = oracle.fresh(SIZES)
    oracle.epoch(state, expected, 10, 3.0)
    seeded(1)
    net = network.Network(SIZES)
    net.SGD(training, 1, 10, 3.0)
    assert largest_difference(net, state) <= tolerance
    assert all(a is b for a, b in zip(training, expected, strict=True))


def test_a_full_epoch(lists, capsys):
    training, _, test = lists
    got, expected = list(training), list(training)
    seeded(2)
    state = oracle.fresh(SIZES)
    oracle.epoch(state, expected, 10, 0.5)
    count = oracle.right(state, test)
    after = random.getstate(), np.random.get_state()[1].tolist()
    seeded(2)
    net = network.Network(SIZES)
    net.SGD(got, 1, 10, 0.5, test_data=test)
    assert largest_difference(net, state) <= 1e-12
    assert capsys.readouterr().out == f"Epoch 0: {count} / 10000\n"
    assert all(a is b for a, b in zip(got, expected, strict=True))
    assert (random.getstate(), np.random.get_state()[1].tolist()) == after


@pytest.mark.slow
def test_at_eta_3_the_accuracy_is_the_same_though_the_numbers_part(lists, capsys):
    training, _, test = lists
    got, expected = [], []
    for seed in range(5):
        order, ours = list(training), list(training)
        seeded(seed)
        state = oracle.fresh(SIZES)
        oracle.epoch(state, order, 10, 3.0)
        expected.append(oracle.right(state, test))
        after = random.getstate(), np.random.get_state()[1].tolist()
        seeded(seed)
        network.Network(SIZES).SGD(ours, 1, 10, 3.0, test_data=test)
        got.append(int(capsys.readouterr().out.split()[2]))
        assert all(a is b for a, b in zip(ours, order, strict=True))
        assert (random.getstate(), np.random.get_state()[1].tolist()) == after
    assert abs(np.mean(got) - np.mean(expected)) < 100, (got, expected)  # of 10,000
