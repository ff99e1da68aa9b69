# The way of a block of samples through a network: forward, output, errors, gradient, update. What is always inlined is
# compiled here once, behind plain functions: every further copy would cost seconds of building.


cdef void layer_sums(real *z, Py_ssize_t ldz, const real *x, Py_ssize_t ldx, const real *w, Py_ssize_t ldw,
                     const real *bias, Py_ssize_t m, Py_ssize_t n_vectors, Py_ssize_t k) noexcept nogil:
    weighted_sums(z, ldz, x, ldx, w, ldw, bias, m, n_vectors, k)


cdef void short_coded_sums(int width, const RowPass *p) noexcept nogil:
    rows_of_kind(SHORT_CODED, False, width, p)


cdef void short_plain_sums(int width, const RowPass *p) noexcept nogil:
    rows_of_kind(SHORT_PLAIN, False, width, p)


cdef void long_plain_sums(int width, const RowPass *p) noexcept nogil:
    rows_of_kind(LONG_PLAIN, False, width, p)


cdef void short_coded_scatter(int width, const RowPass *p) noexcept nogil:
    rows_of_kind(SHORT_CODED, True, width, p)


cdef void short_plain_scatter(int width, const RowPass *p) noexcept nogil:
    rows_of_kind(SHORT_PLAIN, True, width, p)


cdef void long_plain_scatter(int width, const RowPass *p) noexcept nogil:
    rows_of_kind(LONG_PLAIN, True, width, p)


cdef void rows_by_kind(int kind, bint scatter, int width, const RowPass *p) noexcept nogil:
    if kind == SHORT_CODED:
        if scatter:
            short_coded_scatter(width, p)
        else:
            short_coded_sums(width, p)
    elif kind == SHORT_PLAIN:
        if scatter:
            short_plain_scatter(width, p)
        else:
            short_plain_sums(width, p)
    elif scatter:
        long_plain_scatter(width, p)
    else:
        long_plain_sums(width, p)


cdef void sparse_pass(bint scatter, real *z, Py_ssize_t ldz, const Sparse *s, const Block *block, Py_ssize_t b0,
                      Py_ssize_t m, const Layer *layer, const Columns *turn) noexcept nogil:
    """The first layer on samples b0 to b0 + m of a sparse block: z (m, n) = their sums; or, to scatter, w += x^T z. With
    `turn`, the first pass of the sums sorts the entries by input."""
    cdef Entries rows[GROUP]
    cdef RowPass p
    cdef Py_ssize_t done, b, first, n = 0
    cdef int width
    p.ldz = ldz
    p.ldw = layer.ld
    p.n_in = layer.n_in
    p.rows = rows
    if turn != NULL:
        clear_lists(turn, 0, layer.n_in)
    while n < layer.n_used:
        p.turn = turn if n == 0 else NULL
        width = <int> pass_width(s.kind, layer.n_used - n)
        p.w = layer.w + n * VL
        p.bias = layer.w + layer.n_in * layer.ld + n * VL
        done = 0
        while done < m:
            p.m = m - done if m - done < GROUP else GROUP
            first = block.first + b0 + done
            for b in range(p.m):
                rows[b] = entries_of(s, block.order[first + b] if block.order != NULL else first + b)
            p.z = z + done * ldz + n * VL
            p.first = <uint32_t> (b0 + done)
            rows_by_kind(s.kind, scatter, width, &p)
            done += p.m
        n += width


cdef void sort_entries(Columns *c, const Sparse *s, const Block *block, Py_ssize_t n_in, int half) noexcept nogil:
    """Half 0 or 1 of the inputs of a block, whose entries go to different lists."""
    turn_entries(c, s, block.order, block.first, block.m, n_in, half)


