/* The words that Cython lacks: vectors of the machine's own width, exp and log of a vector.
 * moves.h has those without arithmetic. Everything else is in the .pxd files.
 *
 * One source serves every build. `real` is float, or double with FASTNET_DOUBLE. A vector `vr` is as wide as
 * the instruction set this file is compiled for; wider ones would live in memory. Every function
 * is lane by lane, so the width never changes a result. Expressions are written so that a compiler with
 * fused multiply-add has one way only to contract them: a product has one sum that it can go into. */
#ifndef FASTNET_WORDS_H
#define FASTNET_WORDS_H

#if !defined(__GNUC__)
#error "fastnet needs GCC or Clang (on Windows: clang-cl): its kernels use their vector types"
#endif

#include <math.h>
#include <stdint.h>
#include <string.h>
#if defined(__x86_64__) || defined(__i386__)
#include <immintrin.h>
#endif

#define WORD static inline __attribute__((always_inline, unused))

/* FASTNET_WIDE: words of 64 bytes, as of AVX-512, on a processor without it, out of two registers each. Slow; for tests. */
#if defined(__AVX512F__) || defined(FASTNET_WIDE)
#define VB 64
#elif defined(__AVX__)
#define VB 32
#else
#define VB 16
#endif

#ifdef FASTNET_DOUBLE
typedef double real;
typedef int64_t realbits;
#define REAL_IS_DOUBLE 1
#else
typedef float real;
typedef int32_t realbits;
#define REAL_IS_DOUBLE 0
#endif

typedef real vr __attribute__((vector_size(VB), aligned(VB), may_alias));
typedef real vr_unaligned __attribute__((vector_size(VB), aligned(sizeof(real)), may_alias));
typedef realbits vb __attribute__((vector_size(VB), aligned(VB), may_alias));

#if REAL_IS_DOUBLE
#define VL (VB / 8) /* lanes of a vector */
#else
#define VL (VB / 4)
#endif
#define PAD ((int)(64 / sizeof(real)))  /* numbers in 64 bytes: what rows are rounded up to */
#define HW (64 / VB)                    /* vectors in 64 bytes */

WORD vr vset(real x) { return x - (vr){0}; }
WORD vr vload(const real *p) { return *(const vr *)p; }
WORD vr vloadu(const real *p) { return *(const vr_unaligned *)p; }
WORD void vstore(real *p, vr x) { *(vr *)p = x; }
WORD void vstoreu(real *p, vr x) { *(vr_unaligned *)p = x; }
WORD vr vfma(vr a, vr b, vr c) { return a * b + c; }
/* The instructions of AVX-512 for lanes of this kind: ON_LANES(sqrt, )(x), ON_LANES(cmp, _mask)(a, b, how). */
#ifdef __AVX512F__
#define ZERO_INFINITE_OR_NAN 0x9f
#if REAL_IS_DOUBLE
typedef __m512d lanes;
#define ON_LANES(name, tail) _mm512_##name##_pd##tail
#else
typedef __m512 lanes;
#define ON_LANES(name, tail) _mm512_##name##_ps##tail
#endif
#endif

