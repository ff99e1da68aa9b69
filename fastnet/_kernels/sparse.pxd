"""Products of rows that visit only the inputs that are not zero, from their lists.

A skipped term is exactly zero: sums come out as they do from the dense form, bit for bit.
"""
from fastnet._kernels.columns cimport Columns, put_place
from fastnet._kernels.lists cimport LONG_PLAIN, SOON, Entries, Sparse, fetch_entries, index_at, take_entries, value_at
from fastnet._kernels.products cimport first_half
from fastnet._kernels.words cimport real, vr, VL, vset, vload, vstore, vfma, at_hand, AT_ONCE, uint32_t

cdef extern from *:
    """
    static int slow_stores; /* of this processor: see below; set by core.pyx */
    """
    bint slow_stores

cdef enum:
    GROUP = 128           # rows that go through the weights together
    SCATTER_BYTES = 32768 # of weights that are changed there, sample after sample
    BLOCK_BYTES = 24576   # of weights that stay in the first-level cache meanwhile
    TURN_WIDTH = 8        # vectors of a pass that can sort the entries on the way: one loop more is enough


cdef inline void add_entry(int KIND, int NR, vr *sums, const real *w, Py_ssize_t ldw, const Entries *e,
                           Py_ssize_t q) noexcept nogil:
    """sums (NR vectors) += x_i w[i] for entry q."""
    cdef const real *wi = w + index_at(KIND, e, q) * ldw
    cdef vr x = vset(value_at(KIND, e, q))
    cdef int n
    for n in range(NR):
        sums[n] = vfma(x, vload(wi + n * VL), sums[n])


cdef inline void add_both(int KIND, int COUNT, int NR, vr *s0, vr *s1, const real *w, Py_ssize_t ldw, const Entries *e,
                          Py_ssize_t q, Py_ssize_t r) noexcept nogil:
    """COUNT entries from q on to one sum, as many from r on to another, side by side."""
    cdef vr x0[4]
    cdef vr x1[4]
    cdef Py_ssize_t i0[4]
    cdef Py_ssize_t i1[4]
    cdef int k, n
    take_entries(KIND, COUNT, e, q, i0, x0)
    take_entries(KIND, COUNT, e, r, i1, x1)
    for k in range(COUNT):
        for n in range(NR):
            s0[n] = vfma(x0[k], vload(w + i0[k] * ldw + n * VL), s0[n])
            s1[n] = vfma(x1[k], vload(w + i1[k] * ldw + n * VL), s1[n])


cdef inline void row_sums(int KIND, int NR, real *z, const real *bias, const real *w, Py_ssize_t ldw,
                          const Entries *row) noexcept nogil:
    """z (NR vectors) = (bias + S0) + S1 over the entries of one row; short rows of outputs run both chains at once."""
    cdef vr s0[8]
    cdef vr s1[8]
    cdef Entries e = row[0]
    cdef Py_ssize_t q = 0, middle = e.middle, rest = e.n - e.middle, both = 0
    cdef int n, together = AT_ONCE if NR > 1 else 1  # a single vector's sums wait for each other, not for loads
    for n in range(NR):
        s0[n] = vset(0)
        s1[n] = vset(0)
    if NR <= 4:
        both = (middle if middle < rest else rest) // together * together
        while q < both:
            if NR > 1:
                add_both(KIND, AT_ONCE, NR, s0, s1, w, ldw, &e, q, middle + q)
            else:
                add_both(KIND, 1, NR, s0, s1, w, ldw, &e, q, middle + q)
            q += together
    for q in range(both, middle):
        add_entry(KIND, NR, s0, w, ldw, &e, q)
    if NR > 4:  # one chain after the other: eight accumulators are enough to hide the latency
        for n in range(NR):
            s0[n] = vload(bias + n * VL) + s0[n]
    for q in range(middle + both, e.n):
        add_entry(KIND, NR, s1, w, ldw, &e, q)
    for n in range(NR):
        if NR > 4:
            vstore(z + n * VL, s0[n] + s1[n])
        else:
            vstore(z + n * VL, (vload(bias + n * VL) + s0[n]) + s1[n])


cdef inline void row_scatter(int KIND, int NR, real *w, Py_ssize_t ldw, const real *step,
                             const Entries *row) noexcept nogil:
    """w[i] += x_i step for every entry (i, x_i) of one row: the outer product that a plain descent step adds."""
    cdef vr s[8]
    cdef Entries e = row[0]
    cdef Py_ssize_t q = 0
    cdef int n
    for n in range(NR):
        s[n] = vload(step + n * VL)
    while q < e.n - AT_ONCE + 1:
        scatter_entries(KIND, AT_ONCE, NR, w, ldw, s, &e, q)
        q += AT_ONCE
    while q < e.n:
        scatter_entries(KIND, 1, NR, w, ldw, s, &e, q)
        q += 1


