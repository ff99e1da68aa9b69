"""The compact form of X: every row's non-zeros as a list of (index, value), made in one pass over a dense X.

Which of eight neighbours are not zero makes a number from 0 to 255, and a table has the places of that number's bits. The
values of the row, still in the cache, are fetched afterwards: as one byte each where X has at most 256 different numbers,
else as they are. The code of a whole multiple of 1/255 of the largest number, as pixels are, is found by that; of another
by a small hash table, whose collisions nothing foresees.
"""
from libc.stdint cimport int32_t, int64_t, uint8_t, uint16_t, uint32_t, uint64_t
from libc.string cimport memcpy, memmove, memset

import numpy as np

from fastnet._threads import each

cdef extern from "compact.h":
    uint8_t n_places[256]
    void fill_tables()
    void ask_for_more(const void *p) noexcept nogil
    void put_short(uint16_t *to, int k, uint16_t j) noexcept nogil
    void put_long(uint32_t *to, int k, uint32_t j) noexcept nogil
    ctypedef struct finite_check:
        pass
    int eight_floats(const float *x, finite_check *check) noexcept nogil
    int eight_doubles(const double *x, finite_check *check) noexcept nogil
    int eight_bytes(const uint8_t *x) noexcept nogil
    bint is_finite(const finite_check *check) noexcept nogil

fill_tables()

ctypedef fused number:
    float
    double
    uint8_t

ctypedef fused place:
    uint16_t
    uint32_t

ctypedef fused place_in:
    int32_t
    int64_t

ctypedef fused csr_number:
    float
    double

cdef enum:
    SLOTS = 1024  # of the hash table: at most 256 are taken, so probes are short; it stays in the first-level cache
    FREE = 0xFFFF
    TWO_CHAINS = 128  # see products.pxd
    STRIP = 3         # see strips.pxd


cdef struct Book:         # at most 256 different numbers
    double per_number     # which of the places the number is near to, for each of 1
    uint16_t near[256]    # the code of the first number there
    uint64_t keys[SLOTS]  # of the hash
    uint16_t codes[SLOTS]
    double numbers[256]
    int n


cdef void open_book(Book *book, double top) noexcept nogil:
    """No numbers yet; `top` is about the largest of them."""
    cdef Py_ssize_t i
    memset(book, 0, sizeof(Book))
    book.per_number = 255 / top if top > 0 else 0
    for i in range(256):
        book.near[i] = FREE
    for i in range(SLOTS):
        book.codes[i] = FREE


cdef inline int code_of(Book *book, number x) noexcept nogil:
    """The code of a finite number, new if need be; -1 when 256 are not enough. A byte is its own code."""
    cdef double place
    cdef uint16_t code
    if number is uint8_t:
        return x
    place = x * book.per_number + 0.5
    if 0 <= place < 256:
        code = book.near[<int> place]
        if code != FREE and book.numbers[code] == x:
            return code
    else:
        place = 0
    return looked_up(book, x, <int> place)


cdef int looked_up(Book *book, number x, int place) noexcept nogil:
    """code_of by the hash."""
    cdef uint64_t key = 0
    cdef uint32_t slot
    memcpy(&key, &x, sizeof(number))
    slot = <uint32_t> ((key * <uint64_t> 0x9E3779B97F4A7C15) >> 54)
    while book.codes[slot] != FREE:
        if book.keys[slot] == key:
            return book.codes[slot]
        slot = (slot + 1) % SLOTS
    if book.n == 256:
        return -1
    book.keys[slot] = key
    book.codes[slot] = <uint16_t> book.n
    book.numbers[book.n] = x
    if book.near[place] == FREE:
        book.near[place] = <uint16_t> book.n
    book.n += 1
    return book.n - 1


cdef enum:                # why some rows were not taken
    NO_ROOM = 1
    NO_CODES = 2
    NOT_FINITE = 3


