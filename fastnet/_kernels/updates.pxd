"""One step of an optimiser over a run of parameters. `g` is the gradient of the mean cost; the penalty is added here.

    sgd        w -= rate g
    momentum   v = mu v - rate g;  w += v
    nesterov   v = mu v - rate g;  w += mu v - rate g
    adam       m += (1 - b1) (g - m);  v += (1 - b2) (g^2 - v);  w -= step m / (sqrt v + epsilon)
    adamw      adam on the plain gradient, and w -= rate l2 w

With step = rate sqrt(1 - b2^t) / (1 - b1^t) and epsilon times sqrt(1 - b2^t), Adam's line is algorithm 1 of
Kingma and Ba (2015) with both corrections taken out of the loop.
"""
from libc.math cimport pow, sqrt
from fastnet._kernels.words cimport (real, vr, VL, vset, vload, vstore, vfma, vkeep, vratio, vratio_otherwise, vratio_usually,
                                     prefetch, int64_t)

cdef extern from *:
    """
    static int slow_roots; /* whether this processor has them; set by core.pyx */
    """
    bint slow_roots

cdef enum:  # the codes of fastnet/names.py
    SGD = 0
    MOMENTUM = 1
    NESTEROV = 2
    ADAM = 3
    ADAMW = 4

cdef enum:
    STREAM_BYTES = 12000000  # of parameters and moments: what no cache keeps from one update to the next is asked for
    STREAM_AHEAD = 64        # so many vectors before it is read


cdef struct Rule:           # what a run of training keeps
    int optimizer
    double l2
    double momentum
    double beta1
    double beta2
    double epsilon
    bint plain_epsilon      # Adam's epsilon beside sqrt v as it is, as scikit-learn has it
    bint l2_over_batch      # the penalty's gradient is l2 w / (weight of the mini-batch)
    bint streams            # whether parameters and moments are more than a cache keeps


cdef struct Step:           # what one update needs
    int optimizer
    real rate
    real l2
    real momentum
    real beta1_rest         # 1 - beta1
    real beta2_rest
    real step
    real epsilon
    real decay              # adamw: rate l2
    bint streams
    bint multiplies         # whether no root is left to the divider
    bint clears             # whether the gradient is left zero, for the next to be added up there (SGD heaps none up)


cdef inline double l2_of(const Rule *rule, double batch_weight) noexcept nogil:
    """The factor on w in the penalty's gradient, for one mini-batch."""
    return rule.l2 / batch_weight if rule.l2_over_batch else rule.l2


cdef inline Step step_of(const Rule *rule, double rate, int64_t t, double l2) noexcept nogil:
    """The constants of update number t (from 1)."""
    cdef Step s
    cdef double correction = 1
    s.optimizer = rule.optimizer
    s.rate = <real> rate
    s.l2 = <real> (l2 if rule.optimizer != ADAMW else 0)
    s.momentum = <real> rule.momentum
    s.beta1_rest = <real> (1 - rule.beta1)
    s.beta2_rest = <real> (1 - rule.beta2)
    s.step = <real> rate
    s.epsilon = <real> rule.epsilon
    s.decay = <real> (rate * l2 if rule.optimizer == ADAMW else 0)
    s.streams = rule.streams
    s.multiplies = slow_roots
    s.clears = False
    if rule.optimizer >= ADAM:
        correction = sqrt(1 - pow(rule.beta2, <double> t))
        s.step = <real> (rate * correction / (1 - pow(rule.beta1, <double> t)))
        if not rule.plain_epsilon:
            s.epsilon = <real> (rule.epsilon * correction)
    return s


cdef struct Learner:        # parameters that Adam changes without a penalty, where their gradient is made
    Step step
    real *w                 # of the gradient's first number,
    real *m                 # and its moments
    real *v


