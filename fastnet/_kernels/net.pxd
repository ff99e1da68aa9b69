"""A network as the loops see it, and the way of a block of samples through it: forward, output, errors, gradient.

A block is at most a few hundred samples. Every sample's way is its own, and so is every row of a gradient: how the work
is cut into blocks, chunks of samples or runs of rows never changes a bit.
"""
from fastnet._kernels.words cimport real, uint8_t, uint64_t
from fastnet._kernels.costs cimport Output
from fastnet._kernels.lists cimport Sparse


cdef struct Layer:
    Py_ssize_t n_in
    Py_ssize_t n_out
    Py_ssize_t ld           # n_out rounded up: the length of a row of w, a and d
    Py_ssize_t n_vectors    # of such a row,
    Py_ssize_t n_used       # and those that hold outputs: the last may be padding only, which sums leave out
    Py_ssize_t offset       # of w in the flat parameters
    int act
    real *w                 # (n_in + 1, ld): weights, then biases
    real *wt                # (ld, ld of the layer below): the weights turned over, for the way back
    real *a                 # (block, ld): z, then f(z)
    real *d                 # (block, ld): errors dC/dz
    real *packed            # (block, ld): d in panels, where the gradient is made of live inputs of many outputs; else NULL
    real *z                 # (block, ld): z where f'(z) cannot be had from f(z), else NULL
    real *drop              # (block, ld): 0, or 1 / (1 - dropout), with dropout, else NULL
    double dropout          # the probability
    uint64_t *live          # (block, words of n_out): which a, and later d, are not zero, where many may be; else NULL
    real *mask              # (PAD,)


cdef struct Net:
    int n_layers
    Layer *layers
    Output out
    uint64_t draw           # what dropout hashes for the mini-batch
    bint looks              # whether a sum of the first layer that is not finite is looked for,
    bint doubts             # and was found: only then can a number of X be so
    uint64_t *x_live        # (block, words of n_in): the bits of a dense X where many of its numbers are zero, else NULL


cdef struct Source:         # X
    Py_ssize_t n
    Py_ssize_t n_in
    const real *dense       # (n, n_in) or NULL
    const uint8_t *bytes    # (n, n_in) or NULL
    real scale
    bint is_sparse
    Sparse sparse


cdef struct Block:          # samples order[first : first + m] (order NULL: first, first + 1, ...)
    Py_ssize_t first
    Py_ssize_t m
    const Py_ssize_t *order
    const real *x           # (m, n_in), or NULL where X is sparse