#ifdef __AVX512F__
WORD vr vbelow(vr a, vr b, vr yes, vr no)
{
    return (vr)ON_LANES(mask_blend, )(ON_LANES(cmp, _mask)((lanes)a, (lanes)b, _CMP_LT_OQ), (lanes)no, (lanes)yes);
}
#else /* yes where a < b, else no */
WORD vr vbelow(vr a, vr b, vr yes, vr no)
{
    vb mask = a < b;
    return (vr)((mask & (vb)yes) | (~mask & (vb)no));
}
#endif
/* max(low, x), where a NaN in x stays: of two that cannot be ordered the instruction returns the second. */
#ifdef __AVX512F__
WORD vr vmax(vr low, vr x) { return (vr)ON_LANES(max, )((lanes)low, (lanes)x); }
#elif VB == 32 && REAL_IS_DOUBLE
WORD vr vmax(vr low, vr x) { return (vr)_mm256_max_pd((__m256d)low, (__m256d)x); }
#elif VB == 32
WORD vr vmax(vr low, vr x) { return (vr)_mm256_max_ps((__m256)low, (__m256)x); }
#elif VB == 16 && defined(__SSE2__) && REAL_IS_DOUBLE
WORD vr vmax(vr low, vr x) { return (vr)_mm_max_pd((__m128d)low, (__m128d)x); }
#elif VB == 16 && defined(__SSE2__)
WORD vr vmax(vr low, vr x) { return (vr)_mm_max_ps((__m128)low, (__m128)x); }
#else
WORD vr vmax(vr low, vr x) { return vbelow(x, low, low, x); }
#endif
WORD vr vabs(vr x) { return (vr)((vb)x & ~(vb)vset((real)-0.0)); }
WORD vr vnegabs(vr x) { return (vr)((vb)x | (vb)vset((real)-0.0)); }
WORD vr vpositive(vr x, vr yes, vr no) { return vbelow((vr){0}, x, yes, no); }

/* The value as it stands: no compiler may fold what made it into what follows. */
WORD vr vkeep(vr x)
{
#if defined(FASTNET_WIDE)
    __asm__("" : "+m"(x));
#elif defined(__x86_64__)
    __asm__("" : "+v"(x));
#elif defined(__aarch64__)
    __asm__("" : "+w"(x));
#endif
    return x;
}

/* Four numbers, repeated as often as a vector has room for, and one of the four in all lanes: a load and four shuffles
 * instead of four loads, where shuffles have a pipe of their own. */
#if defined(__AVX512F__) && !REAL_IS_DOUBLE
#define QUADS 1
WORD vr vquad(const real *p) { return (vr)_mm512_broadcast_f32x4(_mm_loadu_ps(p)); }
WORD vr vone_of_quad(vr quad, int j)
{
    switch (j) {
    case 0: return (vr)_mm512_shuffle_ps((lanes)quad, (lanes)quad, 0x00);
    case 1: return (vr)_mm512_shuffle_ps((lanes)quad, (lanes)quad, 0x55);
    case 2: return (vr)_mm512_shuffle_ps((lanes)quad, (lanes)quad, 0xaa);
    default: return (vr)_mm512_shuffle_ps((lanes)quad, (lanes)quad, 0xff);
    }
}
#else
#define QUADS 0
WORD vr vquad(const real *p) { return vset(*p); }
WORD vr vone_of_quad(vr quad, int j) { return j < 0 ? vset(0) : quad; }
#endif

/* An address as it stands: what lies beside it is a constant away. Left alone the compiler makes every vector's address
 * of a row anew from the row's number. */
WORD real *at_hand(real *p)
{
#if defined(__x86_64__) || defined(__aarch64__)
    __asm__("" : "+r"(p));
#endif
    return p;
}

/* The square root, correctly rounded. */
#ifdef __AVX512F__
WORD vr vsqrt(vr x) { return (vr)ON_LANES(sqrt, )((lanes)x); }
#elif VB == 32 && REAL_IS_DOUBLE
WORD vr vsqrt(vr x) { return (vr)_mm256_sqrt_pd((__m256d)x); }
#elif VB == 32
WORD vr vsqrt(vr x) { return (vr)_mm256_sqrt_ps((__m256)x); }
#else
WORD vr vsqrt(vr x)
{
    for (int i = 0; i < VL; i++)
        x[i] = REAL_IS_DOUBLE ? (real)__builtin_sqrt(x[i]) : (real)__builtin_sqrtf((float)x[i]);
    return x;
}
#endif

/* Lanes from number `half` on in the place of the first ones; what stands behind them does not count. */
#if VL == 16
#define FARTHER(x, half) \
    __builtin_shufflevector(x, x, (half), (half) + 1, (half) + 2, (half) + 3, (half) + 4, (half) + 5, (half) + 6, (half) + 7, \
                            0, 0, 0, 0, 0, 0, 0, 0)
