"""Products that leave out what is zero in a dense array: neurons that ReLU or dropout has silenced, and their errors.

Which numbers of a row are not zero is kept as bits, 64 to a word; a loop over a word's bits visits no others. Sums visit
them sample by sample, gradients input by input; each in panels of four to eight vectors of outputs, through as many rows
as the first-level cache holds. A visit loads a vector for every multiply-add, where a dense tile loads ten for twenty-four,
so that it pays below some share of non-zeros only. A skipped term is exactly zero: the chains of multiply-adds are those
of the dense products.
"""
from fastnet._kernels.products cimport first_half
from fastnet._kernels.updates cimport Learner, Step, adam_vector
from fastnet._kernels.words cimport (real, vr, VL, PAD, vset, vload, vloadu, vstore, vfma, at_hand, vbits, vbit, vtwice, vtally, lowest_bit,
                                     prefetch_beyond, count_bits, tally, uint64_t)

cdef extern from *:
    """
    #if defined(__AVX512F__) || defined(FASTNET_WIDE)
    #define LIVE_LEAST 4
    #else
    #define LIVE_LEAST 6
    #endif
    """
    int LIVE_LEAST  # vectors of outputs that make it worth while

cdef enum:
    LIVE_GROUP = 128    # samples that go through a block of weights together, at most,
    LIVE_BYTES = 524288 # and of their numbers: they are read again for every panel
    LIVE_FAR = 1048576  # bytes of weights that come from a far cache: they are asked for
    LIVE_VECTORS = 8    # of a panel, at most,
    LIVE_MARKED = 64    # inputs whose gradient is made in one way, of non-zeros or dense; they are gone through
    LIVE_INPUTS = 16    # so many at a time, by
    LIVE_SAMPLES = 64   # so many samples: their errors stay in the first-level cache
    TALLY_SAMPLES = 32  # samples to a word of bits where they are kept by input


cdef inline bint few(Py_ssize_t live, Py_ssize_t numbers) noexcept nogil:
    """Whether so many non-zeros among so many numbers are few enough to be visited one by one."""
    return 20 * live <= 13 * numbers


cdef inline Py_ssize_t words_of(Py_ssize_t n) noexcept nogil:
    return (n + 63) // 64


