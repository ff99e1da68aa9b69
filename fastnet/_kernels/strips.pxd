"""The products of a wide first layer with sparse samples, by strips of three neighbouring inputs.

Non-zeros of images come in strokes: where one input is not zero its neighbour seldom is. So a strip's weights stay in
registers while all samples with an entry in it go by. A visit costs three numbers and the sample's sums for three times
as many multiply-adds, where a walk over one sample's list loads a vector of weights for each; on MNIST a third more of
them, as some inputs of a strip are zero. On the way back the strip's gradient stays in registers.

What a strip sees of a sample, a spot, is four numbers wide; of coded X it is one word, three codes and the sample's
place: a quarter of the bytes to sort and to read, for three look-ups in a table that is always near.

Each sum goes through the inputs in ascending order, in two chains with a seam between: what comes out is what comes out
of the dense form, bit for bit. An input that is zero adds zero.
"""
from libc.string cimport memcpy, memset
from fastnet._kernels.products cimport first_half
from fastnet._kernels.lists cimport Entries, fetch_entries, index_at, value_at
from fastnet._kernels.words cimport (real, vr, VL, vset, vload, vstore, vfma, vkeep, vspot, at_hand, byte_of, prefetch, tally,
                                     uint32_t)

cdef enum:
    STRIP = 3          # inputs; with STRIP_VECTORS their weights fill twelve of sixteen registers
    STRIP_VECTORS = 4  # of outputs that one walk over the samples of a strip covers, at most


cdef enum:             # parts of the strips: several threads sort one each
    BEFORE_SEAM = 0
    BEHIND_SEAM = 1
    ALL_STRIPS = 2


cdef struct Spot:             # what a strip sees of one sample, if X is not coded; else a word with three codes, and below
    real x[STRIP]             # them the sample: no block has more than BATCH_BLOCK
    tally sample              # place in the block


cdef struct Words:            # all samples by strips, as _compact.strips_of makes them of coded entries
    const uint32_t *words
    const uint32_t *ends      # (2 n + 1,)


cdef struct Strips:           # the block's entries by strip instead of by sample
    Py_ssize_t n              # strips; none reaches over the seam of the sums,
    Py_ssize_t seam           # an input,
    Py_ssize_t seam_strip     # the first strip behind it
    Py_ssize_t n_in
    uint32_t *start           # (n,) the spot where a strip's list begins: there is room for all samples,
    uint32_t *end             # (n,) and the one behind its last spot so far
    Spot *spots
    uint32_t *words           # in the place of spots, where X is coded:
    const real *table         # (256,) what the codes stand for, or NULL
    uint32_t *place           # (n_in,) where an input is in `row`
    real *row                 # (n, STRIP + 1): one sample by strips; zero in between
    uint32_t *met             # (n + 2,) the strips that a sample has entries in
    real *sums                # the sums over either half of the inputs, by panels of (block, their vectors): one panel's, or
    Py_ssize_t half_size      # all where several threads share them out; half_size numbers for each half


cdef inline Py_ssize_t strips_of(Py_ssize_t n_in) noexcept nogil:
    """How many strips n_in inputs have."""
    cdef Py_ssize_t seam = first_half(n_in)
    return (seam + STRIP - 1) // STRIP + (n_in - seam + STRIP - 1) // STRIP


cdef inline Py_ssize_t input_of(const Strips *s, Py_ssize_t strip) noexcept nogil:
    """A strip's first input; n_in for the strip behind the last."""
    if strip < s.seam_strip:
        return STRIP * strip
    return s.seam + STRIP * (strip - s.seam_strip) if strip < s.n else s.n_in


cdef inline Py_ssize_t strip_of(const Strips *s, Py_ssize_t i) noexcept nogil:
    """The strip that input i is in; n for i = n_in."""
    if i >= s.n_in:
        return s.n
    return i // STRIP if i < s.seam else s.seam_strip + (i - s.seam) // STRIP


cdef inline void lay_strips(Strips *s, Py_ssize_t n_in, Py_ssize_t room) noexcept nogil:
    """Everything that does not depend on the samples; `room` spots for every strip."""
    cdef Py_ssize_t i, t
    s.n_in = n_in
    s.n = strips_of(n_in)
    s.seam = first_half(n_in)
    s.seam_strip = (s.seam + STRIP - 1) // STRIP
    for t in range(s.n):
        s.start[t] = <uint32_t> (t * room)
    for i in range(n_in):
        t = strip_of(s, i)
        s.place[i] = <uint32_t> ((STRIP + 1) * t + i - input_of(s, t))
    memset(s.row, 0, (STRIP + 1) * s.n * sizeof(real))


cdef inline void clear_strips(const Strips *s, int part) noexcept nogil:
    """No spots in a part of the strips."""
    cdef Py_ssize_t first = s.seam_strip if part == BEHIND_SEAM else 0, stop = s.seam_strip if part == BEFORE_SEAM else s.n
    memcpy(s.end + first, s.start + first, (stop - first) * sizeof(uint32_t))


cdef inline void put_spots(int KIND, const Strips *strips, const Entries *row, int part, tally sample) noexcept nogil:
    """One sample's entries, those in a part of the strips, to the ends of their strips' lists. They are laid out by strip
    first: every strip is then written once, and no branch hangs on where the strokes are."""
    cdef Strips s = strips[0]
    cdef Entries e = row[0]
    cdef Py_ssize_t q, k, n = 0, q0 = e.middle if part == BEHIND_SEAM else 0, q1 = e.middle if part == BEFORE_SEAM else e.n
    cdef uint32_t *met = s.met + (s.seam_strip + 1 if part == BEHIND_SEAM else 0)
    cdef uint32_t place, strip, last = 0xFFFFFFFF, end
    for q in range(q0, q1):
        place = s.place[index_at(KIND, &e, q)]
        s.row[place] = value_at(KIND, &e, q)
        strip = place // (STRIP + 1)
        met[n] = strip
        n += strip != last
        last = strip
    for k in range(n):
        strip = met[k]
        end = s.end[strip]
        s.end[strip] = end + 1
        vspot(s.spots + end, s.row + (STRIP + 1) * strip, sample)


