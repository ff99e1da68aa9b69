"""Which instruction sets this processor has. Built for the baseline: safe to import anywhere."""

cdef extern from *:
    """
    static int cpu_has_avx2(void)
    {
    #if defined(__x86_64__)
        __builtin_cpu_init();
        return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") && __builtin_cpu_supports("bmi")
            && __builtin_cpu_supports("bmi2");
    #else
        return 0;
    #endif
    }

    static int cpu_has_avx512(void)
    {
    #if defined(FASTNET_WIDE)
        return cpu_has_avx2();
    #elif defined(__x86_64__)
        return cpu_has_avx2() && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw")
            && __builtin_cpu_supports("avx512cd") && __builtin_cpu_supports("avx512dq")
            && __builtin_cpu_supports("avx512vl");
    #else
        return 0;
    #endif
    }
    """
    bint cpu_has_avx2()
    bint cpu_has_avx512()


def has_avx2():
    """Whether AVX2, FMA and what belongs to them (x86-64-v3) are there."""
    return cpu_has_avx2()


def has_avx512():
    """Whether AVX-512 F, BW, CD, DQ and VL (x86-64-v4) are there."""
    return cpu_has_avx512()
