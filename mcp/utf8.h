/* mcp/utf8.h - the length of one UTF-8 sequence. Inside the engine only. */
#ifndef MCP_UTF8_H
#define MCP_UTF8_H

#include <stddef.h>
#include <stdint.h>

/* Bytes of the valid sequence at `p` of at most `left` >= 1 bytes, or 0. RFC 3629 section 4. */
static inline size_t mcp__utf8_sequence(const uint8_t *p, size_t left)
{
    if (p[0] < 0x80) {
        return 1;
    }
    if (p[0] < 0xe0) {
        return p[0] >= 0xc2 && left >= 2 && (p[1] & 0xc0) == 0x80 ? 2 : 0;
    }
    if (p[0] < 0xf0) {
        uint8_t low = p[0] == 0xe0 ? 0xa0 : 0x80;  /* no overlong forms */
        uint8_t high = p[0] == 0xed ? 0x9f : 0xbf; /* no surrogates */

        return left >= 3 && p[1] >= low && p[1] <= high && (p[2] & 0xc0) == 0x80 ? 3 : 0;
    }
    uint8_t low = p[0] == 0xf0 ? 0x90 : 0x80;
    uint8_t high = p[0] == 0xf4 ? 0x8f : 0xbf; /* nothing above U+10FFFF */

    return p[0] < 0xf5 && left >= 4 && p[1] >= low && p[1] <= high && (p[2] & 0xc0) == 0x80 &&
                   (p[3] & 0xc0) == 0x80
               ? 4
               : 0;
}

#endif