cdef void column_panel(Py_ssize_t width, real *g, Py_ssize_t ldg, const real *packed, const Columns *c, Py_ssize_t i0,
                       Py_ssize_t i1, bint go_on) noexcept nogil:
    """Rows i0 to i1 of a panel of the first layer's gradient from a sparse block."""
    if width == 8:
        column_rows(8, g, ldg, packed, c, i0, i1, go_on)
    elif width == 7:
        column_rows(7, g, ldg, packed, c, i0, i1, go_on)
    elif width == 6:
        column_rows(6, g, ldg, packed, c, i0, i1, go_on)
    elif width == 5:
        column_rows(5, g, ldg, packed, c, i0, i1, go_on)
    elif width == 4:
        column_rows(4, g, ldg, packed, c, i0, i1, go_on)
    elif width == 3:
        column_rows(3, g, ldg, packed, c, i0, i1, go_on)
    elif width == 2:
        column_rows(2, g, ldg, packed, c, i0, i1, go_on)
    else:
        column_rows(1, g, ldg, packed, c, i0, i1, go_on)


cdef void transposed_product(const Product *p, Py_ssize_t m, Py_ssize_t n_vectors, Py_ssize_t k) noexcept nogil:
    product_of_columns(p, m, n_vectors, k)


cdef void activate(real *z, Py_ssize_t ldz, Py_ssize_t m, Py_ssize_t n_vectors, const real *mask,
                   int act) noexcept nogil:
    squash(z, ldz, m, n_vectors, mask, act)


cdef void finish(const Output *o, real *z, real *d, const Targets *t, const Py_ssize_t *order, Py_ssize_t first,
                 Py_ssize_t m, real inverse_weight, Sums *sums) noexcept nogil:
    output_chunk(o, z, d, t, order, first, m, inverse_weight, sums)


cdef void take_step(const Step *step, real *w, Py_ssize_t ldw, const real *g, Py_ssize_t ldg, real *m, real *v,
                    Py_ssize_t rows, Py_ssize_t n_vectors, bint penalised) noexcept nogil:
    update(step, w, ldw, g, ldg, m, v, rows, n_vectors, penalised)


cdef const real *place_of(const Block *block, const Source *s, const real *room) noexcept nogil:
    """Where the rows of a dense block are read: where they lie if they can be, else in `room`; NULL where X is sparse."""
    if s.is_sparse:
        return NULL
    if s.dense != NULL and block.order == NULL and s.scale == 1:
        return s.dense + block.first * s.n_in
    return room


cdef void bring(const Block *block, const Source *s, real *room, Py_ssize_t b0, Py_ssize_t m) noexcept nogil:
    """Rows b0 to b0 + m of a dense block into `room` (block, n_in) as numbers, if that is where they are read."""
    cdef Py_ssize_t b, i, row, n_in = s.n_in
    cdef real scale = s.scale
    cdef real *to
    cdef const real *x
    cdef const uint8_t *u
    if block.x != room or s.is_sparse:
        return
    for b in range(b0, b0 + m):
        row = block.order[block.first + b] if block.order != NULL else block.first + b
        to = room + b * n_in
        if s.bytes != NULL:
            u = s.bytes + row * n_in
            for i in range(n_in):
                to[i] = scale * <real> u[i]
        elif scale == 1:
            memcpy(to, s.dense + row * n_in, n_in * sizeof(real))
        else:
            x = s.dense + row * n_in
            for i in range(n_in):
                to[i] = scale * x[i]


cdef void look_ahead(const Source *s, const Targets *t, const Block *block, Py_ssize_t n, Py_ssize_t b0,
                     Py_ssize_t m, Py_ssize_t distance, bint lists) noexcept nogil:
    """Ask for the rows of a shuffled X that come `distance` places behind b0 to b0 + m of the block, and their labels;
    for those of a sparse X if their `lists` are wanted."""
    cdef Py_ssize_t b, row
    if block.order == NULL:
        return
    for b in range(b0, b0 + m):
        if lists and s.is_sparse and block.first + b + 2 * distance < n:  # where that row begins, to be asked for later
            row = block.order[block.first + b + 2 * distance]
            prefetch(s.sparse.rowptr + row)
            prefetch(s.sparse.middle + row)
        if block.first + b + distance < n:
            row = block.order[block.first + b + distance]
            if t.labels != NULL:
                prefetch(t.labels + row)
            if s.is_sparse:
                if lists:
                    fetch_ahead(&s.sparse, row)
            elif s.dense != NULL:  # where a row is long, the processor soon sees where it goes
                fetch_run(s.dense + row * s.n_in, min(s.n_in * <Py_ssize_t> sizeof(real), 512))


