"""The order of an epoch: NumPy's own, draw by draw."""

import numpy as np
import pytest

from fastnet._kernels._order import shuffle

SIZES = [1, 2, 3, 4, 5, 8, 9, 100, 127, 128, 129, 1000, 65_537]


@pytest.mark.parametrize("bits", ["PCG64", "PCG64DXSM", "MT19937", "Philox", "SFC64"])
def test_generators_permutation(bits):
    ours, theirs = (np.random.Generator(getattr(np.random, bits)(7)) for _ in range(2))
    for n in SIZES:
        order = np.arange(n, dtype=np.intp)
        shuffle(ours.bit_generator, order)
        np.testing.assert_array_equal(order, theirs.permutation(n))
    assert ours.random() == theirs.random()  # not a draw more, not one less


def test_random_states_shuffle():
    ours, theirs = np.random.RandomState(7), np.random.RandomState(7)
    for n in SIZES:
        order, expected = np.arange(n, dtype=np.intp), np.arange(n)
        shuffle(ours._bit_generator, order)
        theirs.shuffle(expected)
        np.testing.assert_array_equal(order, expected)
    assert ours.rand() == theirs.rand()


def test_every_order_is_as_likely():
    bits = np.random.default_rng(0).bit_generator
    counts = np.zeros((3, 3, 3), int)
    for _ in range(6000):
        order = np.arange(3, dtype=np.intp)
        shuffle(bits, order)
        counts[tuple(order)] += 1
    seen = counts[counts > 0]
    assert len(seen) == 6 and abs(seen - 1000).max() < 150
