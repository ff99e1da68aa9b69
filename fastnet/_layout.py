"""Where each parameter lies in the one flat array that holds them all.

Layer l (0-based), from n_in to n_out neurons, is a block of n_in + 1 rows of `stride` numbers, where
`stride` is n_out rounded up to a whole 64-byte word, and one word more where n_out fills a multiple of
512 bytes: rows so far apart share a few sets of the processor's caches. Row i holds the weights from
input i to every output, row n_in the biases; the rest of each row is zero and stays zero. Blocks follow
one another without gaps. Gradients and optimiser moments have the same layout.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

__all__ = ["ALIGNMENT", "Block", "Layout", "padded"]

ALIGNMENT = 64  # bytes: a cache line, and the widest vector word
APART = 8  # words: rows that fill a multiple of it get one more


def padded(n: int, dtype: np.typing.DTypeLike) -> int:
    """Return the length of a row for `n` numbers, whole 64-byte words of `dtype`."""
    word = ALIGNMENT // np.dtype(dtype).itemsize
    return n + word if n % (APART * word) == 0 else -(-n // word) * word


class Block(NamedTuple):
    """One layer's place in the flat array: `(n_in + 1) * stride` numbers from `offset`."""

    offset: int
    n_in: int
    n_out: int
    stride: int


class Layout:
    """The layout of a network's parameters.

    Parameters
    ----------
    sizes : sequence of int
        Neurons a layer, the inputs first: at least two numbers, each at least 1 (not checked here).
    dtype : dtype
        float32 or float64.

    Attributes
    ----------
    sizes : tuple of int
    dtype : numpy.dtype
    blocks : tuple of Block
        One a layer of weights.
    offsets : tuple of int
        Where each block begins.
    size : int
        Length of the flat array, padding included.
    n_parameters : int
        Weights and biases, padding not counted.
    """

    def __init__(self, sizes: Sequence[int], dtype: np.typing.DTypeLike) -> None:
        self.sizes = tuple(int(n) for n in sizes)
        self.dtype = np.dtype(dtype)
        blocks, offset = [], 0
        for n_in, n_out in zip(self.sizes[:-1], self.sizes[1:], strict=True):
            block = Block(offset, n_in, n_out, padded(n_out, self.dtype))
            blocks.append(block)
            offset += (n_in + 1) * block.stride
        self.blocks = tuple(blocks)
        self.offsets = tuple(block.offset for block in blocks)
        self.size = offset
        self.n_parameters = sum((block.n_in + 1) * block.n_out for block in blocks)

    def aligned_zeros(self) -> np.ndarray:
        """Return a new flat array of zeros, (size,), that begins at a multiple of 64 bytes."""
        n_bytes = self.size * self.dtype.itemsize
        raw = np.zeros(n_bytes + ALIGNMENT, np.uint8)
        start = -raw.ctypes.data % ALIGNMENT
        return raw[start : start + n_bytes].view(self.dtype)

    def block(self, flat: np.ndarray, layer: int) -> np.ndarray:
        """Return a view (n_in + 1, stride) of one layer's whole block, padding included."""
        offset, n_in, _, stride = self.blocks[layer]
        return flat[offset : offset + (n_in + 1) * stride].reshape(n_in + 1, stride)

    def weights(self, flat: np.ndarray, layer: int) -> np.ndarray:
        """Return a view (n_out, n_in) of one layer's weights, as in a' = f(W a + b)."""
        _, n_in, n_out, _ = self.blocks[layer]
        return self.block(flat, layer)[:n_in, :n_out].T

    def biases(self, flat: np.ndarray, layer: int) -> np.ndarray:
        """Return a view (n_out,) of one layer's biases."""
        _, n_in, n_out, _ = self.blocks[layer]
        return self.block(flat, layer)[n_in, :n_out]
