# cython: language_level=3, boundscheck=False, wraparound=False, cdivision=True
"""The book's list of examples: shuffled as `random.shuffle` does it, and read into arrays.

Python shuffles 50,000 items in longer than an epoch takes here. `shuffle` does the same from the state
of the caller's generator and hands the new state back; nothing is kept between calls. `addresses` and
`gather` read the columns of a list of (x, y) tuples without a Python call an example.
"""

from cpython.buffer cimport (
    PyBUF_FORMAT, PyBUF_STRIDES, PyBuffer_Release, PyObject_GetBuffer,
)
from cpython.object cimport PyObject
from libc.stdint cimport uint32_t
from libc.stdlib cimport calloc, free, malloc
from libc.string cimport memcpy

cdef extern from "Python.h":
    # As plain pointers: items change places, no reference is gained or lost.
    PyObject* item_at "PyList_GET_ITEM"(object items, Py_ssize_t i)
    void put_item "PyList_SET_ITEM"(object items, Py_ssize_t i, PyObject* item)


# --- The Mersenne Twister MT19937 (Matsumoto and Nishimura 1998) ------------------------------------

cdef enum:
    N = 624  # words of state
    M = 397  # distance of the middle word

cdef struct Twister:
    uint32_t word[N]
    Py_ssize_t index  # of the next word to give out; N: all are used up


cdef inline uint32_t twisted(uint32_t upper, uint32_t lower, uint32_t middle) noexcept nogil:
    # The top bit of one word joined to the rest of the next, times the matrix A.
    cdef uint32_t y = (upper & <uint32_t> 0x80000000) | (lower & <uint32_t> 0x7fffffff)
    return middle ^ (y >> 1) ^ ((<uint32_t> 0 - (y & 1)) & <uint32_t> 0x9908b0df)


cdef void refill(Twister* t) noexcept nogil:
    cdef Py_ssize_t i
    for i in range(N - M):
        t.word[i] = twisted(t.word[i], t.word[i + 1], t.word[i + M])
    for i in range(N - M, N - 1):
        t.word[i] = twisted(t.word[i], t.word[i + 1], t.word[i + M - N])
    t.word[N - 1] = twisted(t.word[N - 1], t.word[0], t.word[M - 1])
    t.index = 0


cdef inline uint32_t next_word(Twister* t) noexcept nogil:
    cdef uint32_t y
    if t.index >= N:
        refill(t)
    y = t.word[t.index]
    t.index += 1
    y ^= y >> 11
    y ^= (y << 7) & <uint32_t> 0x9d2c5680
    y ^= (y << 15) & <uint32_t> 0xefc60000
    return y ^ (y >> 18)


# --- Shuffling ------------------------------------------------------------------------------------


cdef void fisher_yates(Twister* t, Py_ssize_t[::1] order) noexcept nogil:
    # For i from n - 1 down to 1: swap i with j, drawn from 0..i. A draw below m = i + 1 takes the top
    # k bits of a word, k the bit length of m, again and again until they are below m.
    cdef Py_ssize_t i, j, other
    cdef uint32_t m
    cdef int shift = 32
    cdef Py_ssize_t n = order.shape[0]
    while shift > 0 and (n >> (32 - shift)) > 0:
        shift -= 1
    for i in range(n - 1, 0, -1):
        m = <uint32_t> (i + 1)
        while (m >> (31 - shift)) == 0:  # fewer bits than the last time
            shift += 1
        j = next_word(t) >> shift
        while j > i:
            j = next_word(t) >> shift
        other = order[i]
        order[i] = order[j]
        order[j] = other


def shuffle(tuple words, Py_ssize_t[::1] order):
    """Shuffle `order` in place as `random.shuffle` would; return the generator's words afterwards.

    Parameters
    ----------
    words : tuple of 625 int
        `random.getstate()[1]` of a version 3 state: 624 words of 32 bits and the index of the next.
    order : (n,) intp array
        Fewer than 2**31 numbers, shuffled in place.

    Returns
    -------
    tuple of 625 int
        What `random.getstate()[1]` would be after `random.shuffle`.

    Raises
    ------
    ValueError
        If `words` is no such state or `order` is too long.
    """
    cdef Twister t
    cdef Py_ssize_t i
    if len(words) != N + 1:
        raise ValueError(f"words: a state has {N + 1} numbers, got {len(words)}")
    if order.shape[0] >= <Py_ssize_t> 1 << 31:
        raise ValueError(f"order: at most 2**31 - 1 items can be shuffled, got {order.shape[0]}")
    for i in range(N):
        t.word[i] = words[i]
    t.index = words[N]
    if t.index < 0 or t.index > N:
        raise ValueError(f"words: the index must lie between 0 and {N}, got {t.index}")
    with nogil:
        fisher_yates(&t, order)
    return tuple([t.word[i] for i in range(N)] + [t.index])