cdef inline void put_run(const Strips *s, const Words *x, Py_ssize_t first, uint32_t q0, uint32_t q1,
                         uint32_t sample) noexcept nogil:
    """One sample's words from q0 to q1; their strips are numbered from `first` on."""
    cdef uint32_t *ends = s.end + first
    cdef uint32_t *to = s.words
    cdef const uint32_t *words = x.words
    cdef uint32_t q, end, word
    for q in range(q0, q1):
        word = words[q]
        end = ends[word & 255]
        ends[word & 255] = end + 1
        to[end] = word & <uint32_t> 0xFFFFFF00 | sample


cdef inline void put_words(const Strips *s, const Words *x, Py_ssize_t row, int part, uint32_t sample) noexcept nogil:
    """put_spots from strips that were made beforehand."""
    cdef const uint32_t *ends = x.ends + 2 * row
    if part != BEHIND_SEAM:
        put_run(s, x, 0, ends[0], ends[1], sample)
    if part != BEFORE_SEAM:
        put_run(s, x, s.seam_strip, ends[1], ends[2], sample)


cdef inline Py_ssize_t visit(bint CODED, const Strips *s, Py_ssize_t k, vr *x) noexcept nogil:
    """Spot k: its three numbers, each in all lanes of x[j]; returns the sample."""
    cdef int j
    if CODED:
        for j in range(STRIP):
            x[j] = vset(s.table[byte_of(s.words + k, j + 1)])
        return byte_of(s.words + k, 0)
    for j in range(STRIP):
        x[j] = vset(s.spots[k].x[j])
    return <Py_ssize_t> s.spots[k].sample


cdef inline void fetch_spots(bint CODED, const Strips *s, Py_ssize_t t) noexcept nogil:
    """Ask for the first two lines of a strip's spots: a list begins where the one before did not end, which no cache
    foresees. It begins a line, so that fetch_run would only count (0.35 % of all instructions)."""
    cdef uint32_t k = s.start[t if t < s.n else s.n - 1]
    if CODED:
        prefetch(s.words + k)
        prefetch(s.words + k + 16)
    else:
        prefetch(s.spots + k)
        prefetch(s.spots + k + 4)


cdef inline void strip_sums(bint CODED, int NR, const Strips *strips, real *sums, const real *w, Py_ssize_t ldw,
                            Py_ssize_t first, Py_ssize_t stop) noexcept nogil:
    """sums (block, NR vectors) += x w over the strips from `first` to `stop`; w is the first input's first vector."""
    cdef Strips s = strips[0]
    cdef vr wt[12]
    cdef vr x[3]
    cdef vr acc
    cdef const real *at
    cdef real *to
    cdef Py_ssize_t t, i, r, k, end
    cdef int j, n
    for t in range(first, stop):
        i = input_of(&s, t)
        for j in range(STRIP):
            r = i + j if i + j < s.n_in else s.n_in - 1  # of a strip that is cut short: any, its x is zero
            at = w + r * ldw
            for n in range(NR):
                wt[j * NR + n] = vload(at + n * VL)
            at = at + STRIP * ldw  # of the next strip, or thereabouts
            prefetch(at)
            prefetch(at + NR * VL - 1)
        fetch_spots(CODED, &s, t + 1)
        end = s.end[t]
        for k in range(s.start[t], end):
            to = at_hand(sums + visit(CODED, &s, k, x) * NR * VL)
            for n in range(NR):
                acc = vload(to + n * VL)
                for j in range(STRIP):
                    acc = vfma(x[j], wt[j * NR + n], acc)
                vstore(to + n * VL, acc)


cdef inline void strip_gradient(bint CODED, int NR, const Strips *strips, real *g, Py_ssize_t ldg, const real *d,
                                Py_ssize_t first, Py_ssize_t stop, bint go_on) noexcept nogil:
    """NR vectors of the gradient of the strips from `first` to `stop`: g (inputs, NR vectors) = [g +] x^T d, with the
    samples' errors d (block, NR vectors)."""
    cdef Strips s = strips[0]
    cdef vr acc[12]
    cdef vr x[3]
    cdef vr dn
    cdef const real *at
    cdef Py_ssize_t t, rows, k, end
    cdef int j, n
    for t in range(first, stop):
        rows = input_of(&s, t + 1) - input_of(&s, t)
        for n in range(STRIP * NR):
            acc[n] = vset(0)
        if go_on:
            for j in range(STRIP):
                if j < rows:
                    for n in range(NR):
                        acc[j * NR + n] = vload(g + j * ldg + n * VL)
        fetch_spots(CODED, &s, t + 1)
        end = s.end[t]
        for k in range(s.start[t], end):
            at = at_hand(<real *> d + visit(CODED, &s, k, x) * NR * VL)
            for n in range(NR):
                dn = vkeep(vload(at + n * VL))
                for j in range(STRIP):
                    acc[j * NR + n] = vfma(x[j], dn, acc[j * NR + n])
        for j in range(STRIP):
            if j < rows:
                for n in range(NR):
                    vstore(g + j * ldg + n * VL, acc[j * NR + n])
        g += rows * ldg
