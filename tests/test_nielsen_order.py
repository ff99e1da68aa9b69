"""The compiled shuffle against `random.shuffle`, and the list of examples as arrays."""

from __future__ import annotations

import random
import sys

import nielsen_oracle as oracle
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fastnet.nielsen import _order, _shuffle
from fastnet.nielsen._columns import columns_of
from fastnet.nielsen._order import next_order, reorder


@given(seed=st.integers(0, 2**40), n=st.integers(0, 5000), drawn=st.integers(0, 700), gauss=st.booleans())
def test_order_and_state_are_python_s(seed, n, drawn, gauss):
    random.seed(seed)
    for _ in range(drawn):
        random.random()
    if gauss:
        random.gauss(0, 1)  # leaves a second number in the state
    start = random.getstate()
    expected = list(range(n))
    random.shuffle(expected)
    after = random.getstate()
    random.setstate(start)
    assert next_order(n).tolist() == expected
    assert random.getstate() == after


@pytest.mark.parametrize("k", range(1, 18))
@pytest.mark.parametrize("offset", [-1, 0, 1])
def test_lengths_about_a_power_of_two(k, offset):
    n = 2**k + offset
    random.seed(k)
    expected = list(range(n))
    random.shuffle(expected)
    random.seed(k)
    assert next_order(n).tolist() == expected


class Reversing(random.Random):
    def shuffle(self, x):
        x.reverse()


@pytest.mark.parametrize("generator", [Reversing(1), random.SystemRandom(), random.Random(5)])
def test_another_generator_is_asked_itself(generator, monkeypatch):
    monkeypatch.setattr(random, "shuffle", generator.shuffle)
    monkeypatch.setattr(_order, "_STATE_VERSION", 4 if type(generator) is random.Random else 3)
    before = random.getstate()
    order = next_order(20)
    assert sorted(order.tolist()) == list(range(20)) and random.getstate() == before
    if isinstance(generator, Reversing):
        assert order.tolist() == list(range(20))[::-1]
    if type(generator) is random.Random:
        expected = list(range(20))
        random.Random(5).shuffle(expected)
        assert order.tolist() == expected


def test_a_state_that_is_none():
    order = np.arange(3)
    with pytest.raises(ValueError, match="625"):
        _shuffle.shuffle((1, 2), order)
    with pytest.raises(ValueError, match="index"):
        _shuffle.shuffle((0,) * 624 + (700,), order)
    with pytest.raises((OverflowError, TypeError)):
        _shuffle.shuffle((-1,) * 625, order)
    assert order.tolist() == [0, 1, 2]


def test_reordering_keeps_the_list_and_every_reference():
    items = [object() for _ in range(50)]
    before, counts = list(items), [sys.getrefcount(item) for item in items]
    order = np.random.default_rng(0).permutation(50)
    reorder(items, order)
    assert all(items[i] is before[order[i]] for i in range(50))
    assert [sys.getrefcount(item) for item in before] == counts


@pytest.mark.parametrize("order", [[0, 0], [0, 2], [-1, 0], [0], [0, 1, 2]])
def test_what_is_no_order_is_refused(order):
    items = ["a", "b"]
    with pytest.raises(ValueError, match="order"):
        _shuffle.permute(items, np.array(order))
    assert items == ["a", "b"]


def test_a_list_class_of_the_caller_s():
    class Noting(list):
        def __setitem__(self, key, value):
            noted.append(key)
            super().__setitem__(key, value)

    noted = []
    items = Noting("abc")
    reorder(items, np.array([2, 0, 1]))
    assert items == ["c", "a", "b"] and noted == [slice(None)]


# --- Columns ------------------------------------------------------------------------------------------


def test_rows_of_one_array_are_not_copied():
    x = oracle.images(40, 1)[0]
    examples = [(column, None) for column in x[:, :, None]]
    random.Random(3).shuffle(examples)
    array, rows = columns_of(examples, 0, 784)
    assert np.shares_memory(array, x) and array.shape == (40, 784)
    assert np.array_equal(array[rows], np.hstack([column for column, _ in examples]).T)
    part, rows = columns_of(sorted(examples[:7], key=lambda e: e[0].ctypes.data), 0, 784)
    assert part.shape == (7, 784)


def spread(x):
    wide = np.zeros((len(x), 2 * x.shape[1]))
    wide[:, ::2] = x
    return wide[:, ::2, None]


@pytest.mark.parametrize(
    "make",
    [
        lambda x: [row.copy()[:, None] for row in x],
        lambda x: list(x.astype(np.float64)[:, :, None])[::-1],
        lambda x: list((x * 256).astype(np.uint8)[:, :, None]),
        lambda x: list((x * 256).astype(np.int16)[:, :, None]),
        lambda x: list(spread(x)),
        lambda x: list(x.astype(">f4")[:, :, None]),
        lambda x: [row[:, None].tolist() for row in x],
        lambda x: list(x[:, :, None][[0, 0, 1]]),
        lambda x: [x[0][:, None], x[0][:, None]],
        lambda x: [x[0][:, None], x[2][:, None]],
        lambda x: [x[0][:, None], x[0][:, None], x[2][:, None]],
        lambda x: [x[0][:, None], x[1][:, None].astype(float)],
        lambda x: [np.frombuffer(row.tobytes(), np.float32)[:, None] for row in x],
    ],
)
def test_columns_of_every_kind(make):
    columns = make(oracle.images(5, 1)[0])
    array, rows = columns_of([(column, 0) for column in columns], 0, 784)
    assert array.shape == (len(columns), 784) and sorted(rows) == list(range(len(columns)))
    assert np.array_equal(array[rows], np.hstack(columns).T)


@pytest.mark.parametrize(
    "example",
    [(np.zeros(784), 0), (np.zeros((1, 784)), 0),
     (np.zeros((784, 1), complex), 0), (np.zeros((784, 1), "O"), 0),
     (None, 0), 5, (np.zeros((784, 1)),), (np.zeros((784, 1)), 0, 0), ("a" * 784, 0),
     (np.zeros((784, 1), "M8[s]"), 0)],
)  # fmt: skip
def test_what_is_no_column(example):
    good = (np.zeros((784, 1)), 0)
    assert columns_of([good, example], 0, 784) is None
    assert columns_of([example, good], 0, 784) is None


def test_the_array_behind_the_columns_stays_unlocked():
    # every buffer that was taken is given back
    x = np.zeros((3, 4))
    columns_of([(column, 0) for column in x[:, :, None]], 0, 4)
    columns_of([(column, 0) for column in x[:, :, None]], 0, 5)
    x.resize((5, 4), refcheck=False)
    data = bytearray(64)
    column = np.frombuffer(data, float)[:, None]
    columns_of([(column, 0), (column, 0)], 0, 8)
    del column
    data.append(0)  # refused while somebody holds the buffer
