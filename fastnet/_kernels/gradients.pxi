# The gradient of a layer over a block of samples, once their errors are there: rows of weights, and the biases.


cdef void gradient_rows(Net *net, int l, const Source *s, const Block *block, real *g, Py_ssize_t r0, Py_ssize_t r1,
                        bint go_on) noexcept nogil:
    """Rows r0 to r1 (inputs) of layer l's weight gradient over the block: g (r1 - r0, ld) = [g +] x^T d, x dense. Vectors of
    padding only are left as they are: see clear_padding."""
    cdef Layer *layer = &net.layers[l]
    cdef Layer *below = &net.layers[l - 1]
    if l == 0 and net.x_live != NULL:
        gradient_of_live(layer, g, block.x + r0, s.n_in, r1 - r0, block.m, go_on, NULL)
    elif l == 0:
        dense_gradient(layer, g, block.x + r0, s.n_in, r1 - r0, block.m, go_on)
    elif layer.n_out == 1:
        gradient_of_one(g, layer.ld, below.a + r0, below.ld, layer.d, layer.ld, r1 - r0, block.m, go_on)
    elif below.live != NULL and layer.n_used >= LIVE_LEAST:
        gradient_of_live(layer, g, below.a + r0, below.ld, r1 - r0, block.m, go_on, NULL)
    else:
        dense_gradient(layer, g, below.a + r0, below.ld, r1 - r0, block.m, go_on)


cdef void dense_gradient(const Layer *layer, real *g, const real *x, Py_ssize_t ldx, Py_ssize_t rows, Py_ssize_t m,
                         bint go_on) noexcept nogil:
    """g (rows, ld) = [g +] x^T d over a block of m samples, x (m, rows)."""
    cdef Product p
    p.c = g
    p.ldc = layer.ld
    p.a = x
    p.a_row = 1
    p.a_col = ldx
    p.b = layer.d
    p.ldb = layer.ld
    p.add = NULL
    p.add_row = 0
    p.go_on = go_on
    p.ahead = 0
    transposed_product(&p, rows, layer.n_used, m)


cdef void clear_padding(const Layer *layer, real *g, Py_ssize_t rows, bint go_on) noexcept nogil:
    """The vectors of new rows g (rows, ld) that no sum has written."""
    cdef Py_ssize_t r, n
    if go_on or layer.n_used == layer.n_vectors:
        return
    for r in range(rows):
        for n in range(layer.n_used, layer.n_vectors):
            vstore(g + r * layer.ld + n * VL, vset(0))


cdef void pack_rows(real *packed, const Layer *layer, Py_ssize_t b0, Py_ssize_t m, Py_ssize_t samples,
                    Py_ssize_t most) noexcept nogil:
    """The errors of samples b0 to b0 + m into the panels that a gradient over non-zeros is made from."""
    pack_errors(packed, layer.d, layer.ld, b0, m, samples, layer.n_used, most)


cdef void sparse_gradient(Layer *layer, real *g, Py_ssize_t m, const Columns *c, const real *packed, Py_ssize_t r0,
                          Py_ssize_t r1, bint go_on) noexcept nogil:
    """Rows r0 to r1 of the first layer's gradient over a sparse block of m samples: g (r1 - r0, ld) = [g +] x^T d."""
    cdef Py_ssize_t n = 0, width
    cdef const real *panel = packed
    while n < layer.n_used:
        width = even_width(layer.n_used - n, COLUMN_VECTORS)
        column_panel(width, g + n * VL, layer.ld, panel, c, r0, r1, go_on)
        panel += m * width * VL
        n += width
    clear_padding(layer, g, r1 - r0, go_on)


cdef inline void bias_sums(int NR, real *g, const real *d, Py_ssize_t ldd, Py_ssize_t m, bint go_on) noexcept nogil:
    """NR vectors of g = [g +] sum of d (m, NR vectors)."""
    cdef vr acc[4]
    cdef Py_ssize_t b
    cdef int n
    for n in range(NR):
        acc[n] = vload(g + n * VL) if go_on else vset(0)
    for b in range(m):
        for n in range(NR):
            acc[n] = acc[n] + vload(d + b * ldd + n * VL)
    for n in range(NR):
        vstore(g + n * VL, acc[n])


cdef void gradient_bias(const Layer *layer, Py_ssize_t m, real *g, bint go_on) noexcept nogil:
    """The biases' gradient over the block, g (ld,) = [g +] sum of d; four vectors at once, as one waits for itself."""
    cdef Py_ssize_t n = 0
    while layer.n_used - n >= 4:
        bias_sums(4, g + n * VL, layer.d + n * VL, layer.ld, m, go_on)
        n += 4
    while n < layer.n_used:
        bias_sums(1, g + n * VL, layer.d + n * VL, layer.ld, m, go_on)
        n += 1
    clear_padding(layer, g, 1, go_on)


cdef void gradient_bias_of_strips(const Layer *layer, Py_ssize_t m, const real *packed, real *g, bint go_on) noexcept nogil:
    """The same from the errors in panels: the thread that makes rows' gradient from them has these lines in its caches."""
    cdef Py_ssize_t n = 0, width
    while n < layer.n_used:
        width = even_width(layer.n_used - n, STRIP_VECTORS)
        if width == 4:
            bias_sums(4, g + n * VL, packed + m * n * VL, 4 * VL, m, go_on)
        elif width == 3:
            bias_sums(3, g + n * VL, packed + m * n * VL, 3 * VL, m, go_on)
        else:
            bias_sums(2, g + n * VL, packed + m * n * VL, 2 * VL, m, go_on)
        n += width
    clear_padding(layer, g, 1, go_on)
