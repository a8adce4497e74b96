/* mcp/json_scan.h - what the strict check, the reader and the writer share about JSON text.
 * Inside the engine only. */
#ifndef MCP_JSON_SCAN_H
#define MCP_JSON_SCAN_H

#include <mcp/json.h>

#if defined(__SSE2__) && !defined(MCP_JSON_PLAIN) /* the tests build both ways */
#include <emmintrin.h>
#define MCP__JSON_SSE2 1
#else
#define MCP__JSON_SSE2 0
#endif

/* What the strict check learned about a text that passed. */
struct mcp__json_shape {
    size_t nodes; /* values and keys: exactly the tokens jsmn will want */
    bool escaped; /* some string has a backslash */
};

/* True when `text` is one JSON text within `limits`; fills *ret. Else fills *reterr. One pass over
 * the bytes, no recursion, no memory. */
bool mcp__json_check(mcp_str text, const struct mcp_json_limits *limits,
                     struct mcp__json_shape *ret, struct mcp_json_fault *reterr);

/* Past the longest JSON number that starts at `p`, or NULL when none does. */
const uint8_t *mcp__json_number_end(const uint8_t *p, const uint8_t *end);

/* The value of one hex digit, or 16. */
static inline unsigned mcp__hex(uint8_t c)
{
    return c >= '0' && c <= '9'   ? (unsigned)(c - '0')
           : c >= 'a' && c <= 'f' ? (unsigned)(c - 'a' + 10)
           : c >= 'A' && c <= 'F' ? (unsigned)(c - 'A' + 10)
                                  : 16;
}

/* A byte that stands for itself inside a JSON string: ASCII, no control, no quote, no backslash. */
static inline bool mcp__json_is_clean(uint8_t c)
{
    return c >= 0x20 && c < 0x80 && c != '"' && c != '\\';
}

#if MCP__JSON_SSE2
/* One bit for each of the 16 bytes that is not clean. The compare is signed, so "below a space"
 * also finds everything from 0x80. */
static inline unsigned mcp__json_unclean16(__m128i v)
{
    __m128i bad = _mm_or_si128(_mm_cmplt_epi8(v, _mm_set1_epi8(0x20)),
                               _mm_or_si128(_mm_cmpeq_epi8(v, _mm_set1_epi8('"')),
                                            _mm_cmpeq_epi8(v, _mm_set1_epi8('\\'))));

    return (unsigned)_mm_movemask_epi8(bad);
}
#endif

/* The first byte at or after `p` that is not clean, or `end`. */
static inline const uint8_t *mcp__json_skip_clean(const uint8_t *p, const uint8_t *end)
{
#if MCP__JSON_SSE2
    while (end - p >= 16) {
        unsigned bad = mcp__json_unclean16(_mm_loadu_si128((const __m128i *)(const void *)p));

        if (bad) {
            return p + __builtin_ctz(bad);
        }
        p += 16;
    }
    if (end - p >= 8) { /* most keys are this short; the register's other half is zeros */
        unsigned bad = mcp__json_unclean16(_mm_loadl_epi64((const __m128i *)(const void *)p)) & 255;

        if (bad) {
            return p + __builtin_ctz(bad);
        }
        p += 8;
    }
#else
    const uint64_t ones = 0x0101010101010101u, tops = 0x8080808080808080u;

    while (end - p >= 8) {
        uint64_t v;

        memcpy(&v, p, 8);
        uint64_t quote = v ^ (ones * '"'), slash = v ^ (ones * '\\');
        uint64_t bad = v | (v - ones * 0x20) | (quote - ones) | (slash - ones);

        if (bad & tops) {
            break; /* perhaps: the loop below looks at each byte */
        }
        p += 8;
    }
#endif
    while (p < end && mcp__json_is_clean(*p)) {
        p++;
    }
    return p;
}

#endif
