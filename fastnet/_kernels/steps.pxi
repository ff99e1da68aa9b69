# What becomes of a gradient: rows of weights take their step, are turned over for the way back, clipped, and measured.


cdef void turn_rows(Net *net, int l, Py_ssize_t r0, Py_ssize_t r1, real *room) noexcept nogil:
    """Refresh wt of layer l from rows r0 to r1 of w; r0 is a multiple of PAD. `room` holds VL * ld numbers."""
    cdef Layer *layer = &net.layers[l]
    cdef Py_ssize_t r = r0, n, ldt = net.layers[l - 1].ld, count, ld = layer.ld, n_used = layer.n_used
    cdef int h
    cdef real *to = layer.wt
    cdef const real *w = layer.w
    while r < r1:
        if r1 - r >= PAD:  # whole lines of wt
            for n in range(n_used):
                for h in range(HW):
                    vturn(to + n * VL * ldt + r + h * VL, ldt, w + (r + h * VL) * ld + n * VL, ld)
            r += PAD
            continue
        count = r1 - r if r1 - r < VL else VL
        for n in range(count * layer.n_vectors):
            vstore(room + n * VL, vload(w + r * ld + n * VL))
        for n in range(count * layer.n_vectors, VL * layer.n_vectors):  # what lies below the last row are biases, not weights
            vstore(room + n * VL, vset(0))
        for n in range(n_used):
            vturn(to + n * VL * ldt + r, ldt, room + n * VL, ld)
        r += VL


cdef void turn_all(Net *net, real *room) noexcept nogil:
    cdef int l
    for l in range(1, net.n_layers):
        turn_rows(net, l, 0, net.layers[l].n_in, room)


cdef void update_rows(Layer *layer, const Step *step, real *params, real *m, real *v, const real *g,
                      Py_ssize_t r0, Py_ssize_t r1, bint penalised) noexcept nogil:
    """Rows r0 to r1 of a layer's block of the flat parameters take their step; g (r1 - r0, ld) starts at row r0."""
    cdef Py_ssize_t at = layer.offset + r0 * layer.ld, rows = 1, n_vectors = (r1 - r0) * layer.n_vectors
    if layer.n_used < layer.n_vectors:  # else one long row
        rows = r1 - r0
        n_vectors = layer.n_used
    take_step(step, params + at, layer.ld, g, layer.ld, m + at if m != NULL else NULL, v + at if v != NULL else NULL,
              rows, n_vectors, penalised)


cdef void scale_errors(Layer *layer, vr by, Py_ssize_t b0, Py_ssize_t m) noexcept nogil:
    """The errors d of samples b0 to b0 + m times a number."""
    cdef Py_ssize_t i
    for i in range(b0 * layer.n_vectors, (b0 + m) * layer.n_vectors):
        vstore(layer.d + i * VL, by * vload(layer.d + i * VL))


cdef void shrink(real *w, real by, Py_ssize_t start, Py_ssize_t stop) noexcept nogil:
    """w += by w, vectors start to stop."""
    cdef Py_ssize_t i
    for i in range(start, stop):
        vstore(w + i * VL, vfma(vset(by), vload(w + i * VL), vload(w + i * VL)))


cdef void descend_turned(Net *net, int l, real shrinkage, Py_ssize_t r0, Py_ssize_t r1) noexcept nogil:
    """Plain descent of wt on one sample, where w's rows r0 to r1 have made theirs (r0 is a multiple of PAD): the same
    products, so that wt is w turned over still, in less time than it takes to turn it anew."""
    cdef Layer *layer = &net.layers[l]
    cdef Layer *below = &net.layers[l - 1]
    cdef Py_ssize_t j, n_vectors = (r1 - r0 + VL - 1) // VL
    if shrinkage != 0:
        for j in range(layer.n_out):
            shrink(layer.wt + r0 + j * below.ld, shrinkage, 0, n_vectors)
    add_outer(layer.wt + r0, below.ld, layer.d, below.a + r0, layer.n_out, n_vectors)