cdef inline void adam_vector(bint PENALISED, bint OTHERWISE, const Step *s, real *w, vr gi, real *m, real *v) noexcept nogil:
    """A vector of parameters with gradient gi by Adam or AdamW. OTHERWISE the root is taken the other way: the same number, by
    other parts of the processor. So are all roots where the divider is slow: of doubles every second one by it took 29 cycles
    a vector, none 20."""
    cdef vr wi = vload(w), mi = vload(m), vi = vload(v)
    if PENALISED:
        gi = vfma(vset(s.l2), wi, gi)
        wi = vfma(vset(-s.decay), wi, wi)
    mi = vfma(vset(s.beta1_rest), gi - mi, mi)
    vi = vfma(vset(s.beta2_rest), vfma(gi, gi, -vi), vi)
    vstore(m, mi)
    vstore(v, vi)
    vstore(w, vfma(vset(-s.step), vratio_usually(mi, vi, vset(s.epsilon)) if s.multiplies else
                   vratio_otherwise(mi, vi, vset(s.epsilon)) if OTHERWISE else vratio(mi, vi, vset(s.epsilon)), wi))


cdef inline void ask_for_two(const real *p) noexcept nogil:
    prefetch(p)
    prefetch(p + VL)


cdef inline void adam_row(bint PENALISED, bint STREAMS, const Step *step, real *w, const real *g, real *m, real *v,
                          Py_ssize_t n_vectors, Py_ssize_t ahead) noexcept nogil:
    """A row of parameters by Adam or AdamW; every second root is taken the other way, so that both go on side by side. If it
    STREAMS, what comes `ahead` numbers behind is asked for."""
    cdef Step s = step[0]
    cdef Py_ssize_t i = 0
    while i < n_vectors - 1:
        if STREAMS:
            ask_for_two(w + ahead + i * VL)
            ask_for_two(m + ahead + i * VL)
            ask_for_two(v + ahead + i * VL)
        adam_vector(PENALISED, False, &s, w + i * VL, vload(g + i * VL), m + i * VL, v + i * VL)
        adam_vector(PENALISED, True, &s, w + (i + 1) * VL, vload(g + (i + 1) * VL), m + (i + 1) * VL, v + (i + 1) * VL)
        if s.clears:
            vstore(<real *> g + i * VL, vset(0))
            vstore(<real *> g + (i + 1) * VL, vset(0))
        i += 2
    if i < n_vectors:
        adam_vector(PENALISED, False, &s, w + i * VL, vload(g + i * VL), m + i * VL, v + i * VL)
        if s.clears:
            vstore(<real *> g + i * VL, vset(0))


cdef inline void update(const Step *step, real *w, Py_ssize_t ldw, const real *g, Py_ssize_t ldg, real *m, real *v,
                        Py_ssize_t rows, Py_ssize_t n_vectors, bint penalised) noexcept nogil:
    """Parameters w (rows, n) with gradient g (rows, n) and moments m and v, laid out as w (what the optimiser has)."""
    cdef Step s = step[0]
    cdef Py_ssize_t r, i, ahead = STREAM_AHEAD * VL
    cdef vr wi, gi, mi
    cdef vr rate = vset(-s.rate), l2 = vset(s.l2 if penalised else 0), mu = vset(s.momentum)
    if s.streams and rows > 1:  # that many vectors on, in rows of so many
        ahead = ldw * max(1, STREAM_AHEAD // n_vectors)
    for r in range(rows):
        if s.optimizer == SGD:
            for i in range(n_vectors):
                wi = vload(w + i * VL)
                gi = vfma(l2, wi, vload(g + i * VL))
                vstore(w + i * VL, vfma(rate, gi, wi))
        elif s.optimizer == MOMENTUM or s.optimizer == NESTEROV:
            for i in range(n_vectors):
                wi = vload(w + i * VL)
                gi = vkeep(rate * vfma(l2, wi, vload(g + i * VL)))
                mi = vfma(mu, vload(m + i * VL), gi)
                vstore(m + i * VL, mi)
                if s.optimizer == NESTEROV:
                    mi = vfma(mu, mi, gi)
                vstore(w + i * VL, wi + mi)
                if s.clears:
                    vstore(<real *> g + i * VL, vset(0))
            m += ldw
        else:
            if penalised and (s.l2 != 0 or s.decay != 0):
                if s.streams:
                    adam_row(True, True, &s, w, g, m, v, n_vectors, ahead)
                else:
                    adam_row(True, False, &s, w, g, m, v, n_vectors, 0)
            elif s.streams:
                adam_row(False, True, &s, w, g, m, v, n_vectors, ahead)
            else:
                adam_row(False, False, &s, w, g, m, v, n_vectors, 0)
            m += ldw
            v += ldw
        w += ldw
        g += ldg
