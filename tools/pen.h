/* tools/pen.h - short texts put one after the other into space that is known to suffice.
 *
 * Most of what a listing prints is shorter than 32 bytes: a call of memcpy() costs more than the
 * copy. */
#ifndef CISTERN_TOOLS_PEN_H
#define CISTERN_TOOLS_PEN_H

#include <mcp/str.h>

/* Copy `s` to `at`; returns past it. */
static inline char *pen_put(char *at, mcp_str s)
{
    size_t n = s.len;

    if (n >= 8) {
        for (size_t i = 0; i < n - 8; i += 8) {
            memcpy(at + i, s.ptr + i, 8);
        }
        memcpy(at + n - 8, s.ptr + n - 8, 8); /* over what is there already */
    } else if (n >= 4) {
        memcpy(at, s.ptr, 4);
        memcpy(at + n - 4, s.ptr + n - 4, 4);
    } else if (n) {
        at[0] = s.ptr[0];
        at[n / 2] = s.ptr[n / 2];
        at[n - 1] = s.ptr[n - 1];
    }
    return at + n;
}

/* The two digits of `v` < 100. */
static inline char *pen_two(char *at, unsigned v)
{
    at[0] = (char)('0' + v / 10);
    at[1] = (char)('0' + v % 10);
    return at + 2;
}

/* `v` in decimal. */
static inline char *pen_uint(char *at, uint64_t v)
{
    uint64_t unit = 1;

    for (; v / 10000 >= unit; unit *= 10000) {
    }
    unsigned group = (unsigned)(v / unit);

    at[0] = (char)('0' + group / 1000);
    at += group >= 1000;
    at[0] = (char)('0' + group / 100 % 10);
    at += group >= 100;
    at[0] = (char)('0' + group / 10 % 10);
    at += group >= 10;
    *at++ = (char)('0' + group % 10);
    while (unit > 1) {
        v -= group * unit;
        unit /= 10000;
        group = (unsigned)(v / unit);
        at = pen_two(pen_two(at, group / 100), group % 100);
    }
    return at;
}

#endif
