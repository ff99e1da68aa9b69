"""Products that visit only the inputs that are not zero, from the compact form of X.

A row of the compact form is a list of (index, value). The index takes 16 bits where there are at most 65,536
inputs; the value is a byte into a table where X has at most 256 different numbers (images), else the number.
The four kinds are literals at every call, so that each gets its own loop. A skipped term is exactly zero: sums
come out as they do from the dense form, bit for bit.
"""
from libc.string cimport memset
from fastnet._kernels.words cimport (real, vr, VL, vset, vload, vstore, vfma, prefetch,
                                     int64_t, uint8_t, uint16_t, uint32_t)

cdef enum:
    SHORT_CODED = 0   # uint16 index, uint8 code into the table
    SHORT_PLAIN = 1   # uint16 index, value
    LONG_PLAIN = 2    # uint32 index, value
    LONG_CODED = 3    # uint32 index, uint8 code


cdef struct Sparse:
    int kind
    const int64_t *rowptr     # (n + 1,)
    const uint32_t *middle    # (n,) entries of the row that lie in the first half of the inputs
    const uint16_t *index16   # (nnz,)
    const uint32_t *index32
    const uint8_t *code
    const real *value
    const real *table         # (256,)


cdef struct Entries:          # one row, ready for the loops
    const uint16_t *index16
    const uint32_t *index32
    const uint8_t *code
    const real *value
    const real *table
    Py_ssize_t middle
    Py_ssize_t n


cdef inline bint is_long(int kind) noexcept nogil:
    return kind == LONG_PLAIN or kind == LONG_CODED


cdef inline bint is_coded(int kind) noexcept nogil:
    return kind == SHORT_CODED or kind == LONG_CODED


cdef inline Entries entries_of(const Sparse *s, Py_ssize_t row) noexcept nogil:
    cdef Entries e
    cdef int64_t start = s.rowptr[row]
    e.n = s.rowptr[row + 1] - start
    e.middle = s.middle[row]
    e.index16 = s.index16 + start if not is_long(s.kind) else NULL
    e.index32 = s.index32 + start if is_long(s.kind) else NULL
    e.code = s.code + start if is_coded(s.kind) else NULL
    e.value = s.value + start if not is_coded(s.kind) else NULL
    e.table = s.table
    return e


cdef inline void fetch_ahead(const Sparse *s, Py_ssize_t row) noexcept nogil:
    """Ask for a row that will be read soon: shuffled rows are new to every cache."""
    cdef int64_t start = s.rowptr[row], stop = s.rowptr[row + 1], q
    q = start
    if is_long(s.kind):
        while q < stop:
            prefetch(s.index32 + q)
            q += 16
    else:
        while q < stop:
            prefetch(s.index16 + q)
            q += 32
    q = start
    if is_coded(s.kind):
        while q < stop:
            prefetch(s.code + q)
            q += 64
    else:
        while q < stop:
            prefetch(s.value + q)
            q += 64 // sizeof(real)


cdef inline Py_ssize_t index_at(int KIND, const Entries *e, Py_ssize_t q) noexcept nogil:
    return e.index32[q] if is_long(KIND) else e.index16[q]


cdef inline real value_at(int KIND, const Entries *e, Py_ssize_t q) noexcept nogil:
    return e.table[e.code[q]] if is_coded(KIND) else e.value[q]


cdef inline void row_sums(int KIND, int NR, real *z, const real *bias, const real *w, Py_ssize_t ldw,
                          const Entries *row) noexcept nogil:
    """z (NR vectors) = (bias + S0) + S1 over the entries of one row; short rows of outputs run both chains at once."""
    cdef vr s0[8]
    cdef vr s1[8]
    cdef vr x0, x1
    cdef const real *w0
    cdef const real *w1
    cdef Entries e = row[0]
    cdef Py_ssize_t q, middle = e.middle, rest = e.n - e.middle, both = 0
    cdef int n
    for n in range(NR):
        s0[n] = vset(0)
        s1[n] = vset(0)
    if NR <= 4:
        both = middle if middle < rest else rest
        for q in range(both):
            w0 = w + index_at(KIND, &e, q) * ldw
            w1 = w + index_at(KIND, &e, middle + q) * ldw
            x0 = vset(value_at(KIND, &e, q))
            x1 = vset(value_at(KIND, &e, middle + q))
            for n in range(NR):
                s0[n] = vfma(x0, vload(w0 + n * VL), s0[n])
                s1[n] = vfma(x1, vload(w1 + n * VL), s1[n])
    for q in range(both, middle):
        w0 = w + index_at(KIND, &e, q) * ldw
        x0 = vset(value_at(KIND, &e, q))
        for n in range(NR):
            s0[n] = vfma(x0, vload(w0 + n * VL), s0[n])
    if NR > 4:  # one chain after the other: eight accumulators are enough to hide the latency
        for n in range(NR):
            s0[n] = vload(bias + n * VL) + s0[n]
    for q in range(middle + both, e.n):
        w1 = w + index_at(KIND, &e, q) * ldw
        x1 = vset(value_at(KIND, &e, q))
        for n in range(NR):
            s1[n] = vfma(x1, vload(w1 + n * VL), s1[n])
    for n in range(NR):
        if NR > 4:
            vstore(z + n * VL, s0[n] + s1[n])
        else:
            vstore(z + n * VL, (vload(bias + n * VL) + s0[n]) + s1[n])


