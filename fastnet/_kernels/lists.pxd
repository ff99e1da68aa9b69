"""The compact form of X as the loops read it: every row a list of (index, value), its inputs ascending.

The index takes 16 bits where there are at most 65,536 inputs; the value is then a byte into a table where X has at most
256 different numbers (images), else the number. The three kinds are literals at every call, so that each gets its own loop.
"""
from fastnet._kernels.words cimport (real, vr, vset, prefetch, prefetch_beyond, four_shorts, four_bytes, short_of, code_of,
                                     int64_t, uint8_t, uint16_t, uint32_t, uint64_t)

cdef enum:
    SHORT_CODED = 0   # uint16 index, uint8 code into the table
    SHORT_PLAIN = 1   # uint16 index, value
    LONG_PLAIN = 2    # uint32 index, value


cdef enum:
    SOON = 8          # rows that are asked for once more that many before they are read


cdef struct Sparse:
    int kind
    const int64_t *rowptr     # (n + 1,)
    const uint32_t *middle    # (n,) entries of the row that lie in the first half of the inputs
    const uint16_t *index16   # (nnz,)
    const uint32_t *index32
    const uint8_t *code
    const real *value
    const real *table         # (256,)


cdef struct Entries:          # one row, ready for the loops
    const uint16_t *index16
    const uint32_t *index32
    const uint8_t *code
    const real *value
    const real *table
    Py_ssize_t middle
    Py_ssize_t n


cdef inline Entries entries_of(const Sparse *s, Py_ssize_t row) noexcept nogil:
    cdef Entries e
    cdef int64_t start = s.rowptr[row]
    e.n = s.rowptr[row + 1] - start
    e.middle = s.middle[row]
    e.index16 = s.index16 + start if s.kind != LONG_PLAIN else NULL
    e.index32 = s.index32 + start if s.kind == LONG_PLAIN else NULL
    e.code = s.code + start if s.kind == SHORT_CODED else NULL
    e.value = s.value + start if s.kind != SHORT_CODED else NULL
    e.table = s.table
    return e


cdef inline void fetch_run(const void *start, Py_ssize_t bytes, bint soon) noexcept nogil:
    """Ask for all lines of so many bytes, the last one too where they begin within a line. What is not read soon would only
    drive weights out of the first-level cache."""
    cdef const char *at = <const char *> (<size_t> start // 64 * 64)
    while at < <const char *> start + bytes:
        if soon:
            prefetch(at)
        else:
            prefetch_beyond(at, 0)
        at += 64


cdef inline void fetch_entries(int KIND, const Entries *e, bint soon) noexcept nogil:
    """Ask for a row's lists."""
    if KIND == LONG_PLAIN:
        fetch_run(e.index32, e.n * 4, soon)
    else:
        fetch_run(e.index16, e.n * 2, soon)
    if KIND == SHORT_CODED:
        fetch_run(e.code, e.n, soon)
    else:
        fetch_run(e.value, e.n * sizeof(real), soon)


cdef inline void fetch_ahead(const Sparse *s, Py_ssize_t row, bint soon) noexcept nogil:
    """Ask for a row that will be read soon: shuffled rows are new to every cache."""
    cdef Entries e = entries_of(s, row)
    fetch_entries(s.kind, &e, soon)


cdef inline Py_ssize_t index_at(int KIND, const Entries *e, Py_ssize_t q) noexcept nogil:
    return e.index32[q] if KIND == LONG_PLAIN else e.index16[q]


cdef inline real value_at(int KIND, const Entries *e, Py_ssize_t q) noexcept nogil:
    return e.table[e.code[q]] if KIND == SHORT_CODED else e.value[q]


cdef inline void take_entries(int KIND, int COUNT, const Entries *e, Py_ssize_t q, Py_ssize_t *index, vr *x) noexcept nogil:
    """COUNT entries, four or one, from q on: their inputs, and their values in all lanes."""
    cdef uint64_t shorts = four_shorts(e.index16 + q) if COUNT == 4 and KIND != LONG_PLAIN else 0
    cdef uint32_t codes = four_bytes(e.code + q) if COUNT == 4 and KIND == SHORT_CODED else 0
    cdef int k
    for k in range(COUNT):
        index[k] = short_of(shorts, k) if COUNT == 4 and KIND != LONG_PLAIN else index_at(KIND, e, q + k)
        x[k] = vset(e.table[code_of(codes, k)] if COUNT == 4 and KIND == SHORT_CODED else value_at(KIND, e, q + k))
