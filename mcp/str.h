/* mcp/str.h - a slice of bytes, passed by value, and the attributes the headers use.
 *
 * A slice never owns what it points to and need not end in a NUL. Whoever made it says how long it
 * lives. No function here allocates; all are safe from any thread. */
#ifndef MCP_STR_H
#define MCP_STR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#ifdef __cplusplus
extern "C" {
#endif

#if defined(__GNUC__)
#define MCP_MUST_USE     __attribute__((warn_unused_result))
#define MCP_FORMAT(f, a) __attribute__((format(printf, f, a)))
#define MCP_API          __attribute__((visibility("default")))
#else
#define MCP_MUST_USE
#define MCP_FORMAT(f, a)
#define MCP_API
#endif

/* A slice. */
typedef struct mcp_str {
    const char *ptr; /* may be NULL only when len is 0 */
    size_t len;      /* bytes */
} mcp_str;

/* A slice of a string literal; the "" refuses a char pointer at compile time. */
#ifdef __cplusplus
#define MCP_STR(literal) (mcp_str{"" literal, sizeof(literal) - 1})
#else
#define MCP_STR(literal) ((mcp_str){"" literal, sizeof(literal) - 1})
#endif
/* The same as an initialiser of static data, where a compound literal is not a constant. */
#define MCP_STR_INIT(literal)                                                                      \
    {                                                                                              \
        "" literal, sizeof(literal) - 1                                                            \
    }
/* JSON text as it is, without escapes, as a string literal: MCP_JSON({"type": "object"}). For the
 * schemas of rows; strict C11 allows 4,095 bytes. */
#define MCP_JSON(...)  #__VA_ARGS__
/* The two arguments that "%.*s" takes. A slice longer than INT_MAX does not exist here: every
 * input has a cap far below it. */
#define MCP_STR_ARG(s) (int)(s).len, (s).len ? (s).ptr : ""

/* A slice of a C string; NULL gives the empty slice. */
static inline mcp_str mcp_str_c(const char *s)
{
    mcp_str r = {s, s ? strlen(s) : 0};

    return r;
}

/* A slice of `len` bytes at `ptr`. */
static inline mcp_str mcp_str_n(const char *ptr, size_t len)
{
    mcp_str r = {ptr, len};

    return r;
}

/* Equal byte by byte. */
static inline bool mcp_str_eq(mcp_str a, mcp_str b)
{
    return a.len == b.len && (a.len == 0 || memcmp(a.ptr, b.ptr, a.len) == 0);
}

/* True when `s` begins with `prefix`. */
static inline bool mcp_str_starts(mcp_str s, mcp_str prefix)
{
    return s.len >= prefix.len && (prefix.len == 0 || memcmp(s.ptr, prefix.ptr, prefix.len) == 0);
}

/* Equal when ASCII letters are compared without case. Other bytes compare as they are. */
MCP_API bool mcp_str_eq_nocase(mcp_str a, mcp_str b);

/* True when `part` occurs in `s`, ASCII letters compared without case. The empty part occurs. */
MCP_API bool mcp_str_has_nocase(mcp_str s, mcp_str part);

/* Order as unsigned bytes: below, equal to or above zero, like memcmp. */
MCP_API int mcp_str_cmp(mcp_str a, mcp_str b);

/* Without the spaces and tabs at both ends (RFC 9110 5.6.3 OWS). */
MCP_API mcp_str mcp_str_trim(mcp_str s);

/* Cut `s` at the first `sep`: returns what stands before it and leaves the rest in *s. Without a
 * `sep` returns all and leaves *s empty with ptr NULL, so `while (rest.ptr)` walks a list. */
MCP_API mcp_str mcp_str_cut(mcp_str *s, char sep);

/* The first `max` bytes, or fewer: a UTF-8 sequence is not cut. */
MCP_API mcp_str mcp_str_head(mcp_str s, size_t max);

/* Read decimal digits, all of them and nothing else. False on empty, sign, space, other bytes or a
 * value above `max`; *ret is then untouched. */
MCP_API bool mcp_str_uint(mcp_str s, uint64_t max, uint64_t *ret);

/* True when `s` is a token (RFC 9110 5.6.2): a name in HTTP; never empty. */
MCP_API bool mcp_str_is_token(mcp_str s);

/* True when `s` is valid UTF-8: no overlong forms, no surrogates, nothing above U+10FFFF
 * (RFC 3629). */
MCP_API bool mcp_str_is_utf8(mcp_str s);

#ifdef __cplusplus
}
#endif
#endif