#elif VL == 8
#define FARTHER(x, half) __builtin_shufflevector(x, x, (half), (half) + 1, (half) + 2, (half) + 3, 0, 0, 0, 0)
#elif VL == 4
#define FARTHER(x, half) __builtin_shufflevector(x, x, (half), (half) + 1, 0, 0)
#else
#define FARTHER(x, half) __builtin_shufflevector(x, x, (half), 0)
#endif

/* The PAD numbers in HW vectors folded into one: the farther half onto the nearer until one is left, so that the order
 * is the same for every width. `greatest` is a literal: their maximum, else their sum. */
WORD real vfolded(const vr *a, int greatest)
{
    vr w[HW];
    for (int i = 0; i < HW; i++)
        w[i] = a[i];
#pragma GCC unroll 2
    for (int half = HW / 2; half > 0; half /= 2)
#pragma GCC unroll 2
        for (int i = 0; i < half; i++)
            if (greatest)
                w[i] = vmax(w[i], w[i + half]);
            else
                w[i] += w[i + half];
    vr x = w[0];
#define FOLD(half) \
    do { \
        vr far = FARTHER(x, half); \
        if (greatest) \
            x = vmax(far, x); \
        else \
            x = x + far; \
    } while (0)
#if VL == 16
    FOLD(8);
#endif
#if VL >= 8
    FOLD(4);
#endif
#if VL >= 4
    FOLD(2);
#endif
    FOLD(1);
#undef FOLD
    return x[0];
}
WORD real vsum_of(const vr *a) { return vfolded(a, 0); }
WORD real vgreatest_of(const vr *a) { return vfolded(a, 1); }

/* An address a few samples ahead, on its way to the cache. */
WORD void prefetch(const void *p)
{
    __builtin_prefetch(p, 0, 3);
    __asm__ volatile(""); /* to GCC a function that does nothing but ask for lines does nothing, and goes */
}

/* An address so many bytes behind p, on its way to the second-level cache. Left alone the compiler keeps it beside p, in a
 * register that it has not. */
WORD void prefetch_beyond(const void *p, intptr_t bytes)
{
#if defined(__x86_64__)
    __asm__ volatile("prefetcht1 (%0,%1)" : : "r"(p), "r"(bytes));
#else
    __builtin_prefetch((const char *)p + bytes, 0, 2);
    __asm__ volatile("");
#endif
}

#ifdef FASTNET_DOUBLE
#define MANTISSA 52
#define BIAS 1023
#define ROUNDER 6755399441055744.0 /* 1.5 * 2^52: adding it rounds to an integer in the low bits */
#define LN2_HIGH 0.6931471803691238
#define LN2_LOW 1.908214929270587816e-10
#define LOG2E 1.4426950408889634074
#define EXP_LOWEST -746.0
#define EXP_HIGHEST 710.0
#define LIFT 55 /* what makes the exponent of the least power of two a normal number's, */
#define LOWER 0x1p-55 /* and takes it back */
#define TANH_SMALL 0.55
#define ROOT_SMALL 0x1p-800
#define ROOT_LEAST 0x1p-800 /* what is left of v - root^2 is no subnormal */
#define ROOT_MOST 0x1p1000
#define ROOT_LIFT 0x1p200
#define ROOT_STEPS 2
#else
#define MANTISSA 23
#define BIAS 127
#define ROUNDER 12582912.0f
#define LN2_HIGH 0.693145751953125f
#define LN2_LOW 1.4286068203094172e-6f
#define LOG2E 1.44269504088896341f
#define EXP_LOWEST -104.5f
#define EXP_HIGHEST 89.0f
#define LIFT 26
#define LOWER 0x1p-26f
#define TANH_SMALL 0.55f
#define ROOT_SMALL 0x1p-40f
#define ROOT_LEAST 0x1p-76f
#define ROOT_MOST 0x1p120f
#define ROOT_LIFT 0x1p30f
#define ROOT_STEPS 1
#endif

