# The first layer of a block of sparse samples by strips of its inputs (see strips.pxd): sums, gradient, step.

cdef enum:
    STRIP_GROUP = 16  # vectors of a gradient that are updated together: long enough runs for the memory to keep pace


cdef bint has_strokes(const Source *x) noexcept nogil:
    """Tell from some rows whether non-zeros stand together: strips with an entry are then full enough to be worth the zeros
    among them. Lists as long as text's have none."""
    cdef Py_ssize_t i, q, entries = 0, strips = 0, some = x.n if x.n < 256 else 256, strip, last
    cdef Entries e
    if x.sparse.kind == LONG_PLAIN:
        return False
    for i in range(some):
        e = entries_of(&x.sparse, i * (x.n // some))
        last = -1
        for q in range(e.n):
            strip = index_at(SHORT_PLAIN, &e, q) // STRIP
            strips += strip != last
            last = strip
        entries += e.n
    return 10 * STRIP * strips <= 16 * entries


cdef void sort_strips(const Strips *strips, const Sparse *s, const Block *block, Py_ssize_t n, int part) noexcept nogil:
    """The block's entries by strip, samples ascending: those before the seam of the sums, behind it, or all. Shuffled rows
    are new to every cache, or driven away by the optimiser's streams: where a row begins is asked for two times SOON
    samples before it is read, and its lists SOON before; n samples are in the order."""
    cdef Entries rows[SOON]
    cdef Py_ssize_t b, row, stop = n - block.first
    clear_strips(strips, part)
    for b in range(-SOON, block.m + SOON):
        if b + SOON < stop and b < block.m:
            row = block.order[block.first + b + SOON]
            prefetch(s.rowptr + row)
            prefetch(s.middle + row)
        if b >= SOON:
            if s.kind == SHORT_CODED:
                put_spots(SHORT_CODED, strips, rows + b % SOON, part, <tally> (b - SOON))
            else:
                put_spots(SHORT_PLAIN, strips, rows + b % SOON, part, <tally> (b - SOON))
        if 0 <= b < block.m:
            rows[b % SOON] = entries_of(s, block.order[block.first + b])
            fetch_entries(SHORT_CODED if s.kind == SHORT_CODED else SHORT_PLAIN, rows + b % SOON, True)


cdef void sort_words(const Strips *strips, const Words *x, const Block *block, Py_ssize_t n, Py_ssize_t b0, Py_ssize_t b1,
                     int part) noexcept nogil:
    """sort_strips from strips that were made beforehand, of samples b0 to b1; those before come first. Words are asked for
    into the second-level cache: on their way to the first one they would hold its few places for what is on its way, and the
    sorting would wait."""
    cdef Py_ssize_t b, row, stop = n - block.first, start, end
    if b0 == 0:
        clear_strips(strips, part)
    for b in range(b0 if b0 > 0 else -SOON, b1):
        if b + 2 * SOON < stop:
            prefetch(x.ends + 2 * block.order[block.first + b + 2 * SOON])
        if b + SOON < stop:
            row = 2 * block.order[block.first + b + SOON]
            start, end = x.ends[row + (part == BEHIND_SEAM)], x.ends[row + (1 if part == BEFORE_SEAM else 2)]
            fetch_run(x.words + start, (end - start) * sizeof(uint32_t), False)
        if b >= 0:
            put_words(strips, x, block.order[block.first + b], part, <uint32_t> b)


cdef inline void sums_of_width(bint CODED, Py_ssize_t width, const Strips *s, real *sums, const real *w, Py_ssize_t ldw,
                               Py_ssize_t first, Py_ssize_t stop) noexcept nogil:
    """No panel is one vector wide (see even_width)."""
    if width == 4:
        strip_sums(CODED, 4, s, sums, w, ldw, first, stop)
    elif width == 3:
        strip_sums(CODED, 3, s, sums, w, ldw, first, stop)
    else:
        strip_sums(CODED, 2, s, sums, w, ldw, first, stop)


cdef void half_sums(real *sums, const Strips *s, Py_ssize_t m, const Layer *layer, Py_ssize_t n, Py_ssize_t width,
                    int half) noexcept nogil:
    """sums (m, width) of a panel of outputs, vectors n to n + width, over one half of the inputs: S0, before the seam, or S1."""
    cdef Py_ssize_t first = 0 if half == 0 else s.seam_strip, stop = s.seam_strip if half == 0 else s.n
    memset(sums, 0, m * width * VL * sizeof(real))
    if s.table != NULL:
        sums_of_width(True, width, s, sums, layer.w + n * VL, layer.ld, first, stop)
    else:
        sums_of_width(False, width, s, sums, layer.w + n * VL, layer.ld, first, stop)


cdef void add_halves(Layer *layer, const real *s0, const real *s1, Py_ssize_t b0, Py_ssize_t m, Py_ssize_t n,
                     Py_ssize_t width) noexcept nogil:
    """z = (bias + S0) + S1 of samples b0 to b0 + m, vectors n to n + width; S1 is NULL where the inputs are one chain."""
    cdef Py_ssize_t b, k
    cdef const real *bias = layer.w + layer.n_in * layer.ld + n * VL
    cdef real *z
    cdef vr sum
    for b in range(b0, b0 + m):
        z = layer.a + b * layer.ld + n * VL
        for k in range(width):
            sum = vload(bias + k * VL) + vload(s0 + (b * width + k) * VL)
            if s1 != NULL:
                sum = sum + vload(s1 + (b * width + k) * VL)
            vstore(z + k * VL, sum)


cdef void sums_by_strips(const Strips *s, Py_ssize_t m, Layer *layer) noexcept nogil:
    """z of a block whose entries are sorted, panel by panel: a panel's halves stay in the first-level cache."""
    cdef Py_ssize_t n = 0, width
    cdef real *s1 = NULL
    while n < layer.n_used:
        width = even_width(layer.n_used - n, STRIP_VECTORS)
        half_sums(s.sums, s, m, layer, n, width, 0)
        if s.seam < s.n_in:
            s1 = s.sums + m * width * VL
            half_sums(s1, s, m, layer, n, width, 1)
        add_halves(layer, s.sums, s1, 0, m, n, width)
        n += width


cdef int strip_panels(const Layer *layer) noexcept nogil:
    """How many panels of outputs the sums by strips have."""
    return <int> ((layer.n_used + STRIP_VECTORS - 1) // STRIP_VECTORS)


cdef int sum_pieces(const Strips *s, const Layer *layer) noexcept nogil:
    """How many pieces several threads make of the sums: panels of outputs, for each half of the inputs."""
    return strip_panels(layer) * (2 if s.seam < s.n_in else 1)


cdef void sum_piece(const Strips *s, Py_ssize_t m, const Layer *layer, int piece) noexcept nogil:
    """One of them, in its own place; add_pieces then makes z of them."""
    cdef Py_ssize_t n = 0, width = even_width(layer.n_used, STRIP_VECTORS)
    cdef int panels = strip_panels(layer), before
    for before in range(piece % panels):
        n += width
        width = even_width(layer.n_used - n, STRIP_VECTORS)
    half_sums(s.sums + piece // panels * s.half_size + m * n * VL, s, m, layer, n, width, piece // panels)


cdef void add_pieces(const Strips *s, Py_ssize_t b0, Py_ssize_t m, Py_ssize_t samples, Layer *layer) noexcept nogil:
    """z of samples b0 to b0 + m of a block of so many."""
    cdef Py_ssize_t n = 0, width
    cdef const real *s0
    while n < layer.n_used:
        width = even_width(layer.n_used - n, STRIP_VECTORS)
        s0 = s.sums + samples * n * VL
        add_halves(layer, s0, s0 + s.half_size if s.seam < s.n_in else NULL, b0, m, n, width)
        n += width


cdef inline void gradient_of_width(bint CODED, Py_ssize_t width, const Strips *s, real *g, Py_ssize_t ldg, const real *d,
                                   Py_ssize_t first, Py_ssize_t stop, bint go_on) noexcept nogil:
    if width == 4:
        strip_gradient(CODED, 4, s, g, ldg, d, first, stop, go_on)
    elif width == 3:
        strip_gradient(CODED, 3, s, g, ldg, d, first, stop, go_on)
    else:
        strip_gradient(CODED, 2, s, g, ldg, d, first, stop, go_on)


cdef void gradient_panel(Py_ssize_t width, const Strips *s, real *g, Py_ssize_t ldg, const real *d, Py_ssize_t first,
                         Py_ssize_t stop, bint go_on) noexcept nogil:
    if s.table != NULL:
        gradient_of_width(True, width, s, g, ldg, d, first, stop, go_on)
    else:
        gradient_of_width(False, width, s, g, ldg, d, first, stop, go_on)


cdef void gradient_by_strips(Layer *layer, real *g, Py_ssize_t m, const Strips *s, const real *packed, Py_ssize_t r0,
                             Py_ssize_t r1, bint go_on) noexcept nogil:
    """Rows r0 to r1 (where strips begin) of the first layer's gradient over a block of m samples: g (r1 - r0, ld) =
    [g +] x^T d."""
    cdef Py_ssize_t n = 0, width
    while n < layer.n_used:
        width = even_width(layer.n_used - n, STRIP_VECTORS)
        gradient_panel(width, s, g + n * VL, layer.ld, packed + m * n * VL, strip_of(s, r0), strip_of(s, r1), go_on)
        n += width
    clear_padding(layer, g, r1 - r0, go_on)


cdef void update_by_strips(Layer *layer, const Step *step, real *params, real *m, real *v, real *g, Py_ssize_t samples,
                           const Strips *s, const real *packed, Py_ssize_t r0, Py_ssize_t r1) noexcept nogil:
    """Rows r0 to r1 (where strips begin) of the first layer: their gradient and their step, some strips at a time; g is
    scratch of CHUNK_BYTES."""
    cdef Py_ssize_t n0 = 0, n, group, width, per, t, stop, end = strip_of(s, r1), rows, at
    while n0 < layer.n_used:
        group = 0  # the next panels, whole ones
        while group < STRIP_GROUP and n0 + group < layer.n_used:
            group += even_width(layer.n_used - n0 - group, STRIP_VECTORS)
        per = CHUNK_BYTES // (STRIP * group * VL * <Py_ssize_t> sizeof(real))
        t = strip_of(s, r0)
        while t < end:
            stop = t + per if end - t > per else end
            n = 0
            while n < group:
                width = even_width(layer.n_used - n0 - n, STRIP_VECTORS)
                gradient_panel(width, s, g + n * VL, group * VL, packed + samples * (n0 + n) * VL, t, stop, False)
                n += width
            at = layer.offset + input_of(s, t) * layer.ld + n0 * VL
            rows = input_of(s, stop) - input_of(s, t)
            take_step(step, params + at, layer.ld, g, group * VL, m + at if m != NULL else NULL,
                      v + at if v != NULL else NULL, rows, group, True)
            t = stop
        n0 += group