cdef class Compactor:
    """Collects the rows of X block by block.

    Parameters
    ----------
    n, n_in : int
        Samples and inputs of the whole X.
    share : float
        A guess of the share of non-zeros; memory grows where it was too low.
    top : float
        A guess of the largest number; codes are found sooner where it is right.

    Attributes
    ----------
    numbers : (256,) float64 array or None
        What uint8 values stand for; None where `value` has the numbers themselves.
    """

    cdef Py_ssize_t n, n_in, half, done, total, capacity
    cdef int64_t[::1] rowptr
    cdef uint32_t[::1] middle
    cdef object index, value
    cdef char *index_at   # where their memory is
    cdef char *value_at
    cdef Book book
    cdef bint coded, wide
    cdef object wanted    # the type of the numbers that come

    def __init__(self, Py_ssize_t n, Py_ssize_t n_in, double share, double top):
        self.n, self.n_in = n, n_in
        self.half = n_in // 2 if n_in >= TWO_CHAINS else n_in
        self.rowptr = np.zeros(n + 1, np.int64)
        self.middle = np.zeros(n, np.uint32)
        self.capacity = <Py_ssize_t> (1.05 * share * n * n_in) + 2 * n_in + 4096
        self.index = np.empty(self.capacity, np.uint16 if n_in <= 65536 else np.uint32)
        self.value = np.empty(self.capacity, np.uint8)
        self.coded, self.wide = True, n_in > 65536
        self._locate()
        open_book(&self.book, top)

    @property
    def numbers(self):
        return np.array(<double[:256]> self.book.numbers) if self.coded else None

    def add(self, block):
        """Take the next rows, (m, n_in) C-contiguous float32, float64 or uint8; False if a number is not finite. Without the
        GIL, so that several can be at it."""
        if block.dtype == np.uint8:
            return self._add[uint8_t](block)
        if block.dtype == np.float32:
            return self._add[float](block)
        return self._add[double](block)

    def finish(self):
        """Return (rowptr, index, value, middle)."""
        return (np.asarray(self.rowptr), self.index[:self.total], self.value[:self.total], np.asarray(self.middle))

    def part(self, Py_ssize_t start):
        """Leave the rows from `start` on, more than have been taken, to another, which is returned: it knows the numbers
        known so far, and collects into the far end of the memory. `join` takes it back."""
        cdef Compactor other = Compactor(self.n - start, self.n_in, 0, 0)
        cdef Py_ssize_t at = self.total + (self.capacity - self.total) * (start - self.done) // (self.n - self.done)
        other.index, other.value = self.index[at:self.capacity], self.value[at:self.capacity]
        other.capacity, other.coded, other.book = self.capacity - at, self.coded, self.book
        other._locate()
        self.n, self.capacity = start, at
        return other

    def join(self, Compactor other not None):
        """Take back what `other` has collected, the rows that follow these."""
        cdef Py_ssize_t total = self.total + other.total, size
        if self.coded and other.coded:
            self._translate(other)
        if self.coded != other.coded:
            (self if self.coded else other)._give_up_codes(other.value.dtype if self.coded else self.value.dtype)
        if min(len(self.index), len(self.value)) < total:
            self.capacity = total
            self.index, self.value = self._moved(self.index), self._moved(self.value)
            self._locate()
        size = self.index.itemsize
        memmove(self.index_at + self.total * size, other.index_at, other.total * size)
        size = self.value.itemsize
        memmove(self.value_at + self.total * size, other.value_at, other.total * size)
        self.rowptr = np.concatenate([self.rowptr[:self.n + 1], np.add(other.rowptr[1:], self.total)])
        self.middle = np.concatenate([self.middle[:self.n], other.middle])
        self.n, self.done, self.total, self.capacity = self.n + other.n, self.done + other.done, total, total

    cdef _translate(self, Compactor other):
        """Let both have the same codes; if that takes more than there are, neither has."""
        known = {self.book.numbers[code]: code for code in range(self.book.n)}
        cdef int code
        codes = np.arange(256, dtype=np.uint8)
        for code in range(other.book.n):
            number = other.book.numbers[code]
            if number not in known:
                if self.book.n == 256:
                    self._give_up_codes(self.wanted)
                    other._give_up_codes(self.wanted)
                    return
                known[number] = self.book.n
                self.book.numbers[self.book.n] = number
                self.book.n += 1
            codes[code] = known[number]
        if (codes != np.arange(256)).any():
            other.value[:other.total] = codes[other.value[:other.total]]

    cdef bint _add(self, const number[:, ::1] x) except -1:
        cdef Py_ssize_t row = 0, m = x.shape[0], j
        cdef const number *at
        cdef int trouble
        self.wanted = np.asarray(x).dtype
        if number is uint8_t:
            for j in range(256):
                self.book.numbers[j] = j
            self.book.n = 256
        while row < m:
            at = &x[row, 0]
            with nogil:
                row += self._rows(at, m - row, &trouble)
            if trouble == NOT_FINITE:
                return False
            if trouble == NO_ROOM:
                self._grow()
            elif trouble == NO_CODES:
                self._give_up_codes(self.wanted)
        return True

    cdef Py_ssize_t _rows(self, const number *at, Py_ssize_t m, int *trouble) noexcept nogil:
        """Take m rows; return how many it were before there was trouble."""
        cdef Py_ssize_t row, q, count, size = 4 if self.wide else 2
        cdef uint8_t *code
        cdef number *value
        cdef char *index
        cdef int j
        trouble[0] = 0
        for row in range(m):
            if self.total + self.n_in + 8 > self.capacity:
                trouble[0] = NO_ROOM
                return row
            index = self.index_at + self.total * size
            if self.wide:
                count = _places(<uint32_t *> index, at, self.n_in, self.half, &self.middle[self.done])
            else:
                count = _places(<uint16_t *> index, at, self.n_in, self.half, &self.middle[self.done])
            if count < 0:
                trouble[0] = NOT_FINITE
                return row
            if self.coded:
                code = <uint8_t *> self.value_at + self.total
                for q in range(count):
                    j = code_of(&self.book, at[(<uint32_t *> index)[q] if self.wide else (<uint16_t *> index)[q]])
                    if j < 0:
                        trouble[0] = NO_CODES
                        return row
                    code[q] = <uint8_t> j
            else:
                value = <number *> self.value_at + self.total
                for q in range(count):
                    value[q] = at[(<uint32_t *> index)[q] if self.wide else (<uint16_t *> index)[q]]
            self.total += count
            self.done += 1
            self.rowptr[self.done] = self.total
            at += self.n_in
        return m

    cdef _give_up_codes(self, dtype):
        """More than 256 different numbers: what there is so far becomes plain numbers."""
        plain = np.empty(self.capacity, dtype)
        plain[:self.total] = self.numbers.astype(dtype)[self.value[:self.total]]
        self.value = plain
        self.coded = False
        self._locate()

    cdef _grow(self):
        """Room for the rest at the density so far, and for one more row at least."""
        cdef double per_row = self.total / <double> max(self.done, 1)
        self.capacity = self.total + <Py_ssize_t> (1.1 * per_row * (self.n - self.done)) + 2 * self.n_in + 4096
        self.index = self._moved(self.index)
        self.value = self._moved(self.value)
        self._locate()

    cdef _moved(self, old):
        new = np.empty(self.capacity, old.dtype)
        new[:self.total] = old[:self.total]
        return new

    cdef _locate(self):
        self.index_at = <char *> <size_t> self.index.ctypes.data
        self.value_at = <char *> <size_t> self.value.ctypes.data


