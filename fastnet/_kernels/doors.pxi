# The doors: Python's X, y and weights as pointers. Each object holds what keeps its memory alive.


cdef class Examples:
    """X in the form the loops read."""

    cdef Source source
    cdef const real[:, ::1] dense
    cdef const uint8_t[:, ::1] codes
    cdef const int64_t[::1] rowptr
    cdef const uint32_t[::1] middle
    cdef const uint16_t[::1] index16
    cdef const uint32_t[::1] index32
    cdef const uint8_t[::1] code
    cdef const real[::1] value
    cdef const real[::1] table
    cdef Py_ssize_t longest  # entries of the longest row

    def __cinit__(self, features):
        memset(&self.source, 0, sizeof(Source))
        self.source.n = features.n
        self.source.n_in = features.n_in
        self.source.scale = 1
        if features.kind == "compact":
            self._sparse(features)
            return
        self.source.scale = <real> <double> features.scale
        array = features.array
        if array.dtype == np.uint8:
            self.codes = array
            self.source.bytes = &self.codes[0, 0]
        else:
            self.dense = array
            self.source.dense = &self.dense[0, 0]

    cdef _sparse(self, features):
        cdef Sparse *s = &self.source.sparse
        cdef bint wide = features.index.dtype == np.uint32
        cdef bint coded = features.table is not None
        if wide and coded:
            raise ValueError("codes stand only beside 16-bit indices")
        self.source.is_sparse = True
        self.longest = features.longest
        self.rowptr = features.rowptr
        self.middle = features.middle
        s.rowptr = &self.rowptr[0]
        s.middle = &self.middle[0]
        if wide:
            s.kind = LONG_PLAIN
            self.index32 = features.index
            s.index32 = &self.index32[0] if self.index32.shape[0] else NULL
        else:
            s.kind = SHORT_CODED if coded else SHORT_PLAIN
            self.index16 = features.index
            s.index16 = &self.index16[0] if self.index16.shape[0] else NULL
        if coded:
            self.code = features.value
            self.table = features.table
            s.code = &self.code[0] if self.code.shape[0] else NULL
            s.table = &self.table[0]
        else:
            self.value = features.value
            s.value = &self.value[0] if self.value.shape[0] else NULL


cdef class StripForm:
    """Coded X by strips, kept with the features: whoever trains on them next finds it there."""

    cdef Words words
    cdef const uint32_t[::1] of
    cdef const uint32_t[::1] ends

    def __cinit__(self, features, threads):
        if getattr(features, "strips", None) is None:
            zero = np.flatnonzero(features.table == 0)[0]
            features.strips = _compact.strips_of(
                features.rowptr, features.index, features.value, features.middle, features.n_in, zero, threads)
        self.of, self.ends = features.strips
        self.words.words = &self.of[0] if self.of.shape[0] else NULL
        self.words.ends = &self.ends[0]


cdef bint can_be_words(features) except -1:
    """Whether X can be made into a StripForm: a code for zero is free, and eight bits number the strips of either half."""
    return (features.table is not None and 2 * STRIP * 256 >= features.n_in and (features.table == 0).any()
            and len(features.index) < 2 ** 32)


cdef class Answers:
    """y and the samples' weights."""

    cdef Targets targets
    cdef const int32_t[::1] labels
    cdef const real[:, ::1] values
    cdef const real[::1] weights

    def __cinit__(self, targets, sample_weight):
        memset(&self.targets, 0, sizeof(Targets))
        if targets.labels is not None:
            self.labels = targets.labels
            self.targets.labels = &self.labels[0]
        else:
            self.values = targets.values
            self.targets.values = &self.values[0, 0]
        if sample_weight is not None:
            self.weights = sample_weight
            self.targets.weights = &self.weights[0]
        self.targets.score = names.SCORES[targets.score]
