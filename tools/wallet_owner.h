/* tools/wallet_owner.h - the name of an account outside: its owner's number in decimal. Pure. */
#ifndef CISTERN_TOOLS_WALLET_OWNER_H
#define CISTERN_TOOLS_WALLET_OWNER_H

#include <mcp/str.h>

#include <stdio.h>

enum { WALLET_OWNER_BYTES = 24 };

static inline mcp_str wallet_owner_format(uint64_t owner, char out[WALLET_OWNER_BYTES])
{
    int n = snprintf(out, WALLET_OWNER_BYTES, "%llu", (unsigned long long)owner);

    return mcp_str_n(out, (size_t)n);
}

/* False: not a number of 1 to 18 digits, without leading zeros. */
static inline bool wallet_owner_parse(mcp_str s, uint64_t *ret)
{
    uint64_t v = 0;

    if (s.len < 1 || s.len > 18 || s.ptr[0] == '0') {
        return false;
    }
    for (size_t i = 0; i < s.len; i++) {
        if (s.ptr[i] < '0' || s.ptr[i] > '9') {
            return false;
        }
        v = v * 10 + (uint64_t)(s.ptr[i] - '0');
    }
    *ret = v;
    return true;
}

#endif