cdef inline void scatter_entries(int KIND, int COUNT, int NR, real *w, Py_ssize_t ldw, const vr *s, const Entries *e,
                                 Py_ssize_t q) noexcept nogil:
    """row_scatter of COUNT entries."""
    cdef vr w_new[8]
    cdef vr x[4]
    cdef Py_ssize_t index[4]
    cdef real *at
    cdef int k, n
    take_entries(KIND, COUNT, e, q, index, x)
    for k in range(COUNT):
        at = at_hand(w + index[k] * ldw)
        for n in range(NR):
            w_new[n] = vfma(x[k], s[n], vload(at + n * VL))
        for n in range(NR):
            vstore(at + n * VL, w_new[n])


cdef inline void blocked_sums(int KIND, int NR, bint TURN, real *z, Py_ssize_t ldz, const real *bias, const real *w,
                              Py_ssize_t ldw, Py_ssize_t n_in, const Entries *rows, Py_ssize_t m, const Columns *turn,
                              uint32_t first) noexcept nogil:
    """row_sums for at most GROUP rows at once, the weights in blocks that stay in the first-level cache. While it waits
    for them, it can sort the entries by input into `turn`; `first` is the rows' first place there."""
    cdef vr acc[8]
    cdef vr partial[GROUP * 8]
    cdef uint32_t at[GROUP]
    cdef vr x
    cdef real value
    cdef const real *wi
    cdef const real *base
    cdef Entries e
    cdef Py_ssize_t b, q, stop, i, k, k_stop, k_end, seam = first_half(n_in)
    cdef Py_ssize_t step = BLOCK_BYTES // (NR * VL * sizeof(real))
    cdef int n, half
    cdef bint begin
    cdef Columns columns
    if TURN:
        columns = turn[0]
    for b in range(m):
        at[b] = 0
    k = 0
    for half in range(1 if seam == n_in else 2):
        k_end = seam if half == 0 else n_in
        begin = True
        while k < k_end:
            k_stop = k + step if k_end - k > step else k_end
            for b in range(m):
                if TURN and k == 0 and b + SOON < m:  # asked for a mini-batch ago: the optimiser's streams drove it away
                    fetch_entries(KIND, rows + b + SOON, True)
                e = rows[b]
                for n in range(NR):
                    acc[n] = vset(0) if begin else partial[b * NR + n]
                q = at[b]
                stop = e.middle if half == 0 else e.n
                while q < stop:
                    i = index_at(KIND, &e, q)
                    if i >= k_stop:
                        break
                    wi = w + i * ldw
                    value = value_at(KIND, &e, q)
                    if TURN:
                        put_place(&columns, i, first + <uint32_t> b, value)
                    x = vset(value)
                    for n in range(NR):
                        acc[n] = vfma(x, vload(wi + n * VL), acc[n])
                    q += 1
                at[b] = <uint32_t> q
                if k_stop == k_end:
                    base = bias if half == 0 else z + b * ldz
                    for n in range(NR):
                        vstore(z + b * ldz + n * VL, vload(base + n * VL) + acc[n])
                else:
                    for n in range(NR):
                        partial[b * NR + n] = acc[n]
            k = k_stop
            begin = False


cdef inline void blocked_scatter(int KIND, int NR, real *w, Py_ssize_t ldw, const real *steps, Py_ssize_t ld_steps,
                                 Py_ssize_t n_in, const Entries *rows, Py_ssize_t m) noexcept nogil:
    """row_scatter for at most GROUP rows, the weights in blocks that stay in the first-level cache."""
    cdef vr s[8]
    cdef uint32_t at[GROUP]
    cdef vr x
    cdef real *wi
    cdef Entries e
    cdef Py_ssize_t b, q, i, k = 0, step = SCATTER_BYTES // (NR * VL * sizeof(real))
    cdef int n
    for b in range(m):
        at[b] = 0
    while k < n_in:
        k += step
        for b in range(m):
            e = rows[b]
            for n in range(NR):
                s[n] = vload(steps + b * ld_steps + n * VL)
            q = at[b]
            while q < e.n:
                i = index_at(KIND, &e, q)
                if i >= k:
                    break
                wi = at_hand(w + i * ldw)
                x = vset(value_at(KIND, &e, q))
                for n in range(NR):
                    vstore(wi + n * VL, vfma(x, s[n], vload(wi + n * VL)))
                q += 1
            at[b] = <uint32_t> q


cdef inline Py_ssize_t panel_width(Py_ssize_t vectors_left) noexcept nogil:
    if vectors_left >= 8:
        return 8
    return 4 if vectors_left >= 4 else (2 if vectors_left >= 2 else 1)


