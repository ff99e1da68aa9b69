# A network that answers: forward, activations, costs, gradients.

cdef enum:
    SMALL = 1024  # the widest layer whose single sample runs on the stack


cdef class Shares:
    """The blocks of n samples, shared out among so many calls of `forward` on threads of their own. Each has a stretch, which
    it goes through from the front, as the hardware's prefetch does; then it takes what others have left, from the back."""

    cdef uint64_t left[64]  # of each stretch: first block << 32 | end
    cdef int threads
    cdef uint64_t seats     # that are taken

    def __cinit__(self, Py_ssize_t n, int threads):
        cdef uint64_t blocks = (n + FORWARD_BLOCK - 1) // FORWARD_BLOCK, k
        threads = self.threads = min(threads, 64)
        for k in range(<uint64_t> threads):
            self.left[k] = blocks * k // <uint64_t> threads << 32 | blocks * (k + 1) // <uint64_t> threads

    cdef int seat(self):
        """Whose stretch the next call has."""
        return <int> (atomic_add(&self.seats, 1) % <uint64_t> self.threads)

    cdef Py_ssize_t take(self, int seat) noexcept nogil:
        """A block's number, or -1 if all are taken."""
        cdef int k, other
        cdef uint64_t left
        for k in range(self.threads):
            other = seat + k if seat + k < self.threads else seat + k - self.threads
            left = atomic_load(&self.left[other])
            while left >> 32 < <uint32_t> left:
                if k == 0 and atomic_take(&self.left[other], left, left + (<uint64_t> 1 << 32)):
                    return left >> 32
                if k > 0 and atomic_take(&self.left[other], left, left - 1):
                    return <uint32_t> left - 1
                left = atomic_load(&self.left[other])
        return -1


