# One allocation for everything a pass through the network needs; nothing allocates inside the loops.

cdef enum:
    FORWARD_BLOCK = 48    # samples that go through together where no errors go back
    BATCH_BLOCK = 256     # mini-batches up to this size are one block,
    LARGE_BLOCK = 128     # larger ones are blocks of this many
    CHUNK_BYTES = 16384   # of gradient between its sum and its update: stays in the first-level cache,
    CHUNK_ROWS = 48       # unless rows are long: so many are needed for the dense product to be quick
    BUCKETS = 262144      # entries for which room is made, so that they need not be counted first


cdef class Workspace:
    """Room for blocks of `block` samples; with `training`, for the errors and the turned weights too."""

    cdef char *memory
    cdef Net net
    cdef Layer *layers
    cdef Py_ssize_t block
    cdef real *x          # (block, n_in): rows of a dense X
    cdef real *room       # (threads, 16, widest layer): scratch
    cdef real *chunk      # (threads, chunk_size): a few rows of a gradient
    cdef Py_ssize_t chunk_size
    cdef real *steps      # (4, ld of the last layer): what the output's `step` and `peak` are read from
    cdef Sums *sums       # one for every CHUNK samples of a block
    cdef real *packed     # (block, ld of the first layer): its errors in panels
    cdef int spot_bytes   # of a sample in a strip, if the first layer of sparse samples goes by strips; 0 by columns:
    cdef Columns columns
    cdef Strips strips
    cdef Strips ahead     # with several threads: the next block's, sorted while this one's weights take their step
    cdef bint holey       # whether a dense X has many zeros, and rows of whole words
    cdef object dropout   # the probability in every hidden layer, or nothing

    def __cinit__(self, Engine engine, Examples examples, Py_ssize_t block, bint training, int threads, dropout=(),
                  int spot_bytes=0):
        cdef Py_ssize_t bytes
        self.dropout, self.spot_bytes = dropout, spot_bytes
        self.holey = (engine.skips_zeros and engine.layers[0].n_used >= LIVE_LEAST
                      and examples.source.n_in % PAD == 0 and has_holes(&examples.source))
        bytes = self._carve(engine, examples, block, training, threads, NULL)
        self.layers = <Layer *> lines_alloc(engine.n_layers * sizeof(Layer))
        self.memory = <char *> lines_alloc(bytes)
        if self.memory == NULL or self.layers == NULL:
            raise MemoryError(f"no room for {bytes} bytes of scratch")
        memset(self.memory, engine.scratch_byte, bytes)  # nobody may rely on what scratch holds; a test fills it with junk
        memcpy(self.layers, engine.layers, engine.n_layers * sizeof(Layer))
        self.block = block
        self.net.n_layers = engine.n_layers
        self.net.layers = self.layers
        self._carve(engine, examples, block, training, threads, self.memory)
        self._clear()

    cdef void _clear(self):
        """Zero what is zero by contract: padding that is read but never written."""
        cdef int l
        cdef Py_ssize_t j
        cdef Layer *layer
        memset(self.net.out.y, 0, self.block * self.net.out.ld * sizeof(real))
        memset(self.steps, 0, 4 * self.net.out.ld * sizeof(real))
        for j in range(self.net.out.ld):
            self.steps[j] = 1
        self.steps[3 * self.net.out.ld] = 1
        for l in range(self.net.n_layers):
            layer = &self.layers[l]
            memset(layer.a, 0, self.block * layer.ld * sizeof(real))
            if layer.d != NULL:
                memset(layer.d, 0, self.block * layer.ld * sizeof(real))
            if layer.wt != NULL:
                memset(layer.wt, 0, layer.ld * self.layers[l - 1].ld * sizeof(real))
            if layer.drop != NULL:
                memset(layer.drop, 0, self.block * layer.ld * sizeof(real))

    def __dealloc__(self):
        free(self.memory)
        free(self.layers)

    cdef Py_ssize_t _carve(self, Engine engine, Examples examples, Py_ssize_t block, bint training, int threads,
                           char *at):
        """Lay everything out from `at`; with NULL only measure. Returns the bytes."""
        cdef Py_ssize_t used = 0, widest = 0, ld_below = 0, n_in, room, i
        cdef int l
        cdef bint real_run = at != NULL
        cdef Layer *layer
        cdef real *p
        for l in range(engine.n_layers):
            layer = &engine.layers[l]
            widest = max(widest, layer.ld)
            p = <real *> (at + used)
            used += _lines(block * layer.ld)
            if real_run:
                self.layers[l].a = p
            if self._may_be_silent(engine, l):
                if real_run:
                    self.layers[l].live = <uint64_t *> (at + used)
                used += _lines_of(block * words_of(layer.n_out) * 8)
            if training:
                p = <real *> (at + used)
                used += _lines(block * layer.ld)
                if real_run:
                    self.layers[l].d = p
                if layer.act == GELU:
                    p = <real *> (at + used)
                    used += _lines(block * layer.ld)
                    if real_run:
                        self.layers[l].z = p
                if l < len(self.dropout) and self.dropout[l] > 0:
                    p = <real *> (at + used)
                    used += _lines(block * layer.ld)
                    if real_run:
                        self.layers[l].drop = p
                        self.layers[l].dropout = self.dropout[l]
                if layer.n_used > LIVE_VECTORS and (self._may_be_silent(engine, l - 1) if l > 0 else self.holey):
                    p = <real *> (at + used)
                    used += _lines(block * layer.ld)
                    if real_run:
                        self.layers[l].packed = p
                if l > 0:
                    p = <real *> (at + used)
                    used += _lines(layer.ld * ld_below)
                    if real_run:
                        self.layers[l].wt = p
            ld_below = layer.ld
        n_in = engine.layers[0].n_in
        if not examples.source.is_sparse:
            if real_run:
                self.x = <real *> (at + used)
            used += _lines(block * n_in)
        if self.holey:
            if real_run:
                self.net.x_live = <uint64_t *> (at + used)
            used += _lines_of(block * words_of(n_in) * 8)
        if real_run:
            self.room = <real *> (at + used)
        used += _lines(16 * widest * threads)
        if real_run:
            self.net.out.y = <real *> (at + used)
        used += _lines(block * engine.layers[engine.n_layers - 1].ld)
        if real_run:
            self.steps = <real *> (at + used)
        used += _lines(4 * engine.layers[engine.n_layers - 1].ld)
        if real_run:
            self.sums = <Sums *> (at + used)
        used += _lines_of((block + CHUNK - 1) // CHUNK * <Py_ssize_t> sizeof(Sums))
        if training:
            if real_run:
                self.chunk = <real *> (at + used)
            self.chunk_size = max(CHUNK_BYTES // <Py_ssize_t> sizeof(real), CHUNK_ROWS * widest)
            used += _lines(threads * self.chunk_size)
        if training and examples.source.is_sparse:
            if real_run:
                self.packed = <real *> (at + used)
            used += _lines(block * engine.layers[0].ld)
        if training and examples.source.is_sparse and self.spot_bytes:
            used += self._carve_strips(n_in, block, engine.layers[0].ld, threads, at + used if real_run else NULL)
        elif training and examples.source.is_sparse:
            self.columns.roomy = is_roomy(n_in, block)
            room = _odd_lines(block * <Py_ssize_t> sizeof(Place)) // <Py_ssize_t> sizeof(Place)
            if real_run:
                self.columns.start = <uint32_t *> (at + used)
                for i in range(n_in if self.columns.roomy else 0):
                    self.columns.start[i] = <uint32_t> (i * room)
            used += _lines_of(n_in * 4)
            if real_run:
                self.columns.end = <uint32_t *> (at + used)
            used += _lines_of(n_in * 4)
            if real_run:
                self.columns.places = <Place *> (at + used)
            used += _lines_of((n_in * room if self.columns.roomy else block * examples.longest)
                              * <Py_ssize_t> sizeof(Place))
        if real_run:
            layer = &self.layers[engine.n_layers - 1]
            self.net.out.act = layer.act
            self.net.out.cost = engine.cost
            self.net.out.parameter = <real> engine.parameter
            self.net.out.n_out = layer.n_out
            self.net.out.n_vectors = layer.n_used if layer.act != SOFTMAX else layer.n_vectors
            self.net.out.ld = layer.ld
            self.net.out.mask = engine.out_mask if layer.act != SOFTMAX else layer.mask
            self.net.out.step = self.steps
            self.net.out.peak = self.steps + 2 * layer.ld
        return used

    cdef bint _may_be_silent(self, Engine engine, int l):
        """Whether many of a hidden layer's activations may be zero."""
        return engine.skips_zeros and l < engine.n_layers - 1 and (
            engine.layers[l].act == RELU or l < len(self.dropout) and self.dropout[l] > 0)

    cdef Py_ssize_t _carve_strips(self, Py_ssize_t n_in, Py_ssize_t block, Py_ssize_t ld, int threads, char *at):
        """The same for the strips alone."""
        cdef Strips *s = &self.strips
        cdef Py_ssize_t n = strips_of(n_in), used = 0, room
        cdef Py_ssize_t lead = -((first_half(n_in) + STRIP - 1) // STRIP) & 15  # two threads' ends must not share a line
        cdef Py_ssize_t counts = _lines_of((lead + n + 2) * 4), spots
        room = _odd_lines(block * self.spot_bytes) // self.spot_bytes
        spots = _lines_of(n * room * self.spot_bytes)
        if at != NULL:
            s.start = <uint32_t *> at
            s.end = <uint32_t *> (at + counts) + lead
            s.met = <uint32_t *> (at + 2 * counts)
            s.place = <uint32_t *> (at + 3 * counts)
        used = 3 * counts + _lines_of(n_in * 4)
        if at != NULL:
            s.row = <real *> (at + used)
        used += _lines(n * (STRIP + 1))
        if at != NULL:
            s.sums = <real *> (at + used)
        s.half_size = block * (ld if threads > 1 else STRIP_VECTORS * VL)
        used += _lines(2 * s.half_size)
        if at != NULL:
            s.spots, s.words = <Spot *> (at + used), <uint32_t *> (at + used)
            lay_strips(s, n_in, room)
        used += spots
        if threads == 1:
            return used
        if at != NULL:
            self.ahead = s[0]
            self.ahead.end = <uint32_t *> (at + used) + lead
            self.ahead.spots, self.ahead.words = <Spot *> (at + used + counts), <uint32_t *> (at + used + counts)
        return used + counts + spots


cdef bint has_holes(const Source *s) noexcept nogil:
    """Tell from some rows of a dense X, of whole words, whether a product may be quicker without its zeros."""
    cdef Py_ssize_t i, k, row, live = 0, some = min(s.n, 32)
    if s.is_sparse:
        return False
    for i in range(some):
        row = i * (s.n // some) * s.n_in
        if s.bytes != NULL:
            for k in range(s.n_in):
                live += s.bytes[row + k] != 0
        else:
            for k in range(s.n_in // VL):
                live += count_bits(vbits(vloadu(s.dense + row + k * VL)))
    return few(live, some * s.n_in)


cdef inline bint is_roomy(Py_ssize_t n_in, Py_ssize_t block) noexcept nogil:
    """Whether every input gets room for all samples of a block."""
    return n_in * block <= BUCKETS


cdef inline Py_ssize_t _odd_lines(Py_ssize_t bytes) noexcept nogil:
    """The bytes of an odd number of lines: lists a power of two apart would share a few sets of the cache."""
    return (_lines_of(bytes) // 64 | 1) * 64


cdef inline Py_ssize_t _lines_of(Py_ssize_t bytes) noexcept nogil:
    return (bytes + 63) // 64 * 64


cdef inline Py_ssize_t _lines(Py_ssize_t reals) noexcept nogil:
    return _lines_of(reals * <Py_ssize_t> sizeof(real))


cdef inline Py_ssize_t chunk_rows(const Layer *layer) noexcept nogil:
    """Rows of a layer's gradient that are summed and applied together: whole words of the turned weights."""
    cdef Py_ssize_t rows = CHUNK_BYTES // (layer.ld * <Py_ssize_t> sizeof(real)) // PAD * PAD
    return rows if rows > CHUNK_ROWS else CHUNK_ROWS


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