cdef inline Py_ssize_t mark_rows(uint64_t *live, const real *x, Py_ssize_t ldx, Py_ssize_t m, Py_ssize_t n) noexcept nogil:
    """The bits of m rows of x (m, n): live (m, words_of(n)). Returns how many are set."""
    cdef Py_ssize_t b, word, n_words = words_of(n), total = 0
    cdef uint64_t bits
    for b in range(m):
        for word in range(n // 64):
            bits = word_of(64 // VL, x + b * ldx + 64 * word)
            live[b * n_words + word] = bits
            total += count_bits(bits)
        if n % 64 != 0:
            bits = word_of((n % 64 + VL - 1) // VL, x + b * ldx + n // 64 * 64) & <uint64_t> -1 >> (64 - n % 64)
            live[b * n_words + n_words - 1] = bits
            total += count_bits(bits)
    return total


cdef inline uint64_t word_of(Py_ssize_t n_vectors, const real *x) noexcept nogil:
    """Which of at most 64 numbers are not zero."""
    cdef uint64_t bits = 0
    cdef Py_ssize_t k
    for k in range(n_vectors):
        bits |= <uint64_t> vbits(vloadu(x + k * VL)) << (k * VL)
    return bits


cdef inline void live_sums(int NR, real *z, Py_ssize_t ldz, const real *add, const real *x, Py_ssize_t ldx,
                           const uint64_t *live, const real *w, Py_ssize_t ldw, Py_ssize_t m, Py_ssize_t n,
                           Py_ssize_t ahead) noexcept nogil:
    """weighted_sums over the live x (m, n) for NR vectors of outputs and at most LIVE_GROUP samples. What comes `ahead` bytes
    behind x is asked for, if it is not 0."""
    cdef vr acc[8]
    cdef vr partial[LIVE_GROUP * 8]
    cdef vr xi
    cdef real *xb
    cdef real *wb
    cdef real *wi
    cdef const real *base
    cdef uint64_t bits, cut
    cdef Py_ssize_t b, i, k = 0, word, stop, end, seam = first_half(n), n_words = words_of(n)
    cdef int j, half
    cdef bint far = n * ldw * <Py_ssize_t> sizeof(real) > LIVE_FAR
    for half in range(1 if seam == n else 2):
        end = seam if half == 0 else n
        while k < end:
            word = k // 64
            stop = 64 * word + 64 if end - 64 * word > 64 else end
            cut = <uint64_t> -1 << (k & 63) & <uint64_t> -1 >> (64 * word + 64 - stop)
            wb = at_hand(<real *> w + 64 * word * ldw)
            for b in range(m):
                for j in range(NR):
                    acc[j] = vset(0) if k == 0 or k == seam else partial[b * NR + j]
                bits = live[b * n_words + word] & cut
                xb = at_hand(<real *> x + b * ldx + 64 * word)
                if ahead != 0:
                    for j in range(64 // PAD):
                        prefetch_beyond(xb + j * PAD, ahead)
                if far and b < 64 and stop < n:  # a row of the next word's weights
                    for j in range(NR):
                        prefetch_beyond(wb + b * ldw + j * VL, 64 * ldw * sizeof(real))
                while bits != 0:
                    i = lowest_bit(bits)
                    bits &= bits - 1
                    xi = vset(xb[i])
                    wi = wb + i * ldw
                    for j in range(NR):
                        acc[j] = vfma(xi, vload(wi + j * VL), acc[j])
                if stop < end:
                    for j in range(NR):
                        partial[b * NR + j] = acc[j]
                elif half == 1 or add != NULL:
                    base = <const real *> z + b * ldz if half == 1 else add
                    for j in range(NR):
                        vstore(z + b * ldz + j * VL, vload(base + j * VL) + acc[j])
                else:
                    for j in range(NR):
                        vstore(z + b * ldz + j * VL, acc[j])
            k = stop


cdef inline Py_ssize_t mark_columns(tally *live, const real *x, Py_ssize_t ldx, Py_ssize_t m, Py_ssize_t n) noexcept nogil:
    """The bits of x (m, n) by column, n at most LIVE_MARKED: word s of column i, live[s * LIVE_MARKED + i], has one for each
    of TALLY_SAMPLES rows. Returns how many are set."""
    cdef Py_ssize_t k, s = 0, stop, total = 0
    while s * TALLY_SAMPLES < m:
        stop = m - s * TALLY_SAMPLES if m - s * TALLY_SAMPLES < TALLY_SAMPLES else TALLY_SAMPLES
        k = 0
        while n - k >= 4 * VL:
            tally_columns(4, live + s * LIVE_MARKED + k, x + s * TALLY_SAMPLES * ldx + k, ldx, stop)
            k += 4 * VL
        while k < n:
            tally_columns(1, live + s * LIVE_MARKED + k, x + s * TALLY_SAMPLES * ldx + k, ldx, stop)
            k += VL
        for k in range(n):
            total += count_bits(live[s * LIVE_MARKED + k])
        s += 1
    return total


cdef inline void tally_columns(int NR, tally *live, const real *x, Py_ssize_t ldx, Py_ssize_t m) noexcept nogil:
    """A word of bits for each of NR vectors of columns, over m rows."""
    cdef vr bits[4]
    cdef vr bit = vbit(0)
    cdef Py_ssize_t b
    cdef int j
    for j in range(NR):
        bits[j] = vset(0)
    for b in range(m):
        for j in range(NR):
            bits[j] = vtally(bits[j], vloadu(x + b * ldx + j * VL), bit)
        bit = vtwice(bit)
    for j in range(NR):
        vstore(<real *> live + j * VL, bits[j])


cdef inline void live_gradient(bint LEARNS, int NR, real *g, Py_ssize_t ldg, const real *x, Py_ssize_t ldx,
                               const tally *live, const real *d, Py_ssize_t ldd, Py_ssize_t rows, Py_ssize_t m, bint go_on,
                               const Learner *learner, Py_ssize_t at) noexcept nogil:
    """NR vectors of g (rows, n) = [g +] x^T d over the live x (m, rows), m at most LIVE_SAMPLES, two words of bits. If it
    LEARNS, the parameters from number `at` on take their step at once: the divider works beside the next row's sums."""
    cdef vr acc[8]
    cdef vr xi
    cdef real *xb
    cdef real *db
    cdef uint64_t bits
    cdef Py_ssize_t i, b
    cdef int j
    cdef Step step
    cdef real *w = NULL
    cdef real *first = NULL
    cdef real *second = NULL
    if LEARNS:
        step = learner.step
        w = learner.w + at
        first = learner.m + at
        second = learner.v + at
    for i in range(rows):
        for j in range(NR):
            acc[j] = vload(g + i * ldg + j * VL) if go_on else vset(0)
        bits = live[i]
        if m > TALLY_SAMPLES:
            bits |= <uint64_t> live[LIVE_MARKED + i] << TALLY_SAMPLES
        xb = at_hand(<real *> x + i)
        while bits != 0:
            b = lowest_bit(bits)
            bits &= bits - 1
            xi = vset(xb[b * ldx])
            db = <real *> d + b * ldd
            for j in range(NR):
                acc[j] = vfma(xi, vload(db + j * VL), acc[j])
        for j in range(NR):
            if LEARNS:
                adam_vector(False, j % 2, &step, w + j * VL, acc[j], first + j * VL, second + j * VL)
            else:
                vstore(g + i * ldg + j * VL, acc[j])
        if LEARNS:
            w += ldg
            first += ldg
            second += ldg
