# Plain descent sample by sample, true online learning, of a small network on sparse X. What the general way spends on blocks,
# phases and tasks of one sample each would be a third of the time. Every layer behind the first is one word of 64 bytes
# wide, which the loops know; the sums, and the bits, are those of the general way.


cdef bint goes_online(const Source *s, const Layer *layers, int n_layers) noexcept nogil:
    """Whether a network's shape is one for this."""
    cdef int l
    cdef const Layer *layer
    if n_layers < 2 or layers[0].n_used != pass_width(s.sparse.kind, layers[0].n_used):
        return False
    for l in range(n_layers):
        layer = &layers[l]
        if layer.z != NULL or layer.drop != NULL:
            return False
        if l > 0 and (layer.ld != PAD or layer.n_out == 1 or first_half(layer.n_in) != layer.n_in):
            return False
    return True


cdef inline void word_back(real *e, const real *d, const Layer *layer, const Layer *below) noexcept nogil:
    """The errors e of the layer below, f'(z) and all, from those of a layer of one word, d."""
    cdef Py_ssize_t n = 0
    if below.ld == PAD:
        short_row(HW, e, NULL, d, layer.wt, PAD, layer.n_out)
    else:
        while n < below.n_used:
            short_row(1, e + n * VL, NULL, d, layer.wt + n * VL, below.ld, layer.n_out)
            n += 1
    times_slope(e, below.ld, below.a, below.ld, 1, below.n_vectors, below.act, 1)


cdef inline void descend_word(Layer *layer, const Layer *below, vr rate) noexcept nogil:
    """A layer of one word and its turned weights take their step: w_k += a_k (rate d), b += rate d."""
    cdef real *bias = layer.w + layer.n_in * PAD
    cdef real *d = layer.d
    cdef Py_ssize_t n = 0
    cdef int h
    for h in range(HW):
        vstore(d + h * VL, rate * vload(d + h * VL))
        vstore(bias + h * VL, vload(bias + h * VL) + vload(d + h * VL))
    outer_rows(HW, layer.w, PAD, below.a, d, layer.n_in)
    while n < below.ld:
        outer_rows(HW, layer.wt + n, below.ld, d, below.a + n, layer.n_out)
        n += PAD


cdef void online_sample(Net *net, const Source *s, const Targets *t, RowPass *p, const Block *block, vr rate,
                        real inverse_weight, Sums *sums) noexcept nogil:
    """One sample, a block of its own: forward, back, and the step. `p` is the first layer's pass, made for the sums."""
    cdef Layer *first = &net.layers[0]
    cdef Layer *layer = first
    cdef Layer *below
    cdef Entries e = entries_of(&s.sparse, block.order[block.first])
    cdef real *bias = first.w + first.n_in * first.ld
    cdef int l, width = <int> first.n_used
    cdef Py_ssize_t n
    p.rows = &e
    p.z = first.a
    rows_by_kind(s.sparse.kind, False, width, p)
    activate(first.a, first.ld, 1, first.n_vectors, first.mask, first.act)
    for l in range(1, net.n_layers):
        layer, below = &net.layers[l], layer
        short_row(HW, layer.a, layer.w + layer.n_in * PAD, below.a, layer.w, PAD, layer.n_in)
        if l < net.n_layers - 1:
            activate(layer.a, PAD, 1, HW, layer.mask, layer.act)
    finish(&net.out, layer.a, layer.d, t, block.order, block.first, 1, inverse_weight, sums)
    for l in range(net.n_layers - 1, 0, -1):
        word_back(net.layers[l - 1].d, net.layers[l].d, &net.layers[l], &net.layers[l - 1])
    for l in range(net.n_layers - 1, 0, -1):
        descend_word(&net.layers[l], &net.layers[l - 1], rate)
    for n in range(first.n_vectors):
        vstore(first.d + n * VL, rate * vload(first.d + n * VL))
        vstore(bias + n * VL, vload(bias + n * VL) + vload(first.d + n * VL))
    p.z = first.d
    rows_by_kind(s.sparse.kind, True, width, p)


cdef void learn_online(Trainer trainer, Py_ssize_t stop) noexcept nogil:
    """All samples up to `stop` of the order, each a mini-batch."""
    cdef const Source *s = &trainer.examples.source
    cdef const Targets *targets = &trainer.answers.targets
    cdef double cost
    cdef RowPass p = first_pass(&trainer.work.layers[0])
    cdef Block block
    cdef Sums sums
    trainer._place(&block, trainer.position, trainer.position + 1)
    block.x = NULL
    while trainer.position < stop:
        block.first = trainer.position
        look_ahead(s, targets, &block, trainer.length, 0, 1, 4, True)
        memset(&sums, 0, sizeof(Sums))
        online_sample(&trainer.work.net, s, targets, &p, &block, vset(-<real> trainer._rate(trainer.position)),
                      <real> trainer.error_scale, &sums)
        cost = trainer.sums.cost
        add_sums(&trainer.sums, &sums, 1)
        trainer.mean_cost_sum += trainer.sums.cost - cost
        trainer.updates += 1
        trainer.position += 1
