"""Dense products: C = start + A B, register-blocked, the one loop behind forward, backward and gradient.

`A(m, k)` is `a[m * a_row + k * a_col]`, so that one body serves both A (a_col = 1: samples by inputs) and its
transpose (a_row = 1: inputs by samples, the gradient). B and C are row-major with rows of whole vectors.
Each entry of C is one chain of multiply-adds over k in ascending order, whatever the tile it falls in.

A tile keeps MR x NR accumulators in registers: 24 of 32 on AVX-512 and NEON, 12 of 16 elsewhere. Per step of k it
loads NR vectors of B and MR single numbers of A for MR * NR multiply-adds: 10 loads for 24 at 6 x 4. The columns of
a large B whose rows lie a power of two apart, and would share a few sets of the cache, are copied side by side first.
"""
from fastnet._kernels.words cimport real, vr, VL, vset, vload, vstore, vfma, vquad, vone_of_quad, QUADS, at_hand, prefetch_beyond, PAD

cdef extern from *:
    """
    #if defined(__AVX512F__) || defined(__aarch64__) || defined(FASTNET_WIDE)
    #define MANY_REGISTERS 1
    #else
    #define MANY_REGISTERS 0
    #endif
    #define PACK_VECTORS (65536 / (int) sizeof(vr))  /* of columns of B, copied to where they lie together */
    """
    int MANY_REGISTERS
    enum:
        PACK_VECTORS

cdef extern from *:
    """
    static int shuffle_aside; /* whether this processor had better; set by core.pyx */
    """
    bint shuffle_aside


cdef enum:
    PACK_ABOVE = 24576     # bytes of B: below, it stays in the first-level cache as it is
    PACK_APART = 512       # bytes between rows, of which whole multiples leave few sets of the cache to a column
    PACK_ROWS = 16         # of C, for which the copy pays


cdef struct Product:
    real *c             # (m, n), out
    Py_ssize_t ldc
    const real *a       # (m, k) by two strides
    Py_ssize_t a_row
    Py_ssize_t a_col
    const real *b       # (k, n)
    Py_ssize_t ldb
    const real *add     # (m, n) added to the finished chain, or NULL; add_row = 0 adds one row to all
    Py_ssize_t add_row
    bint go_on          # the chains start from C instead of from zero
    Py_ssize_t ahead    # bytes from a number of A to one that is wanted some tiles later; 0 where A is near, or soon foreseen


cdef inline void ask_ahead(int MR, real **a, Py_ssize_t a_row, Py_ssize_t ahead) noexcept nogil:
    """Ask for what comes `ahead` bytes behind MR rows of A, three of which are reached from one address."""
    cdef int g, r
    for g in range(4):
        for r in range(3):
            if 3 * g + r < MR:
                prefetch_beyond(a[g] + r * a_row, ahead)


