/* Numbers moved about and marked, without arithmetic: squares turned over, numbers packed beside counts, lanes as bits. */
#ifndef FASTNET_MOVES_H
#define FASTNET_MOVES_H

#include "words.h"

/* A square of VL x VL numbers, turned over in registers. With lanes that lie in two halves of a register (AVX2), pairs of rows
 * are interleaved within the halves first, and halves exchanged last: two instructions for two rows. Else log2(VL) rounds of
 * interleaving row i with row i + VL/2. */
WORD void vturn(real *restrict to, intptr_t to_stride, const real *restrict from, intptr_t from_stride)
{
    vr a[VL], b[VL];
#pragma GCC unroll 16
    for (int i = 0; i < VL; i++)
        a[i] = vload(from + i * from_stride);
#if VB == 32 && !REAL_IS_DOUBLE
#pragma GCC unroll 4
    for (int i = 0; i < 8; i += 2) {
        b[i] = __builtin_shufflevector(a[i], a[i + 1], 0, 8, 1, 9, 4, 12, 5, 13);
        b[i + 1] = __builtin_shufflevector(a[i], a[i + 1], 2, 10, 3, 11, 6, 14, 7, 15);
    }
#pragma GCC unroll 4
    for (int k = 0; k < 4; k++) {
        int i = k / 2 * 4 + k % 2;
        a[k / 2 * 4 + k % 2 * 2] = __builtin_shufflevector(b[i], b[i + 2], 0, 1, 8, 9, 4, 5, 12, 13);
        a[k / 2 * 4 + k % 2 * 2 + 1] = __builtin_shufflevector(b[i], b[i + 2], 2, 3, 10, 11, 6, 7, 14, 15);
    }
#pragma GCC unroll 4
    for (int i = 0; i < 4; i++) {
        b[i] = __builtin_shufflevector(a[i], a[i + 4], 0, 1, 2, 3, 8, 9, 10, 11);
        b[i + 4] = __builtin_shufflevector(a[i], a[i + 4], 4, 5, 6, 7, 12, 13, 14, 15);
    }
#elif VB == 32
#pragma GCC unroll 2
    for (int i = 0; i < 4; i += 2) {
        b[i] = __builtin_shufflevector(a[i], a[i + 1], 0, 4, 2, 6);
        b[i + 1] = __builtin_shufflevector(a[i], a[i + 1], 1, 5, 3, 7);
    }
#pragma GCC unroll 2
    for (int i = 0; i < 2; i++) {
        a[i] = __builtin_shufflevector(b[i], b[i + 2], 0, 1, 4, 5);
        a[i + 2] = __builtin_shufflevector(b[i], b[i + 2], 2, 3, 6, 7);
    }
#pragma GCC unroll 4
    for (int i = 0; i < 4; i++)
        b[i] = a[i];
#else
#if VB == 64 && !REAL_IS_DOUBLE
#define LOW_HALF 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23
#define HIGH_HALF 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31
#elif VB == 64
#define LOW_HALF 0, 8, 1, 9, 2, 10, 3, 11
#define HIGH_HALF 4, 12, 5, 13, 6, 14, 7, 15
#elif !REAL_IS_DOUBLE
#define LOW_HALF 0, 4, 1, 5
#define HIGH_HALF 2, 6, 3, 7
#else
#define LOW_HALF 0, 2
#define HIGH_HALF 1, 3
#endif
#pragma GCC unroll 4
    for (int round = 1; round < VL; round *= 2) {
#pragma GCC unroll 16
        for (int i = 0; i < VL / 2; i++) {
            b[2 * i] = __builtin_shufflevector(a[i], a[i + VL / 2], LOW_HALF);
            b[2 * i + 1] = __builtin_shufflevector(a[i], a[i + VL / 2], HIGH_HALF);
        }
#pragma GCC unroll 16
        for (int i = 0; i < VL; i++)
            a[i] = b[i];
    }
#endif
#pragma GCC unroll 16
    for (int i = 0; i < VL; i++)
        vstore(to + i * to_stride, b[i]);
}

/* A count as wide as a real. */
#if REAL_IS_DOUBLE
typedef uint64_t tally;
#else
typedef uint32_t tally;
#endif

