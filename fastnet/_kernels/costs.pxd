"""The last layer: from z to a, the cost, whether the answer is right, and the error delta that goes back.

    quadratic                  C = 1/2 sum_j (a_j - y_j)^2          delta = dC/da f'(z)
    cross-entropy, sigmoid     C = sum_j softplus(z_j) - y_j z_j    delta = a - y
    cross-entropy, softmax     C = sum_j y_j (ln S - z_j)           delta = a sum(y) - y,  S = sum_j exp(z_j)
    log loss                   cross-entropy of a cut to [eps, 1 - eps]; the delta is that without the cut
    Poisson, exp               C = sum_j y_j ln(y_j / a_j) - y_j + a_j      delta = a - y
    absolute error             C = sum_j |e_j|,  e = a - y
    Huber                      C = sum_j e_j^2 / 2 up to |e_j| = p, then p (|e_j| - p / 2)
    quantile                   C = sum_j max(-p e_j, (1 - p) e_j)

Cross-entropy is taken from z, so a saturated output costs a large finite number; the log loss is scikit-learn's. p is the
cost's parameter. At a kink the derivative is 0. Each delta carries its sample's share of the
mini-batch, w / sum(w), so that summing over the samples gives the gradient of the mean.
"""
from libc.string cimport memcpy
from fastnet._kernels.words cimport (real, vr, VL, HW, vset, vload, vloadu, vstore, vfma, vmax, vabs, vbelow, vbits, vexp,
                                     vlog, vlog1p, vnegabs, vpositive, vsum_of, int32_t, uint32_t)
from fastnet._kernels.activations cimport (SIGMOID, SOFTMAX, squash, slope, row_sum, row_top, softmax_row,
                                           softmax_whole, divide_row)

cdef enum:  # the codes of fastnet/names.py
    QUADRATIC = 0
    CROSS_ENTROPY = 1
    LOG_LOSS = 2
    POISSON = 3
    ABSOLUTE_ERROR = 4
    HUBER = 5
    QUANTILE = 6

cdef enum:  # how an answer counts as correct
    SCORE_NONE = 0
    SCORE_LABEL = 1      # the brightest output is the label
    SCORE_ARGMAX = 2     # the brightest output is the brightest target
    SCORE_THRESHOLD = 3  # one output: both or neither above one half

cdef enum:
    CHUNK = 32  # samples whose costs are summed together; fixed, so that the sum does not depend on threads


cdef extern from *:
    """
    #define EPSILON (sizeof(real) == 8 ? (real)2.220446049250313e-16 : (real)1.1920929e-07)
    """
    const real EPSILON


cdef struct Targets:
    const int32_t *labels   # (n,) or NULL
    const real *values      # (n, n_out) or NULL
    const real *weights     # (n,) or NULL: every weight is 1
    int score


cdef struct Sums:
    double cost       # sum of w C
    double weight     # sum of w
    double correct    # sum of w over right answers
    double rest[5]    # of 64 bytes: several threads write such sums side by side


cdef struct Output:
    int act
    int cost
    real parameter        # of Huber's cost and of the quantile's
    Py_ssize_t n_out
    Py_ssize_t n_vectors  # that are gone through: those that hold outputs; softmax wants whole words
    Py_ssize_t ld         # of z and d
    const real *mask      # (PAD,) of the last ones
    real *y               # (CHUNK, n padded) room for targets, zero in the padding
    const real *step      # (2 n padded,) ones, then zeros: from step + n padded - k on, k ones
    const real *peak      # (2 n padded,) a one among zeros: from peak + n padded - k on, it is number k


cdef inline Py_ssize_t brightest(const real *a, Py_ssize_t n) noexcept nogil:
    cdef Py_ssize_t j, best = 0
    for j in range(1, n):
        if a[j] > a[best]:
            best = j
    return best


cdef inline bint is_brightest(const Output *o, const real *a, Py_ssize_t k) noexcept nogil:
    """Whether a[k] is the first of the greatest: brightest(a) == k, without a branch that nobody can predict."""
    cdef vr av, more, best = vset(a[k])
    cdef const real *before = o.step + o.ld - k
    cdef Py_ssize_t n, last = o.n_vectors - HW
    cdef uint32_t others = 0
    for n in range(o.n_vectors):
        av = vload(a + n * VL)
        more = vbelow(best, av, vset(1), vbelow(av, best, vset(0), vloadu(before + n * VL)))
        if n >= last:
            more = more * vload(o.mask + (n - last) * VL)
        others |= vbits(more)
    return others == 0