cdef class Engine:
    """A fully-connected network over the flat parameters (shared with the caller, never copied)."""

    cdef readonly tuple sizes
    cdef public int scratch_byte  # what scratch is filled with: 0, or junk in a test
    cdef public bint skips_zeros  # whether silent neurons are left out where they are many: unless a test compares
    cdef real[::1] params_view
    cdef Layer *layers
    cdef char *masks
    cdef real *out_mask  # as the last layer's mask, but of the vectors that hold outputs: its last PAD numbers
    cdef int n_layers
    cdef int cost
    cdef double parameter
    cdef Py_ssize_t widest
    cdef object empty, shape, dtype

    def __cinit__(self, sizes, activations, cost, real[::1] params not None, double parameter=0.5):
        cdef int l
        cdef Py_ssize_t offset = 0, j
        cdef Layer *layer
        self.sizes = tuple(sizes)
        self.skips_zeros = True
        self.n_layers = len(self.sizes) - 1
        self.cost = names.COST_CODES[cost]
        self.parameter = parameter
        self.params_view = params
        self.empty, self.shape, self.dtype = np.empty, (self.sizes[self.n_layers],), np.dtype(DTYPE)
        self.layers = <Layer *> lines_alloc(self.n_layers * sizeof(Layer))
        self.masks = <char *> lines_alloc((self.n_layers + 1) * 64)
        if self.layers == NULL or self.masks == NULL:
            raise MemoryError("no room for the layers")
        memset(self.layers, 0, self.n_layers * sizeof(Layer))
        memset(self.masks, 0, (self.n_layers + 1) * 64)
        if <size_t> &params[0] % 64:
            raise ValueError("params must be aligned to 64 bytes")
        for l in range(self.n_layers):
            layer = &self.layers[l]
            layer.n_in = self.sizes[l]
            layer.n_out = self.sizes[l + 1]
            layer.ld = (layer.n_out + PAD - 1) // PAD * PAD
            if layer.n_out % (8 * PAD) == 0:  # see _layout.py
                layer.ld += PAD
            layer.n_vectors = layer.ld // VL
            layer.n_used = (layer.n_out + VL - 1) // VL
            layer.act = names.ACTIVATION_CODES[activations[l]]
            layer.offset = offset
            layer.w = &params[0] + offset
            layer.mask = <real *> (self.masks + 64 * l)
            for j in range(PAD):
                layer.mask[j] = 1 if layer.ld - PAD + j < layer.n_out else 0
            offset += (layer.n_in + 1) * layer.ld
            self.widest = max(self.widest, layer.ld)
        layer = &self.layers[self.n_layers - 1]
        self.out_mask = <real *> (self.masks + 64 * self.n_layers)
        for j in range(PAD):
            self.out_mask[j] = 1 if 0 <= layer.n_used * VL - PAD + j < layer.n_out else 0
        if offset != params.shape[0]:
            raise ValueError(f"params must hold {offset} numbers for sizes {self.sizes}, got {params.shape[0]}")

    def __dealloc__(self):
        free(self.layers)
        free(self.masks)

    def forward_one(self, x):
        """Activations of the last layer for one sample, or None where x is not a plain, finite (n_in,) array of the
        dtype."""
        cdef Py_buffer view, target
        cdef real *into
        cdef bint finite
        if self.widest > SMALL or not PyObject_CheckBuffer(x):
            return None
        try:
            PyObject_GetBuffer(x, &view, PyBUF_C_CONTIGUOUS | PyBUF_FORMAT)
        except (BufferError, ValueError):
            return None
        if (view.ndim != 1 or view.itemsize != sizeof(real) or view.shape[0] != self.layers[0].n_in
                or <size_t> view.buf % sizeof(real) != 0 or view.format[0] != (c'd' if sizeof(real) == 8 else c'f') or view.format[1] != 0):
            PyBuffer_Release(&view)
            return None
        out = self.empty(self.shape, self.dtype)
        PyObject_GetBuffer(out, &target, PyBUF_C_CONTIGUOUS | PyBUF_WRITABLE)
        into = <real *> target.buf
        with nogil:
            finite = all_finite(<const real *> view.buf, view.shape[0])
            if finite:
                self._one(<const real *> view.buf, into)
        PyBuffer_Release(&target)
        PyBuffer_Release(&view)
        return out if finite else None

    cdef void _one(self, const real *x, real *out) noexcept nogil:
        cdef real stack[2 * SMALL + 16]
        cdef real *here = <real *> ((<size_t> stack + 63) // 64 * 64)
        cdef real *there = here + SMALL
        cdef Layer last
        cdef Layer *layer
        cdef int l
        for l in range(self.n_layers):
            layer = &self.layers[l]
            layer_sums(here, layer.ld, x, layer.n_in, layer.w, layer.ld, layer.w + layer.n_in * layer.ld, 1,
                       layer.n_vectors, layer.n_in, 0)
            if l < self.n_layers - 1:
                activate(here, layer.ld, 1, layer.n_vectors, layer.mask, layer.act)
            x = here
            here, there = there, here
        last = self.layers[self.n_layers - 1]
        last.a = <real *> x
        answer(&last, 1)
        memcpy(out, x, last.n_out * sizeof(real))

    def forward(self, features, real[:, ::1] out not None, bint check=False, Shares shares=None):
        """Activations of the last layer, out (n, n_out). With `check` the numbers of a dense X are looked at on the way:
        False if one of them is not finite. With `shares` only the samples of blocks that are taken from there."""
        return self._activations(Examples(features), [out], False, check, shares)

    def activations(self, features, outs, bint check=False, Shares shares=None):
        """Every layer's activations, outs[l] (n, n_l); `check` and `shares` as for forward."""
        return self._activations(Examples(features), outs, True, check, shares)

    def shares(self, Py_ssize_t n, int threads):
        """For `forward` and `activations` of n samples by so many threads."""
        return Shares(n, threads)

    cdef _activations(self, Examples examples, list outs, bint every, bint check, Shares shares):
        cdef Workspace work = Workspace(self, examples, FORWARD_BLOCK, False, 1)
        cdef Block block
        cdef Py_ssize_t n = examples.source.n, i, number = 0
        cdef int l, n_outs = len(outs), seat = 0 if shares is None else shares.seat()
        cdef real[:, ::1] view
        cdef real **to
        cdef Layer *layer
        cdef bint finite = True
        pointers = np.empty(n_outs, np.uintp)
        cdef size_t[::1] addresses = pointers
        views = []
        for i in range(n_outs):
            view = outs[i]
            views.append(view)
            addresses[i] = <size_t> &view[0, 0]
        to = <real **> &addresses[0]
        block.order = NULL
        work.net.looks = check and not examples.source.is_sparse
        with nogil:
            while True:
                if shares is not None:
                    number = shares.take(seat)
                block.first = number * FORWARD_BLOCK
                if number < 0 or block.first >= n:
                    break
                number += 1
                block.m = FORWARD_BLOCK if n - block.first > FORWARD_BLOCK else n - block.first
                block.x = place_of(&block, &examples.source, work.x)
                bring(&block, &examples.source, work.x, 0, block.m)
                forward(&work.net, &examples.source, &block, 0, block.m, NULL, False)
                if work.net.doubts and not all_finite(block.x, block.m * examples.source.n_in):
                    finite = False
                    break
                answer(&work.layers[self.n_layers - 1], block.m)
                for l in range(n_outs):
                    layer = &work.layers[l if every else self.n_layers - 1]
                    put_rows(to[l] + block.first * layer.n_out, layer, block.m)
        return finite

    def evaluate(self, features, targets, sample_weight=None, real[:, ::1] out=None):
        """(sum of w C, sum of w, sum of w over right answers); the last layer's activations into `out` (n, n_out), if
        they are wanted."""
        cdef Examples examples = Examples(features)
        cdef Answers answers = Answers(targets, sample_weight)
        cdef Workspace work = Workspace(self, examples, FORWARD_BLOCK, False, 1)
        cdef Block block
        cdef Py_ssize_t n = examples.source.n, b
        cdef Layer *last = &work.layers[self.n_layers - 1]
        cdef real *to = &out[0, 0] if out is not None else NULL
        cdef Sums sums
        memset(&sums, 0, sizeof(Sums))
        block.order = NULL
        block.first = 0
        with nogil:
            while block.first < n:
                block.m = FORWARD_BLOCK if n - block.first > FORWARD_BLOCK else n - block.first
                block.x = place_of(&block, &examples.source, work.x)
                bring(&block, &examples.source, work.x, 0, block.m)
                forward(&work.net, &examples.source, &block, 0, block.m, NULL, False)
                judge(&work.net, &answers.targets, &block, 0, block.m, 0, False, work.sums)
                add_sums(&sums, work.sums, block.m)
                if to != NULL:
                    put_rows(to + block.first * last.n_out, last, block.m)
                block.first += block.m
        return sums.cost, sums.weight, sums.correct

    def gradient(self, features, targets, sample_weight, real[::1] grad not None):
        """Fill grad (flat) with the gradient of the mean cost, no penalty; (sum of w C, sum of w)."""
        cdef Examples examples = Examples(features)
        cdef Answers answers = Answers(targets, sample_weight)
        cdef Workspace work = Workspace(self, examples, LARGE_BLOCK, True, 1)
        cdef Block block
        cdef Py_ssize_t n = examples.source.n
        cdef double weight = n
        cdef Sums sums
        memset(&sums, 0, sizeof(Sums))
        if sample_weight is not None:
            weight = float(np.sum(sample_weight, dtype=np.float64))
        block.order = NULL
        block.first = 0
        with nogil:
            turn_all(&work.net, work.room)
            while block.first < n:
                block.m = LARGE_BLOCK if n - block.first > LARGE_BLOCK else n - block.first
                block.x = place_of(&block, &examples.source, work.x)
                bring(&block, &examples.source, work.x, 0, block.m)
                forward(&work.net, &examples.source, &block, 0, block.m, NULL, False)
                judge(&work.net, &answers.targets, &block, 0, block.m,
                      <real> (1 / weight if weight > 0 else 0), True, work.sums)
                add_sums(&sums, work.sums, block.m)
                errors_back(&work.net, 0, block.m)
                pack_layers(&work.net, 0, block.m, block.m)
                add_gradient(work, &examples.source, &block, &grad[0], block.first > 0)
                block.first += block.m
        return sums.cost, sums.weight


cdef void put_rows(real *to, const Layer *layer, Py_ssize_t m) noexcept nogil:
    """The activations of m samples without their padding, to (m, n_out): whole vectors where a later row covers what is
    written too much, as a call takes longer than they do."""
    cdef Py_ssize_t b, n, n_out = layer.n_out, whole = m - layer.n_used * VL // n_out if layer.n_used <= 4 else 0
    for b in range(m):
        if b < whole:
            for n in range(layer.n_used):
                vstoreu(to + b * n_out + n * VL, vload(layer.a + b * layer.ld + n * VL))
        else:
            memcpy(to + b * n_out, layer.a + b * layer.ld, n_out * sizeof(real))


cdef void add_sums(Sums *total, const Sums *chunks, Py_ssize_t m) noexcept nogil:
    """Add the sums of a block of m samples, chunk by chunk."""
    cdef Py_ssize_t chunk
    for chunk in range((m + CHUNK - 1) // CHUNK):
        total.cost += chunks[chunk].cost
        total.weight += chunks[chunk].weight
        total.correct += chunks[chunk].correct


cdef void add_gradient(Workspace work, const Source *s, const Block *block, real *grad, bint go_on) noexcept nogil:
    """grad (flat) = [grad +] the block's share of the gradient."""
    cdef int l
    cdef Layer *layer
    for l in range(work.net.n_layers):
        layer = &work.layers[l]
        if l == 0 and s.is_sparse:
            sort_entries(&work.columns, &s.sparse, block, s.n_in, 0)
            sort_entries(&work.columns, &s.sparse, block, s.n_in, 1)
            pack_rows(work.packed, layer, 0, block.m, block.m, COLUMN_VECTORS)
            sparse_gradient(layer, grad + layer.offset, block.m, &work.columns, work.packed, 0, layer.n_in, go_on)
        else:
            gradient_rows(&work.net, l, s, block, grad + layer.offset, 0, layer.n_in, go_on)
            clear_padding(layer, grad + layer.offset, layer.n_in, go_on)
        gradient_bias(layer, block.m, grad + layer.offset + layer.n_in * layer.ld, go_on)


def is_finite(const real[:, ::1] array not None):
    """Whether every number of an (n, m) array is finite."""
    cdef bint finite
    with nogil:
        finite = array.shape[0] * array.shape[1] == 0 or all_finite(&array[0, 0], array.shape[0] * array.shape[1])
    return finite


cdef bint all_finite(const real *x, Py_ssize_t n) noexcept nogil:
    """Whether every x is finite: x - x is zero, and else NaN, which stays in a sum."""
    cdef vr a = vset(0), b = vset(0), c = vset(0), d = vset(0), p, q, r, s
    cdef Py_ssize_t i, rounds = n // (4 * VL)
    cdef real rest = 0
    for i in range(rounds):
        p, q, r, s = vloadu(x), vloadu(x + VL), vloadu(x + 2 * VL), vloadu(x + 3 * VL)
        a = a + (p - p)
        b = b + (q - q)
        c = c + (r - r)
        d = d + (s - s)
        x += 4 * VL
    for i in range(n - rounds * 4 * VL):
        rest += x[i] - x[i]
    a = (a + b) + (c + d)
    for i in range(VL):
        rest += (<real *> &a)[i]
    return rest == 0


def apply(name, real[::1] x not None):
    """The activation `name` of x (n,) as the kernels compute it, for tests of its accuracy."""
    cdef Py_ssize_t n = x.shape[0], i
    cdef int act = names.ACTIVATION_CODES[name]
    cdef real *room
    cdef real[::1] out = np.empty(n, DTYPE)
    room = <real *> lines_alloc(128)
    memset(room, 0, 128)
    cdef real *mask = room + PAD
    for i in range(PAD):
        mask[i] = 1
    for i in range(n):
        room[0] = x[i]
        activate(room, PAD, 1, PAD // VL, mask, act)
        out[i] = room[0]
    free(room)
    return np.asarray(out)