def lists_of_csr(const int64_t[::1] rowptr, const place_in[::1] column, const csr_number[::1] data, Py_ssize_t n_in):
    """Return (index, middle, code, numbers) of a CSR matrix, looked at and converted in one pass; None if a column is out of
    range or not above the one before it in its row, or a number is not finite. `code` and `numbers` are None where there
    are more than 256 different numbers.

    `rowptr` (n + 1,) ascends from 0 to no more than there are entries; there are at most 65,536 inputs.
    """
    cdef Py_ssize_t n = rowptr.shape[0] - 1, row, q, half = n_in // 2 if n_in >= TWO_CHAINS else n_in, count
    cdef int64_t last, i
    cdef int j
    cdef bint coded = True
    cdef Book book
    indices, middles, codes = np.empty(rowptr[n], np.uint16), np.empty(n, np.uint32), np.empty(rowptr[n], np.uint8)
    cdef uint16_t[::1] index = indices
    cdef uint32_t[::1] middle = middles
    cdef uint8_t[::1] code = codes
    open_book(&book, np.max(np.asarray(data)[:4096], initial=0))
    for row in range(n):
        last = -1
        count = 0
        for q in range(rowptr[row], rowptr[row + 1]):
            i = <int64_t> column[q]
            if i <= last or i >= n_in or data[q] - data[q] != 0:
                return None
            last = i
            index[q] = <uint16_t> i
            count += i < half
            if coded:
                j = code_of(&book, data[q])
                coded = j >= 0
                code[q] = <uint8_t> j
        middle[row] = <uint32_t> count
    return (indices, middles, codes, np.array(<double[:256]> book.numbers)) if coded else (indices, middles, None, None)