/* m / (sqrt(v) + eps), v >= 0: Adam's step. AVX-512 has one divider, which takes 10 to 12 cycles for 16 roots (16 to 25 for 8
 * doubles) and about as many for the division that follows. So a root is there in a second way, by multipliers: it starts from
 * the hardware's guess at 1/sqrt v, good to 14 bits,
 * goes through Newton's iteration for root and half reciprocal side by side, and ends with a step by what is left of
 * v - root^2, so that it is correctly rounded too (Markstein, "Computation of elementary functions on the IBM RISC
 * System/6000 processor", 1990): every float between 1 and 4 was tried, and the doubles whose roots come closest to the
 * middle between two. Small numbers are lifted first, so that what is left is no subnormal; 0 and infinity stay. */
#ifdef __AVX512F__
/* The root of numbers that need no lift, and are neither 0 nor infinite. */
WORD vr vroot_of_usual(vr x)
{
    const vr half = vset((real)0.5);
    vr r = (vr)ON_LANES(rsqrt14, )((lanes)x);
    vr root = x * r, rest;
    r = r * half;
#pragma GCC unroll 2
    for (int i = 0; i < ROOT_STEPS; i++) {
        rest = vfma(-r, root, half);
        root = vfma(root, rest, root);
        r = vfma(r, rest, r);
    }
    return vfma(vfma(-root, root, x), r, root);
}
WORD vr vroot(vr v)
{
    unsigned small = ON_LANES(cmp, _mask)((lanes)v, (lanes)vset((real)ROOT_SMALL), _CMP_LT_OQ);
    vr x = (vr)ON_LANES(mask_mul, )((lanes)v, small, (lanes)v, (lanes)vset((real)ROOT_LIFT * (real)ROOT_LIFT));
    vr root = vroot_of_usual(x);
    root = (vr)ON_LANES(mask_mul, )((lanes)root, small, (lanes)root, (lanes)vset(1 / (real)ROOT_LIFT));
    return (vr)ON_LANES(mask_mov, )((lanes)root, ON_LANES(fpclass, _mask)((lanes)x, ZERO_INFINITE_OR_NAN), (lanes)v);
}
/* m / (sqrt(v) + eps) where hardly any number but 0 needs a lift: by the hardware's root, if one does. */
WORD vr vratio_usually(vr m, vr v, vr eps)
{
    vr root = vroot_of_usual(v);
    unsigned some = ON_LANES(cmp, _mask)((lanes)v, (lanes)vset(0), _CMP_NEQ_UQ);
    unsigned usual = ON_LANES(cmp, _mask)((lanes)v, (lanes)vset((real)ROOT_LEAST), _CMP_GE_OQ)
        & ON_LANES(cmp, _mask)((lanes)v, (lanes)vset((real)ROOT_MOST), _CMP_LT_OQ);
    root = (vr)ON_LANES(maskz_mov, )(some, (lanes)root);
    if (__builtin_expect(some != usual, 0))
        root = vsqrt(v);
    return m / (root + eps);
}
WORD vr vratio_otherwise(vr m, vr v, vr eps) { return m / (vroot(v) + eps); }
#else
WORD vr vratio_otherwise(vr m, vr v, vr eps) { return m / (vsqrt(v) + eps); }
WORD vr vratio_usually(vr m, vr v, vr eps) { return m / (vsqrt(v) + eps); }
#endif
WORD vr vratio(vr m, vr v, vr eps) { return m / (vsqrt(v) + eps); }

/* exp(x) = 2^n (1 + t) for EXP_LOWEST <= x <= EXP_HIGHEST; returns t. x = n ln 2 + r, |r| <= ln 2 / 2; t = r + r^2 q(r) with
 * q fitted at Chebyshev nodes (relative error 2e-10 float, 3e-19 double). */