cdef void forward(Net *net, const Source *s, const Block *block, Py_ssize_t b0, Py_ssize_t m,
                  const Columns *turn, bint summed) noexcept nogil:
    """Samples b0 to b0 + m of the block through all layers; the last layer's a holds z still. `turn`: see sparse_pass;
    `summed`: the first layer's a holds z already."""
    cdef int l
    cdef Layer *layer
    cdef Layer *below
    for l in range(net.n_layers):
        layer = &net.layers[l]
        if l > 0:
            below = &net.layers[l - 1]
            layer_sums(layer.a + b0 * layer.ld, layer.ld, below.a + b0 * below.ld, below.ld, layer.w, layer.ld,
                          layer.w + layer.n_in * layer.ld, m, layer.n_used, layer.n_in)
        elif summed:
            pass
        elif s.is_sparse:
            sparse_pass(False, layer.a + b0 * layer.ld, layer.ld, &s.sparse, block, b0, m, layer, turn)
        else:
            layer_sums(layer.a + b0 * layer.ld, layer.ld, block.x + b0 * s.n_in, s.n_in, layer.w, layer.ld,
                          layer.w + layer.n_in * layer.ld, m, layer.n_used, layer.n_in)
        if l < net.n_layers - 1:
            if layer.z != NULL:
                memcpy(layer.z + b0 * layer.ld, layer.a + b0 * layer.ld, m * layer.ld * sizeof(real))
            activate(layer.a + b0 * layer.ld, layer.ld, m, layer.n_vectors, layer.mask, layer.act)
            if layer.drop != NULL:
                drop(layer, l, net.draw, block.first, b0, m)


cdef uint64_t mixed(uint64_t x) noexcept nogil:
    """The bits of x, well stirred: the last step of splitmix64 (Steele, Lea and Flood 2014)."""
    x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9ULL
    x = (x ^ (x >> 27)) * 0x94d049bb133111ebULL
    return x ^ (x >> 31)


cdef void drop(Layer *layer, int l, uint64_t draw, Py_ssize_t first, Py_ssize_t b0, Py_ssize_t m) noexcept nogil:
    """Dropout: neurons are left out, the others divided by 1 - p. What goes is a hash of the mini-batch's draw, the
    sample's place in the epoch, the layer and the neuron: no state, whatever the blocks."""
    cdef uint64_t threshold = <uint64_t> (layer.dropout * 9007199254740992.0)  # of 2^53
    cdef uint64_t key
    cdef real keep = <real> (1 / (1 - layer.dropout))
    cdef Py_ssize_t b, j
    cdef real *mask
    for b in range(b0, b0 + m):
        mask = layer.drop + b * layer.ld
        key = mixed(draw ^ mixed(<uint64_t> (first + b) * 64 + <uint64_t> l))
        for j in range(layer.n_out):
            mask[j] = keep if mixed(key + <uint64_t> (j + 1) * 0x9e3779b97f4a7c15ULL) >> 11 >= threshold else 0
    for j in range(b0 * layer.n_vectors, (b0 + m) * layer.n_vectors):
        vstore(layer.a + j * VL, vload(layer.a + j * VL) * vload(layer.drop + j * VL))


cdef void answer(Layer *layer, Py_ssize_t m) noexcept nogil:
    """The last layer's z (m rows) becomes a, where neither cost nor error is wanted."""
    cdef Py_ssize_t b
    if layer.act != SOFTMAX:
        activate(layer.a, layer.ld, m, layer.n_vectors, layer.mask, layer.act)
        return
    for b in range(m):
        softmax_whole(layer.a + b * layer.ld, layer.n_vectors, layer.mask)