cdef inline bint is_correct(const Output *o, const Targets *t, Py_ssize_t row, const real *a) noexcept nogil:
    if t.score == SCORE_LABEL:
        return is_brightest(o, a, t.labels[row])
    if t.score == SCORE_ARGMAX:
        return is_brightest(o, a, brightest(t.values + row * o.n_out, o.n_out))
    if t.score == SCORE_THRESHOLD:
        return (a[0] > 0.5) == (t.values[row] > 0.5)
    return False


cdef inline void plain_row(const Output *o, real *a, const real *y, real *d, real share, vr *cost,
                           real weight) noexcept nogil:
    """Quadratic cost of one row of activations; d = dC/dz share. (Softmax: its Jacobian is a (e - sum e a).)"""
    cdef Py_ssize_t n
    cdef vr e, av, s = vset(share), half = vset(weight * <real> 0.5)
    cdef real mean = 0
    for n in range(o.n_vectors):
        e = vload(a + n * VL) - vloadu(y + n * VL)
        cost[n % HW] = vfma(half * e, e, cost[n % HW])
    if d == NULL:
        return
    if o.act == SOFTMAX:
        for n in range(o.n_vectors):
            av = vload(a + n * VL)
            vstore(d + n * VL, (av - vloadu(y + n * VL)) * av)
        mean = row_sum(d, o.n_vectors)
        for n in range(o.n_vectors):
            av = vload(a + n * VL)
            e = av - vloadu(y + n * VL)
            vstore(d + n * VL, (e - vset(mean)) * av * s)
        return
    for n in range(o.n_vectors):
        av = vload(a + n * VL)
        e = slope(av, SIGMOID) if o.act == SIGMOID else slope(av, o.act)
        vstore(d + n * VL, (av - vloadu(y + n * VL)) * e * s)


cdef inline void distance_row(const Output *o, const real *a, const real *y, real *d, real share, vr *cost,
                              real weight) noexcept nogil:
    """Absolute error, Huber's and the quantile's cost of one row of activations; d = dC/dz share."""
    cdef Py_ssize_t n
    cdef vr e, size, c, g, av, p = vset(o.parameter)
    for n in range(o.n_vectors):
        av = vload(a + n * VL)
        e = av - vloadu(y + n * VL)
        g = vpositive(e, vset(1), vpositive(-e, vset(-1), vset(0)))
        if o.cost == ABSOLUTE_ERROR:
            c = vabs(e)
        elif o.cost == HUBER:
            size = vabs(e)
            c = vpositive(size - p, p * (size - vset(<real> 0.5) * p), vset(<real> 0.5) * e * e)
            g = vpositive(size - p, p * g, e)
        else:
            c = vpositive(e, (vset(1) - p) * e, -p * e)
            g = vpositive(e, vset(1) - p, p * g)
        cost[n % HW] = vfma(vset(weight), c, cost[n % HW])
        if d != NULL:
            vstore(d + n * VL, g * slope(av, o.act) * vset(share))


cdef inline void poisson_row(const Output *o, const real *a, const real *y, real *d, real share, vr *cost,
                             real weight) noexcept nogil:
    """Half the Poisson deviance of one row of activations a = exp(z); d = dC/dz share."""
    cdef Py_ssize_t n
    cdef vr av, yv
    for n in range(o.n_vectors):
        av = vload(a + n * VL)
        yv = vloadu(y + n * VL)
        cost[n % HW] = vfma(vset(weight), vpositive(yv, yv * vlog(yv / av), vset(0)) - yv + av, cost[n % HW])
        if d != NULL:
            vstore(d + n * VL, (av - yv) * vset(share))


cdef inline vr cut(vr a) noexcept nogil:
    """a between epsilon and 1 - epsilon; a NaN stays."""
    a = vmax(vset(EPSILON), a)
    return vpositive(a - vset(1 - EPSILON), vset(1 - EPSILON), a)


cdef inline void log_row(const Output *o, real *a, const real *y, real *d, real share, vr *cost,
                         real weight) noexcept nogil:
    """Log loss of one row: softmax activations, or sigmoid outputs' z, which become a; d = dC/dz share. The logarithm of
    1 - a magnifies the rounding of an a near 1, so that a is 1 / (1 + exp(-z)) as scikit-learn's is, and no better."""
    cdef Py_ssize_t n
    cdef vr av, yv, p, c, e
    cdef real y_sum = row_sum(y, o.n_vectors) if o.act == SOFTMAX else 1
    for n in range(o.n_vectors):
        av = vload(a + n * VL)
        yv = vloadu(y + n * VL)
        if o.act == SIGMOID:
            e = vexp(vnegabs(av))
            av = vpositive(av, vset(1), e) / (e + vset(1))
            if n >= o.n_vectors - HW:
                av = av * vload(o.mask + (n - o.n_vectors + HW) * VL)
            vstore(a + n * VL, av)
        p = cut(av)
        c = yv * vlog(p)
        if o.act == SIGMOID:
            # in the padding a and y are zero: the logarithm of 1 - epsilon is left, and masked
            c = c + (vset(1) - yv) * vlog(vset(1) - p)
            if n >= o.n_vectors - HW:
                c = c * vload(o.mask + (n - o.n_vectors + HW) * VL)
        cost[n % HW] = vfma(vset(-weight), c + (av - av), cost[n % HW])  # av - av: vlog does not know NaN
        if d != NULL:
            vstore(d + n * VL, vfma(av, vset(y_sum), -yv) * vset(share))