cdef inline void tile(bint COLUMNS, int MR, int NR, const Product *p, const real *b, Py_ssize_t ldb, Py_ssize_t m0,
                      Py_ssize_t n0, Py_ssize_t k_count) noexcept nogil:
    """C[m0 : m0 + MR, n0 : n0 + NR vectors]; COLUMNS, MR and NR are literals at every call; b is B's column n0. Of A three
    rows are reached from one address, so that a dozen take four registers."""
    cdef vr acc[24]
    cdef vr w[4]
    cdef vr x
    cdef int m, n, g, r
    cdef Py_ssize_t a_row = 1 if COLUMNS else p.a_row, a_col = p.a_col if COLUMNS else 1
    cdef Py_ssize_t k = 0, stop, ldc = p.ldc, add_row = p.add_row
    cdef real *c = p.c + m0 * ldc + n0 * VL
    cdef real *a[4]
    cdef const real *add
    for g in range(4):
        a[g] = <real *> p.a + (m0 + 3 * g) * a_row
    for m in range(MR):
        for n in range(NR):
            acc[m * NR + n] = vset(0)
    if p.go_on:
        for m in range(MR):
            for n in range(NR):
                acc[m * NR + n] = vload(c + m * ldc + n * VL)
    while k < k_count:
        stop = k_count
        if p.ahead != 0:
            stop = k + PAD if k_count - k > PAD else k_count
            ask_ahead(MR, a, a_row, p.ahead)
        while k < stop:
            for n in range(NR):
                w[n] = vload(b + n * VL)
            for g in range(4):
                for r in range(3):
                    m = 3 * g + r
                    if m < MR:
                        x = vset(a[g][r * a_row])
                        for n in range(NR):
                            acc[m * NR + n] = vfma(x, w[n], acc[m * NR + n])
                a[g] = a[g] + a_col if COLUMNS else at_hand(a[g] + a_col)
            b += ldb
            k += 1
    if p.add != NULL:
        add = p.add + m0 * add_row + n0 * VL
        for m in range(MR):
            for n in range(NR):
                acc[m * NR + n] = vload(add + m * add_row + n * VL) + acc[m * NR + n]
    for m in range(MR):
        for n in range(NR):
            vstore(c + m * ldc + n * VL, acc[m * NR + n])


cdef inline void tiles(bint COLUMNS, int MR, int NR, const Product *p, const real *b, Py_ssize_t ldb, Py_ssize_t m0,
                       Py_ssize_t n0, Py_ssize_t k_count, const Product *q, Py_ssize_t q_count) noexcept nogil:
    """A tile, and where there is a second product into the same C, its tile: the rows of A are gone through once."""
    tile(COLUMNS, MR, NR, p, b, ldb, m0, n0, k_count)
    if q != NULL:
        tile(COLUMNS, MR, NR, q, q.b + n0 * VL, q.ldb, m0, n0, q_count)


cdef inline void panel(bint COLUMNS, int MR, int NR, const Product *p, Py_ssize_t m_count, Py_ssize_t n0,
                       Py_ssize_t k_count, const Product *q, Py_ssize_t q_count) noexcept nogil:
    """All rows of C over NR vectors of columns, in tiles as tall as the registers allow. q: see tiles."""
    cdef vr packed[PACK_VECTORS]
    cdef Py_ssize_t m = 0, k, ldb = p.ldb
    cdef const real *b = p.b + n0 * VL
    cdef int n
    if (m_count >= PACK_ROWS and k_count * ldb * <Py_ssize_t> sizeof(real) > PACK_ABOVE
            and ldb * <Py_ssize_t> sizeof(real) % PACK_APART == 0 and k_count * NR <= PACK_VECTORS):
        for k in range(k_count):
            for n in range(NR):
                packed[k * NR + n] = vload(b + k * ldb + n * VL)
        b = <const real *> packed
        ldb = NR * VL
    while m_count - m >= MR and (MR > 6 or m_count - m != MR + 2):  # eight rows: 4 and 4, as two alone would wait
        tiles(COLUMNS, MR, NR, p, b, ldb, m, n0, k_count, q, q_count)
        m += MR
    if MR > 10 and m_count - m >= 10:  # a mini-batch of ten: two tiles would wait for their own multiply-adds
        tiles(COLUMNS, 10, NR, p, b, ldb, m, n0, k_count, q, q_count)
        m += 10
    if MR > 6 and m_count - m >= 6:
        tiles(COLUMNS, 6, NR, p, b, ldb, m, n0, k_count, q, q_count)
        m += 6
    while m_count - m >= 4:
        tiles(COLUMNS, 4, NR, p, b, ldb, m, n0, k_count, q, q_count)
        m += 4
    if m_count - m >= 2:
        tiles(COLUMNS, 2, NR, p, b, ldb, m, n0, k_count, q, q_count)
        m += 2
    if m_count - m >= 1:
        tiles(COLUMNS, 1, NR, p, b, ldb, m, n0, k_count, q, q_count)


