# A layer of a single output, as of regressions and yes-or-no questions. As products are made elsewhere it would use one lane
# of every vector: here samples or inputs are side by side instead. The chains of multiply-adds are the same.

cdef enum:
    ONE_GROUP = 128  # inputs whose gradient is made at once: eight vectors of AVX-512,
    ONE_ROOM = 64    # or at most so many


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


cdef inline void some_of_one(int NR, real *g, const real *a, Py_ssize_t lda, const real *d, Py_ssize_t ldd,
                             Py_ssize_t m) noexcept nogil:
    """The gradient of a single output's weights from NR vectors of inputs: g = g + a^T d."""
    cdef vr acc[8]
    cdef vr db
    cdef Py_ssize_t b
    cdef int n
    for n in range(NR):
        acc[n] = vload(g + n * VL)
    for b in range(m):
        db = vset(d[b * ldd])
        for n in range(NR):
            acc[n] = vfma(vload(a + b * lda + n * VL), db, acc[n])
    for n in range(NR):
        vstore(g + n * VL, acc[n])


cdef Py_ssize_t group_of_one(real *g, const real *a, Py_ssize_t lda, const real *d, Py_ssize_t ldd, Py_ssize_t rows,
                             Py_ssize_t m) noexcept nogil:
    """some_of_one for at most ONE_GROUP of the rows that are left, whose number is returned."""
    cdef Py_ssize_t r = 0
    rows = min(rows, ONE_GROUP)
    while rows - r >= 4 * VL:
        some_of_one(4, g + r, a + r, lda, d, ldd, m)
        r += 4 * VL
    while r < rows:
        some_of_one(1, g + r, a + r, lda, d, ldd, m)
        r += VL
    return rows


cdef void gradient_of_one(real *g, Py_ssize_t ldg, const real *a, Py_ssize_t lda, const real *d, Py_ssize_t ldd,
                          Py_ssize_t rows, Py_ssize_t m, bint go_on) noexcept nogil:
    """The gradient of a single output's weights: g (rows, ldg), its first column, = [g +] a^T d with a (m, rows) in whole
    vectors. Over inputs instead of outputs, of which there would be one to a vector; the chains are the same."""
    cdef vr room[ONE_ROOM]
    cdef real *lanes = <real *> room
    cdef Py_ssize_t r = 0, k, count
    while r < rows:
        memset(lanes, 0, ONE_GROUP * sizeof(real))
        if go_on:
            for k in range(min(rows - r, ONE_GROUP)):
                lanes[k] = g[(r + k) * ldg]
        count = group_of_one(lanes, a + r, lda, d, ldd, rows - r, m)
        for k in range(count):
            vstore(g + (r + k) * ldg, vset(0))
            g[(r + k) * ldg] = lanes[k]
        r += count


cdef inline void column_out(real *lanes, const real *column, Py_ssize_t ld, Py_ssize_t count) noexcept nogil:
    """The numbers of a column side by side, zeros behind them."""
    cdef Py_ssize_t k
    for k in range(count):
        lanes[k] = column[k * ld]
    for k in range(count, (count + VL - 1) // VL * VL):
        lanes[k] = 0


cdef inline void column_back(real *column, const real *lanes, Py_ssize_t ld, Py_ssize_t count) noexcept nogil:
    cdef Py_ssize_t k
    for k in range(count):
        column[k * ld] = lanes[k]


cdef void step_of_one(const Layer *layer, const Layer *below, const Step *step, real *params, real *m, real *v,
                      Py_ssize_t r0, Py_ssize_t r1, Py_ssize_t samples) noexcept nogil:
    """Rows r0 to r1 of a single output's weights: their gradient and their step, side by side too, on the turned weights,
    which are one row; r0 is a multiple of VL."""
    cdef vr room[3 * ONE_ROOM]
    cdef real *g = <real *> room
    cdef real *m_at = NULL
    cdef real *v_at = NULL
    cdef Py_ssize_t r = r0, count, at
    if m != NULL:
        m_at = g + ONE_GROUP
    if v != NULL:
        v_at = g + 2 * ONE_GROUP
    while r < r1:
        at = layer.offset + r * layer.ld
        memset(g, 0, ONE_GROUP * sizeof(real))
        count = group_of_one(g, below.a + r, below.ld, layer.d, layer.ld, r1 - r, samples)
        if m != NULL:
            column_out(m_at, m + at, layer.ld, count)
        if v != NULL:
            column_out(v_at, v + at, layer.ld, count)
        take_step(step, layer.wt + r, 0, g, 0, m_at, v_at, 1, (count + VL - 1) // VL, True)
        if m != NULL:
            column_back(m + at, m_at, layer.ld, count)
        if v != NULL:
            column_back(v + at, v_at, layer.ld, count)
        column_back(params + at, layer.wt + r, layer.ld, count)
        r += count


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