def permute(list items, const Py_ssize_t[::1] order):
    """Put `items` into a new order in place: afterwards `items[i]` is what `items[order[i]]` was.

    Parameters
    ----------
    items : list
        Stays the same list.
    order : (n,) intp array
        Each of 0..n-1 once, n the length of `items`.

    Raises
    ------
    ValueError
        If `order` is not that; `items` is unchanged then.
    """
    cdef Py_ssize_t n = order.shape[0]
    cdef Py_ssize_t i
    cdef bint valid = len(items) == n
    cdef char* seen = <char*> calloc(n + 1, 1)
    cdef PyObject** old = <PyObject**> malloc((n + 1) * sizeof(PyObject*))
    try:
        if seen == NULL or old == NULL:
            raise MemoryError(f"no memory to reorder {n} items")
        for i in range(n):
            if not valid or order[i] < 0 or order[i] >= n or seen[order[i]]:
                valid = False
                break
            seen[order[i]] = 1
        if not valid:
            raise ValueError(f"order must hold each of 0..{len(items) - 1} once, for {len(items)} items")
        for i in range(n):
            old[i] = item_at(items, i)
        for i in range(n):
            put_item(items, i, old[order[i]])
    finally:
        free(seen)
        free(old)


# --- Reading columns ------------------------------------------------------------------------------


cdef inline char column(object example, int which, type kind, Py_ssize_t size, Py_buffer* view) except? 0:
    # Take hold of example[which] if it is a contiguous column (size, 1) of float32, float64 or uint8 in
    # an array of exactly this kind; return its format, or 1 (and hold nothing) if it is anything else.
    cdef char form
    if type(example) is not tuple or len(<tuple> example) != 2:
        return 1
    item = (<tuple> example)[which]
    if type(item) is not kind:
        return 1
    try:
        PyObject_GetBuffer(item, view, PyBUF_FORMAT | PyBUF_STRIDES)
    except (BufferError, ValueError):  # object arrays, dates and the like have no buffer
        return 1
    form = view.format[0]
    if (
        (form == c"f" or form == c"d" or form == c"B") and view.format[1] == 0
        and view.ndim == 2 and view.shape[0] == size and view.shape[1] == 1
        and (size == 1 or view.strides[0] == view.itemsize)
    ):
        return form
    PyBuffer_Release(view)
    return 1


def addresses(list examples, int which, type kind, Py_ssize_t size, Py_ssize_t[::1] out):
    """Fill `out` with the address in memory of one column of every example.

    Parameters
    ----------
    examples : list of tuple
        Of pairs (x, y).
    which : 0 or 1
        Which of the two.
    kind : type
        `numpy.ndarray`: columns must be of exactly this type.
    size : int
        Each column must have the shape (size, 1) and no gaps.
    out : (len(examples),) intp array

    Returns
    -------
    str or None
        "f", "d" or "B", the type code that all columns share; None if any differs or is no such
        column. The addresses hold as long as the examples and their arrays live.
    """
    cdef Py_buffer view
    cdef char form, first = 0
    cdef Py_ssize_t i
    for i in range(len(examples)):
        form = column(examples[i], which, kind, size, &view)
        if form == 1:
            return None
        out[i] = <Py_ssize_t> view.buf
        PyBuffer_Release(&view)
        if first != 0 and form != first:
            return None
        first = form
    return chr(first) if first else None


def gather(list examples, int which, type kind, Py_ssize_t size, unsigned char[:, ::1] out):
    """Copy one column of every example into the rows of `out`.

    Parameters
    ----------
    examples, which, kind, size
        As for `addresses`.
    out : (len(examples), size * itemsize) uint8 array
        The bytes of the rows.

    Returns
    -------
    bool
        False if a column is not as long as a row of `out`, or is no such column.
    """
    cdef Py_buffer view
    cdef Py_ssize_t i
    cdef Py_ssize_t n_bytes = out.shape[1]
    cdef bint fits
    for i in range(len(examples)):
        if column(examples[i], which, kind, size, &view) == 1:
            return False
        fits = view.len == n_bytes
        if fits:
            memcpy(&out[i, 0], view.buf, n_bytes)
        PyBuffer_Release(&view)
        if not fits:
            return False
    return True