cdef inline void product(bint COLUMNS, const Product *p, Py_ssize_t m_count, Py_ssize_t n_vectors,
                         Py_ssize_t k_count) noexcept nogil:
    cdef Py_ssize_t n = 0, left = n_vectors
    if MANY_REGISTERS:
        while left >= 4 and left != 5:
            panel(COLUMNS, 6, 4, p, m_count, n, k_count, NULL, 0)
            n += 4
            left -= 4
        if left == 3 or left == 5:
            panel(COLUMNS, 8, 3, p, m_count, n, k_count, NULL, 0)
            n += 3
            left -= 3
        if left == 2:
            panel(COLUMNS, 12, 2, p, m_count, n, k_count, NULL, 0)
        elif left == 1:
            panel(COLUMNS, 12, 1, p, m_count, n, k_count, NULL, 0)
    else:
        while left >= 2 and left != 3:
            panel(COLUMNS, 6, 2, p, m_count, n, k_count, NULL, 0)
            n += 2
            left -= 2
        if left == 3:  # 7 loads for 12 multiply-adds, where 2 and 1 vectors take 8 and 13
            panel(COLUMNS, 4, 3, p, m_count, n, k_count, NULL, 0)
        elif left == 1:
            panel(COLUMNS, 12, 1, p, m_count, n, k_count, NULL, 0)


cdef inline void product_of_rows(const Product *p, Py_ssize_t m, Py_ssize_t n_vectors, Py_ssize_t k) noexcept nogil:
    """C = start + A B with A in rows (a_col is 1)."""
    product(False, p, m, n_vectors, k)


cdef inline void product_of_columns(const Product *p, Py_ssize_t m, Py_ssize_t n_vectors,
                                    Py_ssize_t k) noexcept nogil:
    """C = start + A B with A in columns (a_row is 1): the transpose of a row-major array."""
    product(True, p, m, n_vectors, k)


cdef inline void outer_rows(int NR, real *w, Py_ssize_t ldw, const real *x, const real *y,
                            Py_ssize_t rows) noexcept nogil:
    """w (rows, NR vectors) += x (rows,) y: four rows at a time, the loop's own instructions count here."""
    cdef vr s[4]
    cdef vr xr
    cdef Py_ssize_t r = 0
    cdef int n, k
    for n in range(NR):
        s[n] = vload(y + n * VL)
    while r < rows - 3:
        for k in range(4):
            xr = vset(x[r + k])
            for n in range(NR):
                vstore(w + n * VL, vfma(xr, s[n], vload(w + n * VL)))
            w += ldw
        r += 4
    while r < rows:
        xr = vset(x[r])
        for n in range(NR):
            vstore(w + n * VL, vfma(xr, s[n], vload(w + n * VL)))
        w += ldw
        r += 1


cdef inline void add_outer(real *w, Py_ssize_t ldw, const real *x, const real *y, Py_ssize_t rows,
                           Py_ssize_t n_vectors) noexcept nogil:
    """w (rows, n) += the outer product of x (rows,) and y (n,): what product_of_columns makes of one sample."""
    cdef Py_ssize_t n = 0
    while n_vectors - n >= 2:
        outer_rows(2, w + n * VL, ldw, x, y + n * VL, rows)
        n += 2
    if n < n_vectors:
        outer_rows(1, w + n * VL, ldw, x, y + n * VL, rows)


cdef enum:
    TWO_CHAINS = 128  # inputs from which a sum has two chains; _compact.pyx and _inputs/types.py have the same number


cdef inline Py_ssize_t first_half(Py_ssize_t n_in) noexcept nogil:
    """Where the second chain of a sum over n_in inputs begins; n_in itself where there is one chain only."""
    return n_in // 2 if n_in >= TWO_CHAINS else n_in


