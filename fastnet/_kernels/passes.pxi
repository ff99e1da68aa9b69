# The way of a block of samples through a network: forward, output, errors. What is always inlined is
# compiled here once, behind plain functions: every further copy would cost seconds of building.


cdef void one_vector_sums(real *z, Py_ssize_t ldz, const real *x, Py_ssize_t ldx, const real *w, Py_ssize_t ldw,
                          const real *bias, Py_ssize_t m, Py_ssize_t k, Py_ssize_t ahead) noexcept nogil:
    narrow_sums(1, z, ldz, x, ldx, w, ldw, bias, m, k, ahead)


cdef void two_vector_sums(real *z, Py_ssize_t ldz, const real *x, Py_ssize_t ldx, const real *w, Py_ssize_t ldw,
                          const real *bias, Py_ssize_t m, Py_ssize_t k, Py_ssize_t ahead) noexcept nogil:
    narrow_sums(2, z, ldz, x, ldx, w, ldw, bias, m, k, ahead)


cdef void layer_sums(real *z, Py_ssize_t ldz, const real *x, Py_ssize_t ldx, const real *w, Py_ssize_t ldw,
                     const real *bias, Py_ssize_t m, Py_ssize_t n_vectors, Py_ssize_t k, Py_ssize_t ahead) noexcept nogil:
    if n_vectors > 2 or m == 1 or first_half(k) == k:
        weighted_sums(z, ldz, x, ldx, w, ldw, bias, m, n_vectors, k, ahead)
    elif n_vectors == 1:
        one_vector_sums(z, ldz, x, ldx, w, ldw, bias, m, k, ahead)
    else:
        two_vector_sums(z, ldz, x, ldx, w, ldw, bias, m, k, ahead)


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


cdef RowPass first_pass(const Layer *layer) noexcept nogil:
    """A pass of one sample over a whole sparse layer, but for the sample itself."""
    return RowPass(z=NULL, ldz=layer.ld, bias=layer.w + layer.n_in * layer.ld, w=layer.w, ldw=layer.ld, n_in=layer.n_in,
                   rows=NULL, m=1, turn=NULL, first=0)


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


cdef inline void copy_row(real *to, const real *x, Py_ssize_t n) noexcept nogil:
    """Short rows by vectors, the last of which may overlap the one before: a call costs more than they do."""
    cdef Py_ssize_t i = 0
    if n < VL or n > 256:
        memcpy(to, x, n * sizeof(real))
        return
    while i <= n - VL:
        vstoreu(to + i, vloadu(x + i))
        i += VL
    vstoreu(to + n - VL, vloadu(x + n - VL))


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
            copy_row(to, s.dense + row * n_in, n_in)
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
                    fetch_ahead(&s.sparse, row, block.m == 1)
            elif s.dense != NULL:  # where a row is long, the processor soon sees where it goes
                fetch_run(s.dense + row * s.n_in, min(s.n_in * <Py_ssize_t> sizeof(real), 512), True)


cdef inline void live_or_all_sums(real *z, Py_ssize_t ldz, const real *x, Py_ssize_t ldx, uint64_t *live, const real *w,
                                  Py_ssize_t ldw, const real *bias, Py_ssize_t m, Py_ssize_t n_vectors, Py_ssize_t n,
                                  Py_ssize_t ahead) noexcept nogil:
    """layer_sums, by whichever way is quicker; `live` is room for bits, or NULL."""
    if live == NULL or not sums_of_live(z, ldz, x, ldx, live, w, ldw, bias, m, n_vectors, n, ahead):
        layer_sums(z, ldz, x, ldx, w, ldw, bias, m, n_vectors, n, ahead)


cdef inline void hidden_sums(real *z, Py_ssize_t ldz, const real *x, const Layer *of, Py_ssize_t b0, const real *w,
                             Py_ssize_t ldw, const real *bias, Py_ssize_t m, Py_ssize_t n_vectors) noexcept nogil:
    """layer_sums over what samples b0 to b0 + m of a layer have: their activations, or their errors."""
    live_or_all_sums(z, ldz, x, of.ld, of.live + b0 * words_of(of.n_out) if of.live != NULL else NULL, w, ldw, bias, m,
                     n_vectors, of.n_out, 0)


cdef inline Py_ssize_t way_ahead(const Source *s, const Block *block) noexcept nogil:
    """From a row of a dense X to the one in its place in the next block, in bytes, where X is read as it lies; else 0."""
    if s.dense == NULL or block.x != s.dense + block.first * s.n_in:
        return 0
    return block.m * s.n_in * <Py_ssize_t> sizeof(real)


cdef inline bint sums_are_finite(const real *z, Py_ssize_t ldz, Py_ssize_t m) noexcept nogil:
    """Whether the first sum of each of m samples is finite. Then all their numbers are: what is not makes every product of
    its own, zero's too, and every sum it is in infinite or NaN."""
    cdef Py_ssize_t b
    cdef real rest = 0
    for b in range(m):
        rest += z[b * ldz] - z[b * ldz]
    return rest == 0


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
            if layer.n_out == 1:
                sums_of_one(layer.a + b0 * layer.ld, layer.ld, below.a + b0 * below.ld, below.ld, layer.w, layer.ld,
                            layer.w + layer.n_in * layer.ld, m, layer.n_in)
            else:
                hidden_sums(layer.a + b0 * layer.ld, layer.ld, below.a + b0 * below.ld, below, b0, layer.w, layer.ld,
                            layer.w + layer.n_in * layer.ld, m, layer.n_used)
        elif summed:
            pass
        elif s.is_sparse:
            sparse_pass(False, layer.a + b0 * layer.ld, layer.ld, &s.sparse, block, b0, m, layer, turn)
        else:
            live_or_all_sums(layer.a + b0 * layer.ld, layer.ld, block.x + b0 * s.n_in, s.n_in,
                             net.x_live + b0 * words_of(s.n_in) if net.x_live != NULL else NULL, layer.w, layer.ld,
                             layer.w + layer.n_in * layer.ld, m, layer.n_used, layer.n_in, way_ahead(s, block))
        if l == 0 and net.looks:
            net.doubts = not sums_are_finite(layer.a + b0 * layer.ld, layer.ld, m)
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
        out.y = net.out.y + b * last.ld
        if last.n_out == 1 and t.labels == NULL and t.weights == NULL and last.act != SOFTMAX:
            finish_one(&out, last.a + b * last.ld, last.d + b * last.ld if errors else NULL, t, block.order,
                       block.first + b, count, inverse_weight, sums + b // CHUNK)
        else:
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
        if layer.n_out == 1:
            errors_of_one(below.d + b0 * below.ld, below.ld, layer.d + b0 * layer.ld, layer.ld, layer.wt, m, below.n_used)
        else:
            hidden_sums(below.d + b0 * below.ld, below.ld, layer.d + b0 * layer.ld, layer, b0, layer.wt, below.ld, NULL, m,
                        below.n_used)
        if below.drop != NULL:
            for i in range(b0 * below.n_vectors, (b0 + m) * below.n_vectors):
                vstore(below.d + i * VL, vload(below.d + i * VL) * vload(below.drop + i * VL))
        times_slope(below.d + b0 * below.ld, below.ld, (below.z if below.z != NULL else below.a) + b0 * below.ld,
                    below.ld, m, below.n_vectors, below.act,
                    <real> (1 - below.dropout) if below.z == NULL else 1)
