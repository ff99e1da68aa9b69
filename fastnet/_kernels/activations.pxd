"""Activations and their derivatives, forward next to backward; the derivative is written from the output a.

Rows are padded to whole 64-byte words. `mask` has a row's last 64 bytes as ones and zeros: outputs that do not exist
stay zero, whatever the activation makes of zero.
"""
from fastnet._kernels.words cimport (real, vr, VL, HW, PAD, vset, vload, vloadu, vstore, vfma, vmax, vsum_of,
                                     vgreatest_of, vexp, vexp_any, vexpm1, vlog1p, vnegabs, vphi, vpositive, vsigmoid, vtanh)

cdef enum:  # the codes of fastnet/names.py
    IDENTITY = 0
    SIGMOID = 1
    TANH = 2
    RELU = 3
    LEAKY_RELU = 4
    SOFTMAX = 5
    EXP = 6
    ELU = 7
    GELU = 8
    SOFTPLUS = 9

cdef extern from *:
    """
    #define LEAK ((real)0.01)
    #define INVERSE_ROOT_2PI ((real)0.39894228040143267794)
    #define LOWEST ((real)-INFINITY)
    """
    const real LEAK
    const real INVERSE_ROOT_2PI
    const real LOWEST


cdef inline void squash(real *z, Py_ssize_t ldz, Py_ssize_t m, Py_ssize_t n_vectors, const real *mask,
                        int act) noexcept nogil:
    """a = f(z) in place, m rows of n vectors; every activation but softmax."""
    cdef Py_ssize_t b, n
    cdef real *row
    if act == IDENTITY:
        return
    if act == SIGMOID:
        above_zero(SIGMOID, z, ldz, m, n_vectors, mask)
        return
    if act == EXP:
        above_zero(EXP, z, ldz, m, n_vectors, mask)
        return
    if act == SOFTPLUS:
        above_zero(SOFTPLUS, z, ldz, m, n_vectors, mask)
        return
    if act == RELU:
        if ldz == n_vectors * VL:
            rectify(z, m * n_vectors)
        else:
            for b in range(m):
                rectify(z + b * ldz, n_vectors)
        return
    for b in range(m):
        row = z + b * ldz
        if act == TANH:
            for n in range(n_vectors):
                vstore(row + n * VL, vtanh(vload(row + n * VL)))
        elif act == LEAKY_RELU:
            for n in range(n_vectors):
                vstore(row + n * VL, vpositive(vload(row + n * VL), vload(row + n * VL),
                                               vset(LEAK) * vload(row + n * VL)))
        elif act == ELU:
            for n in range(n_vectors):
                vstore(row + n * VL, vpositive(vload(row + n * VL), vload(row + n * VL),
                                               vexpm1(vload(row + n * VL))))
        else:
            for n in range(n_vectors):
                vstore(row + n * VL, vload(row + n * VL) * vphi(vload(row + n * VL)))


cdef inline void rectify(real *z, Py_ssize_t n_vectors) noexcept nogil:
    """ReLU in place, four vectors at a time: the loop's own instructions count here."""
    cdef Py_ssize_t n = 0
    cdef int j
    while n_vectors - n >= 4:
        for j in range(4):
            vstore(z + (n + j) * VL, vmax(vset(0), vload(z + (n + j) * VL)))
        n += 4
    while n < n_vectors:
        vstore(z + n * VL, vmax(vset(0), vload(z + n * VL)))
        n += 1


cdef inline void let_through(real *d, const real *a, Py_ssize_t n_vectors) noexcept nogil:
    """The errors d of those ReLU whose a is above zero, zero for the others: no product, an error passes or it does not."""
    cdef Py_ssize_t n = 0
    cdef int j
    while n_vectors - n >= 4:
        for j in range(4):
            vstore(d + (n + j) * VL, vpositive(vload(a + (n + j) * VL), vload(d + (n + j) * VL), vset(0)))
        n += 4
    while n < n_vectors:
        vstore(d + n * VL, vpositive(vload(a + n * VL), vload(d + n * VL), vset(0)))
        n += 1


cdef inline void above_zero(int ACT, real *z, Py_ssize_t ldz, Py_ssize_t m, Py_ssize_t n_vectors,
                            const real *mask) noexcept nogil:
    """The activations that are above zero everywhere, so that their padding is masked. ACT is a literal at every call: what
    is constant in a loop is then made once."""
    cdef Py_ssize_t b, n, last = n_vectors - HW
    cdef real *row
    cdef vr a
    for b in range(m):
        row = z + b * ldz
        for n in range(n_vectors):
            a = vload(row + n * VL)
            if ACT == SIGMOID:
                a = vsigmoid(a)
            elif ACT == EXP:
                a = vexp_any(a)
            else:
                a = vmax(vset(0), a) + vlog1p(vexp(vnegabs(a)))
            if n >= last:
                a = a * vload(mask + (n - last) * VL)
            vstore(row + n * VL, a)