cdef void update_sparse(Layer *layer, const Step *step, real *params, real *m, real *v, real *g, Py_ssize_t samples,
                        const Columns *c, const real *packed, Py_ssize_t r0, Py_ssize_t r1) noexcept nogil:
    """Rows r0 to r1 of the first layer over a sparse block: their gradient and their step, some rows at a time, panel by
    panel; g is scratch of CHUNK_BYTES. With many inputs a list has an entry or two: then what takes time is to stream
    parameters and moments, and their rows are gone through as they lie."""
    cdef Py_ssize_t n = 0, r = r0, stop, width, rows, at
    cdef const real *panel = packed
    if not c.roomy:
        rows = CHUNK_BYTES // (layer.ld * <Py_ssize_t> sizeof(real))
        rows = rows if rows > 1 else 1
        while r < r1:
            stop = r + rows if r1 - r > rows else r1
            sparse_gradient(layer, g, samples, c, packed, r, stop, False)
            update_rows(layer, step, params, m, v, g, r, stop, True)
            r = stop
        return
    while n < layer.n_used:
        width = even_width(layer.n_used - n, COLUMN_VECTORS)
        rows = 4096 // (width * VL * <Py_ssize_t> sizeof(real))
        r = r0
        while r < r1:
            stop = r + rows if r1 - r > rows else r1
            column_panel(width, g, width * VL, panel, c, r, stop, False)
            at = layer.offset + r * layer.ld + n * VL
            take_step(step, params + at, layer.ld, g, width * VL, m + at if m != NULL else NULL,
                      v + at if v != NULL else NULL, stop - r, width, True)
            r = stop
        panel += samples * width * VL
        n += width


cdef void clip(Net *net, real *g, double limit, real l2) noexcept nogil:
    """g (flat, the gradient of the cost) += l2 w; then g is scaled down if its norm exceeds the limit."""
    cdef int l, k, j
    cdef Layer *layer
    cdef Py_ssize_t i, n_weights
    cdef vr acc[4]
    cdef vr x
    cdef real lanes[16]
    cdef real *gl
    cdef double total = 0
    for l in range(net.n_layers):
        layer = &net.layers[l]
        gl = g + layer.offset
        n_weights = layer.n_in * layer.n_vectors
        for k in range(HW):
            acc[k] = vset(0)
        for i in range(n_weights + layer.n_vectors):
            x = vload(gl + i * VL)
            if i < n_weights:
                x = vfma(vset(l2), vload(layer.w + i * VL), x)
            vstore(gl + i * VL, x)
            acc[i % HW] = vfma(x, x, acc[i % HW])
        lanes_out(lanes, acc)
        for j in range(PAD):
            total += lanes[j]
    total = sqrt(total)
    if total > limit:
        x = vset(<real> (limit / total))
        for l in range(net.n_layers):
            layer = &net.layers[l]
            for i in range((layer.n_in + 1) * layer.n_vectors):
                vstore(g + layer.offset + i * VL, x * vload(g + layer.offset + i * VL))


cdef inline void add_squares(vr *sums, const real *w, Py_ssize_t ld, int rows) noexcept nogil:
    """sums[r, k] += w^2 over the words of some rows (4 or 1, a literal), vector k of each word."""
    cdef vr acc[16]
    cdef vr x
    cdef Py_ssize_t n = 0
    cdef int r, k
    for k in range(rows * HW):
        acc[k] = sums[k]
    while n < ld:
        for r in range(rows):
            for k in range(HW):
                x = vload(w + r * ld + n + k * VL)
                acc[r * HW + k] = vfma(x, x, acc[r * HW + k])
        n += PAD
    for k in range(rows * HW):
        sums[k] = acc[k]


cdef double sum_of_squares(const Layer *layer) noexcept nogil:
    """Of the weights, not the biases; in four sums of 64-byte words, whatever the vectors' width, one for every fourth
    row."""
    cdef vr acc[16]
    cdef real lanes[16]
    cdef Py_ssize_t i = 0
    cdef int k, j
    cdef double total = 0
    for k in range(4 * HW):
        acc[k] = vset(0)
    while i < layer.n_in - 3:
        add_squares(acc, layer.w + i * layer.ld, layer.ld, 4)
        i += 4
    for k in range(<int> (layer.n_in - i)):
        add_squares(acc + k * HW, layer.w + (i + k) * layer.ld, layer.ld, 1)
    for k in range(4):
        lanes_out(lanes, acc + k * HW)
        for j in range(PAD):
            total += lanes[j]
    return total