cdef inline void row_scatter(int KIND, int NR, real *w, Py_ssize_t ldw, const real *step,
                             const Entries *row) noexcept nogil:
    """w[i] += x_i step for every entry (i, x_i) of one row: the outer product that a plain descent step adds."""
    cdef vr s[8]
    cdef vr x
    cdef real *at
    cdef Entries e = row[0]
    cdef Py_ssize_t q
    cdef int n
    for n in range(NR):
        s[n] = vload(step + n * VL)
    for q in range(e.n):
        at = w + index_at(KIND, &e, q) * ldw
        x = vset(value_at(KIND, &e, q))
        for n in range(NR):
            vstore(at + n * VL, vfma(x, s[n], vload(at + n * VL)))


cdef inline void row_any(int KIND, bint SCATTER, real *z, const real *bias, real *w, Py_ssize_t ldw,
                         Py_ssize_t n_vectors, const Entries *e) noexcept nogil:
    """A row of any width in passes of at most eight vectors: the more a pass covers, the fewer lists are read."""
    cdef Py_ssize_t n = 0, left = n_vectors
    while left >= 8:
        row_pass(KIND, SCATTER, 8, z + n * VL, bias + n * VL, w + n * VL, ldw, e)
        n += 8
        left -= 8
    if left == 7:
        row_pass(KIND, SCATTER, 7, z + n * VL, bias + n * VL, w + n * VL, ldw, e)
    elif left == 6:
        row_pass(KIND, SCATTER, 6, z + n * VL, bias + n * VL, w + n * VL, ldw, e)
    elif left == 5:
        row_pass(KIND, SCATTER, 5, z + n * VL, bias + n * VL, w + n * VL, ldw, e)
    elif left == 4:
        row_pass(KIND, SCATTER, 4, z + n * VL, bias + n * VL, w + n * VL, ldw, e)
    elif left == 3:
        row_pass(KIND, SCATTER, 3, z + n * VL, bias + n * VL, w + n * VL, ldw, e)
    elif left == 2:
        row_pass(KIND, SCATTER, 2, z + n * VL, bias + n * VL, w + n * VL, ldw, e)
    elif left == 1:
        row_pass(KIND, SCATTER, 1, z + n * VL, bias + n * VL, w + n * VL, ldw, e)


cdef inline void row_pass(int KIND, bint SCATTER, int NR, real *z, const real *bias, real *w, Py_ssize_t ldw,
                          const Entries *e) noexcept nogil:
    if SCATTER:
        row_scatter(KIND, NR, w, ldw, z, e)
    else:
        row_sums(KIND, NR, z, bias, w, ldw, e)


cdef inline void sparse_sums(real *z, Py_ssize_t ldz, const Sparse *s, const Py_ssize_t *order, Py_ssize_t first,
                             Py_ssize_t m, const real *w, Py_ssize_t ldw, const real *bias,
                             Py_ssize_t n_vectors) noexcept nogil:
    """z (m, n) for rows order[first : first + m] (order NULL: as they come)."""
    cdef Py_ssize_t b
    cdef Entries e
    for b in range(m):
        e = entries_of(s, order[first + b] if order != NULL else first + b)
        if s.kind == SHORT_CODED:
            row_any(SHORT_CODED, False, z + b * ldz, bias, <real *> w, ldw, n_vectors, &e)
        elif s.kind == SHORT_PLAIN:
            row_any(SHORT_PLAIN, False, z + b * ldz, bias, <real *> w, ldw, n_vectors, &e)
        elif s.kind == LONG_PLAIN:
            row_any(LONG_PLAIN, False, z + b * ldz, bias, <real *> w, ldw, n_vectors, &e)
        else:
            row_any(LONG_CODED, False, z + b * ldz, bias, <real *> w, ldw, n_vectors, &e)