cdef inline void binary_row(const Output *o, real *z, const real *y, real *d, real share, vr *cost,
                            real weight) noexcept nogil:
    """Cross-entropy of one row of sigmoid outputs: z becomes a."""
    cdef Py_ssize_t n, last = o.n_vectors - HW
    cdef vr zv, e, a, yv, c, mask
    for n in range(o.n_vectors):
        zv = vload(z + n * VL)
        yv = vloadu(y + n * VL)
        e = vexp(vnegabs(zv))
        a = vpositive(zv, vset(1), e) / (e + vset(1))
        c = vfma(-yv, zv, vmax(vset(0), zv)) + vlog1p(e)
        if n >= last:
            mask = vload(o.mask + (n - last) * VL)
            a = a * mask
            c = c * mask
        cost[n % HW] = vfma(vset(weight), c, cost[n % HW])
        vstore(z + n * VL, a)
        if d != NULL:
            vstore(d + n * VL, (a - yv) * vset(share))


cdef inline void labelled_row(const Output *o, Py_ssize_t label, real *z, real *d, real share, real weight,
                              real *total, real *amount, real *margin) noexcept nogil:
    """One row of softmax outputs with the answer `label`: z becomes a. What it costs is made for a whole chunk at once:
    amount ln(total) + margin, that is w (ln S + top - z_label); the log loss -w ln a_label."""
    cdef Py_ssize_t n
    cdef vr a
    cdef real sum, top = row_top(z, o.n_vectors, o.mask)
    margin[0] = weight * (top - z[label])
    sum = softmax_row(z, o.n_vectors, top, o.mask)
    for n in range(o.n_vectors):
        a = vload(z + n * VL) / vset(sum)
        vstore(z + n * VL, a)
        if d != NULL:
            vstore(d + n * VL, a * vset(share))
    if d != NULL:
        d[label] = (z[label] - <real> 1) * share
    total[0] = sum
    amount[0] = weight
    if o.cost == LOG_LOSS:
        total[0] = z[label]
        amount[0] = -weight
        margin[0] = 0


cdef inline void categorical_row(const Output *o, real *z, const real *y, real *d, real share, vr *cost, real weight,
                                 real *total, real *amount) noexcept nogil:
    """The same for any targets y. What is left of the cost, w sum(y) ln S, is added for a whole chunk at once from
    `total` = S and `amount` = w sum(y)."""
    cdef Py_ssize_t n
    cdef vr a, yv
    cdef real top = row_top(z, o.n_vectors, o.mask), y_sum = row_sum(y, o.n_vectors)
    for n in range(o.n_vectors):
        yv = vloadu(y + n * VL) * vset(weight)
        cost[n % HW] = vfma(-yv, vload(z + n * VL) - vset(top), cost[n % HW])
    total[0] = softmax_row(z, o.n_vectors, top, o.mask)
    amount[0] = weight * y_sum
    divide_row(z, o.n_vectors, total[0])
    if d != NULL:
        for n in range(o.n_vectors):
            a = vload(z + n * VL)
            vstore(d + n * VL, vfma(a, vset(y_sum), -vloadu(y + n * VL)) * vset(share))


cdef inline void bring_targets(const Output *o, const Targets *t, const Py_ssize_t *order, Py_ssize_t first,
                               Py_ssize_t m) noexcept nogil:
    """The targets of a chunk's rows into o.y, before any of them is read: what has just been written as a number cannot be
    read as a vector at once."""
    cdef Py_ssize_t b, row
    for b in range(m):
        row = order[first + b] if order != NULL else first + b
        memcpy(o.y + b * o.ld, t.values + row * o.n_out, o.n_out * sizeof(real))


