"""The vocabulary of the kernels: the machine's words, declared for Cython (see words.h and moves.h)."""
from libc.stdint cimport int32_t, int64_t, uint8_t, uint16_t, uint32_t, uint64_t

cdef extern from "words.h" nogil:
    ctypedef double real  # float, or double in the double build
    ctypedef double vr    # a vector of VL reals

    int VL   # lanes of a vector
    int PAD  # reals in 64 bytes: the length of a row is a multiple of it
    int HW   # vectors in 64 bytes

    vr vset(real x)
    vr vload(const real *p)
    vr vloadu(const real *p)
    void vstore(real *p, vr x)
    void vstoreu(real *p, vr x)
    vr vfma(vr a, vr b, vr c)  # a b + c
    vr vmax(vr low, vr x)
    real vsum_of(const vr *a)       # of the PAD numbers in HW vectors
    real vgreatest_of(const vr *a)
    vr vabs(vr x)
    vr vbelow(vr a, vr b, vr yes, vr no)  # yes where a < b, else no
    vr vpositive(vr x, vr yes, vr no)  # yes where x > 0, else no
    int QUADS  # whether there are the next two
    vr vquad(const real *p)  # four numbers, again and again
    vr vone_of_quad(vr quad, int j)  # one of them in all lanes
    real *at_hand(real *p)  # p, computed once and for all
    vr vkeep(vr x)  # x, closed to contraction with what follows
    vr vratio(vr m, vr v, vr eps)  # m / (sqrt(v) + eps)
    vr vratio_otherwise(vr m, vr v, vr eps)  # the same, by the multipliers
    vr vratio_usually(vr m, vr v, vr eps)  # the same, by the multipliers, unless a number is tiny
    vr vexp(vr x)  # x <= 0
    vr vexp_any(vr x)
    vr vexpm1(vr x)  # x <= 0
    vr vphi(vr x)
    vr vlog1p(vr e)  # 0 <= e <= 1
    vr vlog(vr x)  # x > 0
    vr vnegabs(vr x)
    vr vsigmoid(vr x)
    vr vtanh(vr x)
    void prefetch(const void *p)
    void prefetch_beyond(const void *p, Py_ssize_t bytes)  # into the second-level cache

cdef extern from "moves.h" nogil:
    ctypedef uint64_t tally  # a count as wide as a real

    void vturn(real *to, Py_ssize_t to_stride, const real *from_, Py_ssize_t from_stride)
    void vspot(void *to, real *row, tally count)  # three numbers and a count; the row is zero afterwards
    uint8_t byte_of(const uint32_t *word, int j)  # the lowest first
    int AT_ONCE  # entries of a list that go together: 4, or 1
    uint64_t four_shorts(const uint16_t *p)
    uint32_t four_bytes(const uint8_t *p)
    uint16_t short_of(uint64_t four, int j)
    uint8_t code_of(uint32_t four, int j)
    uint32_t vbits(vr x)  # which lanes are not zero, the first in the lowest bit
    vr vbit(int at)  # lanes of bits with this one set
    vr vtwice(vr bit)  # the next bit up
    vr vtally(vr bits, vr x, vr bit)  # `bit` set in the lanes of `bits` whose x is not zero
    Py_ssize_t lowest_bit(uint64_t bits)  # bits != 0
    int count_bits(uint64_t bits)
    void vpair(void *to, uint32_t count, real x)  # into a struct of the two