/* Four numbers from `row`, which is zero afterwards, into a struct of three and a count: the count in the fourth's place. */
WORD void vspot(void *to, real *row, tally count)
{
    tally bits __attribute__((vector_size(4 * sizeof(tally))));
    memcpy(&bits, row, sizeof bits);
    memset(row, 0, sizeof bits);
    bits[3] = count;
    memcpy(to, &bits, sizeof bits);
}

/* Byte j of a word, the lowest first, by a load of its own: cheaper than shifts where there are several. */
WORD uint8_t byte_of(const uint32_t *word, int j)
{
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
    return ((const uint8_t *)word)[j];
#else
    return ((const uint8_t *)word)[3 - j];
#endif
}

/* Four numbers of 16 or 8 bits by one load, and the j-th of them. It takes more instructions; but processors with AVX-512 do two
 * loads a cycle and six instructions, where vectors of twice the width leave room for them. AT_ONCE: so many then go together. */
#ifdef __AVX512F__
#define AT_ONCE 4
#else
#define AT_ONCE 1
#endif
WORD uint64_t four_shorts(const uint16_t *p)
{
    uint64_t four;
    memcpy(&four, p, 8);
    return four;
}
WORD uint32_t four_bytes(const uint8_t *p)
{
    uint32_t four;
    memcpy(&four, p, 4);
    return four;
}
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
WORD uint16_t short_of(uint64_t four, int j) { return (uint16_t)(four >> 16 * j); }
WORD uint8_t code_of(uint32_t four, int j) { return (uint8_t)(four >> 8 * j); }
#else
WORD uint16_t short_of(uint64_t four, int j) { return (uint16_t)(four >> (48 - 16 * j)); }
WORD uint8_t code_of(uint32_t four, int j) { return (uint8_t)(four >> (24 - 8 * j)); }
#endif

/* Which lanes are not zero, the first lane in the lowest bit; a NaN is not. */
WORD uint32_t vbits(vr x)
{
#ifdef __AVX512F__
    return ON_LANES(cmp, _mask)((lanes)x, (lanes)vset(0), _CMP_NEQ_UQ);
#elif VB == 32 && REAL_IS_DOUBLE
    return (uint32_t)_mm256_movemask_pd((__m256d)(x != (vr){0}));
#elif VB == 32
    return (uint32_t)_mm256_movemask_ps((__m256)(x != (vr){0}));
#elif VB == 16 && defined(__SSE2__) && REAL_IS_DOUBLE
    return (uint32_t)_mm_movemask_pd((__m128d)(x != (vr){0}));
#elif VB == 16 && defined(__SSE2__)
    return (uint32_t)_mm_movemask_ps((__m128)(x != (vr){0}));
#else
    uint32_t bits = 0;
    for (int i = 0; i < VL; i++)
        bits |= (uint32_t)(x[i] != 0) << i;
    return bits;
#endif
}

/* Lanes as bits: one of them in each, the next one up, and `bit` set in those lanes of `bits` whose x is not zero. */
WORD vr vbit(int at) { return (vr)((vb){0} + (realbits)((tally)1 << at)); }
WORD vr vtwice(vr bit) { return (vr)((vb)bit << 1); }
WORD vr vtally(vr bits, vr x, vr bit) { return (vr)((vb)bits | ((vb)(x != (vr){0}) & (vb)bit)); }

WORD intptr_t lowest_bit(uint64_t bits)
{
#if defined(__BMI__)
    uint64_t at;
    __asm__("tzcnt %1, %0" : "=r"(at) : "r"(bits) : "cc");
    return (intptr_t)at;
#else
    return __builtin_ctzll(bits);
#endif
}
WORD int count_bits(uint64_t bits) { return __builtin_popcountll(bits); }

/* A count and a number beside it, in a struct of the two: by one store where both fit into a word. */
WORD void vpair(void *to, uint32_t count, real x)
{
#if !REAL_IS_DOUBLE && __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
    uint32_t bits;
    memcpy(&bits, &x, 4);
    uint64_t both = (uint64_t)bits << 32 | count;
    memcpy(to, &both, 8);
#else
    memcpy(to, &count, 4);
    memcpy((char *)to + sizeof(real), &x, sizeof(real));
#endif
}

#endif