cdef inline vr slope(vr a, int act) noexcept nogil:
    """f'(z) from a = f(z); for gelu from z itself, which a does not determine."""
    if act == SIGMOID:
        return a * (vset(1) - a)
    if act == TANH:
        return vfma(-a, a, vset(1))
    if act == RELU:
        return vpositive(a, vset(1), vset(0))
    if act == LEAKY_RELU:
        return vpositive(a, vset(1), vset(LEAK))
    if act == EXP:
        return a
    if act == ELU:
        return vpositive(a, vset(1), a + vset(1))
    if act == SOFTPLUS:
        return -vexpm1(-a)
    if act == GELU:  # Phi(z) + z phi(z)
        return vfma(a, vset(INVERSE_ROOT_2PI) * vexp(vset(<real> -0.5) * a * a), vphi(a))
    return vset(1)


cdef inline void times_slope(real *d, Py_ssize_t ldd, const real *a, Py_ssize_t lda, Py_ssize_t m,
                             Py_ssize_t n_vectors, int act, real scale) noexcept nogil:
    """d *= f'(z), m rows of n vectors, from scale a = f(z); for gelu `a` are the z."""
    cdef Py_ssize_t b, n
    if act == IDENTITY:
        return
    if act == SIGMOID:
        slopes(SIGMOID, d, ldd, a, lda, m, n_vectors, scale)
        return
    if act == RELU:
        if ldd == n_vectors * VL and lda == ldd:
            let_through(d, a, m * n_vectors)
        else:
            for b in range(m):
                let_through(d + b * ldd, a + b * lda, n_vectors)
        return
    slopes(act, d, ldd, a, lda, m, n_vectors, scale)


cdef inline void slopes(int act, real *d, Py_ssize_t ldd, const real *a, Py_ssize_t lda, Py_ssize_t m,
                        Py_ssize_t n_vectors, real scale) noexcept nogil:
    """times_slope for what is in use most with a literal, which leaves no choice to the loop."""
    cdef Py_ssize_t b, n
    for b in range(m):
        for n in range(n_vectors):
            vstore(d + b * ldd + n * VL,
                   vload(d + b * ldd + n * VL) * slope(vset(scale) * vload(a + b * lda + n * VL), act))


cdef inline real row_sum(const real *row, Py_ssize_t n_vectors) noexcept nogil:
    """Sum of a row, wherever it begins: 64-byte words lane by lane, then the lanes, in the same order whatever the
    vectors' width."""
    cdef vr acc[4]
    cdef Py_ssize_t n
    cdef int h
    for h in range(HW):
        acc[h] = vset(0)
    for n in range(0, n_vectors // HW):
        for h in range(HW):
            acc[h] = acc[h] + vloadu(row + (n * HW + h) * VL)
    return vsum_of(acc)


cdef inline real row_top(const real *row, Py_ssize_t n_vectors, const real *mask) noexcept nogil:
    """The greatest number of a row, without its padding."""
    cdef vr acc[4]
    cdef vr lowest = vset(LOWEST)
    cdef Py_ssize_t n, last = n_vectors // HW - 1
    cdef int h
    for h in range(HW):
        acc[h] = vpositive(vload(mask + h * VL), vload(row + (last * HW + h) * VL), lowest)
    for n in range(last):
        for h in range(HW):
            acc[h] = vmax(acc[h], vload(row + (n * HW + h) * VL))
    return vgreatest_of(acc)


cdef inline void lanes_out(real *lanes, const vr *acc) noexcept nogil:
    """One 64-byte word of accumulators as PAD numbers."""
    cdef int h, j
    for h in range(HW):
        for j in range(VL):
            lanes[h * VL + j] = (<const real *> (acc + h))[j]


cdef inline real softmax_row(real *z, Py_ssize_t n_vectors, real top, const real *mask) noexcept nogil:
    """z, whose greatest number is `top`, becomes exp(z - top) in place, padding zero; returns the sum: a = z / sum."""
    cdef Py_ssize_t n, last = n_vectors - HW
    for n in range(n_vectors):
        vstore(z + n * VL, vexp(vnegabs(vload(z + n * VL) - vset(top))))  # -|.|: padding may lie above the top
    for n in range(last, n_vectors):
        vstore(z + n * VL, vload(z + n * VL) * vload(mask + (n - last) * VL))
    return row_sum(z, n_vectors)


cdef inline void softmax_whole(real *z, Py_ssize_t n_vectors, const real *mask) noexcept nogil:
    """z becomes a = softmax(z) in place, padding zero."""
    divide_row(z, n_vectors, softmax_row(z, n_vectors, row_top(z, n_vectors, mask), mask))


cdef inline void divide_row(real *z, Py_ssize_t n_vectors, real by) noexcept nogil:
    cdef Py_ssize_t n
    for n in range(n_vectors):
        vstore(z + n * VL, vload(z + n * VL) / vset(by))
