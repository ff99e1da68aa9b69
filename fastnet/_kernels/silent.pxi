# Dense products between hidden layers, where what is zero is left out if it is much (see silent.pxd).


cdef void live_panel(int width, real *z, Py_ssize_t ldz, const real *add, const real *x, Py_ssize_t ldx,
                     const uint64_t *live, const real *w, Py_ssize_t ldw, Py_ssize_t m, Py_ssize_t n,
                     Py_ssize_t ahead) noexcept nogil:
    if width == 8:
        live_sums(8, z, ldz, add, x, ldx, live, w, ldw, m, n, ahead)
    elif width == 7:
        live_sums(7, z, ldz, add, x, ldx, live, w, ldw, m, n, ahead)
    elif width == 6:
        live_sums(6, z, ldz, add, x, ldx, live, w, ldw, m, n, ahead)
    elif width == 5:
        live_sums(5, z, ldz, add, x, ldx, live, w, ldw, m, n, ahead)
    else:
        live_sums(4, z, ldz, add, x, ldx, live, w, ldw, m, n, ahead)


cdef bint sums_of_live(real *z, Py_ssize_t ldz, const real *x, Py_ssize_t ldx, uint64_t *live, const real *w,
                       Py_ssize_t ldw, const real *bias, Py_ssize_t m, Py_ssize_t n_vectors, Py_ssize_t n,
                       Py_ssize_t ahead) noexcept nogil:
    """layer_sums over the x (m, n) that are not zero, if they are few; else False, and nothing is done. `live` is scratch."""
    cdef Py_ssize_t b = 0, k, width, count, n_words = words_of(n), group = LIVE_BYTES // (n * <Py_ssize_t> sizeof(real))
    group = min(max(group, 32), LIVE_GROUP)
    if n_vectors < LIVE_LEAST or not few(mark_rows(live, x, ldx, m, n), m * n):
        return False
    while b < m:
        count = min(m - b, group)
        k = 0
        while k < n_vectors:
            width = even_width(n_vectors - k, LIVE_VECTORS)
            live_panel(<int> width, z + b * ldz + k * VL, ldz, bias + k * VL if bias != NULL else NULL, x + b * ldx, ldx,
                       live + b * n_words, w + k * VL, ldw, count, n, ahead if k == 0 else 0)
            k += width
        b += count
    return True


cdef void live_rows(int width, real *g, Py_ssize_t ldg, const real *x, Py_ssize_t ldx, const tally *live, const real *d,
                    Py_ssize_t ldd, Py_ssize_t rows, Py_ssize_t m, bint go_on) noexcept nogil:
    if width == 8:
        live_gradient(False, 8, g, ldg, x, ldx, live, d, ldd, rows, m, go_on, NULL, 0)
    elif width == 7:
        live_gradient(False, 7, g, ldg, x, ldx, live, d, ldd, rows, m, go_on, NULL, 0)
    elif width == 6:
        live_gradient(False, 6, g, ldg, x, ldx, live, d, ldd, rows, m, go_on, NULL, 0)
    elif width == 5:
        live_gradient(False, 5, g, ldg, x, ldx, live, d, ldd, rows, m, go_on, NULL, 0)
    else:
        live_gradient(False, 4, g, ldg, x, ldx, live, d, ldd, rows, m, go_on, NULL, 0)


cdef void live_rows_learn(int width, real *g, Py_ssize_t ldg, const real *x, Py_ssize_t ldx, const tally *live,
                          const real *d, Py_ssize_t ldd, Py_ssize_t rows, Py_ssize_t m, bint go_on, const Learner *learner,
                          Py_ssize_t at) noexcept nogil:
    if width == 8:
        live_gradient(True, 8, g, ldg, x, ldx, live, d, ldd, rows, m, go_on, learner, at)
    elif width == 7:
        live_gradient(True, 7, g, ldg, x, ldx, live, d, ldd, rows, m, go_on, learner, at)
    elif width == 6:
        live_gradient(True, 6, g, ldg, x, ldx, live, d, ldd, rows, m, go_on, learner, at)
    elif width == 5:
        live_gradient(True, 5, g, ldg, x, ldx, live, d, ldd, rows, m, go_on, learner, at)
    else:
        live_gradient(True, 4, g, ldg, x, ldx, live, d, ldd, rows, m, go_on, learner, at)


cdef void pack_layers(Net *net, Py_ssize_t b0, Py_ssize_t m, Py_ssize_t samples) noexcept nogil:
    """The errors of samples b0 to b0 + m in panels, where gradients of live inputs read them so."""
    cdef int l
    cdef Layer *layer
    for l in range(net.n_layers):
        layer = &net.layers[l]
        if layer.packed != NULL:
            pack_rows(layer.packed, layer, b0, m, samples, LIVE_VECTORS)


cdef void live_block(const Layer *layer, real *g, const real *x, Py_ssize_t ldx, const tally *live, Py_ssize_t rows,
                     Py_ssize_t b0, Py_ssize_t m, Py_ssize_t samples, bint go_on, const Learner *learner,
                     Py_ssize_t at) noexcept nogil:
    """g (rows, ld) = [g +] x^T d over samples b0 to b0 + m of the block, panel by panel; x (block, rows). With a learner the
    rows, which begin at its number `at`, take their step as well."""
    cdef Py_ssize_t k = 0, i, width, ldd = layer.ld
    cdef const real *d
    while k < layer.n_used:
        width = even_width(layer.n_used - k, LIVE_VECTORS)
        d = layer.d + b0 * ldd + k * VL
        if layer.packed != NULL:
            ldd = width * VL
            d = layer.packed + samples * k * VL + b0 * ldd
        i = 0
        while i < rows:
            if learner != NULL:
                live_rows_learn(<int> width, g + i * layer.ld + k * VL, layer.ld, x + b0 * ldx + i, ldx, live + i, d, ldd,
                                min(rows - i, LIVE_INPUTS), m, go_on, learner, at + i * layer.ld + k * VL)
            else:
                live_rows(<int> width, g + i * layer.ld + k * VL, layer.ld, x + b0 * ldx + i, ldx, live + i, d, ldd,
                          min(rows - i, LIVE_INPUTS), m, go_on)
            i += LIVE_INPUTS
        k += width


cdef void gradient_of_live(const Layer *layer, real *g, const real *x, Py_ssize_t ldx, Py_ssize_t rows, Py_ssize_t m,
                           bint go_on, const Learner *learner) noexcept nogil:
    """g (rows, ld) = [g +] x^T d over a block of m samples, x (m, rows): without the x that are zero where many are. With a
    learner the rows take their step as well, those of live x while their gradient is made."""
    cdef vr room[4 * LIVE_MARKED]  # BATCH_BLOCK // TALLY_SAMPLES words for each
    cdef tally *live = <tally *> room
    cdef Py_ssize_t r = 0, count, b, at
    while r < rows:
        count = min(rows - r, LIVE_MARKED)
        at = r * layer.ld
        if few(mark_columns(live, x + r, ldx, m, count), m * count):
            b = 0
            while b < m:
                live_block(layer, g + at, x + r, ldx, live + b // TALLY_SAMPLES * LIVE_MARKED, count, b,
                           min(m - b, LIVE_SAMPLES), m, go_on or b > 0, learner if m - b <= LIVE_SAMPLES else NULL, at)
                b += LIVE_SAMPLES
        else:
            dense_gradient(layer, g + at, x + r, ldx, count, m, go_on)
            if learner != NULL:
                take_step(&learner.step, learner.w + at, layer.ld, g + at, layer.ld, learner.m + at, learner.v + at, count,
                          layer.n_used, False)
        r += count
