# A layer of a single output, as of regressions and yes-or-no questions. As products are made elsewhere it would use one lane
# of every vector: here samples or inputs are side by side instead. The chains of multiply-adds are the same.


cdef inline void turned_sums(int NG, real *z, Py_ssize_t ldz, const real *x, Py_ssize_t ldx, const real *w, Py_ssize_t ldw,
                             real bias, Py_ssize_t n) noexcept nogil:
    """sums_of_one for NG vectors of samples at once, as a chain waits for its own multiply-adds; x is turned over in squares."""
    cdef vr square[4 * 16]
    cdef vr acc[4]
    cdef vr before[4]
    cdef vr wk
    cdef real lanes[16]
    cdef Py_ssize_t k = 0, j, seam = first_half(n)
    cdef int g
    for g in range(NG):
        acc[g] = vset(0)
        before[g] = vset(bias)
    while k < n:
        for g in range(NG):
            vturn(<real *> (square + g * VL), VL, x + g * VL * ldx + k, ldx)
        for j in range(min(VL, n - k)):
            if k + j == seam:
                for g in range(NG):
                    before[g] = before[g] + acc[g]
                    acc[g] = vset(0)
            wk = vset(w[(k + j) * ldw])
            for g in range(NG):
                acc[g] = vfma(square[g * VL + j], wk, acc[g])
        k += VL
    for g in range(NG):
        vstoreu(lanes, before[g] + acc[g])
        for j in range(VL):
            z[(g * VL + j) * ldz] = lanes[j]


cdef void sums_of_one(real *z, Py_ssize_t ldz, const real *x, Py_ssize_t ldx, const real *w, Py_ssize_t ldw,
                      const real *bias, Py_ssize_t m, Py_ssize_t n) noexcept nogil:
    """layer_sums of a single output: the first column of z (m, ldz) from x (m, n), in rows of whole vectors, and the first of
    w (n, ldw); the others, padding, stay zero."""
    cdef Py_ssize_t b = 0
    while m - b >= 4 * VL:
        turned_sums(4, z + b * ldz, ldz, x + b * ldx, ldx, w, ldw, bias[0], n)
        b += 4 * VL
    if m - b >= 2 * VL:
        turned_sums(2, z + b * ldz, ldz, x + b * ldx, ldx, w, ldw, bias[0], n)
        b += 2 * VL
    if m - b >= VL:
        turned_sums(1, z + b * ldz, ldz, x + b * ldx, ldx, w, ldw, bias[0], n)
        b += VL
    if b < m:
        layer_sums(z + b * ldz, ldz, x + b * ldx, ldx, w, ldw, bias, m - b, 1, n, 0)


cdef inline void some_errors_of_one(int NR, real *e, Py_ssize_t lde, const real *d, Py_ssize_t ldd, const real *w,
                                    Py_ssize_t m) noexcept nogil:
    """errors_of_one for NR vectors of inputs."""
    cdef vr wn[8]
    cdef vr db
    cdef Py_ssize_t b
    cdef int n
    for n in range(NR):
        wn[n] = vload(w + n * VL)
    for b in range(m):
        db = vset(d[b * ldd])
        for n in range(NR):
            vstore(e + b * lde + n * VL, vfma(db, wn[n], vset(0)))


cdef void errors_of_one(real *e, Py_ssize_t lde, const real *d, Py_ssize_t ldd, const real *w, Py_ssize_t m,
                        Py_ssize_t n_vectors) noexcept nogil:
    """What the errors of a single output make of its inputs': e (m, n_vectors) = the outer product of d (m, ldd), its first
    column, and the weights w (n,)."""
    cdef Py_ssize_t n = 0
    while n_vectors - n >= 8:
        some_errors_of_one(8, e + n * VL, lde, d, ldd, w + n * VL, m)
        n += 8
    while n < n_vectors:
        some_errors_of_one(1, e + n * VL, lde, d, ldd, w + n * VL, m)
        n += 1


cdef inline void some_of_one(int NR, real *g, Py_ssize_t ldg, const real *a, Py_ssize_t lda, const real *d, Py_ssize_t ldd,
                             Py_ssize_t rows, Py_ssize_t m, bint go_on) noexcept nogil:
    """gradient_of_one for NR vectors of inputs, of which `rows` are wanted."""
    cdef vr acc[8]
    cdef vr db
    cdef real lanes[8 * 16]
    cdef Py_ssize_t b, r
    cdef int n
    for r in range(NR * VL):
        lanes[r] = g[r * ldg] if go_on and r < rows else 0
    for n in range(NR):
        acc[n] = vloadu(lanes + n * VL)
    for b in range(m):
        db = vset(d[b * ldd])
        for n in range(NR):
            acc[n] = vfma(vload(a + b * lda + n * VL), db, acc[n])
    for n in range(NR):
        vstoreu(lanes + n * VL, acc[n])
    for r in range(rows):
        vstore(g + r * ldg, vset(0))
        g[r * ldg] = lanes[r]


cdef void gradient_of_one(real *g, Py_ssize_t ldg, const real *a, Py_ssize_t lda, const real *d, Py_ssize_t ldd,
                          Py_ssize_t rows, Py_ssize_t m, bint go_on) noexcept nogil:
    """The gradient of a single output's weights: g (rows, ldg), its first column, = [g +] a^T d with a (m, rows) in whole
    vectors. Over inputs instead of outputs, of which there would be one to a vector; the chains are the same."""
    cdef Py_ssize_t r = 0
    while rows - r >= 8 * VL:
        some_of_one(8, g + r * ldg, ldg, a + r, lda, d, ldd, 8 * VL, m, go_on)
        r += 8 * VL
    while r < rows:
        some_of_one(1, g + r * ldg, ldg, a + r, lda, d, ldd, min(rows - r, VL), m, go_on)
        r += VL


cdef void finish_one(const Output *o, real *z, real *d, const Targets *t, const Py_ssize_t *order, Py_ssize_t first,
                     Py_ssize_t m, real inverse_weight, Sums *sums) noexcept nogil:
    """finish for a single output and samples of equal weight: a chunk of them as one row of as many outputs."""
    cdef vr room[4 * CHUNK]
    cdef real *as_row = <real *> room
    cdef Output row = o[0]
    cdef Targets targets
    cdef Py_ssize_t b
    memset(room, 0, 4 * CHUNK * sizeof(real))
    row.n_out = m
    row.n_vectors = (m + PAD - 1) // PAD * HW
    row.ld = CHUNK
    row.y = as_row + CHUNK
    row.mask = as_row + 3 * CHUNK
    targets.labels = NULL
    targets.values = as_row + 2 * CHUNK
    targets.weights = NULL
    targets.score = SCORE_NONE
    for b in range(m):
        as_row[b] = z[b * o.ld]
        as_row[2 * CHUNK + b] = t.values[order[first + b] if order != NULL else first + b]
    for b in range(m - (m - 1) // PAD * PAD):
        as_row[3 * CHUNK + b] = 1
    finish(&row, as_row, as_row + 2 * CHUNK if d != NULL else NULL, &targets, NULL, 0, 1, inverse_weight, sums)
    sums.weight += <double> (m - 1)
    for b in range(m):
        z[b * o.ld] = as_row[b]
        if d != NULL:
            d[b * o.ld] = as_row[2 * CHUNK + b]
        if t.score != SCORE_NONE and is_correct(o, t, order[first + b] if order != NULL else first + b, z + b * o.ld):
            sums.correct += 1
