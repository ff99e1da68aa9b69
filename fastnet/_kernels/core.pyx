"""The compiled heart for one dtype and one instruction set: `Engine` runs a network, `Trainer` trains it.

Built once for every dtype and instruction set from this one source (see setup.py); `fastnet._heart` picks. Nothing
here validates: the faces above do. The contract is in ARCHITECTURE.md, the specification in fastnet/reference.py.
"""
from cpython.buffer cimport (PyBUF_C_CONTIGUOUS, PyBUF_FORMAT, PyBUF_WRITABLE, PyBuffer_Release,
                             PyObject_CheckBuffer, PyObject_GetBuffer)
from cpython.ref cimport PyObject
from libc.math cimport sqrt
from libc.stdlib cimport free
from libc.string cimport memcpy, memmove, memset

import numpy as np

from fastnet import names
from fastnet._kernels import _compact

from fastnet._kernels.system cimport (atomic_add, atomic_load, atomic_store, atomic_take, flush_subnormals, pause_thread,
                                      restore_mode, roots_slowly, seconds_now, shuffles_beside, stores_by_halves)
from fastnet._kernels.words cimport (real, vr, VL, HW, PAD, vset, vload, vloadu, vstore, vstoreu, vfma, vturn, vbits,
                                     count_bits, prefetch, tally, int32_t, int64_t, uint8_t, uint16_t, uint32_t, uint64_t)
from fastnet._kernels.activations cimport GELU, RELU, SOFTMAX, lanes_out, softmax_whole, squash, times_slope
from fastnet._kernels.costs cimport CHUNK, SCORE_NONE, Output, Sums, Targets, is_correct, output_chunk
from fastnet._kernels.products cimport (Product, add_outer, first_half, narrow_sums, outer_rows, product_of_columns,
                                        short_row, shuffle_aside, weighted_sums)
from fastnet._kernels.lists cimport (LONG_PLAIN, SHORT_CODED, SHORT_PLAIN, SOON, Entries, Sparse, entries_of, fetch_ahead,
                                     fetch_entries, fetch_run, index_at)
from fastnet._kernels.columns cimport (COLUMN_VECTORS, Columns, Place, clear_lists, column_rows, even_width, pack_errors,
                                       turn_entries)
from fastnet._kernels.sparse cimport GROUP, RowPass, pass_width, rows_of_kind, slow_stores, turns_along
from fastnet._kernels.silent cimport (LIVE_BYTES, LIVE_GROUP, LIVE_INPUTS, LIVE_LEAST, LIVE_MARKED, LIVE_SAMPLES, LIVE_VECTORS,
                                      TALLY_SAMPLES, few, live_gradient, live_sums, mark_columns, mark_rows, words_of)
from fastnet._kernels.strips cimport (ALL_STRIPS, BEFORE_SEAM, BEHIND_SEAM, STRIP, STRIP_VECTORS, Spot, Strips, Words,
                                      clear_strips, input_of, lay_strips, put_spots, put_words, strip_gradient, strip_of,
                                      strip_sums, strips_of)
from fastnet._kernels.updates cimport ADAM, SGD, STREAM_BYTES, Learner, Rule, Step, l2_of, slow_roots, step_of, update
from fastnet._kernels.net cimport Block, Layer, Net, Source

cdef extern from *:
    """
    #include <stdlib.h>
    /* aligned_alloc wants a whole number of lines */
    static void *lines_alloc(size_t bytes) { return aligned_alloc(64, (bytes + 127) / 64 * 64); }
    """
    void *lines_alloc(size_t bytes) nogil

slow_stores = stores_by_halves()
shuffle_aside = shuffles_beside()
slow_roots = roots_slowly()
DTYPE = "float64" if sizeof(real) == 8 else "float32"
LANES = VL


cdef class Engine
cdef class Trainer


def work_as(bint storing_slowly, bint shuffling_aside, bint rooting_slowly):
    """Work as for a processor whose stores are slow, or not, that shuffles beside multiply-adds, or not, and whose roots are
    slow, or not; return what it was. For tests: no bit hangs on it."""
    global slow_stores, shuffle_aside, slow_roots
    before = slow_stores, shuffle_aside, slow_roots
    slow_stores, shuffle_aside, slow_roots = storing_slowly, shuffling_aside, rooting_slowly
    return before


include "silent.pxi"
include "passes.pxi"
include "single.pxi"
include "gradients.pxi"
include "steps.pxi"
include "strips.pxi"
include "doors.pxi"
include "workspace.pxi"
include "engine.pxi"
include "balance.pxi"
include "team.pxi"
include "ahead.pxi"
include "trainer.pxi"
include "online.pxi"
