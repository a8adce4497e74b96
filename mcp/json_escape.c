/* mcp/json_escape.c - text as the inside of a JSON string. */
#include <mcp/json_scan.h>
#include <mcp/utf8.h>

#if MCP__JSON_SSE2 && defined(__x86_64__)
#include <tmmintrin.h>
#define HAS_SHUFFLE 1
#else
#define HAS_SHUFFLE 0
#endif

enum {
    CHUNK = 512,      /* bytes escaped at a time */
    WORST = 6,        /* bytes out for one byte in: \u0000 */
    STORE_BYTES = 16, /* the escaper stores whole vectors and may so write beyond its result */
    CHUNK_OUT = CHUNK * WORST + STORE_BYTES
};

/* The two-character escape of each byte below 0x60 that has one. */
static const char SHORT_ESCAPE[0x60] = {
    ['\b'] = 'b', ['\t'] = 't', ['\n'] = 'n',  ['\f'] = 'f',
    ['\r'] = 'r', ['"'] = '"',  ['\\'] = '\\',
};

/* Write one character that is not clean; drops what it took from *p. Returns past its output. */
static char *escape_unclean(char *out, const uint8_t **p, const uint8_t *end)
{
    uint8_t c = **p;
    size_t n = c < 0x80 ? 1 : mcp__utf8_sequence(*p, (size_t)(end - *p));

    if (n == 0) {
        *p += 1;
        memcpy(out, "\xef\xbf\xbd", 3); /* U+FFFD */
        return out + 3;
    }
    if (c >= 0x80) {
        memcpy(out, *p, n);
        *p += n;
        return out + n;
    }
    *p += 1;
    out[0] = '\\';
    if (SHORT_ESCAPE[c]) {
        out[1] = SHORT_ESCAPE[c];
        return out + 2;
    }
    memcpy(out + 1, "u00", 3);
    out[4] = (char)('0' + (c >> 4));
    out[5] = "0123456789abcdef"[c & 15];
    return out + 6;
}

#if HAS_SHUFFLE
/* JSON inside JSON is mostly quotes, one in every few bytes: a loop over them is a loop of branches
 * that nobody can predict. So eight bytes at a time are spread by one shuffle, a row of ROWS for
 * each set of bytes that get a backslash in front. */

/* Where byte `i` of eight goes when those in the mask `m` have one more byte in front. */
#define PLACE(m, i)       ((i) + __builtin_popcount((m) & ((2u << (i)) - 1)))
#define IF_PLACE(m, i, j) (PLACE(m, i) == (j) ? (i)-SLASH : 0)
/* The byte that goes to `j`; SLASH when none does. */
#define SOURCE(m, j)                                                                               \
    (SLASH + IF_PLACE(m, 0, j) + IF_PLACE(m, 1, j) + IF_PLACE(m, 2, j) + IF_PLACE(m, 3, j) +       \
     IF_PLACE(m, 4, j) + IF_PLACE(m, 5, j) + IF_PLACE(m, 6, j) + IF_PLACE(m, 7, j))
#define ROW(m)                                                                                     \
    {                                                                                              \
        SOURCE(m, 0), SOURCE(m, 1), SOURCE(m, 2), SOURCE(m, 3), SOURCE(m, 4), SOURCE(m, 5),        \
            SOURCE(m, 6), SOURCE(m, 7), SOURCE(m, 8), SOURCE(m, 9), SOURCE(m, 10), SOURCE(m, 11),  \
            SOURCE(m, 12), SOURCE(m, 13), SOURCE(m, 14), SOURCE(m, 15)                             \
    }
#define ROWS_4(m)  ROW(m), ROW((m) + 1), ROW((m) + 2), ROW((m) + 3)
#define ROWS_16(m) ROWS_4(m), ROWS_4((m) + 4), ROWS_4((m) + 8), ROWS_4((m) + 12)
#define ROWS_64(m) ROWS_16(m), ROWS_16((m) + 16), ROWS_16((m) + 32), ROWS_16((m) + 48)