WORD vr vexp_reduced(vr x, vb *power)
{
    const vr rounder = vset((real)ROUNDER);
    vr t = vfma(x, vset((real)LOG2E), rounder);
    vb n = (vb)t - (vb)rounder;
    vr whole = t - rounder;
    vr r = vfma(whole, vset(-(real)LN2_HIGH), x);
    r = vfma(whole, vset(-(real)LN2_LOW), r);
#ifdef FASTNET_DOUBLE
    vr q = vset(2.09147553258932022e-9);
    q = vfma(q, r, vset(2.510531272962171e-8));
    q = vfma(q, r, vset(2.7557273478718580474e-7));
    q = vfma(q, r, vset(2.7557255170000887438e-6));
    q = vfma(q, r, vset(2.48015873256774619e-5));
    q = vfma(q, r, vset(1.9841269875002278793e-4));
    q = vfma(q, r, vset(1.3888888888883711167e-3));
    q = vfma(q, r, vset(8.3333333333260831202e-3));
    q = vfma(q, r, vset(4.1666666666666669783e-2));
    q = vfma(q, r, vset(0.1666666666666667103));
    q = vfma(q, r, vset(0.5));
#else
    vr q = vset(1.9891080463998842e-4f);
    q = vfma(q, r, vset(1.3933730715792082e-3f));
    q = vfma(q, r, vset(8.3333108446478626e-3f));
    q = vfma(q, r, vset(4.1666464197405692e-2f));
    q = vfma(q, r, vset(0.16666666681704215f));
    q = vfma(q, r, vset(0.50000000135387299f));
#endif
    *power = n;
    return vkeep(vfma(q, r * r, r));
}

/* exp(x) for x <= 0 (below EXP_LOWEST: the same as there, which is 0). 2^n is applied in two steps so that subnormal results
 * come out right where they are allowed. `rest` is what the last addition rounded away. */
WORD vr vexp_and_rest(vr x, vr *rest)
{
    vb n;
    vr t = vexp_reduced(vmax(vset((real)EXP_LOWEST), x), &n);
    vr p = t + 1;
    vr power = (vr)((n + (BIAS + LIFT)) << MANTISSA), back = vset((real)LOWER);
    *rest = (t - (p - 1)) * power * back;
    return p * power * back;
}

WORD vr vexp(vr x)
{
    vr rest;
    return vexp_and_rest(x, &rest);
}

/* exp(x) for every x; a NaN stays. Here 2^n is applied in two halves. */
WORD vr vexp_any(vr x)
{
    vb n;
    x = vbelow(vset((real)EXP_HIGHEST), x, vset((real)EXP_HIGHEST), x);
    vr t = vexp_reduced(vmax(vset((real)EXP_LOWEST), x), &n);
    vb half = n >> 1;
    return (t + 1) * (vr)((half + BIAS) << MANTISSA) * (vr)((n - half + BIAS) << MANTISSA);
}

/* exp(x) - 1 for x <= 0: 2^n t + (2^n - 1), without cancellation near zero; below -45 it is -1 */
WORD vr vexpm1(vr x)
{
    vb n;
    vr t = vexp_reduced(vmax(vset(-45), x), &n);
    vr power = (vr)((n + BIAS) << MANTISSA);
    return vfma(power, t, power - 1);
}

/* 2 atanh(s) for |s| <= 1/3: 2 s (1 + s^2 g(s^2)). Both logarithms below are made of it. */
WORD vr vatanh2(vr s)
{
    vr t = s * s;
#ifdef FASTNET_DOUBLE
    vr g = vset(0.076207531568459253523);
    g = vfma(g, t, vset(0.031640700899868950783));
    g = vfma(g, t, vset(0.049717620299912390163));
    g = vfma(g, t, vset(0.05240093541423418187));
    g = vfma(g, t, vset(0.058840081768306381652));
    g = vfma(g, t, vset(0.066665879533040590635));
    g = vfma(g, t, vset(0.07692310145608565207));
    g = vfma(g, t, vset(0.090909090425861003707));
    g = vfma(g, t, vset(0.11111111111671382863));
    g = vfma(g, t, vset(0.14285714285710936102));
    g = vfma(g, t, vset(0.2000000000000000783));
    g = vfma(g, t, vset(0.3333333333333333333));
#else
    vr g = vset(0.10397071388750589f);
    g = vfma(g, t, vset(0.087315374395745506f));
    g = vfma(g, t, vset(0.11132425714676973f));
    g = vfma(g, t, vset(0.14285150436532949f));
    g = vfma(g, t, vset(0.20000005413675788f));
    g = vfma(g, t, vset(0.33333333324959077f));
#endif
    vr twice = s + s;
    return vfma(twice * t, g, twice);
}

