"""The registry of names and the layout of the parameters."""

import numpy as np
import pytest
from helpers import COMBINATIONS, parameter_indices

from fastnet import names
from fastnet._layout import Layout, padded


def test_codes():
    # shared with the compiled heart
    assert names.ACTIVATION_CODES == {
        "identity": 0, "sigmoid": 1, "tanh": 2, "relu": 3, "leaky_relu": 4, "softmax": 5, "exp": 6, "elu": 7,
        "gelu": 8, "softplus": 9,
    }  # fmt: skip
    assert "softmax" not in names.ACTIVATIONS and "exp" not in names.ACTIVATIONS
    assert names.COSTS == {"quadratic": 0, "cross_entropy": 1}
    assert names.OPTIMIZER_CODES == {"sgd": 0, "momentum": 1, "nesterov": 2, "adam": 3, "adamw": 4}
    assert names.OPTIMIZERS == {"sgd": 0, "momentum": 1, "nesterov": 1, "adam": 2, "adamw": 2}


def test_choose():
    assert names.choose("tanh", names.ACTIVATIONS, "activation") == "tanh"
    with pytest.raises(ValueError, match=r"activation must be one of 'identity', .*did you mean 'sigmoid'"):
        names.choose("Sigmoyd", names.ACTIVATIONS, "activation")
    with pytest.raises(ValueError, match=r"cost must be one of 'quadratic', 'cross_entropy', not 'xyz'$"):
        names.choose("xyz", names.COSTS, "cost")
    with pytest.raises(ValueError, match="did you mean 'leaky_relu'"):
        names.choose("Leaky-ReLU", names.ACTIVATIONS, "activation")
    for wrong in (3, None, ["sgd"]):
        with pytest.raises(TypeError, match="optimizer must be one of 'sgd'"):
            names.choose(wrong, names.OPTIMIZERS, "optimizer")


def test_the_walk_is_complete():
    assert len(COMBINATIONS) == 8 * (9 + 2 + 2 + 1 + 3) * 2 * 2 * 2 == len(set(COMBINATIONS))


def test_padded():
    assert [padded(n, "f4") for n in (1, 10, 16, 17, 128, 784)] == [16, 16, 16, 32, 144, 784]
    assert [padded(n, "f8") for n in (1, 8, 9, 10, 16, 64)] == [8, 8, 16, 16, 16, 72]
    assert [padded(n, "f4") for n in (250, 256, 512, 1000)] == [256, 272, 528, 1008]
    assert [padded(n, "f8") for n in (128, 256, 784)] == [136, 264, 784]


@pytest.mark.parametrize("dtype", ["f4", "f8"])
@pytest.mark.parametrize("sizes", [(784, 16, 16, 10), (1, 1), (3, 17, 5)], ids=str)
def test_layout(sizes, dtype):
    layout = Layout(sizes, dtype)
    flat = layout.aligned_zeros()
    assert flat.dtype == np.dtype(dtype) and flat.shape == (layout.size,) and flat.flags.c_contiguous
    assert flat.ctypes.data % 64 == 0 and not flat.any()
    seen, end = np.zeros(layout.size, int), 0
    places = np.arange(layout.size)
    for layer, block in enumerate(layout.blocks):
        n_in, n_out = sizes[layer], sizes[layer + 1]
        assert block == (end, n_in, n_out, padded(n_out, dtype)) and layout.offsets[layer] == end
        assert (end * flat.itemsize) % 64 == 0
        weights, biases = layout.weights(flat, layer), layout.biases(flat, layer)
        assert weights.shape == (n_out, n_in) and biases.shape == (n_out,)
        assert np.shares_memory(weights, flat) and np.shares_memory(biases, flat)
        # row i of the block: the weights from input i; row n_in: the biases
        expected = end + np.arange(n_in)[None, :] * block.stride + np.arange(n_out)[:, None]
        np.testing.assert_array_equal(layout.weights(places, layer), expected)
        expected = end + n_in * block.stride + np.arange(n_out)
        np.testing.assert_array_equal(layout.biases(places, layer), expected)
        assert layout.block(flat, layer).shape == (n_in + 1, block.stride)
        end += (n_in + 1) * block.stride
    assert end == layout.size
    for pair in parameter_indices(layout):
        for place in pair:
            seen[place] += 1
    assert seen.max() == 1 and seen.sum() == layout.n_parameters
    if sizes == (784, 16, 16, 10):
        assert layout.n_parameters == 13002
