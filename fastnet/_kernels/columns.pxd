"""The entries of a block by input instead of by sample, and the gradient of the first layer that is made from them.

Each entry of the gradient is one chain over the samples that have the input, ascending: what is left out is zero.
"""
from libc.string cimport memcpy, memset
from fastnet._kernels.lists cimport (LONG_PLAIN, SHORT_CODED, SHORT_PLAIN, Entries, Sparse, entries_of, index_at, value_at)
from fastnet._kernels.products cimport first_half
from fastnet._kernels.words cimport real, vr, VL, vset, vload, vstore, vfma, vpair, uint32_t

cdef enum:
    COLUMN_VECTORS = 8    # of a panel of the gradient, at most


cdef struct Place:            # one entry as its input sees it
    uint32_t sample           # place in the block
    real value


cdef struct Columns:          # the block's entries by input instead of by sample
    uint32_t *start           # (n_in,) the place where an input's list begins,
    uint32_t *end             # (n_in,) and the one behind its last entry so far
    Place *places
    bint roomy                # every input has room for all samples of a block, always at the same start


cdef inline void clear_lists(const Columns *c, Py_ssize_t i0, Py_ssize_t i1) noexcept nogil:
    """No entries for the inputs from i0 to i1, whose starts are known."""
    memcpy(c.end + i0, c.start + i0, (i1 - i0) * sizeof(uint32_t))


cdef inline void put_place(const Columns *c, Py_ssize_t i, uint32_t sample, real value) noexcept nogil:
    """One more entry for input i."""
    cdef uint32_t place = c.end[i]
    c.end[i] = place + 1
    vpair(c.places + place, sample, value)


cdef inline void turn_entries(Columns *c, const Sparse *s, const Py_ssize_t *order, Py_ssize_t first, Py_ssize_t m,
                              Py_ssize_t n_in, int half) noexcept nogil:
    """Sort the entries of m rows by input, samples ascending: those of one half of the inputs. With room enough for
    every input that takes one pass over the lists; with many inputs they are counted first, and half 0 does both."""
    cdef Py_ssize_t b, q, i, seam = first_half(n_in)
    cdef uint32_t begin = 0
    cdef Entries e
    if not c.roomy:
        if half == 1:
            return
        memset(c.end, 0, n_in * sizeof(uint32_t))
        for b in range(m):
            e = entries_of(s, order[first + b] if order != NULL else first + b)
            for q in range(e.n):
                c.end[index_at(LONG_PLAIN, &e, q) if s.kind == LONG_PLAIN else index_at(SHORT_PLAIN, &e, q)] += 1
        for i in range(n_in):
            c.start[i] = begin
            begin += c.end[i]
        clear_lists(c, 0, n_in)
    elif half == 0:
        clear_lists(c, 0, seam)
    else:
        clear_lists(c, seam, n_in)
    for b in range(m):
        e = entries_of(s, order[first + b] if order != NULL else first + b)
        if c.roomy and half == 0:
            e.n = e.middle
        if not c.roomy or half == 0:
            e.middle = 0
        if s.kind == SHORT_CODED:
            put_entries(SHORT_CODED, c, &e, <uint32_t> b)
        elif s.kind == SHORT_PLAIN:
            put_entries(SHORT_PLAIN, c, &e, <uint32_t> b)
        else:
            put_entries(LONG_PLAIN, c, &e, <uint32_t> b)


cdef inline void put_entries(int KIND, Columns *c, const Entries *row, uint32_t b) noexcept nogil:
    """Sample b's entries from `middle` on to the ends of their inputs' lists."""
    cdef Entries e = row[0]
    cdef Columns columns = c[0]
    cdef Py_ssize_t q
    for q in range(e.middle, e.n):
        put_place(&columns, index_at(KIND, &e, q), b, value_at(KIND, &e, q))


cdef inline void column_sums(int NR, real *g, const real *d, Py_ssize_t ldd, const Place *places, Py_ssize_t count,
                             bint go_on) noexcept nogil:
    """g (NR vectors) = [g +] sum over the samples with a non-zero input of x d."""
    cdef vr acc[8]
    cdef vr x
    cdef const real *at
    cdef Py_ssize_t q
    cdef int n
    for n in range(NR):
        acc[n] = vset(0)
    if go_on:
        for n in range(NR):
            acc[n] = vload(g + n * VL)
    for q in range(count):
        x = vset(places[q].value)
        at = d + places[q].sample * ldd
        for n in range(NR):
            acc[n] = vfma(x, vload(at + n * VL), acc[n])
    for n in range(NR):
        vstore(g + n * VL, acc[n])


cdef inline Py_ssize_t even_width(Py_ssize_t vectors_left, Py_ssize_t most) noexcept nogil:
    """Of the next panel of a gradient: at most so many vectors, and panels alike, as one of a vector or two would wait for
    its own multiply-adds."""
    cdef Py_ssize_t panels = (vectors_left + most - 1) // most
    return (vectors_left + panels - 1) // panels


cdef inline void pack_errors(real *packed, const real *d, Py_ssize_t ldd, Py_ssize_t b0, Py_ssize_t m,
                             Py_ssize_t samples, Py_ssize_t n_vectors, Py_ssize_t most) noexcept nogil:
    """Rows b0 to b0 + m of the errors d (samples, n) into panels of at most so many vectors, each panel's rows without
    gaps: a panel stays near, where rows that lie a power of two apart would push each other out of the cache."""
    cdef Py_ssize_t b, n = 0, k, width
    while n < n_vectors:
        width = even_width(n_vectors - n, most)
        for b in range(b0, b0 + m):
            for k in range(width):
                vstore(packed + (b * width + k) * VL, vload(d + b * ldd + (n + k) * VL))
        packed += samples * width * VL
        n += width


cdef inline void column_rows(int NR, real *g, Py_ssize_t ldg, const real *packed, const Columns *c,
                             Py_ssize_t i0, Py_ssize_t i1, bint go_on) noexcept nogil:
    """Rows i0 to i1 of one panel of the gradient: g (i1 - i0, NR vectors)."""
    cdef Py_ssize_t i
    for i in range(i0, i1):
        column_sums(NR, g + (i - i0) * ldg, packed, NR * VL,
                    c.places + c.start[i], c.end[i] - c.start[i], go_on)