cdef inline void plain_chunk(const Output *o, real *z, real *d, const Targets *t, const Py_ssize_t *order,
                             Py_ssize_t first, Py_ssize_t m, real inverse_weight, Sums *sums) noexcept nogil:
    """output_chunk for what is in use most, and among the smallest networks: quadratic cost, samples of equal weight."""
    cdef vr cost[4]
    cdef Py_ssize_t b, row, correct = 0
    cdef int h
    cdef const real *y
    for h in range(HW):
        cost[h] = vset(0)
    squash(z, o.ld, m, o.n_vectors, o.mask, o.act)
    if t.labels == NULL:
        bring_targets(o, t, order, first, m)
    for b in range(m):
        row = order[first + b] if order != NULL else first + b
        y = o.peak + o.ld - t.labels[row] if t.labels != NULL else o.y + b * o.ld
        plain_row(o, z + b * o.ld, y, d + b * o.ld if d != NULL else NULL, inverse_weight, cost, 1)
        correct += t.score != SCORE_NONE and is_correct(o, t, row, z + b * o.ld)
    sums.weight += <double> m
    sums.correct += <double> correct
    sums.cost += vsum_of(cost)


cdef inline void output_chunk(const Output *o, real *z, real *d, const Targets *t, const Py_ssize_t *order,
                              Py_ssize_t first, Py_ssize_t m, real inverse_weight, Sums *sums) noexcept nogil:
    """At most CHUNK rows, order[first : first + m]: z (m, n) becomes a, d (m, n) its errors (NULL: not wanted)."""
    cdef vr cost[4]
    cdef vr rest[4]
    cdef real totals[CHUNK + 15]
    cdef real amounts[CHUNK + 15]
    cdef real margins[CHUNK + 15]
    cdef Py_ssize_t j
    cdef vr total, logarithm
    cdef real weight, share
    cdef real *zb
    cdef real *db
    cdef const real *y
    cdef double weights = 0, correct = 0
    cdef Py_ssize_t b, row
    cdef int h
    cdef bint chances = o.act == SOFTMAX and (o.cost == CROSS_ENTROPY or o.cost == LOG_LOSS)
    cdef bint labelled = chances and t.labels != NULL
    cdef bint categorical = chances and t.labels == NULL and o.cost == CROSS_ENTROPY
    if o.cost == QUADRATIC and o.act != SOFTMAX and t.weights == NULL:
        plain_chunk(o, z, d, t, order, first, m, inverse_weight, sums)
        return
    for h in range(HW):
        cost[h] = vset(0)
        rest[h] = vset(0)
    if o.act != SOFTMAX and not (o.act == SIGMOID and (o.cost == CROSS_ENTROPY or o.cost == LOG_LOSS)):
        squash(z, o.ld, m, o.n_vectors, o.mask, o.act)
    if t.labels == NULL:
        bring_targets(o, t, order, first, m)
    for b in range(m):
        row = order[first + b] if order != NULL else first + b
        weight = t.weights[row] if t.weights != NULL else 1
        share = weight * inverse_weight
        zb = z + b * o.ld
        db = d + b * o.ld if d != NULL else NULL
        if t.labels != NULL:
            y = o.peak + o.ld - t.labels[row]
        else:
            y = o.y + b * o.ld
        margins[b] = 0
        if labelled:
            labelled_row(o, t.labels[row], zb, db, share, weight, totals + b, amounts + b, margins + b)
        elif categorical:
            categorical_row(o, zb, y, db, share, cost, weight, totals + b, amounts + b)
        elif o.cost == CROSS_ENTROPY:
            binary_row(o, zb, y, db, share, cost, weight)
        else:
            if o.act == SOFTMAX:
                softmax_whole(zb, o.n_vectors, o.mask)
            if o.cost == QUADRATIC:
                plain_row(o, zb, y, db, share, cost, weight)
            elif o.cost == LOG_LOSS:
                log_row(o, zb, y, db, share, cost, weight)
            elif o.cost == POISSON:
                poisson_row(o, zb, y, db, share, cost, weight)
            else:
                distance_row(o, zb, y, db, share, cost, weight)
        weights += weight
        if t.score != SCORE_NONE and is_correct(o, t, row, zb):
            correct += weight
    if categorical or labelled:
        for j in range(m, CHUNK):
            totals[j] = 1
            amounts[j] = 0
            margins[j] = 0
        for j in range(CHUNK // VL):
            total = vloadu(totals + j * VL)
            logarithm = vlog(cut(total) if o.cost == LOG_LOSS else total) + (total - total)  # vlog does not know NaN
            rest[j % HW] = vfma(vloadu(amounts + j * VL), logarithm, rest[j % HW] + vloadu(margins + j * VL))
    for h in range(HW):
        cost[h] = cost[h] + rest[h]
    sums.cost += vsum_of(cost)
    sums.weight += weights
    sums.correct += correct