/* ln(1 + e) for 0 <= e <= 1 */
WORD vr vlog1p(vr e) { return vatanh2(e / (e + 2)); }

/* ln x for positive normal x: x = 2^k m, m in [sqrt 1/2, sqrt 2) */
WORD vr vlog(vr x)
{
    const vr sqrt_half = vset((real)0.70710678118654752);
    vb k = ((vb)x - (vb)sqrt_half) >> MANTISSA;
    vr m = (vr)((vb)x - (k << MANTISSA));
    vr kr = __builtin_convertvector(k, vr);
    vr series = vfma(kr, vset((real)LN2_LOW), vatanh2((m - 1) / (m + 1)));
    return vfma(kr, vset((real)LN2_HIGH), series);
}

/* 1 / (1 + exp(-x)), from e = exp(-|x|) so that neither tail loses accuracy. In double the four roundings on the way
 * could add up to more than two units in the last place, so what the sum and exp left over is put back. */
WORD vr vsigmoid(vr x)
{
    vr rest;
    vr e = vexp_and_rest(vnegabs(x), &rest);
    vr above = vpositive(x, vset(1), e), below = e + 1;
    vr y = above / below;
#ifdef FASTNET_DOUBLE
    vr below_rest = (e - (below - 1)) + rest;
    y = vpositive(x, y, vfma(1 - y, vfma(-y, below_rest, rest), y));
#endif
    return y;
}

/* tanh x = (1 - e) / (1 + e), e = exp(-2 |x|); near zero, where 1 - e cancels, an odd polynomial */
WORD vr vtanh(vr x)
{
    vr e = vexp(vnegabs(x + x));
    vr large = (1 - e) / (e + 1);
    vr t = x * x;
#ifdef FASTNET_DOUBLE
    vr p = vset(7.8742743453444191005e-6);
    p = vfma(p, t, vset(-3.3720801120463163751e-5));
    p = vfma(p, t, vset(9.4551330529248579605e-5));
    p = vfma(p, t, vset(-2.3847272480152521305e-4));
    p = vfma(p, t, vset(5.8990529694927329962e-4));
    p = vfma(p, t, vset(-1.4558190971513512102e-3));
    p = vfma(p, t, vset(3.5921267699626347052e-3));
    p = vfma(p, t, vset(-8.8632354631468000701e-3));
    p = vfma(p, t, vset(2.1869488534073907736e-2));
    p = vfma(p, t, vset(-5.3968253968220374542e-2));
    p = vfma(p, t, vset(0.1333333333333331206));
    p = vfma(p, t, vset(-0.33333333333333333311));
#else
    vr p = vset(2.5263907105745138e-3f);
    p = vfma(p, t, vset(-8.5263330578013299e-3f));
    p = vfma(p, t, vset(2.1818449128639906e-2f));
    p = vfma(p, t, vset(-5.3964700445158306e-2f));
    p = vfma(p, t, vset(0.13333324200007313f));
    p = vfma(p, t, vset(-0.33333333295025907f));
#endif
    vr small = vfma(x * t, p, x);
    large = (vr)((vb)large | ((vb)x & (vb)vset((real)-0.0)));
    return vbelow(vabs(x), vset((real)TANH_SMALL), small, large);
}

/* The normal distribution's P(X <= x) = erfc(-x / sqrt 2) / 2, lane by lane from the C library */
WORD vr vphi(vr x)
{
    for (int i = 0; i < VL; i++)
        x[i] = (real)(0.5 * erfc(-0.70710678118654752 * (double)x[i]));
    return x;
}

#endif