cdef inline void one_row(int NR, real *z, const real *add, const real *x, const real *w, Py_ssize_t ldw,
                         Py_ssize_t k_count) noexcept nogil:
    """One sample, NR vectors of outputs: both chains of the sum side by side, to hide their latency."""
    cdef vr s0[4]
    cdef vr s1[4]
    cdef vr x0, x1
    cdef int n
    cdef Py_ssize_t k, half = k_count // 2
    cdef const real *w1 = w + half * ldw
    cdef const real *x1_at = x + half
    for n in range(NR):
        s0[n] = vset(0)
        s1[n] = vset(0)
    for k in range(half):
        x0 = vset(x[k])
        x1 = vset(x1_at[k])
        for n in range(NR):
            s0[n] = vfma(x0, vload(w + k * ldw + n * VL), s0[n])
            s1[n] = vfma(x1, vload(w1 + k * ldw + n * VL), s1[n])
    if k_count - half > half:
        x1 = vset(x1_at[half])
        for n in range(NR):
            s1[n] = vfma(x1, vload(w1 + half * ldw + n * VL), s1[n])
    for n in range(NR):
        vstore(z + n * VL, ((vload(add + n * VL) if add != NULL else vset(0)) + s0[n]) + s1[n])


cdef inline void short_row(int NR, real *z, const real *add, const real *x, const real *w, Py_ssize_t ldw,
                           Py_ssize_t k_count) noexcept nogil:
    """One sample, NR vectors of outputs, few inputs: the hidden layers of a small network, sample by sample."""
    cdef vr s[4]
    cdef vr x_k
    cdef int n, j
    cdef Py_ssize_t k = 0
    for n in range(NR):
        s[n] = vset(0)
    while k < k_count - 3:  # four at a time: so short a loop is half loop
        for j in range(4):
            x_k = vset(x[k + j])
            for n in range(NR):
                s[n] = vfma(x_k, vload(w + n * VL), s[n])
            w += ldw
        k += 4
    while k < k_count:
        x_k = vset(x[k])
        for n in range(NR):
            s[n] = vfma(x_k, vload(w + n * VL), s[n])
        w += ldw
        k += 1
    for n in range(NR):
        vstore(z + n * VL, (vload(add + n * VL) if add != NULL else vset(0)) + s[n])


cdef inline void product_of_sums(Product *p, real *z, Py_ssize_t ldz, const real *x, Py_ssize_t ldx, const real *w,
                                 Py_ssize_t ldw, const real *bias) noexcept nogil:
    """z = bias + x w, but for how many of each."""
    p.c = z
    p.ldc = ldz
    p.a = x
    p.a_row = ldx
    p.a_col = 1
    p.b = w
    p.ldb = ldw
    p.add = bias
    p.add_row = 0
    p.go_on = False
    p.ahead = 0


cdef inline void go_on_from(Product *p, Py_ssize_t half) noexcept nogil:
    """The second chain of the sums: z += what the inputs from `half` on make."""
    p.a += half
    p.b += half * p.ldb
    p.add = p.c
    p.add_row = p.ldc


cdef inline void skip_rows(Product *p, Py_ssize_t rows) noexcept nogil:
    p.c += rows * p.ldc
    p.a += rows * p.a_row
    if p.add != NULL:
        p.add += rows * p.add_row


cdef inline void tile_of_quads(const Product *p, Py_ssize_t m0, Py_ssize_t k_count) noexcept nogil:
    """tile of twelve rows and one vector, which has a load for every multiply-add: every third row's numbers are loaded by
    fours."""
    cdef vr acc[12]
    cdef vr quad[4]
    cdef vr w
    cdef int m, g, r, u
    cdef Py_ssize_t a_row = p.a_row, k = 0, stop
    cdef real *a[4]
    cdef const real *b = p.b
    for g in range(4):
        a[g] = <real *> p.a + (m0 + 3 * g) * a_row
    for m in range(12):
        acc[m] = vset(0)
    while k < k_count:
        stop = k_count
        if p.ahead != 0:
            stop = k + PAD if k_count - k > PAD else k_count
            ask_ahead(12, a, a_row, p.ahead)
        while k < stop - 3:
            for g in range(4):
                quad[g] = vquad(a[g])
            for u in range(4):
                w = vload(b)
                for g in range(4):
                    acc[3 * g] = vfma(vone_of_quad(quad[g], u), w, acc[3 * g])
                    for r in range(1, 3):
                        acc[3 * g + r] = vfma(vset(a[g][r * a_row]), w, acc[3 * g + r])
                    a[g] = at_hand(a[g] + 1)
                b += p.ldb
            k += 4
        while k < stop:
            w = vload(b)
            for g in range(4):
                for r in range(3):
                    acc[3 * g + r] = vfma(vset(a[g][r * a_row]), w, acc[3 * g + r])
                a[g] = at_hand(a[g] + 1)
            b += p.ldb
            k += 1
    for m in range(12):
        w = acc[m]
        if p.add != NULL:
            w = vload(p.add + (m0 + m) * p.add_row) + w
        vstore(p.c + (m0 + m) * p.ldc, w)


