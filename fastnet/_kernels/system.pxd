"""What the kernels want of the processor and the system beside arithmetic (see system.h)."""
from libc.stdint cimport uint64_t

cdef extern from "system.h" nogil:
    uint64_t flush_subnormals()
    void restore_mode(uint64_t mode)
    bint stores_by_halves()  # whether 64 bytes take two cycles
    bint shuffles_beside()   # whether shuffles take nothing from multiply-adds, of which loads are too few
    bint roots_slowly()      # whether roots had better be left to the multipliers
    double seconds_now()
    uint64_t atomic_load(uint64_t *p)
    void atomic_store(uint64_t *p, uint64_t x)
    uint64_t atomic_add(uint64_t *p, uint64_t x)  # what was there before
    bint atomic_take(uint64_t *p, uint64_t seen, uint64_t next)  # p = next if it is `seen` still
    void pause_thread(int waited, int patience)  # a moment, a turn for others, a nap: the longer it has waited