cdef inline void sparse_scatter(real *w, Py_ssize_t ldw, const Sparse *s, const Py_ssize_t *order, Py_ssize_t first,
                                Py_ssize_t m, real *steps, Py_ssize_t ld_steps, Py_ssize_t n_vectors) noexcept nogil:
    """w += x^T steps, sample by sample, in the weights' own place; steps (m, n)."""
    cdef Py_ssize_t b
    cdef Entries e
    for b in range(m):
        e = entries_of(s, order[first + b])
        if s.kind == SHORT_CODED:
            row_any(SHORT_CODED, True, steps + b * ld_steps, steps, w, ldw, n_vectors, &e)
        elif s.kind == SHORT_PLAIN:
            row_any(SHORT_PLAIN, True, steps + b * ld_steps, steps, w, ldw, n_vectors, &e)
        elif s.kind == LONG_PLAIN:
            row_any(LONG_PLAIN, True, steps + b * ld_steps, steps, w, ldw, n_vectors, &e)
        else:
            row_any(LONG_CODED, True, steps + b * ld_steps, steps, w, ldw, n_vectors, &e)


cdef struct Place:            # one entry as its input sees it
    uint32_t sample           # place in the block
    real value


cdef struct Columns:          # the block's entries by input instead of by sample
    uint32_t *count           # (n_in,) entries of each input
    uint32_t *start           # (n_in + 1,) where its list begins; with buckets: input i's is at i * bucket
    Place *places
    Py_ssize_t bucket         # samples of a block where every input has room for all of them, else 0


cdef inline void turn_entries(Columns *c, const Sparse *s, const Py_ssize_t *order, Py_ssize_t first, Py_ssize_t m,
                              Py_ssize_t n_in) noexcept nogil:
    """Sort the entries of m rows by input, samples ascending. With a bucket for every input that takes one pass over
    the lists; with many inputs the entries are counted first."""
    cdef Py_ssize_t b, q, i
    cdef Entries e
    memset(c.count, 0, n_in * sizeof(uint32_t))
    if c.bucket == 0:
        for b in range(m):
            e = entries_of(s, order[first + b] if order != NULL else first + b)
            for q in range(e.n):
                c.count[index_at(LONG_PLAIN, &e, q) if is_long(s.kind) else index_at(SHORT_PLAIN, &e, q)] += 1
        c.start[0] = 0
        for i in range(n_in):
            c.start[i + 1] = c.start[i] + c.count[i]
            c.count[i] = 0
    for b in range(m):
        e = entries_of(s, order[first + b] if order != NULL else first + b)
        if s.kind == SHORT_CODED:
            put_entries(SHORT_CODED, c, &e, <uint32_t> b)
        elif s.kind == SHORT_PLAIN:
            put_entries(SHORT_PLAIN, c, &e, <uint32_t> b)
        elif s.kind == LONG_PLAIN:
            put_entries(LONG_PLAIN, c, &e, <uint32_t> b)
        else:
            put_entries(LONG_CODED, c, &e, <uint32_t> b)


cdef inline void put_entries(int KIND, Columns *c, const Entries *row, uint32_t b) noexcept nogil:
    cdef Entries e = row[0]
    cdef uint32_t *count = c.count
    cdef Place *places = c.places
    cdef Place *at
    cdef Py_ssize_t q, i, bucket = c.bucket
    for q in range(e.n):
        i = index_at(KIND, &e, q)
        at = places + (i * bucket if bucket != 0 else c.start[i]) + count[i]
        count[i] += 1
        at.sample = b
        at.value = value_at(KIND, &e, q)


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


cdef inline void column_any(int NR, real *g, Py_ssize_t ldg, const real *d, Py_ssize_t ldd, const Columns *c,
                            Py_ssize_t i0, Py_ssize_t i1, bint go_on) noexcept nogil:
    cdef Py_ssize_t i
    for i in range(i0, i1):
        column_sums(NR, g + (i - i0) * ldg, d, ldd, c.places + (i * c.bucket if c.bucket != 0 else c.start[i]),
                    c.count[i], go_on)


cdef inline void sparse_gradient(real *g, Py_ssize_t ldg, const real *d, Py_ssize_t ldd, const Columns *c,
                                 Py_ssize_t i0, Py_ssize_t i1, Py_ssize_t n_vectors, bint go_on) noexcept nogil:
    """Rows i0 to i1 of the gradient, g (i1 - i0, n), over columns of errors so narrow that they stay near."""
    cdef Py_ssize_t n = 0, left = n_vectors
    while left > 0:
        if left >= 4:
            column_any(4, g + n * VL, ldg, d + n * VL, ldd, c, i0, i1, go_on)
            n += 4
            left -= 4
        elif left >= 2:
            column_any(2, g + n * VL, ldg, d + n * VL, ldd, c, i0, i1, go_on)
            n += 2
            left -= 2
        else:
            column_any(1, g + n * VL, ldg, d + n * VL, ldd, c, i0, i1, go_on)
            left = 0