cdef inline void narrow_sums(int NR, real *z, Py_ssize_t ldz, const real *x, Py_ssize_t ldx, const real *w, Py_ssize_t ldw,
                             const real *bias, Py_ssize_t m, Py_ssize_t k, Py_ssize_t ahead) noexcept nogil:
    """weighted_sums of NR vectors, one or two, with two chains: some rows through both, then the next. What comes `ahead`
    bytes behind x is asked for."""
    cdef Product first, second
    cdef Py_ssize_t half = first_half(k), done = 0
    product_of_sums(&first, z, ldz, x, ldx, w, ldw, bias)
    first.ahead = ahead
    second = first
    go_on_from(&second, half)
    if NR == 1 and QUADS and shuffle_aside:
        while m - done >= 12:
            tile_of_quads(&first, done, half)
            tile_of_quads(&second, done, k - half)
            done += 12
        skip_rows(&first, done)
        skip_rows(&second, done)
    panel(False, 12 if NR == 1 or MANY_REGISTERS else 6, NR, &first, m - done, 0, half, &second, k - half)


cdef inline void weighted_sums(real *z, Py_ssize_t ldz, const real *x, Py_ssize_t ldx, const real *w, Py_ssize_t ldw,
                               const real *bias, Py_ssize_t m, Py_ssize_t n_vectors, Py_ssize_t k,
                               Py_ssize_t ahead) noexcept nogil:
    """z (m, n) = (bias + S0) + S1, the sums of a layer: S0 over the first half of x (m, k), S1 over the rest. What comes
    `ahead` bytes behind x is asked for: while S0 is summed the second half of x, and then the first of what is next."""
    cdef Py_ssize_t half = first_half(k), n = 0
    cdef Product p
    if m == 1 and half == k and n_vectors <= 2:
        if n_vectors == 1:
            short_row(1, z, bias, x, w, ldw, k)
        else:
            short_row(2, z, bias, x, w, ldw, k)
        return
    if m == 1 and half == k and n_vectors % 4 == 0:
        while n < n_vectors:
            short_row(4, z + n * VL, bias + n * VL if bias != NULL else NULL, x, w + n * VL, ldw, k)
            n += 4
        return
    if m == 1 and half < k:
        while n_vectors - n >= 4:
            one_row(4, z + n * VL, bias + n * VL if bias != NULL else NULL, x, w + n * VL, ldw, k)
            n += 4
        while n < n_vectors:
            one_row(1, z + n * VL, bias + n * VL if bias != NULL else NULL, x, w + n * VL, ldw, k)
            n += 1
        return
    product_of_sums(&p, z, ldz, x, ldx, w, ldw, bias)
    p.ahead = half * <Py_ssize_t> sizeof(real) if ahead != 0 and half < k else ahead
    for n in range(1 if half == k else 2):
        if n == 1:
            go_on_from(&p, half)
            if ahead != 0:
                p.ahead = ahead - half * <Py_ssize_t> sizeof(real)
        product_of_rows(&p, m, n_vectors, half if n == 0 else k - half)
