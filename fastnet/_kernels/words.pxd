"""The vocabulary of the kernels: the machine's words, declared for Cython (see words.h)."""
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
    vr vabs(vr x)
    vr vpositive(vr x, vr yes, vr no)  # yes where x > 0, else no
    vr vkeep(vr x)  # x, closed to contraction with what follows
    vr vsqrt(vr x)
    vr vexp(vr x)  # x <= 0
    vr vexp_any(vr x)
    vr vexpm1(vr x)  # x <= 0
    vr vphi(vr x)
    vr vlog1p(vr e)  # 0 <= e <= 1
    vr vlog(vr x)  # x > 0
    vr vnegabs(vr x)
    vr vsigmoid(vr x)
    vr vtanh(vr x)
    void vturn(real *to, Py_ssize_t to_stride, const real *from_, Py_ssize_t from_stride)
    void prefetch(const void *p)
    uint64_t flush_subnormals()
    void restore_mode(uint64_t mode)
    double seconds_now()