cdef void judge(Net *net, const Targets *t, const Block *block, Py_ssize_t b0, Py_ssize_t m,
                real inverse_weight, bint errors, Sums *sums) noexcept nogil:
    """z becomes a, and the last layer's errors are made where they are wanted; sums[b // CHUNK] has the costs of a
    chunk, b0 is a multiple of CHUNK."""
    cdef Layer *last = &net.layers[net.n_layers - 1]
    cdef Output out = net.out
    cdef Py_ssize_t b = b0, count
    while b < b0 + m:
        count = CHUNK if b0 + m - b > CHUNK else b0 + m - b
        memset(sums + b // CHUNK, 0, sizeof(Sums))
        out.y = net.out.y + (b // CHUNK) * last.ld
        finish(&out, last.a + b * last.ld, last.d + b * last.ld if errors else NULL, t, block.order,
               block.first + b, count, inverse_weight, sums + b // CHUNK)
        b += count


cdef void errors_back(Net *net, Py_ssize_t b0, Py_ssize_t m) noexcept nogil:
    """d of every hidden layer: d_below = (d W) f'(z_below), by the turned weights."""
    cdef int l
    cdef Py_ssize_t i
    cdef Layer *layer
    cdef Layer *below
    for l in range(net.n_layers - 1, 0, -1):
        layer = &net.layers[l]
        below = &net.layers[l - 1]
        layer_sums(below.d + b0 * below.ld, below.ld, layer.d + b0 * layer.ld, layer.ld, layer.wt, below.ld,
                      NULL, m, below.n_used, layer.n_out)
        if below.drop != NULL:
            for i in range(b0 * below.n_vectors, (b0 + m) * below.n_vectors):
                vstore(below.d + i * VL, vload(below.d + i * VL) * vload(below.drop + i * VL))
        times_slope(below.d + b0 * below.ld, below.ld, (below.z if below.z != NULL else below.a) + b0 * below.ld,
                    below.ld, m, below.n_vectors, below.act,
                    <real> (1 - below.dropout) if below.z == NULL else 1)


cdef void gradient_rows(Net *net, int l, const Source *s, const Block *block, real *g, Py_ssize_t r0, Py_ssize_t r1,
                        bint go_on) noexcept nogil:
    """Rows r0 to r1 (inputs) of layer l's weight gradient over the block: g (r1 - r0, ld) = [g +] x^T d, x dense."""
    cdef Layer *layer = &net.layers[l]
    cdef Product p
    p.c = g
    p.ldc = layer.ld
    p.a = (block.x if l == 0 else net.layers[l - 1].a) + r0
    p.a_row = 1
    p.a_col = s.n_in if l == 0 else net.layers[l - 1].ld
    p.b = layer.d
    p.ldb = layer.ld
    p.add = NULL
    p.add_row = 0
    p.go_on = go_on
    transposed_product(&p, r1 - r0, layer.n_used, block.m)
    clear_padding(layer, g, r1 - r0, go_on)


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
    """The errors of samples b0 to b0 + m into the panels that the gradient of a sparse block is made from."""
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


cdef void gradient_bias(Layer *layer, Py_ssize_t m, real *g, bint go_on) noexcept nogil:
    """The biases' gradient over the block, g (ld,) = [g +] sum of d; four vectors at once, as one waits for itself."""
    cdef Py_ssize_t n = 0
    while layer.n_vectors - n >= 4:
        bias_sums(4, g + n * VL, layer.d + n * VL, layer.ld, m, go_on)
        n += 4
    while n < layer.n_vectors:
        bias_sums(1, g + n * VL, layer.d + n * VL, layer.ld, m, go_on)
        n += 1


cdef void turn_rows(Net *net, int l, Py_ssize_t r0, Py_ssize_t r1, real *room) noexcept nogil:
    """Refresh wt of layer l from rows r0 to r1 of w; r0 is a multiple of PAD. `room` holds VL * ld numbers."""
    cdef Layer *layer = &net.layers[l]
    cdef Py_ssize_t r = r0, n, ldt = net.layers[l - 1].ld, count
    while r < r1:
        count = r1 - r if r1 - r < VL else VL
        if count == VL:
            for n in range(layer.n_vectors):
                vturn(layer.wt + n * VL * ldt + r, ldt, layer.w + r * layer.ld + n * VL, layer.ld)
        else:  # the last rows: what lies below them are biases, not weights
            for n in range(count * layer.n_vectors):
                vstore(room + n * VL, vload(layer.w + r * layer.ld + n * VL))
            for n in range(count * layer.n_vectors, VL * layer.n_vectors):
                vstore(room + n * VL, vset(0))
            for n in range(layer.n_vectors):
                vturn(layer.wt + n * VL * ldt + r, ldt, room + n * VL, layer.ld)
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