enum { SLASH = 8 }; /* the upper half of what is shuffled: backslashes */

static const _Alignas(16) char ROWS[256][16] = {ROWS_64(0u), ROWS_64(64u), ROWS_64(128u),
                                                ROWS_64(192u)};

static inline bool has_shuffle(void)
{
    return __builtin_cpu_supports("ssse3") && __builtin_cpu_supports("popcnt");
}

/* Spread `eight` (its lower half is text, its upper half backslashes). Returns past the output. */
__attribute__((target("ssse3,popcnt"))) static inline char *spread(char *out, __m128i eight,
                                                                   unsigned mask)
{
    __m128i row = _mm_load_si128((const __m128i *)(const void *)ROWS[mask]);

    _mm_storeu_si128((__m128i *)(void *)out, _mm_shuffle_epi8(eight, row));
    return out + SLASH + __builtin_popcount(mask);
}

/* Blocks of 16 in which nothing but quotes and backslashes needs an escape. */
__attribute__((target("ssse3,popcnt"))) static char *copy_blocks(char *out, const uint8_t **p,
                                                                 const uint8_t *end)
{
    const __m128i slashes = _mm_set1_epi8('\\'), quotes = _mm_set1_epi8('"');

    for (; end - *p >= STORE_BYTES; *p += STORE_BYTES) {
        __m128i v = _mm_loadu_si128((const __m128i *)(const void *)*p);
        __m128i escaped = _mm_or_si128(_mm_cmpeq_epi8(v, quotes), _mm_cmpeq_epi8(v, slashes));
        unsigned mask = (unsigned)_mm_movemask_epi8(escaped);

        if (_mm_movemask_epi8(_mm_cmplt_epi8(v, _mm_set1_epi8(' ')))) {
            break; /* signed: controls, and everything from 0x80 */
        }
        out = spread(out, _mm_unpacklo_epi64(v, slashes), mask & 0xff);
        out = spread(out, _mm_unpackhi_epi64(v, slashes), mask >> 8);
    }
    return out;
}
#endif

static char *copy_clean(char *out, const uint8_t **p, const uint8_t *end)
{
    const uint8_t *at;

#if HAS_SHUFFLE
    if (has_shuffle()) {
        out = copy_blocks(out, p, end);
    }
#endif
    for (at = *p; at < end && mcp__json_is_clean(*at); at++) {
        *out++ = (char)*at;
    }
    *p = at;
    return out;
}

/* Escape the characters that start before `stop`. Returns past the output, at most CHUNK_OUT bytes
 * for CHUNK bytes of input. */
static char *escape_chunk(char *out, const uint8_t **p, const uint8_t *stop, const uint8_t *end)
{
    while (*p < stop) {
        out = copy_clean(out, p, stop);
        if (*p < stop) {
            out = escape_unclean(out, p, end);
        }
    }
    return out;
}

/* Straight into the buffer where the worst case fits what it already has, else by way of the
 * stack: asking the buffer for the worst case could fail although the result would fit. */
void mcp_json_escape(struct mcp_buf *out, mcp_str s)
{
    const uint8_t *p = (const uint8_t *)s.ptr, *end = s.len ? p + s.len : p;

    while (p < end && !out->failed) {
        const uint8_t *stop = end - p > CHUNK ? p + CHUNK : end;

        if (out->ptr && out->cap - out->len >= (size_t)(stop - p) * WORST + STORE_BYTES) {
            char *at = out->ptr + out->len;

            out->len += (size_t)(escape_chunk(at, &p, stop, end) - at);
        } else {
            char chunk[CHUNK_OUT];

            mcp_buf_add(out,
                        mcp_str_n(chunk, (size_t)(escape_chunk(chunk, &p, stop, end) - chunk)));
        }
    }
}
