# A network that learns: epochs of mini-batches, in as many calls as the caller likes, without the GIL.

cdef enum:
    SCATTER_BELOW = 64  # plain descent on smaller mini-batches of sparse samples changes the weights in place


cdef class _Lines:
    """Zeros, aligned to cache lines."""

    cdef real *at

    def __cinit__(self, Py_ssize_t n):
        self.at = <real *> lines_alloc(n * sizeof(real))
        if self.at == NULL:
            raise MemoryError(f"no room for {n} numbers")
        memset(self.at, 0, n * sizeof(real))

    def __dealloc__(self):
        free(self.at)


cdef class Trainer:
    """Mini-batch training of `engine` on one X and y. The caller owns parameters, moments, order and rates."""

    cdef Engine engine
    cdef Examples examples
    cdef Answers answers
    cdef Workspace work
    cdef Rule rule
    cdef real[::1] first_moment, second_moment
    cdef _Lines sum
    cdef real *gradient   # (flat), where a mini-batch takes several blocks
    cdef const Py_ssize_t[::1] order
    cdef const double[::1] rates
    cdef Py_ssize_t length  # of the order: all samples, or those that an interrupted epoch has left
    cdef Py_ssize_t batch, position, in_batch, batch_end
    cdef double batch_weight, cost_before, error_scale, clip_norm
    cdef uint64_t seed     # of dropout
    cdef bint wants_penalty
    cdef readonly double penalty_sum, mean_cost_sum
    cdef bint scatter, whole
    cdef Sums sums
    cdef public int64_t updates

    def __init__(self, Engine engine not None, features, targets, sample_weight=None, *, Py_ssize_t batch_size,
                 optimizer, moments, double l2=0.0, double momentum=0.9, double beta1=0.9, double beta2=0.999,
                 double epsilon=1e-8, bint plain_epsilon=False, bint l2_over_batch=False, double error_scale=1.0,
                 bint penalty=False, dropout=(), uint64_t seed=0, double clip_norm=0, int threads=1):
        cdef Py_ssize_t n
        self.engine = engine
        self.examples = Examples(features)
        self.answers = Answers(targets, sample_weight)
        n = self.examples.source.n
        self.batch = min(batch_size, n)
        self.clip_norm = clip_norm
        self.seed = seed
        self.whole = self.batch <= BATCH_BLOCK and clip_norm == 0  # clipping needs the whole gradient first
        self.work = Workspace(engine, self.examples, min(self.batch, LARGE_BLOCK if not self.whole else BATCH_BLOCK),
                              True, tuple(dropout))
        self.rule = Rule(names.OPTIMIZER_CODES[optimizer], l2, momentum, beta1, beta2, epsilon,
                         plain_epsilon, l2_over_batch)
        self.error_scale = error_scale
        self.wants_penalty = penalty and l2 != 0
        if len(moments) > 0:
            self.first_moment = moments[0]
        if len(moments) > 1:
            self.second_moment = moments[1]
        if not self.whole:
            self.sum = _Lines(engine.params_view.shape[0])
            self.gradient = self.sum.at
        self.scatter = (self.rule.optimizer == SGD and self.examples.source.is_sparse
                        and self.batch < SCATTER_BELOW)
        self.updates = 0
        self.position = self.length = n

    @property
    def cost_sum(self):
        return self.sums.cost

    @property
    def weight_sum(self):
        return self.sums.weight

    @property
    def correct_sum(self):
        return self.sums.correct

    def start_epoch(self, const Py_ssize_t[::1] order not None, const double[::1] rates not None):
        """Begin an epoch: the samples' order (n,), and a learning rate for every update or one for all."""
        self.order = order
        self.length = order.shape[0]
        self.rates = rates
        self.position = 0
        self.in_batch = 0
        memset(&self.sums, 0, sizeof(Sums))
        self.penalty_sum = self.mean_cost_sum = 0

    def run(self, double seconds):
        """Train for about `seconds`; True when the epoch is done."""
        cdef uint64_t mode
        with nogil:
            mode = flush_subnormals()
            self._run(seconds)
            restore_mode(mode)
        return self.position == self.length

    cdef void _run(self, double seconds) noexcept nogil:
        cdef Py_ssize_t n = self.length
        cdef double stop = seconds_now() + seconds
        cdef Py_ssize_t since = 0, every = 1 + 4000000 // (self.engine.params_view.shape[0] * self.work.block + 1)
        turn_all(&self.work.net, self.work.room)
        while self.position < n:
            self._block()
            since += 1
            if since >= every:
                if seconds_now() >= stop:
                    break
                since = 0

    cdef void _block(self) noexcept nogil:
        """The next block of samples: one whole mini-batch, or a part of a large one."""
        cdef const Source *s = &self.examples.source
        cdef Net *net = &self.work.net
        cdef Block block
        cdef bint first = self.in_batch == 0
        cdef real inverse
        if first:
            self._begin_batch()
        block.order = &self.order[0]
        block.first = self.position
        block.m = self.batch_end - self.position
        if block.m > self.work.block:
            block.m = self.work.block
        bring(&block, s, self.work.x)
        look_ahead(s, &block, self.length)
        forward(net, s, &block, 0, block.m)
        inverse = <real> (self.error_scale / self.batch_weight if self.batch_weight > 0 else 0)
        judge(net, &self.answers.targets, &block, 0, block.m, inverse, True, &self.sums)
        errors_back(net, 0, block.m)
        if not self.whole:
            add_gradient(self.work, s, &block, self.gradient, not first)
        self.position += block.m
        self.in_batch += block.m
        if self.position == self.batch_end:
            if self.batch_weight > 0:
                self._account()
                self._update(&block)
            self.in_batch = 0

    cdef void _begin_batch(self) noexcept nogil:
        cdef Py_ssize_t i, n = self.length
        cdef const real *weights = self.answers.targets.weights
        self.batch_end = self.position + self.batch if n - self.position > self.batch else n
        self.cost_before = self.sums.cost
        self.work.net.draw = mixed(self.seed ^ mixed(<uint64_t> self.updates))
        self.batch_weight = <double> (self.batch_end - self.position)
        if weights != NULL:
            self.batch_weight = 0
            for i in range(self.position, self.batch_end):
                self.batch_weight += weights[self.order[i]]

    cdef void _account(self) noexcept nogil:
        """Add up what the mini-batch that ended cost on average, times its samples; the penalty apart."""
        cdef int l
        cdef double squares = 0
        self.mean_cost_sum += self.in_batch * (self.sums.cost - self.cost_before) / self.batch_weight
        if self.wants_penalty:
            for l in range(self.work.net.n_layers):
                squares += sum_of_squares(&self.work.layers[l])
            self.penalty_sum += self.in_batch * 0.5 * l2_of(&self.rule, self.batch_weight) * squares

    cdef void _update(self, const Block *block) noexcept nogil:
        """One step of the optimiser, with the gradient of the mini-batch that ended."""
        cdef Py_ssize_t number = (self.position - 1) // self.batch
        cdef double rate = self.rates[number] if self.rates.shape[0] > 1 else self.rates[0]
        cdef Step step
        cdef int l
        self.updates += 1
        step = step_of(&self.rule, rate, self.updates, l2_of(&self.rule, self.batch_weight))
        if self.clip_norm > 0:
            clip(&self.work.net, self.gradient, self.clip_norm, step.l2)
            step.l2 = 0
        if self.whole and self.examples.source.is_sparse and not self.scatter:
            turn_entries(&self.work.columns, &self.examples.source.sparse, block.order, block.first, block.m,
                         self.examples.source.n_in)
        for l in range(self.work.net.n_layers - 1, -1, -1):
            if self.whole and self.rule.optimizer == SGD:
                self._descend(l, block, &step)
            else:
                self._update_layer(l, block, &step)

    cdef void _update_layer(self, int l, const Block *block, const Step *step) noexcept nogil:
        """Sum a few rows of the gradient, apply them while they are near, go on to the next rows."""
        cdef Layer *layer = &self.work.layers[l]
        cdef Py_ssize_t rows = chunk_rows(layer), r = 0, stop
        cdef real *params = &self.engine.params_view[0]
        cdef real *m = &self.first_moment[0] if self.rule.optimizer != SGD else NULL
        cdef real *v = &self.second_moment[0] if self.rule.optimizer >= ADAM else NULL
        cdef real *g
        while r < layer.n_in:
            stop = r + rows if layer.n_in - r > rows else layer.n_in
            if self.whole:
                g = self.work.chunk
                gradient_rows(&self.work.net, l, &self.examples.source, block, &self.work.columns, g, r, stop, False)
            else:
                g = self.gradient + layer.offset + r * layer.ld
            update_rows(layer, step, params, m, v, g, r, stop, True)
            if l > 0:
                turn_rows(&self.work.net, l, r, stop, self.work.room)
            r = stop
        if self.whole:
            g = self.work.chunk
            gradient_bias(layer, block.m, g, False)
        else:
            g = self.gradient + layer.offset + layer.n_in * layer.ld
        update_rows(layer, step, params, m, v, g, layer.n_in, layer.n_in + 1, False)

    cdef void _descend(self, int l, const Block *block, const Step *step) noexcept nogil:
        """Plain descent on one layer, in the weights' own place: w = (1 - rate l2) w, then w += x_b (-rate d_b) for
        one sample after the other. Weights of inputs that are zero are not even read."""
        cdef Layer *layer = &self.work.layers[l]
        cdef Py_ssize_t i
        cdef vr rate = vset(-step.rate), shrink = vset(-step.rate * step.l2)
        if step.l2 != 0:
            for i in range(layer.n_in * layer.n_vectors):
                vstore(layer.w + i * VL, vfma(shrink, vload(layer.w + i * VL), vload(layer.w + i * VL)))
        for i in range(block.m * layer.n_vectors):
            vstore(layer.d + i * VL, rate * vload(layer.d + i * VL))
        if l == 0 and self.scatter:
            sparse_scatter(layer.w, layer.ld, &self.examples.source.sparse, block.order, block.first, block.m,
                           layer.d, layer.ld, layer.n_vectors)
        else:
            gradient_rows(&self.work.net, l, &self.examples.source, block, &self.work.columns, layer.w, 0,
                          layer.n_in, True)
        gradient_bias(layer, block.m, layer.w + layer.n_in * layer.ld, True)
        if l > 0:
            turn_rows(&self.work.net, l, 0, layer.n_in, self.work.room)


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
