/* What the kernels want of the processor and the system beside arithmetic: a mode for subnormals, atomic words and a
 * pause for threads, a clock. */
#ifndef FASTNET_SYSTEM_H
#define FASTNET_SYSTEM_H

#include <sched.h>
#include <stdint.h>
#include <time.h>
#if defined(__x86_64__)
#include <cpuid.h>
#endif

#define SYSTEM static inline __attribute__((unused))

/* Flush-to-zero and denormals-are-zero for this thread, and the mode to put back afterwards. Saturated
 * sigmoids make deltas subnormal, and arithmetic on subnormals is some hundred times slower. */
#if defined(__x86_64__) || defined(__i386__)
SYSTEM uint64_t flush_subnormals(void)
{
    unsigned mode = __builtin_ia32_stmxcsr();
    __builtin_ia32_ldmxcsr(mode | 0x8040);
    return mode;
}
SYSTEM void restore_mode(uint64_t mode) { __builtin_ia32_ldmxcsr((unsigned)mode); }
#elif defined(__aarch64__)
SYSTEM uint64_t flush_subnormals(void)
{
    uint64_t mode;
    __asm__ volatile("mrs %0, fpcr" : "=r"(mode));
    __asm__ volatile("msr fpcr, %0" : : "r"(mode | (1u << 24)));
    return mode;
}
SYSTEM void restore_mode(uint64_t mode) { __asm__ volatile("msr fpcr, %0" : : "r"(mode)); }
#else
SYSTEM uint64_t flush_subnormals(void) { return 0; }
SYSTEM void restore_mode(uint64_t mode) { (void)mode; }
#endif

/* Words for threads. */
SYSTEM uint64_t atomic_load(uint64_t *p) { return __atomic_load_n(p, __ATOMIC_ACQUIRE); }
SYSTEM void atomic_store(uint64_t *p, uint64_t x) { __atomic_store_n(p, x, __ATOMIC_RELEASE); }
SYSTEM uint64_t atomic_add(uint64_t *p, uint64_t x) { return __atomic_fetch_add(p, x, __ATOMIC_ACQ_REL); }
SYSTEM int atomic_take(uint64_t *p, uint64_t seen, uint64_t next)
{
    return __atomic_compare_exchange_n(p, &seen, next, 0, __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE);
}
SYSTEM void pause_thread(int waited, int patience)
{
    if (waited > 10 * patience)
        nanosleep(&(struct timespec){0, 50000}, NULL);
    else if (waited > patience)
        sched_yield();
#if defined(__x86_64__) || defined(__i386__)
    else
        __builtin_ia32_pause();
#elif defined(__aarch64__)
    else
        __asm__ volatile("yield");
#endif
}

/* The family of an AMD processor that has AVX-512, else 0. */
static inline unsigned amd_family(void)
{
#if defined(__x86_64__)
    unsigned a = 0, b, c, d;
    __builtin_cpu_init();
    __get_cpuid(1, &a, &b, &c, &d);
    if (__builtin_cpu_is("amd") && __builtin_cpu_supports("avx512f"))
        return (a >> 8 & 15) + (a >> 20 & 255);
#endif
    return 0;
}

/* Whether the processor stores a 64-byte word in two cycles, as Zen 4 does: time in which another line comes from the
 * second-level cache. */
SYSTEM int stores_by_halves(void) { return amd_family() == 25; }

/* Whether it shuffles 64-byte words beside two multiply-adds a cycle, while it loads only two: Zen 5. */
SYSTEM int shuffles_beside(void) { return amd_family() == 26; }

/* Whether a root by its divider takes longer than Newton's iteration beside a division: with Intel's 25 cycles for eight
 * doubles, and the division that follows 17 (Zen 4 and 5 are done with both sooner). */
SYSTEM int roots_slowly(void)
{
#if defined(__x86_64__)
    __builtin_cpu_init();
    return __builtin_cpu_is("intel") && __builtin_cpu_supports("avx512f");
#else
    return 0;
#endif
}

SYSTEM double seconds_now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

#endif