def strips_of(const int64_t[::1] rowptr, const uint16_t[::1] index, const uint8_t[::1] code, const uint32_t[::1] middle,
              Py_ssize_t n_in, uint8_t zero, Py_ssize_t threads=1):
    """Return (words, ends): every row's codes by strips of three neighbouring inputs, those with an entry.

    A word is the strip's number, counted from 0 again behind the seam of the sums, and above it the codes of its three
    inputs, eight bits each; `zero` is the code of inputs without an entry. Row i's words are those from ends[2 i] to
    ends[2 i + 2], with the seam at ends[2 i + 1]. No branch hangs on where a row's strokes begin and end. Several threads
    share out the rows.
    """
    cdef Py_ssize_t n = middle.shape[0], half = n_in // 2 if n_in >= TWO_CHAINS else n_in, i, total = 0, part
    places = np.empty(n_in, np.uint32)  # strip, and above it where the code goes
    cdef uint32_t[::1] place_of = places
    if (half + STRIP - 1) // STRIP > 256 or (n_in - half + STRIP - 1) // STRIP > 256:
        raise ValueError("a strip's number takes eight bits")
    for i in range(n_in):
        part = i if i < half else i - half
        place_of[i] = <uint32_t> (part // STRIP | (8 + 8 * (part % STRIP)) << 8)
    words = np.empty(rowptr[n] - rowptr[0] + 1, np.uint32)  # more than is used: memory that is not touched costs nothing
    ends = np.zeros(2 * n + 1, np.uint32)
    cdef uint32_t[::1] to = words
    cdef uint32_t[::1] end = ends
    if rowptr[n] == rowptr[0]:
        return words[:0], ends
    cdef Py_ssize_t parts = min(4 * threads, n // 1024 + 1) if threads > 1 else 1

    def put(Py_ssize_t number):
        cdef Py_ssize_t row = n * number // parts, stop = n * (number + 1) // parts, at = rowptr[row] - rowptr[0]
        with nogil:
            while row < stop:
                at = _strips_of_row(&to[0], at, &end[2 * row + 1], &rowptr[row], &index[0], &code[0], middle[row],
                                    &place_of[0], zero)
                row += 1
        return at

    for part, stop in enumerate(each(put, range(parts), threads)):  # close the gaps between them
        i = n * part // parts
        ends[2 * i + 1:2 * (n * (part + 1) // parts) + 1] -= np.uint32(rowptr[i] - rowptr[0] - total)
        i = rowptr[i] - rowptr[0]
        memmove(&to[total], &to[i], (<Py_ssize_t> stop - i) * sizeof(uint32_t))
        total += <Py_ssize_t> stop - i
    return words[:total], ends


cdef Py_ssize_t _strips_of_row(uint32_t *to, Py_ssize_t at, uint32_t *end, const int64_t *rowptr, const uint16_t *index,
                               const uint8_t *code, uint32_t middle, const uint32_t *place_of, uint8_t zero) noexcept nogil:
    """One row's words, from to[at] on; return where the next row's go."""
    cdef int64_t q = rowptr[0], stop
    cdef int part
    cdef uint32_t word = 0, blank = zero * <uint32_t> 0x01010100, last, place, fresh
    at -= 1
    for part in range(2):
        stop = rowptr[0] + middle if part == 0 else rowptr[1]
        last = FREE
        while q < stop:
            place = place_of[index[q]]
            fresh = (place & 255) != last
            last = place & 255
            at += fresh
            word = word & (fresh - 1) | (last | blank) & -fresh  # of a condition the compiler would make a branch
            word ^= <uint32_t> (code[q] ^ zero) << (place >> 8)
            to[at] = word
            q += 1
        end[part] = <uint32_t> (at + 1)
    return at + 1


cdef inline int _eight(const number *x, finite_check *check) noexcept nogil:
    """Which of eight numbers are not zero, as the bits of one."""
    if number is float:
        return eight_floats(x, check)
    elif number is double:
        return eight_doubles(x, check)
    else:
        return eight_bytes(x)


cdef Py_ssize_t _places(place *index, const number *x, Py_ssize_t n, Py_ssize_t half, uint32_t *middle) noexcept nogil:
    """Write the places of the numbers x (n,) that are not zero (and up to seven more numbers behind them), and how many
    of them are below `half`; return how many there are, -1 if a number is NaN or infinite."""
    cdef Py_ssize_t j, i, count = 0
    cdef int k
    cdef finite_check check
    cdef number rest[8]
    memset(&check, 0, sizeof(check))
    middle[0] = 0
    for j in range(0, n, 8):
        if j * sizeof(number) % 64 == 0:  # a line
            ask_for_more(x + j)
        if n - j >= 8:
            k = _eight(x + j, &check)
        else:
            for i in range(8):
                rest[i] = x[j + i] if i < n - j else 0
            k = _eight(<const number *> rest, &check)
        if j <= half < j + 8:
            middle[0] = <uint32_t> (count + n_places[k & ((1 << (half - j)) - 1)])
        if place is uint16_t:
            put_short(index + count, k, <uint16_t> j)
        else:
            put_long(index + count, k, <uint32_t> j)
        count += n_places[k]
    if half == n:
        middle[0] = <uint32_t> count
    return count if is_finite(&check) else -1
