/* Eight numbers at a time: which are not zero, and where those are. For _compact.pyx. */
#ifndef FASTNET_COMPACT_H
#define FASTNET_COMPACT_H

#include <stdint.h>
#include <string.h>

typedef uint16_t eight_places __attribute__((vector_size(16)));
static eight_places places[256];
static uint8_t n_places[256];
static void fill_tables(void)
{
    for (int k = 0; k < 256; k++) {
        int n = 0;
        for (int bit = 0; bit < 8; bit++)
            if (k >> bit & 1)
                places[k][n++] = (uint16_t)bit;
        n_places[k] = (uint8_t)n;
        while (n < 8)
            places[k][n++] = 0;
    }
}

/* the places of the ones among the eight bits k, each plus j, and junk behind them */
static inline void put_short(uint16_t *to, int k, uint16_t j)
{
    eight_places moved = places[k] + j;
    memcpy(to, &moved, sizeof moved);
}

static inline void put_long(uint32_t *to, int k, uint32_t j)
{
    for (int bit = 0; bit < 8; bit++)
        to[bit] = places[k][bit] + j;
}

/* Ask for what is read soon: the hardware's prefetch stops at the end of every page. */
#define SOON 4096
static inline void ask_for_more(const void *p) { __builtin_prefetch((const char *)p + SOON, 0, 3); }

/* Which of eight numbers are not zero, as bits; what is added to `check` is NaN if one is not finite, else zero. */
#if defined(__SSE2__)
typedef float four_floats __attribute__((vector_size(16), aligned(4)));
typedef double two_doubles __attribute__((vector_size(16), aligned(8)));
typedef char sixteen_bytes __attribute__((vector_size(16)));
typedef long long two_longs __attribute__((vector_size(16)));
typedef struct { four_floats f; two_doubles d; } finite_check;
static inline int eight_floats(const float *x, finite_check *check)
{
    four_floats a = ((const four_floats *)x)[0], b = ((const four_floats *)x)[1];
    check->f += (a - a) + (b - b);
    return __builtin_ia32_movmskps((four_floats)(a != 0)) | __builtin_ia32_movmskps((four_floats)(b != 0)) << 4;
}
static inline int eight_doubles(const double *x, finite_check *check)
{
    int bits = 0;
    for (int i = 0; i < 4; i++) {
        two_doubles a = ((const two_doubles *)x)[i];
        check->d += a - a;
        bits |= __builtin_ia32_movmskpd((two_doubles)(a != 0)) << 2 * i;
    }
    return bits;
}
static inline int eight_bytes(const uint8_t *x)
{
    long long eight;
    memcpy(&eight, x, 8); /* by a register: eight bytes stored into sixteen that are read at once would be waited for */
    two_longs a = {eight, 0};
    return __builtin_ia32_pmovmskb128((sixteen_bytes)((sixteen_bytes)a != 0));
}
static inline int is_finite(const finite_check *check)
{
    return check->f[0] + check->f[1] + check->f[2] + check->f[3] == 0 && check->d[0] + check->d[1] == 0;
}
#else
typedef struct { float f; double d; } finite_check;
#define EIGHT(name, type, field) \
    static inline int name(const type *x, finite_check *check) \
    { \
        int bits = 0; \
        for (int i = 0; i < 8; i++) { \
            check->field += x[i] - x[i]; \
            bits |= (x[i] != 0) << i; \
        } \
        return bits; \
    }
EIGHT(eight_floats, float, f)
EIGHT(eight_doubles, double, d)
#undef EIGHT
static inline int eight_bytes(const uint8_t *x)
{
    int bits = 0;
    for (int i = 0; i < 8; i++)
        bits |= (x[i] != 0) << i;
    return bits;
}
static inline int is_finite(const finite_check *check) { return check->f == 0 && check->d == 0; }
#endif

#endif
