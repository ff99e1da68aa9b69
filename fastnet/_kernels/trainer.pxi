# A network that learns: epochs of mini-batches, in as many calls as the caller likes, without the GIL.

cdef enum:
    SCATTER_BELOW = 64  # plain descent on smaller mini-batches of sparse samples changes the weights in place;
    HEAP_BELOW = 32     # for other optimisers, smaller ones are added up in a whole gradient, sample by sample,
    HEAP_BYTES = 262144 # and larger ones too, where the first layer's whole gradient stays near


cdef class Trainer:
    """Mini-batch training of `engine` on one X and y. The caller owns parameters, moments, order and rates."""

    cdef Engine engine
    cdef Examples examples
    cdef Answers answers
    cdef Workspace work
    cdef StripForm form    # of X, where the first layer goes by strips and X can be so
    cdef Rule rule
    cdef real[::1] first_moment, second_moment
    cdef _Lines sum
    cdef real *gradient   # (flat), where a mini-batch takes several blocks; the first layer's, zero in between, to heap in
    cdef const Py_ssize_t[::1] order
    cdef const double[::1] rates
    cdef Py_ssize_t length  # of the order: all samples, or those that an interrupted epoch has left
    cdef Py_ssize_t batch, position, in_batch, batch_end
    cdef double batch_weight, cost_before, error_scale, clip_norm
    cdef uint64_t seed     # of dropout
    cdef bint wants_penalty
    cdef readonly double penalty_sum, mean_cost_sum
    cdef bint scatter, heap, whole, gather, descends
    cdef readonly bint online  # sample by sample (see online.pxi)
    cdef readonly bint strips  # whether the first layer goes by strips
    cdef Sums sums
    cdef Block block, next_block
    cdef Py_ssize_t sorted_at  # the block whose entries `ahead` has, by its first place in the order; or -1
    cdef bint sorts_ahead
    cdef Step step
    cdef real inverse
    cdef bint first_block, last_block
    cdef int threads
    cdef Balance balance
    cdef Team team
    cdef RowTask *tasks
    cdef int n_tasks
    cdef int sorters     # tasks that sort the block's entries by input, where its sums do not do it on the way
    cdef public int64_t updates

    def __cinit__(self, *args, **kwargs):
        self.tasks = NULL
        self.team.call = 1 << 8

    def __dealloc__(self):
        free(self.tasks)

    def __init__(self, Engine engine not None, features, targets, sample_weight=None, *, Py_ssize_t batch_size,
                 optimizer, moments, double l2=0.0, double momentum=0.9, double beta1=0.9, double beta2=0.999,
                 double epsilon=1e-8, bint plain_epsilon=False, bint l2_over_batch=False, double error_scale=1.0,
                 bint penalty=False, dropout=(), uint64_t seed=0, double clip_norm=0, int threads=1):
        cdef Py_ssize_t n, first, block
        self.engine = engine
        self.examples = Examples(features)
        self.answers = Answers(targets, sample_weight)
        n = self.examples.source.n
        self.batch = min(batch_size, n)
        self.clip_norm = clip_norm
        self.seed = seed
        self.whole = self.batch <= BATCH_BLOCK and clip_norm == 0  # clipping needs the whole gradient first
        self.threads = max(1, min(threads, 64)) if self.batch >= SCATTER_BELOW else 1
        self.rule = Rule(names.OPTIMIZER_CODES[optimizer], l2, momentum, beta1, beta2, epsilon,
                         plain_epsilon, l2_over_batch,
                         (1 + len(moments)) * engine.params_view.shape[0] * sizeof(real) > STREAM_BYTES)
        self.error_scale = error_scale
        self.wants_penalty = penalty and l2 != 0
        if len(moments) > 0:
            self.first_moment = moments[0]
        if len(moments) > 1:
            self.second_moment = moments[1]
        first = engine.layers[0].n_in * engine.layers[0].ld
        self.heap = (self.whole and self.rule.optimizer != SGD and self.examples.source.is_sparse
                     and (self.batch < HEAP_BELOW
                          or self.threads == 1 and first * <Py_ssize_t> sizeof(real) <= HEAP_BYTES))
        if self.heap:
            self.sum = _Lines(first)
            self.gradient = self.sum.at
        elif not self.whole:
            self.sum = _Lines(engine.params_view.shape[0])
            self.gradient = self.sum.at
        self.descends = self.whole and self.rule.optimizer == SGD
        self.scatter = self.descends and self.examples.source.is_sparse and self.batch < SCATTER_BELOW
        self.gather = self.examples.source.is_sparse and not self.scatter and not self.heap
        block = min(self.batch, BATCH_BLOCK if self.whole else LARGE_BLOCK)
        self.strips = (self.gather and is_roomy(self.examples.source.n_in, block)
                       and engine.layers[0].n_used >= STRIP_VECTORS and has_strokes(&self.examples.source))
        if self.strips and can_be_words(features):
            self.form = StripForm(features, self.threads)
        self.work = Workspace(engine, self.examples, block, True, self.threads, tuple(dropout),
                              0 if not self.strips else sizeof(Spot) if self.form is None else sizeof(uint32_t))
        if self.form is not None:
            self.work.strips.table = self.work.ahead.table = self.examples.source.sparse.table
        self.online = (self.scatter and self.batch == 1 and l2 == 0 and sample_weight is None
                       and goes_online(&self.examples.source, self.work.layers, engine.n_layers))
        self.balance = balance_of(self.threads > 1, mixed(mixed(engine.params_view.shape[0]) ^ self.batch) ^ self.threads,
                                  seconds_now())
        self._plan()
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
        self.sorted_at = -1
        self.in_batch = 0
        memset(&self.sums, 0, sizeof(Sums))
        self.penalty_sum = self.mean_cost_sum = 0

    def run(self, double seconds):
        """Train for about `seconds`; True when the epoch is done. No helper works on when it returns."""
        cdef uint64_t mode
        cdef int _
        begin_call(&self.balance)
        if self.balance.helped:
            from _thread import start_new_thread  # threading's start() waits until the thread has a core
            open_call(&self.team)
            for _ in range(self.threads - 1):
                try:
                    start_new_thread(self._help, (self.team.call >> 8,))
                except RuntimeError:  # the system gives no more
                    break
        with nogil:
            mode = flush_subnormals()
            self._run(seconds)
            restore_mode(mode)
            close_call(&self.team)
            wait_for_helpers(&self.team)
        return self.position == self.length

    cdef void _run(self, double seconds) noexcept nogil:
        cdef double now = seconds_now(), stop = now + seconds, slice_began = now
        cdef Py_ssize_t since = 0, every = 1 + 4000000 // (self.engine.params_view.shape[0] * self.work.block + 1)
        cdef Py_ssize_t slice_from = self.position
        turn_all(&self.work.net, self.work.room)
        while self.position < self.length:
            if self.online:
                learn_online(self, min(self.position + every - since, self.length))
                since = every
            else:
                self._block()
                since += 1
            if since >= every:
                since = 0
                now = seconds_now()
                if self.threads > 1 and now - slice_began >= SLICE_SECONDS:
                    weigh(&self.balance, <double> (self.position - slice_from), now - slice_began, now)
                    if not self.balance.helped:
                        close_call(&self.team)
                    slice_began, slice_from = now, self.position
                if now >= stop:
                    break

    cdef void _block(self) noexcept nogil:
        """The next block of samples: one whole mini-batch, or a part of a large one. Where the first layer goes
        by strips its sums come first; then every sample goes forward and back, then every row of weights takes its gradient
        and step. In each phase the pieces are independent."""
        self.first_block = self.in_batch == 0
        if self.first_block:
            self._begin_batch()
        self._place(&self.block, self.position, self.batch_end)
        self.block.x = place_of(&self.block, &self.examples.source, self.work.x)
        self.last_block = self.position + self.block.m == self.batch_end
        if self.strips:
            if self.sorted_at == self.position:
                self.work.strips, self.work.ahead = self.work.ahead, self.work.strips
            else:
                self._phase(STRIPS)
            foresee(self)
            self._phase(SUMS)
        self._phase(SAMPLES)
        add_sums(&self.sums, self.work.sums, self.block.m)
        self.position += self.block.m
        self.in_batch += self.block.m
        if self.batch_weight > 0:
            if self.last_block:
                self.updates += 1
                self._account()
            self._phase(ROWS)
            if self.last_block and self.clip_norm > 0:
                self._clip()
        elif self.strips:  # no rows to begin with what is left
            sort_rest(self, BEFORE_SEAM)
            sort_rest(self, BEHIND_SEAM)
        if self.last_block:
            self.in_batch = 0

    cdef void _place(self, Block *block, Py_ssize_t first, Py_ssize_t batch_end) noexcept nogil:
        """The block that begins at `first`, of the mini-batch that ends there."""
        block.order = &self.order[0]
        block.first = first
        block.m = min(batch_end - first, self.work.block)

    cdef void _begin_batch(self) noexcept nogil:
        cdef Py_ssize_t i, n = self.length, number = self.position // self.batch
        cdef const real *weights = self.answers.targets.weights
        self.cost_before = self.sums.cost
        self.batch_end = self.position + self.batch if n - self.position > self.batch else n
        self.work.net.draw = mixed(self.seed ^ mixed(<uint64_t> self.updates))
        self.batch_weight = <double> (self.batch_end - self.position)
        if weights != NULL:
            self.batch_weight = 0
            for i in range(self.position, self.batch_end):
                self.batch_weight += weights[self.order[i]]
        self.inverse = 0
        if self.batch_weight > 0:
            self.inverse = <real> (self.error_scale / self.batch_weight)
            self.step = step_of(&self.rule, self._rate(number), self.updates + 1, l2_of(&self.rule, self.batch_weight))

    cdef double _rate(self, Py_ssize_t number) noexcept nogil:
        """The learning rate of a mini-batch of the epoch."""
        return self.rates[number] if self.rates.shape[0] > 1 else self.rates[0]

    cdef void _account(self) noexcept nogil:
        """Add up what the mini-batch that ended cost on average, times its samples; the penalty apart."""
        cdef int l
        cdef double squares = 0
        self.mean_cost_sum += self.in_batch * (self.sums.cost - self.cost_before) / self.batch_weight
        if self.wants_penalty:
            for l in range(self.work.net.n_layers):
                squares += sum_of_squares(&self.work.layers[l])
            self.penalty_sum += self.in_batch * 0.5 * l2_of(&self.rule, self.batch_weight) * squares

    # --- The pieces ---------------------------------------------------------------------------

    cdef void _samples(self, Py_ssize_t b0, Py_ssize_t m) noexcept nogil:
        """Samples b0 to b0 + m of the block forward and back; b0 is a multiple of CHUNK."""
        cdef const Source *s = &self.examples.source
        cdef Net *net = &self.work.net
        cdef Py_ssize_t b = b0, count, part = m, distance = max(4, self.block.m)
        cdef int l
        cdef vr rate = vset(-self.step.rate)
        bring(&self.block, s, self.work.x, b0, m)
        if self.strips and self.balance.together:
            add_pieces(&self.work.strips, b0, m, self.block.m, &net.layers[0])
        if self.scatter or self.heap:  # quick with a row: all the next ones at once would drive these out of the cache
            part = CHUNK
            distance = min(distance, CHUNK)
        while b < b0 + m:
            count = part if b0 + m - b > part else b0 + m - b
            look_ahead(s, &self.answers.targets, &self.block, self.length, b, count, distance, not self.strips)
            forward(net, s, &self.block, b, count,
                    &self.work.columns if self.gather and self.sorters == 0 and not self.strips else NULL, self.strips)
            b += count
        judge(net, &self.answers.targets, &self.block, b0, m, self.inverse, True, self.work.sums)
        errors_back(net, b0, m)
        if self.descends:
            for l in range(net.n_layers):
                scale_errors(&net.layers[l], rate, b0, m)
        pack_layers(net, b0, m, self.block.m)
        if self.gather:
            pack_rows(self.work.packed, &net.layers[0], b0, m, self.block.m,
                      STRIP_VECTORS if self.strips else COLUMN_VECTORS)

    cdef void _rows(self, int l, Py_ssize_t r0, Py_ssize_t r1, int seat) noexcept nogil:
        """Rows r0 to r1 of layer l: their gradient and, when the mini-batch is complete, their step."""
        cdef Layer *layer = &self.work.layers[l]
        if self.descends:
            self._descend(layer, l, r0, r1)
            if l > 0 and self.block.m == 1:
                descend_turned(&self.work.net, l, self._shrinkage(), r0, r1)
            elif l > 0:
                self._turn(l, r0, r1, seat)
        elif self.whole:
            self._fused(layer, l, r0, r1, seat)
        else:
            self._summed(layer, l, r0, r1)
            if l > 0 and self.last_block and self.clip_norm == 0:
                self._turn(l, r0, r1, seat)

    cdef void _turn(self, int l, Py_ssize_t r0, Py_ssize_t r1, int seat) noexcept nogil:
        turn_rows(&self.work.net, l, r0, r1, self.work.room + seat * 16 * self.engine.widest)

    cdef void _descend(self, Layer *layer, int l, Py_ssize_t r0, Py_ssize_t r1) noexcept nogil:
        """Plain descent in the weights' own place: w = (1 - rate l2) w, then w += x_b (-rate d_b) for one sample after
        the other. Weights of inputs that are zero are not even read."""
        if self.step.l2 != 0:
            shrink(layer.w, self._shrinkage(), r0 * layer.n_vectors, r1 * layer.n_vectors)
        if r1 == layer.n_in:
            self._bias(layer, l, layer.w + layer.n_in * layer.ld, True)
        if l == 0 and self.scatter:
            sparse_pass(True, layer.d, layer.ld, &self.examples.source.sparse, &self.block, 0, self.block.m, layer, NULL)
        elif l == 0 and self.gather:
            self._gathered(layer, layer.w + r0 * layer.ld, r0, r1, True)
        elif l > 0 and self.block.m == 1:
            add_outer(layer.w + r0 * layer.ld, layer.ld, self.work.layers[l - 1].a + r0, layer.d, r1 - r0, layer.n_used)
        else:
            gradient_rows(&self.work.net, l, &self.examples.source, &self.block, layer.w + r0 * layer.ld, r0, r1, True)

    cdef void _gathered(self, Layer *layer, real *g, Py_ssize_t r0, Py_ssize_t r1, bint go_on) noexcept nogil:
        """Rows r0 to r1 of the first layer's gradient over a sparse block whose entries are sorted: g = [g +] x^T d."""
        if self.strips:
            gradient_by_strips(layer, g, self.block.m, &self.work.strips, self.work.packed, r0, r1, go_on)
        else:
            sparse_gradient(layer, g, self.block.m, &self.work.columns, self.work.packed, r0, r1, go_on)

    cdef void _bias(self, const Layer *layer, int l, real *g, bint go_on) noexcept nogil:
        """The gradient of a layer's biases: g = [g +] sum of d."""
        if l == 0 and self.strips:
            gradient_bias_of_strips(layer, self.block.m, self.work.packed, g, go_on)
        else:
            gradient_bias(layer, self.block.m, g, go_on)

    cdef real _shrinkage(self) noexcept nogil:
        """What the penalty adds to a weight of one."""
        return -self.step.rate * self.step.l2

    cdef void _fused(self, Layer *layer, int l, Py_ssize_t r0, Py_ssize_t r1, int seat) noexcept nogil:
        """Sum a few rows of the gradient, apply and turn them while they are near, go on to the next rows."""
        cdef Layer *below = &self.work.layers[l - 1] if l > 0 else NULL
        cdef Py_ssize_t rows = chunk_rows(layer), r = r0, stop, at
        cdef bint learns = below != NULL and self._learns_at_once(layer, below)
        cdef Learner learner
        cdef real *params = &self.engine.params_view[0]
        cdef real *m = &self.first_moment[0] if self.rule.optimizer != SGD else NULL
        cdef real *v = &self.second_moment[0] if self.rule.optimizer >= ADAM else NULL
        cdef real *g = self.work.chunk + seat * self.work.chunk_size
        if l == 0 and self.strips:
            update_by_strips(layer, &self.step, params, m, v, g, self.block.m, &self.work.strips, self.work.packed, r0, r1)
            r = r1
        elif l == 0 and self.gather:
            update_sparse(layer, &self.step, params, m, v, g, self.block.m, &self.work.columns, self.work.packed, r0, r1)
            r = r1
        elif l == 0 and self.heap:
            self._heap(layer, params, m, v)
            r = r1
        elif below != NULL and layer.n_out == 1:
            step_of_one(layer, below, &self.step, params, m, v, r0, r1, self.block.m)
            r = r1
        while r < r1:
            stop = r + rows if r1 - r > rows else r1
            if learns:
                at = layer.offset + r * layer.ld
                learner.step, learner.w, learner.m, learner.v = self.step, params + at, m + at, v + at
                gradient_of_live(layer, g, below.a + r, below.ld, stop - r, self.block.m, False, &learner)
            else:
                gradient_rows(&self.work.net, l, &self.examples.source, &self.block, g, r, stop, False)
                update_rows(layer, &self.step, params, m, v, g, r, stop, True)
            if l > 0:
                self._turn(l, r, stop, seat)
            r = stop
        if r1 == layer.n_in:
            self._bias(layer, l, g, False)
            update_rows(layer, &self.step, params, m, v, g, r1, r1 + 1, False)

    cdef bint _learns_at_once(self, const Layer *layer, const Layer *below) noexcept nogil:
        """Whether rows of weights take their step while the next ones' gradient is made: by Adam where neurons below are silent.
        Wider layers, whose rows are not made in one piece, stream by better afterwards."""
        return (self.rule.optimizer >= ADAM and self.step.l2 == 0 and self.step.decay == 0 and below.live != NULL
                and LIVE_LEAST <= layer.n_used <= LIVE_VECTORS)

    cdef void _heap(self, Layer *layer, real *params, real *m, real *v) noexcept nogil:
        """Few sparse samples: their gradient is added up where it lies, (n_in, ld), and cleared when it has been applied."""
        cdef Layer sums = layer[0]
        cdef Step step = self.step
        step.clears = True
        sums.w = self.gradient
        sparse_pass(True, layer.d, layer.ld, &self.examples.source.sparse, &self.block, 0, self.block.m, &sums, NULL)
        update_rows(layer, &step, params, m, v, self.gradient, 0, layer.n_in, True)

    cdef void _summed(self, Layer *layer, int l, Py_ssize_t r0, Py_ssize_t r1) noexcept nogil:
        """Add the block's share to the gradient of a large mini-batch; after its last block, apply it."""
        cdef real *g = self.gradient + layer.offset
        cdef real *biases = g + layer.n_in * layer.ld
        if l == 0 and self.gather:
            self._gathered(layer, g + r0 * layer.ld, r0, r1, not self.first_block)
        else:
            gradient_rows(&self.work.net, l, &self.examples.source, &self.block, g + r0 * layer.ld, r0, r1,
                          not self.first_block)
            clear_padding(layer, g + r0 * layer.ld, r1 - r0, not self.first_block)
        if r1 == layer.n_in:
            self._bias(layer, l, biases, not self.first_block)
        if self.last_block and self.clip_norm == 0:
            self._apply(layer, r0, r1)

    cdef void _apply(self, Layer *layer, Py_ssize_t r0, Py_ssize_t r1) noexcept nogil:
        """The step of rows r0 to r1 (and the biases, behind the last row) along the gradient of a large mini-batch."""
        cdef real *params = &self.engine.params_view[0]
        cdef real *m = &self.first_moment[0] if self.rule.optimizer != SGD else NULL
        cdef real *v = &self.second_moment[0] if self.rule.optimizer >= ADAM else NULL
        cdef real *g = self.gradient + layer.offset
        update_rows(layer, &self.step, params, m, v, g + r0 * layer.ld, r0, r1, True)
        if r1 == layer.n_in:
            update_rows(layer, &self.step, params, m, v, g + r1 * layer.ld, r1, r1 + 1, False)

    cdef void _clip(self) noexcept nogil:
        """The step along the gradient of the mini-batch, shortened if it is too long."""
        cdef int l
        clip(&self.work.net, self.gradient, self.clip_norm, self.step.l2)
        self.step.l2 = 0
        for l in range(self.work.net.n_layers):
            self._apply(&self.work.layers[l], 0, self.work.layers[l].n_in)
        turn_all(&self.work.net, self.work.room)

    # --- Who does them ------------------------------------------------------------------------

    cdef _plan(self):
        """Cut the layers' rows into tasks: one a layer for one thread, some for each of several. What one side of the tasks
        ends with is what the other takes if it is early: a small layer, as rows that change the core are read from there."""
        cdef int l, n = 0, small = 0, half
        cdef Py_ssize_t r, rows, stop
        cdef Layer *layer
        cdef RowTask task
        self.tasks = <RowTask *> lines_alloc(self.work.net.n_layers * 32 * self.threads * sizeof(RowTask))
        if self.tasks == NULL:
            raise MemoryError("no room for the tasks")
        for l in range(self.work.net.n_layers - 1, -1, -1):
            layer = &self.work.layers[l]
            rows = layer.n_in
            if self.threads > 1 and layer.n_in * layer.ld > 4096:
                rows = max(PAD, (layer.n_in // (16 * self.threads) + PAD - 1) // PAD * PAD)
            elif small == n:
                small += 1
            r = 0
            while r < layer.n_in:
                stop = min(r + rows, layer.n_in)
                if l == 0 and self.strips:  # whole ones
                    stop = input_of(&self.work.strips, strip_of(&self.work.strips, stop))
                self.tasks[n] = RowTask(l, r, stop)
                r = stop
                n += 1
        self.n_tasks = n
        half = (n + 1) // 2
        for _ in range(small if self.threads > 1 else 0):  # the last layers, to the end of the first side
            task = self.tasks[0]
            memmove(self.tasks, self.tasks + 1, (half - 1) * sizeof(RowTask))
            self.tasks[half - 1] = task

    cdef void _phase(self, int phase) noexcept nogil:
        """All tasks of a phase, done when this returns; by all threads where there are several."""
        cdef int n = self.n_tasks + (2 if self.sorts_ahead else 0)
        if phase == STRIPS:
            n = 2 if self.balance.together else 1
        elif phase == SUMS:
            n = sum_pieces(&self.work.strips, &self.work.layers[0]) if self.balance.together else 1
        elif phase == SAMPLES:
            self.sorters = 0
            if self.gather and not self.strips and (self.balance.together or not turns_along(
                    &self.examples.source.sparse, self.work.layers[0].n_in, self.work.layers[0].n_used,
                    &self.work.columns, self.block.m)):
                self.sorters = 2
            n = self.sorters + (<int> ((self.block.m + CHUNK - 1) // CHUNK) if self.balance.together else 1)
        self.team.phase = phase
        self.team.n_tasks = n
        run_team(<PyObject *> self, &self.team, self.balance.together)

    cdef void _task(self, int phase, int number, int seat) noexcept nogil:
        cdef Py_ssize_t b0
        cdef Layer *layer = &self.work.layers[0]
        cdef int half = (self.team.n_tasks + 1) // 2
        if phase == ROWS and self.sorts_ahead and number % half == 0:  # what either side of the tasks begins with
            sort_rest(self, number // half)
        elif phase == ROWS:
            if self.sorts_ahead:
                number -= 1 + number // half
            self._rows(self.tasks[number].layer, self.tasks[number].start, self.tasks[number].stop, seat)
        elif phase == STRIPS:
            sort_part(self, &self.work.strips, &self.block, 0, self.block.m, number if self.balance.together else ALL_STRIPS)
        elif phase == SUMS:
            if self.balance.together:
                sum_piece(&self.work.strips, self.block.m, layer, number)
            else:
                sums_by_strips(&self.work.strips, self.block.m, layer)
        elif number < self.sorters:
            sort_entries(&self.work.columns, &self.examples.source.sparse, &self.block, self.examples.source.n_in, number)
        elif not self.balance.together:
            self._samples(0, self.block.m)
        else:
            b0 = (number - self.sorters) * CHUNK
            self._samples(b0, CHUNK if self.block.m - b0 > CHUNK else self.block.m - b0)

    def _help(self, uint64_t number):
        """What a helper thread does during the call of `run` that has this number."""
        cdef uint64_t mode
        with nogil:
            mode = flush_subnormals()
            help_team(<PyObject *> self, &self.team, number)
            restore_mode(mode)
