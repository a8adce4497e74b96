/* mcp/ascii.h - classes of ASCII characters, whatever the locale. Inside the engine only. */
#ifndef MCP_ASCII_H
#define MCP_ASCII_H

#include <stdbool.h>
#include <string.h>

static inline bool mcp__is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static inline bool mcp__is_alpha(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static inline bool mcp__is_hex(char c)
{
    return mcp__is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

static inline bool mcp__is_in(char c, const char *set)
{
    return c && strchr(set, c);
}

#endif