cdef inline Py_ssize_t pass_width(int kind, Py_ssize_t vectors_left) noexcept nogil:
    """At most eight vectors of outputs a pass: the more, the fewer times the lists are read. Every width costs seconds of
    building; long lists make do with powers of two."""
    return panel_width(vectors_left) if kind == LONG_PLAIN or vectors_left > 8 else vectors_left


cdef struct RowPass:          # one pass of some rows over some vectors of outputs
    real *z                   # (m, n): the sums to make, or the steps that go into w
    Py_ssize_t ldz
    const real *bias          # (n,)
    real *w                   # (n_in, n)
    Py_ssize_t ldw
    Py_ssize_t n_in
    const Entries *rows       # (m,), m at most GROUP
    Py_ssize_t m
    const Columns *turn       # to sort the entries on the way, or NULL
    uint32_t first            # place of the first row in the block


cdef inline bint goes_by_blocks(int kind, bint scatter, Py_ssize_t width, Py_ssize_t n_in, Py_ssize_t m) noexcept nogil:
    """Where the weights of a pass do not stay in the first-level cache, several rows go through them block by block. Long
    lists do not: their entries are too few and far between; nor does a scatter whose stores take so long that weights come
    from the second-level cache meanwhile. There four vectors of 64 bytes, that come as slowly, are enough for sums."""
    cdef int least = 4 if scatter or slow_stores and VL * <int> sizeof(real) == 64 else 5
    if kind == LONG_PLAIN or scatter and slow_stores:
        return False
    return width >= least and m >= 4 and n_in * width * VL * <Py_ssize_t> sizeof(real) > 49152


cdef inline bint turns_along(const Sparse *s, Py_ssize_t n_in, Py_ssize_t n_vectors, const Columns *c,
                             Py_ssize_t m) noexcept nogil:
    """Whether the sums of m rows can sort their entries by input on the way: every group goes by blocks."""
    cdef Py_ssize_t rest = m % GROUP if m % GROUP != 0 else GROUP
    cdef Py_ssize_t width = pass_width(s.kind, n_vectors)
    return c.roomy and width == TURN_WIDTH and goes_by_blocks(s.kind, False, width, n_in, rest)


cdef inline void rows_pass(int KIND, bint SCATTER, int NR, const RowPass *p, bint tight) noexcept nogil:
    """NR vectors of outputs; `tight`: rows of w follow each other without gaps, their length is known to the compiler."""
    cdef RowPass r = p[0]
    cdef Py_ssize_t b, ldw = NR * VL if tight else r.ldw
    if goes_by_blocks(KIND, SCATTER, NR, r.n_in, r.m):
        if NR == TURN_WIDTH and not SCATTER and r.turn != NULL:
            blocked_sums(KIND, NR, True, r.z, r.ldz, r.bias, r.w, ldw, r.n_in, r.rows, r.m, r.turn, r.first)
        elif SCATTER:
            blocked_scatter(KIND, NR, r.w, ldw, r.z, r.ldz, r.n_in, r.rows, r.m)
        else:
            blocked_sums(KIND, NR, False, r.z, r.ldz, r.bias, r.w, ldw, r.n_in, r.rows, r.m, NULL, 0)
    elif SCATTER:
        for b in range(r.m):
            row_scatter(KIND, NR, r.w, ldw, r.z + b * r.ldz, r.rows + b)
    else:
        for b in range(r.m):
            row_sums(KIND, NR, r.z + b * r.ldz, r.bias, r.w, ldw, r.rows + b)


cdef inline void rows_of_kind(int KIND, bint SCATTER, int width, const RowPass *p) noexcept nogil:
    if width == 1:
        if p.ldw == VL and KIND != LONG_PLAIN:
            rows_pass(KIND, SCATTER, 1, p, True)
        else:
            rows_pass(KIND, SCATTER, 1, p, False)
    elif width == 2:
        if p.ldw == 2 * VL and KIND != LONG_PLAIN:
            rows_pass(KIND, SCATTER, 2, p, True)
        else:
            rows_pass(KIND, SCATTER, 2, p, False)
    elif width == 4:
        if p.ldw == 4 * VL and KIND != LONG_PLAIN:
            rows_pass(KIND, SCATTER, 4, p, True)
        else:
            rows_pass(KIND, SCATTER, 4, p, False)
    elif width == 8:
        rows_pass(KIND, SCATTER, 8, p, False)
    elif KIND != LONG_PLAIN:
        if width == 3:
            rows_pass(KIND, SCATTER, 3, p, False)
        elif width == 5:
            rows_pass(KIND, SCATTER, 5, p, False)
        elif width == 6:
            rows_pass(KIND, SCATTER, 6, p, False)
        else:
            rows_pass(KIND, SCATTER, 7, p, False)
